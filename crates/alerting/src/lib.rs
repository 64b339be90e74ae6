//! Alerts to operators by webhook and e-mail: kinds and counts, never a patient's details.
//!
//! Whoever has alerts is a [`Source`]: it says what is open and not sent yet by a [`Channel`], one [`Open`] a kind, and
//! is told what was sent. There is no queue here. What cannot be sent stays with its source and goes with the
//! next message of its kind, so a thousand alerts are as few messages as one, and a receiver that stands still costs
//! one task and one connection.
//!
//! - [`Settings`] is the table `[alerting]`, [`Alerting`] what was made of it, [`Dispatcher`] the work of one channel.
//! - A [`Message`] is made of constants, counts, times and the ids of mailboxes. It is all that leaves.
//! - Webhooks are signed as <https://www.standardwebhooks.com> says; redirects are not followed.

mod alerting;
mod dispatcher;
mod email;
mod error;
mod message;
mod settings;
mod signature;
mod smtp;
mod source;
mod tls;
mod values;
mod webhook;

pub use alerting::{Alerting, Running, Wake};
pub use dispatcher::Dispatcher;
pub use error::AlertingError;
pub use message::{Message, Service};
pub use settings::{EmailSettings, Settings, TlsMode, WebhookSettings};
pub use source::{Channel, Open, Source, SourceError};
pub use values::{Host, MailAddress, Minutes, PagesAddress, Seconds, WebhookUrl};
