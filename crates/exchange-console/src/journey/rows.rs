//! The steps of a journey as rows: in order of time, each at its place, in words.

use exchange::{Event, Failure, Step};
use jiff::{SignedDuration, Timestamp};
use journey::{AnswerClass, Place};

use super::whole::{Part, Role, Whole};

/// The places, from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    SenderSystem,
    SenderClient,
    Exchange,
    Lookup,
    ReceiverClient,
    ReceiverSystem,
}

/// One step.
pub(crate) struct Row {
    pub(crate) at: Timestamp,
    pub(crate) lane: Lane,
    pub(crate) role: Role,
    /// Whole, for the table.
    pub(crate) what: String,
    /// In a word or two, for the picture; may be empty.
    pub(crate) label: String,
    /// Something is wrong.
    pub(crate) is_bad: bool,
    /// The message waits for its recipient from here on, or no longer.
    pub(crate) wait: Wait,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    No,
    Begins,
    Ends,
}

/// Rows, and the names of both ends.
pub(crate) struct Rows {
    pub(crate) rows: Vec<Row>,
    pub(crate) sender: String,
    pub(crate) receiver: String,
}

impl Rows {
    pub(crate) fn of(whole: &Whole) -> Self {
        let mut rows: Vec<Row> = whole
            .parts
            .iter()
            .flat_map(|part| part.steps.iter().flat_map(|step| of_step(part, step)))
            .collect();
        rows.sort_by_key(|row| row.at);
        let (sender, receiver) = ends(whole);
        Self {
            rows,
            sender,
            receiver,
        }
    }

    /// From the first step to the last.
    pub(crate) fn span(&self) -> SignedDuration {
        match (self.rows.first(), self.rows.last()) {
            (Some(first), Some(last)) => last.at.duration_since(first.at),
            _ => SignedDuration::ZERO,
        }
    }

    pub(crate) fn place(&self, lane: Lane) -> String {
        place(lane, &self.sender, &self.receiver)
    }

    /// The same where there is little room: a long name is cut.
    pub(crate) fn short_place(&self, lane: Lane) -> String {
        place(lane, &cut(&self.sender), &cut(&self.receiver))
    }
}

fn cut(name: &str) -> String {
    if name.chars().count() <= 12 {
        return name.to_owned();
    }
    let first: String = name.chars().take(11).collect();
    format!("{}…", first.trim_end())
}

fn place(lane: Lane, sender: &str, receiver: &str) -> String {
    match lane {
        Lane::SenderSystem => format!("{sender}, GP system"),
        Lane::SenderClient => format!("{sender}, MESH client"),
        Lane::Exchange => "Exchange, MESH server".to_owned(),
        Lane::Lookup => "Exchange, PDS and lookup".to_owned(),
        Lane::ReceiverClient => format!("{receiver}, MESH client"),
        Lane::ReceiverSystem => format!("{receiver}, GP system"),
    }
}

/// By the names their practices told, else those of the directory.
fn ends(whole: &Whole) -> (String, String) {
    let Some(letter) = whole.letter() else {
        return ("Sender".to_owned(), "Recipient".to_owned());
    };
    let told = |is_senders: bool| {
        letter.steps.iter().find_map(|step| match &step.place {
            Place::Practice(name) if is_of_sender(&step.event) == is_senders => Some(name.clone()),
            _ => None,
        })
    };
    let named = |party: Option<&exchange::Party>, otherwise: &str| match party {
        Some(party) if party.name.is_empty() => party.mailbox.to_string(),
        Some(party) => party.name.clone(),
        None => otherwise.to_owned(),
    };
    let envelope = &letter.envelope;
    let sender = told(true).unwrap_or_else(|| named(envelope.sender.as_ref(), "Sender"));
    let receiver = told(false);
    let receiver = receiver.unwrap_or_else(|| named(envelope.recipient.as_ref(), "Recipient"));
    (sender, receiver)
}

fn is_of_sender(event: &Event) -> bool {
    matches!(
        event,
        Event::Written { .. } | Event::Sent { .. } | Event::Answered { .. }
    )
}

/// Where a step of a message happened: answers and reports go the other way.
fn lane(role: Role, event: &Event) -> Lane {
    let out = role == Role::Letter;
    match event {
        Event::Written { .. } if out => Lane::SenderSystem,
        Event::Written { .. } => Lane::ReceiverSystem,
        Event::Sent { .. } if out => Lane::SenderClient,
        Event::Sent { .. } => Lane::ReceiverClient,
        Event::Published { .. } if out => Lane::ReceiverClient,
        Event::Published { .. } => Lane::SenderClient,
        Event::Taken { .. } | Event::TaskRaised { .. } if out => Lane::ReceiverSystem,
        Event::Taken { .. } | Event::TaskRaised { .. } | Event::Answered { .. } => {
            Lane::SenderSystem
        }
        Event::Answers { .. } => Lane::SenderSystem,
        Event::Routed { .. } | Event::RoutingDelayed { .. } => Lane::Lookup,
        Event::Accepted { .. }
        | Event::Delivered { .. }
        | Event::Downloaded { .. }
        | Event::Acknowledged { .. }
        | Event::Reported { .. }
        | Event::Expired { .. } => Lane::Exchange,
    }
}

