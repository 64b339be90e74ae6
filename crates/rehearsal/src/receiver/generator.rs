//! The messages of a run. The same seed, clock and settings give the same bytes, and those of a message do not depend
//! on which others are made: `--case RX-N12 --seed 7` gives the messages of that case as the whole run has them.
//!
//! Another seed gives other ids, other patients of those who are registered, other clinicians, titles and names of
//! attachments; the cases, their defects and what they are answered with stay.

use std::collections::HashMap;

use jiff::{Span, Timestamp};
use nhs::{DateOfBirth, MailboxId, OdsCode, WorkflowId, uuid_v4};
use uuid::Uuid;

use super::build::{Draft, Making, national_event};
use super::cases::{CASES, Case, Group};
use super::edit;
use super::patients::{Patient, Patients};
use super::payload::PayloadName;
use super::plan::{LeftOut, Plan, Planned};
use super::random::Seeded;
use super::scripts::{Change, Variant, Version, is_made_once, variants};
use crate::RehearsalError;

/// A workflow that is nobody's.
const UNKNOWN_WORKFLOW: &str = "REHEARSAL_UNKNOWN";

/// A practice, as messages name it.
#[derive(Debug, Clone)]
pub struct Practice {
    /// Its ODS code.
    pub ods: OdsCode,
    /// Its name.
    pub name: String,
    /// Its telephone number.
    pub phone: String,
    /// Its mailbox.
    pub mailbox: MailboxId,
}

/// What the messages of a run are made from.
#[derive(Debug, Clone)]
pub struct GeneratorSettings {
    /// Another seed, other messages.
    pub seed: u64,
    /// When the run began: the messages' own time.
    pub started: Timestamp,
    /// Who sends.
    pub sender: Practice,
    /// Whose system is on trial.
    pub receiver: Practice,
    /// Whom the messages are about.
    pub patients: Patients,
    /// A content type that is approved and that the product cannot show (RX-N13).
    pub approved_unshown: Option<String>,
    /// How long a message the product takes, in bytes (RX-N23).
    pub limit: Option<u64>,
    /// Whether the practice takes Update Record; RX-N21 needs that it does not, everything else that it does.
    pub update_record_on: bool,
}

/// Makes the messages.
#[derive(Debug, Clone)]
pub struct Generator {
    settings: GeneratorSettings,
}

impl Generator {
    /// Of these settings.
    pub fn new(settings: GeneratorSettings) -> Self {
        Self { settings }
    }

    /// The messages of these cases (all, where `only` is empty) for these payloads, with those that they replace. What
    /// is no business of a payload is made once, for the first of them.
    ///
    /// # Errors
    /// A case that is not in the table; a message that cannot be made.
    pub fn plan(&self, payloads: &[PayloadName], only: &[&str]) -> Result<Plan, RehearsalError> {
        let mut wanted: Vec<&'static Case> = Vec::new();
        for id in only {
            wanted.push(Case::find(id).ok_or(RehearsalError::NoCase)?);
        }
        let mut planning = Planning {
            settings: &self.settings,
            plan: Plan::default(),
            made: HashMap::new(),
            has_long: false,
        };
        for case in &CASES {
            let is_wanted = only.is_empty() || is_needed(case, payloads, &wanted);
            if case.is_over_all() || !is_wanted {
                continue;
            }
            let of_case = match case.group {
                Group::Distributor => payloads.get(..1).unwrap_or_default(),
                _ => payloads,
            };
            // where none of them is the case's, the reason is said; else the others are no news
            let is_of = |payload: &&PayloadName| case.payloads.contains(payload);
            let is_news = !of_case.iter().any(|payload| is_of(&payload));
            for payload in of_case.iter().filter(|payload| is_news || is_of(payload)) {
                planning.case(case, *payload)?;
            }
        }
        Ok(planning.plan)
    }
}

/// Whether a case is asked for, or one that is asked for replaces what it sends.
fn is_needed(case: &Case, payloads: &[PayloadName], wanted: &[&Case]) -> bool {
    let mut all = wanted.iter();
    all.any(|asked| {
        let names = |payload: &PayloadName| chain(asked.id, *payload).contains(&case.id);
        case.id == asked.id
            || (case.payloads.iter().any(|it| payloads.contains(it)) && payloads.iter().any(names))
    })
}

/// The cases whose messages a case's message is a later version of, the first one last.
fn chain(case: &str, payload: PayloadName) -> &'static [&'static str] {
    match (case, payload) {
        ("RX-P11", PayloadName::SendDocument13) => &["RX-P02"],
        ("RX-P11", PayloadName::SendDocument20) => &["RX-P01"],
        ("RX-P12", PayloadName::SendDocument13) => &["RX-P11", "RX-P02"],
        ("RX-P12", PayloadName::SendDocument20) => &["RX-P11", "RX-P01"],
        ("RX-P17", PayloadName::TransferOfCare) => &["RX-P16"],
        _ => &[],
    }
}

/// A message that others may replace.
struct Made {
    number: u32,
    version: u32,
    document_id: Uuid,
}

struct Planning<'a> {
    settings: &'a GeneratorSettings,
    plan: Plan,
    made: HashMap<(&'static str, PayloadName), Made>,
    /// Whether a long message was made: one is enough.
    has_long: bool,
}

