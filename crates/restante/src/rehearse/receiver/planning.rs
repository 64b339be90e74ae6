//! Who sends what to whom about which patients.

use jiff::{SignedDuration, Timestamp};
use mesh_client::config::AgentConfig;
use nhs::{Clock, MailboxId, OdsCode, Randomness, SystemClock, SystemRandomness};
use rehearsal::receiver::{
    Case, Generator, GeneratorSettings, Patients, PayloadName, Plan, Practice, RunSettings,
};

use crate::commands;
use crate::demo::practices::{self, PracticeIdentity};
use crate::error::{self, Error};

use super::Arguments;

/// Without another wish, of somebody's and of our own system.
const ANSWER_WITHIN: SignedDuration = SignedDuration::from_mins(2);
const OWN_ANSWER_WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// What a run is made of.
pub struct Planning {
    pub seed: u64,
    pub started: Timestamp,
    pub payloads: &'static [PayloadName],
    pub sender: Practice,
    /// The client whose mailbox sends, where one was given.
    pub config: Option<AgentConfig>,
    pub receiver: Practice,
    pub patients: Patients,
    pub answer_within: SignedDuration,
}

impl Planning {
    /// What was asked for.
    ///
    /// # Errors
    ///
    /// When a list, a mailbox or a client's configuration is wrong.
    pub fn of(args: &Arguments) -> Result<Self, Error> {
        let started = SystemClock.now();
        let [sender, own] = practices::both()?;
        let config = match &args.config {
            Some(path) => Some(commands::client::load::read(path)?.config),
            None => None,
        };
        let sender = match &config {
            Some(config) => sending(config, practice(&sender))?,
            None => practice(&sender),
        };
        if let Some(shown) = args.unshown.as_deref().filter(|it| !is_approved(it)) {
            return Err(Error::Arguments(format!(
                "--unshown: expected an approved content type, such as image/tiff, found {shown:?}; any other is refused with 20004, not 20005"
            )));
        }
        let receiver = if args.own {
            practice(&own)
        } else {
            on_trial(args)?
        };
        let answer_within = match args.answer_within {
            Some(given) => SignedDuration::try_from(given).map_err(|_| {
                Error::Arguments("--answer-within: expected a time such as 2m".to_owned())
            })?,
            None if args.own => OWN_ANSWER_WITHIN,
            None => ANSWER_WITHIN,
        };
        Ok(Self {
            seed: args.seed.unwrap_or_else(seed),
            started,
            payloads: args.payload.unwrap_or_else(|| usual(args)),
            sender,
            config,
            receiver,
            patients: patients(args, started)?,
            answer_within,
        })
    }

    /// The messages.
    ///
    /// # Errors
    ///
    /// When a case is not known, the patients do not allow a message, or nothing is left to be sent.
    pub fn plan(&self, args: &Arguments) -> Result<Plan, Error> {
        let generator = Generator::new(GeneratorSettings {
            seed: self.seed,
            started: self.started,
            sender: self.sender.clone(),
            receiver: self.receiver.clone(),
            patients: self.patients.clone(),
            approved_unshown: args.unshown.clone(),
            limit: args.limit,
            update_record_on: !args.update_record_off,
        });
        let only: Vec<&str> = args.case.iter().map(String::as_str).collect();
        for id in &only {
            if Case::find(id).is_none() {
                return Err(Error::Arguments(format!(
                    "--case: expected one of RX-P01 to RX-D01, found {id:?}"
                )));
            }
        }
        let plan = generator.plan(self.payloads, &only)?;
        match plan.messages.is_empty() {
            false => Ok(plan),
            true => Err(nothing_to_send(&plan)),
        }
    }

    /// What the run is judged by.
    pub fn settings(&self) -> RunSettings {
        RunSettings {
            sender: self.sender.mailbox.clone(),
            receiver: self.receiver.mailbox.clone(),
            answer_within: self.answer_within,
            started: self.started,
            seed: self.seed,
            patients: self.patients.all().to_vec(),
        }
    }