/// The rows of a step: none for what another row tells, two where PDS was asked first.
fn of_step(part: &Part, step: &Step) -> Vec<Row> {
    let role = part.role;
    let row = |what: String, label: &str| Row {
        at: step.at,
        lane: lane(role, &step.event),
        role,
        what,
        label: label.to_owned(),
        is_bad: false,
        wait: Wait::No,
    };
    match &step.event {
        // the letter's own row tells it
        Event::Answers { .. } => Vec::new(),
        Event::Reported { code, .. } => {
            let failed = row(
                format!("Failed with {code}; a report went to the sender"),
                &format!("failed, {code}"),
            );
            let failed = Row {
                is_bad: true,
                wait: Wait::Ends,
                ..failed
            };
            let asked = asked(part.envelope.message.failure.as_ref());
            let asked = asked.map(|(what, label)| Row {
                lane: Lane::Lookup,
                is_bad: true,
                ..row(what, &label)
            });
            asked.into_iter().chain([failed]).collect()
        }
        Event::Routed {
            practice, found_at, ..
        } => {
            let found = format!("PDS: the patient is registered with {practice}");
            vec![Row {
                at: *found_at,
                ..row(found, practice.as_str())
            }]
        }
        // it is the answer's way that ends there
        Event::Answered {
            class, positive, ..
        } => {
            let (what, label) = words(role, &step.event);
            let role = match class {
                AnswerClass::Infrastructure => Role::Infrastructure,
                AnswerClass::Business => Role::Business,
            };
            vec![Row {
                role,
                is_bad: !positive,
                ..row(what, &label)
            }]
        }
        event => {
            let (what, label) = words(role, event);
            let (is_bad, wait) = match event {
                Event::Expired { .. } => (true, Wait::Ends),
                Event::Delivered { .. } => (false, Wait::Begins),
                Event::Downloaded { .. } => (false, Wait::Ends),
                _ => (false, Wait::No),
            };
            vec![Row {
                is_bad,
                wait,
                ..row(what, &label)
            }]
        }
    }
}

/// What PDS and the lookup of the mailbox came to, where the message failed there.
fn asked(failure: Option<&Failure>) -> Option<(String, String)> {
    let failure = failure.filter(|failure| failure.code.starts_with("EPL-"))?;
    let (code, why) = (&failure.code, &failure.description);
    let who = match code.as_str() {
        // found by PDS; the practice's mailbox is what was not
        "EPL-150" | "EPL-151" => "PDS answered; the lookup of the mailbox",
        "EPL-152" => "The address of the patient",
        _ => "PDS",
    };
    Some((format!("{who}: {why}"), code.clone()))
}

/// A step in words, and in a word or two.
fn words(role: Role, event: &Event) -> (String, String) {
    let (what, label) = match event {
        Event::Written { .. } => ("Written into OUT".to_owned(), "written into OUT"),
        Event::Accepted { sender, .. } => (
            format!("Accepted from {sender}, durable: 202"),
            match role {
                Role::Letter => "accepted",
                _ => "",
            },
        ),
        Event::Sent { .. } => ("Moved to SENT".to_owned(), ""),
        Event::RoutingDelayed { tries, next_at, .. } => {
            let next = crate::labels::clock(*next_at);
            let what = format!("PDS could not say yet (try {tries}); tried again at {next}");
            return (what, "PDS does not say".to_owned());
        }
        Event::Delivered { recipient, .. } => {
            (format!("Delivered to the inbox of {recipient}"), "")
        }
        Event::Downloaded { by, .. } => (format!("Downloaded by {by}"), "collected"),
        Event::Published { .. } => ("Put into IN".to_owned(), "in IN"),
        Event::Acknowledged { by, .. } => (format!("Acknowledged on MESH level by {by}"), ""),
        Event::Taken { .. } => ("Taken out of IN and kept".to_owned(), ""),
        Event::TaskRaised { .. } => ("Checked; task raised".to_owned(), "task raised"),
        Event::Answered { class, code, .. } => {
            let what = format!("{code} received ({} acknowledgement)", class.name());
            return (what, format!("{code} received"));
        }
        Event::Expired { .. } => ("Expired: nobody collected it".to_owned(), "expired"),
        Event::Answers { .. } | Event::Routed { .. } | Event::Reported { .. } => {
            (String::new(), "")
        }
    };
    (what, label.to_owned())
}
