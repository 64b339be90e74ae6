//! What the practice makes of a message, in the order a receiver judges it.

use fhir::Budget;
use itk3::payload::Served;
use itk3::{
    Asked, Checking, Class, IssueType, Kind, Message, Payload, Received, ResponseCode, Stage,
    TransportMetadata, View,
};
use jiff::SignedDuration;
use mesh::ControlFile;
use nhs::WorkflowId;

use super::Delivery;
use super::route::Route;
use crate::answer_policy::{Decision, PatientCheck};
use crate::inner::Inner;
use crate::store::received::{self, MessageIds};
use crate::store::tasks;
use crate::{PracticeError, ReceivedFinding, TaskId};

/// One answer the practice owes.
pub(super) struct Answer {
    pub(super) code: ResponseCode,
    pub(super) issue: Option<IssueType>,
    /// Where and which rule; never what was found there (FHIR-BA-02).
    pub(super) diagnostics: Option<String>,
    /// The answer leaves cut off in the middle, as a rehearsal may ask for.
    pub(super) cut_off: bool,
}

impl Answer {
    fn plain(code: ResponseCode) -> Self {
        Self {
            code,
            issue: None,
            diagnostics: None,
            cut_off: false,
        }
    }

    fn with(code: ResponseCode, diagnostics: &str) -> Self {
        Self {
            diagnostics: Some(diagnostics.to_owned()),
            ..Self::plain(code)
        }
    }
}

impl Answer {
    /// The answer as something found in the message, for people here.
    fn finding(&self) -> ReceivedFinding {
        let what = self.diagnostics.as_deref();
        let what = what.unwrap_or(self.code.display());
        ReceivedFinding::of_error(self.code.code(), what.to_owned())
    }
}

/// What the practice makes of a message that carries a payload.
#[derive(Default)]
pub(super) struct Verdict {
    /// In the order they are sent: infrastructure, then business.
    pub(super) answers: Vec<Answer>,
    pub(super) header_id: Option<String>,
    pub(super) bundle_identifier: Option<String>,
    pub(super) sender_reference: Option<String>,
    /// What was read, where it was readable as a document.
    pub(super) document: Option<Received>,
    /// What lists call it.
    pub(super) kind: String,
    /// What an Update Record would add to the record: its entries are decided one by one.
    pub(super) provisional: Option<update_record::Record>,
    /// Set when the document goes to the workflow inbox: the business code it is filed under.
    pub(super) filed_as: Option<u32>,
    /// The task whose document it replaces.
    pub(super) replaces: Option<TaskId>,
    /// Set when that task's document names another NHS number.
    pub(super) replaces_anothers: bool,
    /// The task whose document is null and void, as a replacement of it failed (GPCM-SD-127).
    pub(super) voids: Option<TaskId>,
    /// The task of the same document, when it was received before, and the code answered now.
    pub(super) repeats: Option<(TaskId, u32)>,
    /// Set when the patient's number and date of birth are those of somebody here of another name.
    pub(super) name_differs: bool,
    /// Set when a message from another mailbox had the same ids.
    pub(super) ids_are_anothers: bool,
    /// Set when the policy leaves it unanswered on purpose.
    pub(super) is_left_unanswered: bool,
    /// Set when the message is itself an acknowledgement, which is never answered.
    pub(super) is_acknowledgement: bool,
    /// Set when it replaces a document that is not here, or cannot be replaced.
    pub(super) is_unreplaceable: bool,
    /// Set when the malware scanner found something in it.
    pub(super) is_infected: bool,
    /// Set when nothing of it is taken now, and it may come again: its payload is switched off, or not
    /// understood.
    is_not_known_again: bool,
    asked: Option<Asked>,
    /// Everything that was found, by the rules of the message and by what is on record here.
    pub(super) findings: Vec<ReceivedFinding>,
}

impl Verdict {
    fn refused(answer: Answer) -> Self {
        Self {
            findings: vec![answer.finding()],
            answers: vec![answer],
            ..Self::default()
        }
    }

