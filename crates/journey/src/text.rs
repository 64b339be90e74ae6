//! Steps as text, as they are kept in records and exports: `routed practice=A20047 found_at=1795000000000000`. A word for
//! what happened, then names and values, none of which holds a blank. Times are microseconds since 1970, UTC.

use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use nhs::{MailboxId, MessageId, OdsCode, WorkflowId};

use crate::{AnswerClass, Event, Place};

/// What a place of a practice begins with.
const PRACTICE: &str = "practice ";

impl Place {
    /// As text; the inverse of [`Place::from_text`].
    pub fn to_text(&self) -> String {
        match self {
            Self::Exchange => "exchange".to_owned(),
            Self::Practice(name) => format!("{PRACTICE}{name}"),
        }
    }

    /// From text; whatever is no practice is the exchange.
    pub fn from_text(text: &str) -> Self {
        match text.strip_prefix(PRACTICE) {
            Some(name) => Self::Practice(name.to_owned()),
            None => Self::Exchange,
        }
    }
}

impl Event {
    /// What happened as text, without the message that it happened to.
    pub fn to_text(&self) -> String {
        let mut text = self.word().to_owned();
        let mut also = |name: &str, value: &dyn Display| text.push_str(&format!(" {name}={value}"));
        match self {
            Self::Accepted {
                sender, workflow, ..
            } => {
                also("sender", sender);
                also("workflow", workflow);
            }
            Self::Routed {
                practice, found_at, ..
            } => {
                also("practice", practice);
                also("found_at", &found_at.as_microsecond());
            }
            Self::RoutingDelayed { tries, next_at, .. } => {
                also("tries", tries);
                also("next_at", &next_at.as_microsecond());
            }
            Self::Delivered { recipient, .. } => also("recipient", recipient),
            Self::Downloaded { by, chunk, .. } => {
                also("by", by);
                also("chunk", chunk);
            }
            Self::Acknowledged { by, .. } => also("by", by),
            Self::Answered {
                class,
                code,
                positive,
                carrier,
                ..
            } => {
                also("class", &class.name());
                also("code", code);
                also("positive", positive);
                if let Some(carrier) = carrier {
                    also("carrier", carrier);
                }
            }
            Self::Answers {
                answered,
                class,
                code,
                positive,
                ..
            } => {
                also("answered", answered);
                also("class", &class.name());
                also("code", code);
                also("positive", positive);
            }
            Self::Reported { report, code, .. } => {
                also("report", report);
                also("code", code);
            }
            Self::Written { .. }
            | Self::Sent { .. }
            | Self::Published { .. }
            | Self::Taken { .. }
            | Self::TaskRaised { .. }
            | Self::Expired { .. } => {}
        }
        text
    }

    fn word(&self) -> &'static str {
        match self {
            Self::RoutingDelayed { .. } => "delayed",
            Self::TaskRaised { .. } => "task",
            Self::Reported { .. } => "failed",
            _ => self.name(),
        }
    }

    /// What happened to a message, from text; `None` when it is not of this form, such as what a later release wrote.
    pub fn from_text(message: &MessageId, text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let word = parts.next()?;
        let values = Values(parts.filter_map(|part| part.split_once('=')).collect());
        let message = message.clone();
        Some(match word {
            "written" => Self::Written { message },
            "accepted" => Self::Accepted {
                message,
                sender: MailboxId::parse(values.text("sender")?).ok()?,
                workflow: WorkflowId::parse(values.text("workflow")?).ok()?,
            },
            "sent" => Self::Sent { message },
            "routed" => Self::Routed {
                message,
                practice: OdsCode::parse(values.text("practice")?).ok()?,
                found_at: values.time("found_at")?,
            },
            "delayed" => Self::RoutingDelayed {
                message,
                tries: values.parsed("tries")?,
                next_at: values.time("next_at")?,
            },
            "delivered" => Self::Delivered {
                message,
                recipient: MailboxId::parse(values.text("recipient")?).ok()?,
            },
            "downloaded" => Self::Downloaded {
                message,
                by: MailboxId::parse(values.text("by")?).ok()?,
                chunk: values.parsed("chunk")?,
            },
            "published" => Self::Published { message },
            "acknowledged" => Self::Acknowledged {
                message,
                by: MailboxId::parse(values.text("by")?).ok()?,
            },
            "taken" => Self::Taken { message },
            "task" => Self::TaskRaised { message },
            "answered" => Self::Answered {
                message,
                class: values.class()?,
                code: values.parsed("code")?,
                positive: values.parsed("positive")?,
                carrier: values.message("carrier"),
            },
            "answers" => Self::Answers {
                message,
                answered: values.message("answered")?,
                class: values.class()?,
                code: values.parsed("code")?,
                positive: values.parsed("positive")?,
            },
            "failed" => Self::Reported {
                message,
                report: values.message("report")?,
                code: values.text("code")?.to_owned(),
            },
            "expired" => Self::Expired { message },
            _ => return None,
        })
    }
}

