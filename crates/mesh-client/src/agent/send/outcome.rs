//! What the agent writes once it knows how a transfer ended: SENT, FAILED, reports.

use std::sync::Arc;

use jiff::SignedDuration;
use mesh::status::{self, ACCEPTED_BY_SERVER, DELAY_CODE, WILL_BE_RETRIED};
use mesh::{ContentEncoding, ControlFile, SendHeaders, Status, StatusCode, StatusRecord};

use super::attempt::Attempt;
use super::claim::Claim;
use super::put_away::{Order, Target, put_away};
use super::transfer::{SendEvidence, Transferred};
use crate::ClientError;
use crate::agent::control_files::{own_report, sent};
use crate::agent::disk::Disk;
use crate::agent::environment::Environment;
use crate::agent::event::Event;
use crate::agent::live_status::LiveStatus;
use crate::agent::reports::Reports;
use crate::config::{MailboxConfig, Options};

/// Said of a message whose answer was lost.
const MAY_HAVE_ARRIVED: &str = "the server may have the message, for the answer to a try was lost";

/// What became of a claim.
#[derive(Debug)]
pub(super) enum Outcome {
    Sent,
    Failed,
    Delayed(ClientError),
    Stopped,
}

/// A claim, and what became of it.
pub(super) type PutAway = (Claim, Result<Outcome, ClientError>);

/// A pair whose message the server has.
#[derive(Debug)]
pub(super) struct Accepted {
    pub control: ControlFile,
    pub headers: SendHeaders,
    pub transferred: Transferred,
}

/// Puts pairs away and reports on them.
pub(super) struct Outcomes {
    mailbox: MailboxConfig,
    disk: Disk,
    reports: Reports,
    live: Arc<LiveStatus>,
    environment: Environment,
    options: Arc<Options>,
}

impl Outcomes {
    pub fn new(
        mailbox: MailboxConfig,
        disk: Disk,
        reports: Reports,
        live: Arc<LiveStatus>,
        environment: Environment,
        options: Arc<Options>,
    ) -> Self {
        Self {
            mailbox,
            disk,
            reports,
            live,
            environment,
            options,
        }
    }

    /// Where reports are written.
    pub fn reports(&self) -> &Reports {
        &self.reports
    }

    /// Moves pairs to SENT with their messages' ids; what became of each.
    pub async fn to_sent(&self, accepted: Vec<(Claim, Accepted)>) -> Vec<PutAway> {
        let (claims, accepted): (Vec<_>, Vec<_>) = accepted.into_iter().unzip();
        let orders = claims.iter().zip(&accepted);
        let orders = orders.map(|(claim, accepted)| self.order(claim, accepted));
        let results = self.carry_out(orders.collect()).await;
        let done = claims.into_iter().zip(accepted).zip(results);
        done.map(|((claim, accepted), result)| {
            let outcome = result.map(|()| self.note_sent(accepted));
            (claim, outcome)
        })
        .collect()
    }

    /// How a pair goes to SENT.
    fn order(&self, claim: &Claim, accepted: &Accepted) -> Order {
        let Accepted {
            control,
            headers,
            transferred,
        } = accepted;
        let gzip = headers.encoding == ContentEncoding::Gzip;
        let mut rewritten = sent(control, &transferred.message, gzip, self.reports.now());
        if let Some(record) = &mut rewritten.status {
            record.description = words(transferred.evidence);
        }
        let record = rewritten
            .status
            .clone()
            .filter(|_| self.mailbox.transfer_report);
        let report = record.map(|record| own_report(&rewritten, record));
        let target = if self.mailbox.save_sent {
            Target::Sent
        } else {
            Target::Nowhere
        };
        Order {
            claim: claim.clone(),
            target,
            control: Some(rewritten),
            report: self.named(claim, report),
            noted: Some(transferred.attempt.clone()),
        }
    }

    fn note_sent(&self, accepted: Accepted) -> Outcome {
        let message = accepted.transferred.message;
        let (mailbox, workflow) = (self.mailbox.id.clone(), accepted.headers.workflow);
        tracing::info!(%mailbox, %message, %workflow, "sent");
        self.live.count_sent();
        self.environment.notify(Event::Sent {
            mailbox,
            message,
            workflow,
        });
        Outcome::Sent
    }