    /// What nothing here understands: answered 10004 where it is a message of ITK3 that asks for an answer.
    /// What is none, is an answer itself, or came on a workflow of answers gets none.
    pub(super) fn of_not_understood(delivery: &Delivery, data: Option<&[u8]>) -> Self {
        let message = data.and_then(|data| message_check::read(data).ok());
        let mut verdict = Self {
            is_not_known_again: true,
            ..Self::default()
        };
        let Some(message) = message.filter(|it| !itk3::is_acknowledgement(&it.root)) else {
            return verdict;
        };
        let is_of_answers = delivery.workflow().ends_with("_ACK");
        if verdict.read_header(&message) && !is_of_answers {
            let answer = Answer::with(
                ResponseCode::MessageDefinitionUnknown,
                "nothing here takes messages on this workflow",
            );
            verdict.findings.push(answer.finding());
            verdict.owe(answer, None);
        }
        verdict
    }

    /// Whom and what the answers name; tells whether there is a header.
    fn read_header(&mut self, message: &fhir::Document) -> bool {
        let Some(message) = Message::of(&message.root) else {
            return false;
        };
        let handling = message.handling();
        self.asked = Some(Asked::of(&handling));
        self.header_id = message.id().map(bare);
        self.bundle_identifier = message.identifier().map(bare);
        self.sender_reference = handling.sender_reference.map(str::to_owned);
        true
    }

    /// The document is not taken after all: something was found in it. No response code names malware;
    /// 20004 is the one about attachments that may not be taken, with the issue type of security.
    pub(super) fn refuse_infected(&mut self) {
        let answer = Answer::with(
            ResponseCode::AttachmentNotApproved,
            "an attachment was refused by the receiver's malware scanner",
        );
        self.findings.push(answer.finding());
        (self.filed_as, self.replaces, self.is_infected) = (None, None, true);
        self.owe(answer, None);
    }

    /// The practice has switched the payload off: the sender is to send it by another way.
    fn refuse_switched_off(&mut self) {
        let answer = Answer::with(
            ResponseCode::PayloadOrganisationUnknown,
            "the receiving practice has switched this kind of message off",
        );
        self.findings.push(answer.finding());
        self.is_not_known_again = true;
        self.owe(answer, None);
    }

    /// A positive business code goes to the workflow inbox.
    fn file_as(&mut self, code: Option<ResponseCode>) {
        let code = code.filter(|code| code.class() == Class::Business && code.is_positive());
        self.filed_as = code.map(|code| u32::from(code as u16));
    }

    /// Sets the answers the sender asked for.
    fn owe(&mut self, infrastructure: Answer, business: Option<ResponseCode>) {
        let asked = self.asked.unwrap_or(Asked::UNREADABLE);
        let due = itk3::responses_due(false, asked, infrastructure.code, business);
        let mut infrastructure = Some(infrastructure);
        let answer = |code| match infrastructure.take_if(|it| it.code == code) {
            Some(infrastructure) => infrastructure,
            None => Answer::plain(code),
        };
        self.answers = due.into_iter().map(answer).collect();
    }

    /// By what it is known again: nothing of what was not taken for its workflow, which may come again once
    /// that is served.
    pub(super) fn ids(&self) -> MessageIds<'_> {
        if self.is_not_known_again {
            return MessageIds::default();
        }
        MessageIds {
            header: self.header_id.as_deref(),
            bundle_identifier: self.bundle_identifier.as_deref(),
            document: self
                .document
                .as_ref()
                .map(|document| document.document_id.as_str()),
        }
    }
}

/// Judges a message in the receiver's order: read, bundle and header, handling keys, duplicate,
/// payload, replacement, then the patient. Of a payload that is switched off nothing is read but what
/// the answer needs.
pub(super) fn judge(
    inner: &Inner,
    delivery: &Delivery,
    data: Option<&[u8]>,
    route: Route,
) -> Result<Verdict, PracticeError> {
    let Some(data) = data else {
        return Ok(Verdict::refused(Answer::plain(ResponseCode::TooLarge)));
    };
    let message = match message_check::read(data) {
        Ok(message) => message,
        Err(error) => {
            let finding = itk3::check::unreadable(&error);
            let code = finding.response.unwrap_or(ResponseCode::UnreadableMessage);
            return Ok(Verdict::refused(Answer::with(code, &finding.what)));
        }
    };
    let mut verdict = Verdict {
        is_acknowledgement: itk3::is_acknowledgement(&message.root),
        ..Verdict::default()
    };
    if verdict.is_acknowledgement {
        return Ok(verdict);
    }
    verdict.read_header(&message);
    if route == Route::SwitchedOff {
        verdict.refuse_switched_off();
        return Ok(verdict);
    }
    let workflow = WorkflowId::parse(delivery.workflow()).ok();
    let payload = message_check::of_message(Some(&message), workflow.as_ref(), None);
    verdict.document = payload.read(&message).ok();
    if let Some(document) = &verdict.document {
        verdict.kind = payload.listed_kind(document).into_owned();
    }
    if payload.kinds() == [Kind::UPDATE_RECORD] {
        verdict.provisional = update_record::read_record(&message).ok();
    }
    let refusal = refusal(inner, delivery, &message, payload, &mut verdict)?;
    let size = itk3::check::size(data.len());
    verdict
        .findings
        .extend(size.into_iter().map(ReceivedFinding::from));
    let asked = verdict.asked.unwrap_or(Asked::UNREADABLE);
    let document = verdict.document.as_ref();
    match inner.answers.asked_for(document, asked, refusal.is_some()) {
        Some(decision) => answer_as_asked(decision, refusal.is_some(), &mut verdict),
        None => answer(inner, refusal, &mut verdict),
    }
    Ok(verdict)
}

