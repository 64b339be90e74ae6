//! What was heard of the visitor's own system.

use std::collections::VecDeque;

use axum::http::{Method, StatusCode};
use jiff::Timestamp;

use super::requests::Asked;

/// Refusals kept at most.
const REFUSALS: usize = 20;

/// What was heard of the visitor's own system.
#[derive(Clone, Default)]
pub(crate) struct Visits {
    /// When it was heard of first.
    pub(crate) first: Option<Timestamp>,
    /// Requests that were answered well.
    pub(crate) good: u64,
    /// Letters it sent.
    pub(crate) sent: u64,
    /// The latest requests that were refused, the latest first.
    pub(crate) refusals: VecDeque<Refusal>,
}

/// A request that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) at: Timestamp,
    pub(crate) reason: String,
}

impl Visits {
    /// Takes note of an answered request; says whether an open page shows it.
    pub(crate) fn heard(&mut self, asked: &Asked, refusal: Option<String>) -> bool {
        let is_first = self.first.is_none();
        self.first.get_or_insert(asked.begun);
        let is_send = asked.method == Method::POST && asked.path.ends_with("/outbox");
        if asked.status.is_success() || asked.status == StatusCode::NOT_MODIFIED {
            self.good += 1;
            self.sent += u64::from(is_send);
            return is_first || self.good == 1 || is_send;
        }
        let (method, path, status) = (&asked.method, &asked.path, asked.status);
        self.refused(Refusal {
            at: asked.begun,
            reason: match refusal {
                Some(reason) => format!("{}: {reason} ({method} {path})", status.as_u16()),
                None => format!("{} to {method} {path}", status.as_u16()),
            },
        });
        true
    }

    /// Keeps a refusal; one that repeats the latest takes its place.
    fn refused(&mut self, refusal: Refusal) {
        if self.refusals.front().map(|known| &known.reason) == Some(&refusal.reason) {
            self.refusals.pop_front();
        }
        self.refusals.truncate(REFUSALS - 1);
        self.refusals.push_front(refusal);
    }
}
