//! Which lines of the list somebody wants to see.

use exchange::Kind;
use serde::Deserialize;

use super::look::LookKind;
use super::request::Refused;
use super::rows::{MessageRow, Row};

/// Which lines somebody wants to see: the query of the list's address. All that is given must hold.
#[derive(Debug, Default, Clone, Deserialize)]
pub(crate) struct Filter {
    /// Words in an id, a mailbox, a workflow, a code. Neither subject nor patient is searched: what is searched
    /// for stands in the list's address.
    #[serde(default)]
    pub(crate) q: String,
    /// A [`Show`] by its name; anything else is all.
    #[serde(default)]
    pub(crate) show: String,
    /// A mailbox that sent or was sent it.
    #[serde(default)]
    pub(crate) mailbox: String,
    #[serde(default)]
    pub(crate) workflow: String,
    /// The state of a message, as version 2 of the MESH API writes it.
    #[serde(default)]
    pub(crate) state: String,
    /// Nothing that came after this, in microseconds since 1970: the list stands still.
    #[serde(default)]
    pub(crate) paused: Option<i64>,
}

/// What kind of line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    All,
    Refused,
    Errors,
    Warnings,
    Valid,
    Answers,
    Reports,
    Other,
}

impl Show {
    /// Each with its name in addresses and its word on the page.
    pub(crate) const ALL: [(Self, &str, &str); 8] = [
        (Self::All, "", "All"),
        (Self::Refused, "refused", "Refused"),
        (Self::Errors, "errors", "Errors"),
        (Self::Warnings, "warnings", "Warnings"),
        (Self::Valid, "valid", "Valid"),
        (Self::Answers, "answers", "Answers"),
        (Self::Reports, "reports", "Reports"),
        (Self::Other, "other", "Other"),
    ];

    pub(crate) fn parse(name: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        let found = all.find(|(_, known, _)| *known == name);
        found.map_or(Self::All, |(show, ..)| show)
    }

    /// Whether a line is of this kind.
    pub(crate) fn takes(self, row: &Row) -> bool {
        match row {
            Row::Refused(_) => matches!(self, Self::All | Self::Refused),
            Row::Message(row) => self.takes_message(row),
        }
    }

    fn takes_message(self, row: &MessageRow) -> bool {
        let look = row.look.as_deref();
        let is = |kind| look.is_some_and(|look| look.kind == kind);
        let errors = look.map_or(0, |look| look.errors);
        let warnings = look.map_or(0, |look| look.warnings);
        match self {
            Self::All => true,
            Self::Refused => false,
            Self::Errors => errors > 0,
            Self::Warnings => errors == 0 && warnings > 0,
            Self::Valid => is(LookKind::Document) && errors == 0,
            Self::Answers => is(LookKind::Acknowledgement),
            Self::Reports => row.envelope.message.kind == Kind::Report,
            Self::Other => is(LookKind::Other),
        }
    }
}

impl Filter {
    pub(crate) fn show(&self) -> Show {
        Show::parse(&self.show)
    }

    /// Whether a line is to be seen, whatever its kind.
    pub(crate) fn takes_besides(&self, row: &Row) -> bool {
        let came = self
            .paused
            .is_none_or(|until| row.at().as_microsecond() <= until);
        came && match row {
            Row::Refused(refused) => self.takes_refused(refused),
            Row::Message(row) => self.takes_message(row),
        }
    }

    pub(crate) fn takes(&self, row: &Row) -> bool {
        self.show().takes(row) && self.takes_besides(row)
    }

    fn takes_refused(&self, refused: &Refused) -> bool {
        let asked = &refused.asked;
        let mailbox = asked.mailbox.as_deref().unwrap_or_default();
        let workflow = asked.header("mex-workflowid").unwrap_or_default();
        let status = asked.status.to_string();
        self.state.is_empty()
            && is_or_any(&self.mailbox, mailbox)
            && is_or_any(&self.workflow, workflow)
            && self.has_words(&[&asked.address, &status, &refused.reason(), &asked.peer])
    }

    fn takes_message(&self, row: &MessageRow) -> bool {
        let message = &row.envelope.message;
        let (from, to) = (row.from(), row.to());
        let text = |bytes: &Option<Vec<u8>>| {
            let bytes = bytes.as_deref().unwrap_or_default();
            String::from_utf8_lossy(bytes).into_owned()
        };
        let of_mailbox = self.mailbox.is_empty()
            || from.eq_ignore_ascii_case(&self.mailbox)
            || to.eq_ignore_ascii_case(&self.mailbox);
        of_mailbox
            && is_or_any(&self.workflow, message.workflow.as_str())
            && is_or_any(&self.state, message.state.as_str())
            && self.has_words(&[
                &from,
                &to,
                message.id.as_str(),
                message.workflow.as_str(),
                &text(&message.details.local_id),
                row.look
                    .as_deref()
                    .and_then(|look| look.first)
                    .unwrap_or_default(),
                row.look
                    .as_deref()
                    .and_then(|look| look.header_id.as_deref())
                    .unwrap_or_default(),
            ])
    }

    /// Whether every word that is searched for is in one of these.
    fn has_words(&self, places: &[&str]) -> bool {
        let mut words = self.q.split_whitespace().map(str::to_lowercase);
        words.all(|word| {
            places
                .iter()
                .any(|place| place.to_lowercase().contains(&word))
        })
    }

    /// The query of an address with this filter, `?` in front; empty for none.
    pub(crate) fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("q", &self.q),
            ("show", &self.show),
            ("mailbox", &self.mailbox),
            ("workflow", &self.workflow),
            ("state", &self.state),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if let Some(paused) = self.paused {
            query.append_pair("paused", &paused.to_string());
        }
        match query.finish() {
            query if query.is_empty() => query,
            query => format!("?{query}"),
        }
    }
}

fn is_or_any(wanted: &str, found: &str) -> bool {
    wanted.is_empty() || found.eq_ignore_ascii_case(wanted)
}