fn bare(id: &str) -> String {
    let id = id.trim();
    id.strip_prefix(itk3::names::URN_UUID)
        .unwrap_or(id)
        .to_owned()
}

/// Whether a code is about the bundle, its header or the handling keys, which are judged before
/// duplicates are looked for; the others are about the payload.
fn is_about_the_header(code: ResponseCode) -> bool {
    (code as u16) < 20_000
        || matches!(
            code,
            ResponseCode::HeaderInvalid
                | ResponseCode::RecipientPersonUnknown
                | ResponseCode::RecipientOrganisationUnknown
        )
}

fn refusal(
    inner: &Inner,
    delivery: &Delivery,
    message: &fhir::Document,
    payload: &dyn Payload,
    verdict: &mut Verdict,
) -> Result<Option<Answer>, PracticeError> {
    let until = inner.now() + SignedDuration::from_secs(message_check::CHECK_SECONDS);
    let in_time = || inner.now() < until;
    let served = Served {
        organisations: &inner.config.served(),
        practitioners: None,
    };
    let findings = payload.check(
        message,
        &Checking {
            transport: Some(&transport(&delivery.control)),
            view: View::Receiver,
            served: Some(&served),
            budget: &Budget::of(&in_time),
        },
    );
    let decisive = itk3::response_for(&findings);
    verdict.findings = findings.into_iter().map(ReceivedFinding::from).collect();
    let rejection = decisive.map(|rejection| Answer {
        issue: Some(rejection.issue),
        diagnostics: Some(rejection.diagnostics),
        ..Answer::plain(rejection.code)
    });
    if rejection
        .as_ref()
        .is_some_and(|answer| is_about_the_header(answer.code))
    {
        return Ok(rejection);
    }
    let too_long = too_long(verdict.document.as_ref()).filter(|_| rejection.is_none());
    let is_valid = rejection.is_none() && too_long.is_none();
    let on_record = refusal_on_record(inner, delivery, is_valid, verdict)?;
    let found = on_record.or(too_long);
    verdict.findings.extend(found.as_ref().map(Answer::finding));
    Ok(found.or(rejection))
}

/// Bytes of the texts of a message's sections together that a page can show.
const LONGEST_TEXT: usize = 2_000_000;

/// Of a message that breaks no rule: longer than anybody reads, and any page shows.
fn too_long(document: Option<&Received>) -> Option<Answer> {
    let sections = document.into_iter().flat_map(|it| &it.sections);
    let bytes: usize = sections.map(|it| it.narrative.to_xhtml().len()).sum();
    let what = "expected sections whose texts have 2,000,000 bytes together at most";
    (bytes > LONGEST_TEXT).then(|| Answer::with(ResponseCode::TooLarge, what))
}

/// What is on record here against a message: it was received before, or, if it is `valid`, what it
/// replaces cannot be replaced.
fn refusal_on_record(
    inner: &Inner,
    delivery: &Delivery,
    valid: bool,
    verdict: &mut Verdict,
) -> Result<Option<Answer>, PracticeError> {
    let ids = verdict.ids();
    let sender = delivery.sender().map(|mailbox| mailbox.to_string());
    let sender = sender.as_deref();
    let (message, document, is_anothers) = inner.store.read(|connection| {
        Ok((
            received::known_message(connection, ids, sender)?,
            received::known_document(connection, ids.document, sender)?,
            received::is_known_of_another(connection, ids, sender)?,
        ))
    })?;
    verdict.ids_are_anothers = is_anothers;
    if let Some(task) = message {
        verdict.repeats = task.zip(Some(20007));
        return Ok(Some(Answer::with(
            ResponseCode::DuplicateMessage,
            "MessageHeader.id or Bundle.identifier was received before",
        )));
    }
    if let Some(task) = document {
        verdict.repeats = task.zip(Some(20008));
        return Ok(Some(Answer::with(
            ResponseCode::DuplicateDocument,
            "the identifier of the document bundle was received before",
        )));
    }
    if !valid {
        return Ok(None);
    }
    replacement(inner, delivery, verdict)
}

