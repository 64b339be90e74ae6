//! How much a caller may ask for: token buckets of mailboxes, and of whoever was refused.
//!
//! Who was refused is counted by certificate where one was shown, else by address. A certificate is one
//! organisation's where the exchange requires it to be: beyond its limit none of its calls is looked at for a
//! while. Behind an address, or another certificate, there may be many: there only refused calls are answered
//! differently, and good ones pass.

use std::fmt::Debug;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use https_listener::{Buckets, CallerAddress, Pace, PeerCertificate, Seldom};
use mesh::Fault;
use nhs::MailboxId;

use crate::error::Failure;
use crate::observe::Unlogged;
use crate::options::Options;

/// What everybody is told who asks too often; it says nothing of whether a token was good.
const TOO_OFTEN: Fault = Fault {
    event: "",
    code: "",
    text: "Too many requests; sending this one again later is safe",
};

/// The buckets of an API.
pub(crate) struct Limits {
    mailboxes: Buckets<MailboxId>,
    /// Of routes that ask for no token.
    open: Buckets<Stranger>,
    refused: Buckets<Stranger>,
    busy: Seldom,
    turned_away: Seldom,
}

/// By what a caller is known who has proved nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stranger {
    /// By its serial number.
    Certificate(String),
    /// Of IPv6 the /64.
    Address(IpAddr),
    /// Not served by our listener.
    Unknown,
}

impl Stranger {
    pub(crate) fn of(request: &Request) -> Self {
        let extensions = request.extensions();
        if let Some(certificate) = extensions.get::<PeerCertificate>() {
            return Self::Certificate(certificate.serial.clone());
        }
        match extensions.get::<CallerAddress>() {
            Some(CallerAddress(address)) => Self::Address(settings::subscriber(*address)),
            None => Self::Unknown,
        }
    }
}

impl Limits {
    pub(crate) fn new(options: &Options) -> Self {
        let pace = |burst, per_second| Some(Pace { burst, per_second });
        let per_minute = f64::from(options.refused_per_minute);
        let requests = pace(
            options.requests_burst,
            f64::from(options.requests_per_second),
        );
        Self {
            mailboxes: Buckets::new(requests),
            open: Buckets::new(requests),
            refused: Buckets::new(pace(options.refused_burst, per_minute / 60.0)),
            busy: Seldom::default(),
            turned_away: Seldom::default(),
        }
    }

    /// The answer to a certificate that was refused too often, before its token is looked at.
    pub(crate) fn turned_away(&self, stranger: &Stranger) -> Option<Response> {
        let Stranger::Certificate(_) = stranger else {
            return None;
        };
        let wait = self.refused.wait(stranger, Instant::now())?;
        Some(self.turn_away(stranger, wait))
    }

    /// Counts a refusal: the answer instead of it when there were too many.
    pub(crate) fn refused(&self, stranger: &Stranger) -> Option<Response> {
        let taken = self.refused.take(stranger, Instant::now());
        taken.err().map(|wait| self.turn_away(stranger, wait))
    }

    /// Counts a request of a mailbox: the answer to it when there were too many.
    pub(crate) fn request(&self, mailbox: &MailboxId) -> Option<Response> {
        let wait = self.mailboxes.take(mailbox, Instant::now()).err()?;
        Some(self.put_off(mailbox.to_string(), mailbox, wait))
    }

    /// Counts a request of a route that asks for no token: the answer to it when there were too many of its
    /// certificate. Who shows none comes from a network of its own, or through a proxy.
    pub(crate) fn request_without_token(&self, stranger: &Stranger) -> Option<Response> {
        if !matches!(stranger, Stranger::Certificate(_)) {
            return None;
        }
        let wait = self.open.take(stranger, Instant::now()).err()?;
        Some(self.put_off("none".to_owned(), stranger, wait))
    }

    /// `label`: the mailbox, in the metric.
    fn put_off(&self, label: String, caller: &dyn Debug, wait: Duration) -> Response {
        metrics::counter!("restante_requests_put_off_total", "mailbox" => label).increment(1);
        if let Some(count) = self.busy.note(Instant::now()) {
            tracing::warn!(
                ?caller,
                count,
                "requests are put off (429): more often than requests_per_second allows; this caller is the last \
                 of them"
            );
        }
        too_often(wait)
    }

    fn turn_away(&self, stranger: &Stranger, wait: Duration) -> Response {
        let reason = "refused-too-often";
        metrics::counter!("restante_refused_calls_total", "reason" => reason).increment(1);
        if let Some(count) = self.turned_away.note(Instant::now()) {
            tracing::warn!(
                caller = ?stranger,
                count,
                "calls are answered 429 unseen: more of this certificate or address were refused than \
                 refused_per_minute allows; this one is the last of them"
            );
        }
        too_often(wait)
    }
}

/// 429, and when the next one will be heard. Such answers are counted, and leave no line each.
fn too_often(wait: Duration) -> Response {
    let mut answer = Failure::fault(StatusCode::TOO_MANY_REQUESTS, &TOO_OFTEN).into_response();
    let seconds = wait.as_secs().saturating_add(1);
    answer
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    answer.extensions_mut().insert(Unlogged);
    answer
}
