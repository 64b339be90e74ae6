//! What narrows the audit trail, and how much of it an address may hold.

use exchange::{AuditFilter, Exchange};
use nhs::{MailboxId, MessageId};
use pages::components::Errors;
use serde::Deserialize;

use super::table::is_message;
use crate::days;

/// Who the trail names beside mailboxes and users.
const ACTORS: [&str; 3] = ["exchange", "operator", "sandbox"];

/// What the trail says was done. A word that is not among them is looked for all the same, but is in no address.
const ACTIONS: [&str; 30] = [
    "accepted",
    "acknowledged",
    "add mailbox",
    "allow workflow",
    "audit shortened",
    "change password",
    "checked audit trail",
    "chunk",
    "collected",
    "delivered",
    "deny workflow",
    "disable mailbox",
    "disable patient routing",
    "enable mailbox",
    "enable patient routing",
    "exported audit trail",
    "exported journey",
    "exported messages",
    "failed",
    "forgotten",
    "looked at details",
    "purge mailbox",
    "purged",
    "quarantined",
    "re-seal",
    "redelivered",
    "reported",
    "revoke certificate",
    "routed",
    "try now",
];

/// What narrows the trail.
#[derive(Deserialize, Default, Clone)]
pub(crate) struct Wanted {
    pub(super) before: Option<i64>,
    /// A message, mailbox, workflow or certificate.
    #[serde(default)]
    pub(super) about: String,
    #[serde(default)]
    pub(super) who: String,
    #[serde(default)]
    pub(super) action: String,
    #[serde(default)]
    pub(super) from: String,
    #[serde(default)]
    pub(super) to: String,
}

impl Wanted {
    /// The filter; a day that cannot be read is told.
    pub(super) fn filter(&self) -> (AuditFilter, Errors) {
        let mut filter = AuditFilter::default();
        let mut errors = Errors::new();
        let about = self.about.trim();
        let upper = about.to_ascii_uppercase();
        if MessageId::parse(&upper).is_ok() && upper.contains('_') && upper.len() > 20 {
            filter.subject = Some(upper);
        } else if let (false, Ok(mailbox)) = (about.is_empty(), MailboxId::parse(&upper)) {
            filter.mailbox = Some(mailbox);
        } else if !about.is_empty() {
            filter.subject = Some(about.to_owned());
        }
        let who = self.who.trim();
        if !who.is_empty() {
            filter.actor = Some(actor(who));
        }
        let action = self.action.trim();
        if !action.is_empty() {
            filter.action = Some(action.to_owned());
        }
        (filter.from, filter.until) = days::read(&self.from, &self.to, &mut errors);
        (filter, errors)
    }

    /// Each field by its name, as it was typed; those that are empty are left out.
    pub(super) fn typed(&self) -> Vec<(&'static str, &str)> {
        let fields = [
            ("about", self.about.trim()),
            ("who", self.who.trim()),
            ("action", self.action.trim()),
            ("from", self.from.trim()),
            ("to", self.to.trim()),
        ];
        let given = fields.into_iter().filter(|(_, text)| !text.is_empty());
        given.collect()
    }

    /// The same for an address, if it is made only of a message's id, mailboxes that are known, the trail's own words
    /// and days. Anything else may be a patient's.
    pub(super) fn query(&self, exchange: &Exchange, before: Option<i64>) -> Option<String> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, text) in self.typed() {
            let plain = match name {
                "about" => message(text).or_else(|| mailbox(exchange, text)),
                "who" => word(&ACTORS, text).or_else(|| mailbox(exchange, text)),
                "action" => word(&ACTIONS, text),
                _ => days::day(text).map(|day| day.to_string()),
            };
            query.append_pair(name, &plain?);
        }
        if let Some(before) = before {
            query.append_pair("before", &before.to_string());
        }
        Some(query.finish())
    }
}

/// As the trail names them: a mailbox, the exchange, the operator of commands, or a user of these pages.
fn actor(who: &str) -> String {
    let upper = who.to_ascii_uppercase();
    if ACTORS.contains(&who) || who.starts_with("console user ") {
        who.to_owned()
    } else if upper.len() > 6
        && upper.bytes().any(|byte| byte.is_ascii_digit())
        && MailboxId::parse(&upper).is_ok()
    {
        upper
    } else {
        format!("console user {who}")
    }
}

fn word(known: &[&str], text: &str) -> Option<String> {
    known.contains(&text).then(|| text.to_owned())
}

fn mailbox(exchange: &Exchange, text: &str) -> Option<String> {
    let upper = text.to_ascii_uppercase();
    exchange.mailbox(&upper).is_ok().then_some(upper)
}

/// An id as the exchange gives them: the moment in 20 digits, and six hexadecimal digits.
fn message(text: &str) -> Option<String> {
    let id = MessageId::parse(text).ok()?.to_string();
    let (_, rest) = id.split_once('_')?;
    let is_random = rest.len() == 6 && rest.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_message(&id) && is_random).then_some(id)
}