    /// Decides between another try and FAILED.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn not_sent(
        &self,
        claim: &Claim,
        control: &ControlFile,
        error: ClientError,
    ) -> Result<Outcome, ClientError> {
        let login = error.status() == Some(403);
        let waits = login || error.is_temporary() || matches!(error, ClientError::File(..));
        let attempt = Attempt::read(&claim.directory);
        if waits && !self.is_out_of_time(attempt.as_ref()) {
            if let Some(attempt) = attempt {
                self.report_delay(claim, control, attempt).await?;
            }
            return Ok(Outcome::Delayed(error));
        }
        let mut record = self.failure(&error);
        if attempt.is_some_and(|attempt| attempt.in_doubt || attempt.repeated_in_doubt) {
            record.description = format!("{}; {MAY_HAVE_ARRIVED}", record.description);
        }
        self.fail(claim, Some(control), record).await
    }

    /// The server's own words where it gave any.
    fn failure(&self, error: &ClientError) -> StatusRecord {
        let at = self.reports.now();
        match error {
            ClientError::Refused(refusal) if refusal.status == 403 => {
                status::LOGIN_REFUSED.record(at)
            }
            ClientError::ServerCertificate(_) => status::SERVER_CERTIFICATE.record(at),
            error if error.is_refused_certificate() => StatusRecord {
                description: format!("{}: {error}", status::LOGIN_REFUSED.text),
                ..status::LOGIN_REFUSED.record(at)
            },
            ClientError::Refused(refusal) if !refusal.error.code.is_empty() => StatusRecord {
                at: Some(at),
                event: mesh::StatusEvent::parse(&refusal.error.event),
                status: Status::Error,
                code: StatusCode::new(&refusal.error.code),
                description: refusal.error.description.clone(),
            },
            other => {
                let fault = status::TRANSFER_FAILED;
                let description = format!("{}: {other}", fault.text);
                StatusRecord {
                    description,
                    ..fault.record(at)
                }
            }
        }
    }

    /// Moves a pair to FAILED and tells the application by a report in IN.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn fail(
        &self,
        claim: &Claim,
        control: Option<&ControlFile>,
        record: StatusRecord,
    ) -> Result<Outcome, ClientError> {
        let (event, code) = (record.event.to_string(), record.code.to_string());
        let rewritten = control.map(|c| ControlFile {
            status: Some(record.clone()),
            ..c.clone()
        });
        let nameless = ControlFile {
            address_type: Some("DTS".to_owned()),
            from_dts: Some(self.mailbox.id.to_string()),
            ..ControlFile::default()
        };
        let report = own_report(control.unwrap_or(&nameless), record);
        let order = Order {
            claim: claim.clone(),
            target: Target::Failed,
            control: rewritten,
            report: self.named(claim, Some(report)),
            noted: None,
        };
        let results = self.carry_out(vec![order]).await;
        results.into_iter().collect::<Result<(), _>>()?;
        let mailbox = self.mailbox.id.clone();
        tracing::warn!(%mailbox, %event, %code, "a pair went to FAILED");
        self.live.count_failed();
        self.environment.notify(Event::Failed {
            mailbox,
            event,
            code,
        });
        Ok(Outcome::Failed)
    }

    /// A report with its name.
    fn named(&self, claim: &Claim, report: Option<ControlFile>) -> Option<(String, ControlFile)> {
        report.map(|report| (self.reports.name(&claim.base, &report), report))
    }

    async fn carry_out(&self, orders: Vec<Order>) -> Vec<Result<(), ClientError>> {
        const DOING: &str = "putting a pair away";
        orders.iter().for_each(|order| order.claim.close_note());
        let (disk, count) = (self.disk.clone(), orders.len());
        let work =
            move |directories: &_| Ok(put_away(directories, &mut disk.group(count)?, &orders));
        match self.disk.run(DOING, work).await {
            Ok(results) => {
                let named = |error| ClientError::File(DOING, error);
                results.into_iter().map(|one| one.map_err(named)).collect()
            }
            Err(error) => {
                let words = error.with_causes();
                let again = || ClientError::File(DOING, std::io::Error::other(words.clone()));
                (0..count).map(|_| Err(again())).collect()
            }
        }
    }

    /// Reports, once a message, that it will be tried again.
    async fn report_delay(
        &self,
        claim: &Claim,
        control: &ControlFile,
        mut attempt: Attempt,
    ) -> Result<(), ClientError> {
        if !self.mailbox.delay_report || attempt.delay_reported {
            return Ok(());
        }
        let mut record = StatusRecord {
            code: StatusCode::from(DELAY_CODE),
            ..StatusRecord::success(
                self.reports.now(),
                mesh::StatusEvent::Transfer,
                WILL_BE_RETRIED,
            )
        };
        if attempt.in_doubt {
            record.description = format!("{}; {MAY_HAVE_ARRIVED}", record.description);
        }
        self.reports.write(control, &claim.base, record).await?;
        attempt.delay_reported = true;
        let claim = claim.clone();
        let work = move |_: &_| attempt.write(&claim);
        self.disk.run("noting a delay", work).await
    }

    fn is_out_of_time(&self, attempt: Option<&Attempt>) -> bool {
        let limit = SignedDuration::try_from_secs_f64(self.options.give_up_hours * 3600.0);
        match (attempt, limit) {
            (Some(attempt), Ok(limit)) => {
                self.environment.now().duration_since(attempt.first_try) >= limit
            }
            _ => false,
        }
    }
}

/// What SENT and the transfer report say of a message the server has.
fn words(evidence: SendEvidence) -> String {
    match evidence {
        SendEvidence::Answered => ACCEPTED_BY_SERVER.to_owned(),
        SendEvidence::Tracked => format!(
            "{ACCEPTED_BY_SERVER}; its answer was lost, and message tracking found the message"
        ),
        SendEvidence::AnsweredAfterDoubt => format!(
            "{ACCEPTED_BY_SERVER}; an earlier try may have arrived as well, for its answer was \
             lost and the server could not say"
        ),
    }
}