fn transport(control: &ControlFile) -> TransportMetadata<'_> {
    TransportMetadata {
        from: control.from_dts.as_deref().unwrap_or_default(),
        to: control.to_dts.as_deref().unwrap_or_default(),
        subject: control.subject.as_deref().unwrap_or_default(),
        workflow: control.workflow_id.as_deref().unwrap_or_default(),
        local_id: control.local_id.as_deref().unwrap_or_default(),
        stage: Stage::Received,
    }
}

/// A replacement must name a document that is here, from the same mailbox, and not replaced yet
/// (GPCM-SD-126, GPCM-SD-130).
fn replacement(
    inner: &Inner,
    delivery: &Delivery,
    verdict: &mut Verdict,
) -> Result<Option<Answer>, PracticeError> {
    let target = verdict
        .document
        .as_ref()
        .and_then(|document| document.replaces.clone());
    let (Some(target), Some(sender)) = (target, delivery.sender()) else {
        return Ok(None);
    };
    let replaced = inner
        .store
        .read(|connection| tasks::by_document(connection, &target, sender.as_str()))?;
    match replaced {
        Some(task) if task.replaced_by.is_none() && !task.void => {
            verdict.replaces = Some(task.id);
            let number = verdict
                .document
                .as_ref()
                .and_then(|it| it.patient.nhs_number);
            verdict.replaces_anothers = number.map(|number| number.digits()) != task.nhs_number;
            Ok(None)
        }
        Some(task) => {
            verdict.is_unreplaceable = true;
            verdict.voids = Some(task.id);
            Ok(Some(Answer::with(
                ResponseCode::ReplacementFailed,
                "Composition.relatesTo names a document that was replaced already or is void",
            )))
        }
        None => {
            verdict.is_unreplaceable = true;
            Ok(Some(Answer::with(
                ResponseCode::ReplacementFailed,
                "Composition.relatesTo names a document that is not held here",
            )))
        }
    }
}

/// Sets the answers of a decision that the sender asked for; what is to be refused is not taken for it.
fn answer_as_asked(decision: Decision, is_refused: bool, verdict: &mut Verdict) {
    apply(decision, verdict);
    if is_refused {
        (verdict.filed_as, verdict.replaces) = (None, None);
    }
}

/// Sets the answers the sender asked for. A negative answer ends the exchange: no business answer
/// follows it, and no task is raised.
fn answer(inner: &Inner, refusal: Option<Answer>, verdict: &mut Verdict) {
    match refusal {
        Some(refusal) => verdict.owe(refusal, None),
        None => apply(decide(inner, verdict), verdict),
    }
}

fn apply(decision: Decision, verdict: &mut Verdict) {
    let success = Answer::plain(ResponseCode::Success);
    let business = match decision {
        Decision::Unanswered => {
            verdict.is_left_unanswered = true;
            return;
        }
        Decision::CutOff => {
            let cut_off = true;
            return verdict.owe(Answer { cut_off, ..success }, None);
        }
        Decision::Answered(codes) => {
            if codes == [ResponseCode::ReplacementFailed] {
                verdict.voids = verdict.replaces.take();
            }
            verdict.file_as(codes.last().copied());
            verdict.is_left_unanswered = codes.is_empty();
            verdict.answers = codes.into_iter().map(Answer::plain).collect();
            return;
        }
        Decision::Taken(code) => code,
        Decision::NameDiffers => {
            verdict.name_differs = true;
            ResponseCode::PatientUnknown
        }
    };
    verdict.file_as(Some(business));
    verdict.owe(success, Some(business));
}

fn decide(inner: &Inner, verdict: &Verdict) -> Decision {
    let check = PatientCheck {
        patients: inner.patients.current(),
        practice: &inner.config.ods,
        today: inner.today(),
    };
    inner.answers.decide(verdict.document.as_ref(), &check)
}
