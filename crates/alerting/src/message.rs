//! What leaves: constants, counts, times, and the ids of mailboxes.

use std::fmt::Write;

use jiff::Timestamp;
use serde::Serialize;

use crate::source::{Channel, Open};
use crate::values::PagesAddress;

/// What a message names of what alerts are about, at most.
const MOST_CONCERNS: usize = 20;
/// Characters of each of them.
const LONGEST_CONCERN: usize = 160;

/// Who sends alerts.
#[derive(Debug, Clone)]
pub struct Service {
    /// What it is, such as `practice A81001`.
    pub name: String,
    /// The machine it runs on.
    pub host: String,
    /// Where browsers reach its pages.
    pub address: Option<PagesAddress>,
}

impl Service {
    /// This machine's service of that name.
    pub fn here(name: impl Into<String>, address: Option<PagesAddress>) -> Self {
        let host = hostname::get().map(|host| host.to_string_lossy().into_owned());
        Self {
            name: name.into(),
            host: plain(&host.unwrap_or_default(), 255),
            address,
        }
    }
}

/// One message: what is open of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// The same for the same alerts by the same channel, so that a receiver can leave out what it got twice.
    #[serde(skip)]
    pub id: String,
    /// The kind, such as `letter-failed`.
    pub kind: &'static str,
    /// What it means, in words.
    pub what: &'static str,
    /// How many alerts.
    pub count: u64,
    /// Since when the oldest has been open.
    pub since: Timestamp,
    /// The page to look at.
    pub page: String,
    /// Who sends this, such as `practice A81001`.
    pub service: String,
    /// The machine it runs on.
    pub host: String,
    /// Ids of mailboxes or names of settings.
    pub concerns: Vec<String>,
    /// How many more of them there are.
    pub further_concerns: usize,
}

impl Message {
    /// What is said of alerts.
    pub fn of(open: &Open, channel: Channel, service: &Service) -> Self {
        let concerns = open.concerns.iter().take(MOST_CONCERNS);
        Self {
            id: id(open, channel, service),
            kind: open.kind,
            what: open.what,
            count: open.count,
            since: open.since,
            page: match &service.address {
                Some(address) => address.page(open.page),
                None => format!("the page {} of {}", open.page, service.name),
            },
            service: service.name.clone(),
            host: service.host.clone(),
            concerns: concerns.map(|it| plain(it, LONGEST_CONCERN)).collect(),
            further_concerns: open.concerns.len().saturating_sub(MOST_CONCERNS),
        }
    }

    /// A message that only proves that messages arrive.
    pub fn test(service: &Service, channel: Channel, now: Timestamp) -> Self {
        let open = Open {
            kind: "test",
            what: "This is a test: alerts of this service arrive here",
            count: 0,
            since: now,
            page: "/",
            concerns: Vec::new(),
            mark: 0,
            last_sent: None,
        };
        Self::of(&open, channel, service)
    }

    /// The line by which it is recognised among others.
    pub(crate) fn subject(&self) -> String {
        let Self {
            service,
            kind,
            count,
            ..
        } = self;
        format!("Restante, {service}: {kind} ({count})")
    }

    /// The whole of it for people.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{}.\n\n", self.what);
        // Writing into a text cannot fail.
        _ = writeln!(text, "How many: {}", self.count);
        _ = writeln!(
            text,
            "Since:    {}",
            self.since.round(jiff::Unit::Second).unwrap_or(self.since)
        );
        _ = writeln!(text, "Look at:  {}", self.page);
        _ = writeln!(text, "Service:  {} on {}", self.service, self.host);
        _ = writeln!(text, "Kind:     {}", self.kind);
        for concern in &self.concerns {
            _ = writeln!(text, "About:    {concern}");
        }
        if self.further_concerns > 0 {
            _ = writeln!(text, "          and {} more", self.further_concerns);
        }
        text.push_str(
            "\nDetails are on the page only. This was sent by a program; do not answer it.\n",
        );
        text
    }

    /// The body of a webhook.
    pub(crate) fn json(&self, now: Timestamp) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&Hook {
            r#type: "restante.alert",
            timestamp: now,
            data: self,
        })
    }
}

#[derive(Serialize)]
struct Hook<'a> {
    r#type: &'static str,
    timestamp: Timestamp,
    data: &'a Message,
}

/// What is the same for the same alerts, in letters, digits and hyphens.
fn id(open: &Open, channel: Channel, service: &Service) -> String {
    let (name, host, kind) = (&service.name, &service.host, open.kind);
    let since = open.since.as_millisecond();
    let text = format!("{name}-{host}-{channel}-{kind}-{since}-{}", open.mark);
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    text.chars().map(safe).collect()
}

/// Printable ASCII of a text, at most that long.
fn plain(text: &str, longest: usize) -> String {
    let printable = |c: &char| matches!(c, ' '..='~');
    text.chars().filter(printable).take(longest).collect()
}