impl Planning<'_> {
    fn case(&mut self, case: &'static Case, payload: PayloadName) -> Result<(), RehearsalError> {
        let reason = match variants(case, payload, self.settings) {
            Ok(all) if self.has_long && all.iter().any(|it| is_made_once(&it.change)) => {
                "one message of this length is enough; another payload's was made"
            }
            Ok(all) => return self.variants(case, payload, &all),
            Err(reason) => reason,
        };
        self.plan.left_out.push(LeftOut {
            case,
            payload,
            reason,
        });
        Ok(())
    }

    fn variants(
        &mut self,
        case: &'static Case,
        payload: PayloadName,
        all: &[Variant],
    ) -> Result<(), RehearsalError> {
        let mut before: Option<Before> = None;
        for (place, variant) in all.iter().enumerate() {
            let number = u32::try_from(self.plan.messages.len())
                .unwrap_or(u32::MAX)
                .saturating_add(1);
            let made = self.message(case, payload, place, variant, before.as_ref());
            let (draft, mut planned, made) = made.map_err(|what| RehearsalError::NotMade {
                case: case.id,
                payload: payload.as_str(),
                what,
            })?;
            planned.number = number;
            self.has_long |= is_made_once(&variant.change);
            before = Some(Before { number, draft });
            self.made
                .insert((case.id, payload), Made { number, ..made });
            self.plan.messages.push(planned);
        }
        Ok(())
    }

    /// The draft, the message of it (not numbered yet), and what a later version has to know.
    fn message(
        &self,
        case: &'static Case,
        payload: PayloadName,
        place: usize,
        variant: &Variant,
        before: Option<&Before>,
    ) -> Result<(Draft, Planned, Made), String> {
        let seed = self.settings.seed;
        let place = place.to_string();
        let random = Seeded::of(seed, &[case.id, payload.as_str(), &place]);
        // versions of one document are about one patient and one activity
        let first = chain(case.id, payload).last().copied().unwrap_or(case.id);
        let of_activity = Seeded::of(seed, &["activity", first, payload.as_str(), &place]);
        let patient = self.patient(variant, &of_activity)?;
        let (version, replaces, after) = self.version(variant, payload, &random)?;
        let making = Making {
            settings: self.settings,
            case: case.id,
            content: variant.content,
            patient,
            born: if variant.is_born_another_day {
                day_before(patient.born)
            } else {
                patient.born
            },
            activity: uuid_v4(&of_activity),
            version,
            replaces,
            random: &random,
        };
        let repeated = before.filter(|_| {
            matches!(
                variant.change,
                Change::SameMessage | Change::SameDocument(_)
            )
        });
        let mut draft = match (&variant.change, repeated) {
            (Change::NationalEvent, _) => national_event(&making)?,
            (_, Some(before)) => before.draft.clone(),
            _ => making.build(payload)?,
        };
        let bytes = change(&mut draft, variant, &random, self.settings)?;
        let is_readable = !matches!(variant.change, Change::Bytes(_));
        // what has no id to name is answered before the next is sent
        let after = after.or_else(|| {
            let before = before.filter(|_| repeated.is_some() || !is_readable)?;
            Some(before.number)
        });
        let planned = Planned {
            number: 0,
            case,
            payload,
            what: variant.what,
            bytes,
            local_id: draft.local_id.clone(),
            subject: draft.subject.clone(),
            workflow: draft.workflow.clone(),
            to_dts: draft.to.clone(),
            transport: variant.transport,
            after,
            header_id: draft.header_id().filter(|_| is_readable),
            sender_reference: draft.sender_reference().filter(|_| is_readable),
            expected: variant.expected,
        };
        let made = Made {
            number: 0,
            version,
            document_id: draft.document_id,
        };
        Ok((draft, planned, made))
    }

    fn patient(&self, variant: &Variant, random: &Seeded) -> Result<&Patient, String> {
        let who: Vec<&Patient> = self.settings.patients.who(variant.standing).collect();
        let patient = random.pick(&who).copied();
        patient.ok_or_else(|| "nobody in the list of patients stands so".to_owned())
    }

    /// Version, what it replaces, and after which message it is sent.
    fn version(
        &self,
        variant: &Variant,
        payload: PayloadName,
        random: &Seeded,
    ) -> Result<(u32, Option<Uuid>, Option<u32>), String> {
        match variant.version {
            Version::First => Ok((1, None, None)),
            Version::AfterNone => Ok((2, Some(uuid_v4(random)), None)),
            Version::After(case) => {
                let before = self.made.get(&(case, payload));
                let before = before.ok_or_else(|| format!("the message of {case} was not made"))?;
                Ok((
                    before.version + 1,
                    Some(before.document_id),
                    Some(before.number),
                ))
            }
        }
    }
}

/// The message before, of the same case.
struct Before {
    number: u32,
    draft: Draft,
}

/// Changes the draft as the variant has it; what is sent then.
fn change(
    draft: &mut Draft,
    variant: &Variant,
    random: &Seeded,
    settings: &GeneratorSettings,
) -> Result<Vec<u8>, String> {
    match &variant.change {
        Change::Nothing | Change::SameMessage | Change::NationalEvent => {}
        Change::Tree(edit) | Change::SameDocument(edit) => {
            edit::apply(&mut draft.root, *edit, random)?
        }
        Change::Bytes(bytes) => return Ok(bytes.to_vec()),
        Change::Length(bytes) => edit::lengthen(&mut draft.root, *bytes, random)?,
        Change::ContentType(name) => edit::content_type(&mut draft.root, name)?,
        Change::UnknownWorkflow => {
            draft.workflow =
                WorkflowId::parse(UNKNOWN_WORKFLOW).map_err(|error| error.to_string())?;
            settings.receiver.mailbox.as_str().clone_into(&mut draft.to);
        }
    }
    Ok(fhir::xml::write(&draft.root))
}

fn day_before(born: DateOfBirth) -> DateOfBirth {
    DateOfBirth::from(born.date().saturating_sub(Span::new().days(1)))
}