struct Values<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Values<'a> {
    fn text(&self, wanted: &str) -> Option<&'a str> {
        let found = self.0.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| *value)
    }

    fn parsed<T: FromStr>(&self, wanted: &str) -> Option<T> {
        self.text(wanted)?.parse().ok()
    }

    fn time(&self, wanted: &str) -> Option<Timestamp> {
        Timestamp::from_microsecond(self.parsed(wanted)?).ok()
    }

    fn message(&self, wanted: &str) -> Option<MessageId> {
        MessageId::parse(self.text(wanted)?).ok()
    }

    fn class(&self) -> Option<AnswerClass> {
        let named = self.text("class")?;
        [AnswerClass::Infrastructure, AnswerClass::Business]
            .into_iter()
            .find(|class| class.name() == named)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_event_comes_back_from_its_text() {
        let id = |end: &str| MessageId::parse(&format!("20261122100000000000_{end}")).unwrap();
        let (message, other) = (id("AAAAAA"), id("BBBBBB"));
        let mailbox = MailboxId::parse("A81001OT001").unwrap();
        let at = Timestamp::from_microsecond(1_795_000_000_123_456).unwrap();
        let (class, code, positive) = (AnswerClass::Infrastructure, 20_013, true);
        let of = |carrier| Event::Answered {
            message: message.clone(),
            class,
            code,
            positive,
            carrier,
        };
        let plain = |event: fn(MessageId) -> Event| event(message.clone());
        let events = [
            plain(|message| Event::Written { message }),
            plain(|message| Event::Sent { message }),
            plain(|message| Event::Published { message }),
            plain(|message| Event::Taken { message }),
            plain(|message| Event::TaskRaised { message }),
            plain(|message| Event::Expired { message }),
            Event::Accepted {
                message: message.clone(),
                sender: mailbox.clone(),
                workflow: WorkflowId::parse("GPFED_CONSULT_REPORT").unwrap(),
            },
            Event::Routed {
                message: message.clone(),
                practice: OdsCode::parse("A20047").unwrap(),
                found_at: at,
            },
            Event::RoutingDelayed {
                message: message.clone(),
                tries: 2,
                next_at: at,
            },
            Event::Delivered {
                message: message.clone(),
                recipient: mailbox.clone(),
            },
            Event::Downloaded {
                message: message.clone(),
                by: mailbox.clone(),
                chunk: 1,
            },
            Event::Acknowledged {
                message: message.clone(),
                by: mailbox,
            },
            of(None),
            of(Some(other.clone())),
            Event::Answers {
                message: message.clone(),
                answered: other.clone(),
                class,
                code,
                positive,
            },
            Event::Reported {
                message: message.clone(),
                report: other,
                code: "EPL-153".to_owned(),
            },
        ];
        for event in events {
            let text = event.to_text();
            assert_eq!(Event::from_text(&message, &text), Some(event), "{text}");
        }
        assert_eq!(Event::from_text(&message, "levitated"), None);
        assert_eq!(Event::from_text(&message, "routed practice=A20047"), None);
        let practice = Place::Practice("Starling Surgery".to_owned());
        assert_eq!(Place::from_text(&practice.to_text()), practice);
        assert_eq!(Place::from_text("exchange"), Place::Exchange);
    }
}
