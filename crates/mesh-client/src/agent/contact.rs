//! The mailbox's standing with its server: the handshake, a refused login, and what keeps the mailbox from
//! its work, reported once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use mesh::StatusRecord;
use mesh::status::{self, Fault};
use nhs::MailboxId;
use tokio::time::Instant;

use super::environment::Environment;
use super::event::{Direction, Event};
use super::live_status::LiveStatus;
use super::reports::Reports;
use crate::ClientError;
use crate::api::MeshClient;

const HANDSHAKE_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// The service refuses tokens whose time is two hours off; mentioned well before.
const NOTEWORTHY_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What both directions know of the server.
pub(super) struct ServerContact {
    client: MeshClient,
    live: Arc<LiveStatus>,
    reports: Reports,
    environment: Environment,
    /// Report each poll that went well, and every failure.
    poll_report: bool,
    handshake: tokio::sync::Mutex<Option<Timestamp>>,
    refused_until: Mutex<Option<Instant>>,
}

impl ServerContact {
    pub fn new(
        client: MeshClient,
        live: Arc<LiveStatus>,
        reports: Reports,
        environment: Environment,
        poll_report: bool,
    ) -> Self {
        Self {
            client,
            live,
            reports,
            environment,
            poll_report,
            handshake: tokio::sync::Mutex::default(),
            refused_until: Mutex::default(),
        }
    }

    /// Validates the mailbox once in 24 hours.
    ///
    /// # Errors
    /// As [`MeshClient::handshake`].
    pub async fn handshake_when_due(&self) -> Result<(), ClientError> {
        let mut last = self.handshake.lock().await;
        let now = self.environment.now();
        if last.is_some_and(|last| now.duration_since(last) < HANDSHAKE_EVERY) {
            return Ok(());
        }
        self.client.handshake().await?;
        *last = Some(now);
        if let Some(skew) = self.noteworthy_skew() {
            tracing::warn!(mailbox = %self.mailbox(), "{skew}");
        }
        Ok(())
    }

    /// A poll went well; reported where the mailbox wants it, but for waits between two polls.
    ///
    /// # Errors
    /// [`ClientError::File`] when the report of it cannot be written.
    pub async fn poll_succeeded(&self, is_to_be_reported: bool) -> Result<(), ClientError> {
        self.live
            .contact(self.environment.now(), self.skew_seconds());
        self.live.recovered();
        if !(self.poll_report && is_to_be_reported) {
            return Ok(());
        }
        let (now, text) = (self.reports.now(), status::POLL_SUCCEEDED);
        let record = StatusRecord::success(now, mesh::StatusEvent::Receive, text);
        self.reports.write_for_mailbox(record).await
    }

    /// Says in log, events, status and, once, in a report what keeps the mailbox from its work.
    pub async fn report_failure(&self, direction: Direction, error: &ClientError) {
        let mailbox = self.mailbox().clone();
        let mut words = error.with_causes();
        let fault = fault(direction, error);
        if error.status() == Some(403) {
            words = "the server refused mailbox, password, shared key or certificate (403)".into();
            if let Some(skew) = self.noteworthy_skew() {
                words = format!("{words}; {skew}");
            }
            *self.handshake.lock().await = None;
            self.environment.notify(Event::LoginRefused {
                mailbox: mailbox.clone(),
            });
        } else {
            self.environment.notify(Event::PollFailed {
                mailbox: mailbox.clone(),
            });
        }
        let now = self.environment.now();
        let skew = self.skew_seconds();
        if !self.live.trouble(now, fault.code, words.clone(), skew) {
            tracing::debug!(%mailbox, code = fault.code, "{words}");
            return;
        }
        tracing::error!(%mailbox, code = fault.code, "{words}");
        let needs_a_person = fault != status::POLL_FAILED;
        if (needs_a_person || self.poll_report) && !matches!(error, ClientError::File(..)) {
            let record = StatusRecord {
                description: format!("{}: {words}", fault.text),
                ..fault.record(self.reports.now())
            };
            if let Err(error) = self.reports.write_for_mailbox(record).await {
                tracing::error!(%mailbox, %error, "a report could not be written");
            }
        }
    }

    /// The login was refused: nothing is asked of the server until then.
    pub fn refuse_until(&self, until: Instant) {
        *self.lock() = Some(until);
    }

    /// Until when nothing is asked of the server, while that is to come.
    pub fn refused_until(&self) -> Option<Instant> {
        self.lock().filter(|until| *until > Instant::now())
    }

    fn mailbox(&self) -> &MailboxId {
        self.client.mailbox()
    }

    fn skew_seconds(&self) -> Option<i64> {
        self.client.clock_skew().map(|skew| skew.as_secs())
    }

    /// What to say of the clocks, when they are far apart.
    fn noteworthy_skew(&self) -> Option<String> {
        let skew = self.client.clock_skew()?;
        let minutes = skew.as_mins().abs();
        let way = if skew.is_positive() {
            "behind"
        } else {
            "ahead of"
        };
        (skew.abs() >= NOTEWORTHY_SKEW).then(|| {
            format!(
                "this machine's clock is {minutes} minutes {way} the server's, which refuses more \
                 than two hours"
            )
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.refused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The code for what keeps a whole mailbox from its work.
fn fault(direction: Direction, error: &ClientError) -> Fault {
    let login_refused = error.status() == Some(403) || error.is_refused_certificate();
    match (direction, error) {
        (Direction::Send, ClientError::ServerCertificate(_)) => status::SERVER_CERTIFICATE,
        (Direction::Receive, ClientError::ServerCertificate(_)) => {
            status::COLLECT_SERVER_CERTIFICATE
        }
        (Direction::Send, _) if login_refused => status::LOGIN_REFUSED,
        (Direction::Receive, _) if login_refused => status::COLLECT_LOGIN_REFUSED,
        _ => status::POLL_FAILED,
    }
}