    /// The list that the system on trial must know, as CSV.
    pub fn patient_list(&self) -> String {
        self.patients.practice_list(&self.receiver.ods)
    }
}

/// Most suppliers have the one payload.
fn usual(args: &Arguments) -> &'static [PayloadName] {
    if args.own {
        &PayloadName::ALL
    } else {
        &[PayloadName::SendDocument13, PayloadName::SendDocument20]
    }
}

fn practice(identity: &PracticeIdentity) -> Practice {
    Practice {
        ods: identity.ods.clone(),
        name: identity.name.to_owned(),
        phone: identity.phone.to_owned(),
        mailbox: identity.mailbox.clone(),
    }
}

/// The one mailbox of a client. Its practice is the one it is named after, else the demo's.
fn sending(config: &AgentConfig, usual: Practice) -> Result<Practice, Error> {
    let [mailbox] = config.mailboxes.as_slice() else {
        return Err(Error::Arguments(format!(
            "--config: expected one mailbox to send from, found {}",
            config.mailboxes.len()
        )));
    };
    Ok(Practice {
        ods: practice_of(&mailbox.id).unwrap_or(usual.ods),
        mailbox: mailbox.id.clone(),
        ..usual
    })
}

fn is_approved(content_type: &str) -> bool {
    itk3::attachment_types::known(content_type).is_some()
}

/// A run without messages would find nothing wrong.
fn nothing_to_send(plan: &Plan) -> Error {
    let why = plan.left_out.first().map_or_else(
        || "cases over all answers have no message of their own".to_owned(),
        |it| format!("{} with {}: {}", it.case.id, it.payload.title(), it.reason),
    );
    Error::Arguments(format!(
        "expected at least one message to send, found none for these --case and --payload ({why}); nothing was sent"
    ))
}

fn on_trial(args: &Arguments) -> Result<Practice, Error> {
    let ods = match &args.practice {
        Some(ods) => ods.clone(),
        None => practice_of(&args.mailbox).ok_or_else(|| {
            Error::Arguments(format!(
                "--mailbox {}: expected a mailbox that begins with its practice's code, such as A20047OT001; give --practice too",
                args.mailbox
            ))
        })?,
    };
    Ok(Practice {
        ods,
        name: "The practice on trial".to_owned(),
        phone: "01632 960300".to_owned(),
        mailbox: args.mailbox.clone(),
    })
}

/// `A20047OT001`: the practice's code, two letters, three digits.
fn practice_of(mailbox: &MailboxId) -> Option<OdsCode> {
    let text = mailbox.as_str();
    let (code, end) = text.split_at_checked(text.len().checked_sub(5)?)?;
    let (letters, digits) = end.split_at_checked(2)?;
    let is_usual = letters.bytes().all(|it| it.is_ascii_alphabetic())
        && digits.bytes().all(|it| it.is_ascii_digit());
    OdsCode::parse(code).ok().filter(|_| is_usual)
}

fn patients(args: &Arguments, started: Timestamp) -> Result<Patients, Error> {
    match &args.patients {
        None => Ok(Patients::invented(started)?),
        Some(path) => {
            let list = std::fs::read(path).map_err(error::at(path))?;
            let read = Patients::from_csv(&list, started, args.any_number);
            read.map_err(|error| Error::Arguments(format!("{}: {error}", path.display())))
        }
    }
}

/// Small enough to be typed again.
fn seed() -> u64 {
    let mut bytes = [0; 4];
    SystemRandomness.fill(&mut bytes);
    u64::from(u32::from_le_bytes(bytes))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_mailbox_names_its_practice() {
        let of = |id: &str| practice_of(&MailboxId::parse(id).unwrap()).map(|it| it.to_string());
        assert_eq!(of("A20047OT001"), Some("A20047".to_owned()));
        assert_eq!(of("X26ABC1"), None);
        assert_eq!(of("OT001"), None);
    }
}
