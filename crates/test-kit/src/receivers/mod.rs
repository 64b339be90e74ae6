//! Those who receive alerts: of webhooks and of mail, on sockets of their own.

mod certificates;
mod mail;
mod web;

pub use certificates::Certificates;
pub use mail::{Mail, MailServer, Tls};
pub use web::{Posted, WebReceiver};
