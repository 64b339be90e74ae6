//! What the agent writes once it knows how a transfer ended: SENT, FAILED, reports.

use jiff::SignedDuration;
use jiff::civil::DateTime;
use mesh::status::{self, ACCEPTED_BY_SERVER, DELAY_CODE, POLL_SUCCEEDED, WILL_BE_RETRIED};
use mesh::{ContentEncoding, ControlFile, Status, StatusCode, StatusRecord};

use super::attempt::Attempt;
use super::directories::REPORT_PREFIX;
use super::event::Event;
use super::files::{free_base, sync_directory, write_durably};
use super::finish::{Target, finish};
use super::mailbox::MailboxAgent;
use super::outbox::Claim;
use super::report::{own_report, report_base, sent};
use super::send::{Accepted, Outcome};
use super::transfer::How;
use crate::ClientError;

/// Said of a message whose answer was lost.
const MAY_HAVE_ARRIVED: &str = "the server may have the message, for the answer to a try was lost";

impl MailboxAgent {
    /// The time to write into control files.
    pub(super) fn now(&self) -> DateTime {
        self.times.local(self.clock_now())
    }

    /// Moves a pair to SENT with the message id.
    pub(super) async fn to_sent(
        &self,
        claim: &Claim,
        accepted: Accepted,
    ) -> Result<Outcome, ClientError> {
        let Accepted {
            control,
            checked,
            transferred,
        } = accepted;
        let message = transferred.message;
        let gzip = checked.headers.encoding == ContentEncoding::Gzip;
        let mut rewritten = sent(&control, &message, gzip, self.now());
        if let Some(record) = &mut rewritten.status {
            record.description = words(transferred.how);
        }
        let record = rewritten
            .status
            .clone()
            .filter(|_| self.config.transfer_report);
        let report = record.map(|record| own_report(&rewritten, record));
        let target = if self.config.save_sent {
            Target::Sent
        } else {
            Target::Nowhere
        };
        self.put_away(claim, target, Some(rewritten), report)
            .await?;
        let (mailbox, workflow) = (self.id(), checked.headers.workflow);
        tracing::info!(%mailbox, %message, %workflow, "sent");
        self.live.count_sent();
        self.tell(Event::Sent {
            mailbox,
            message,
            workflow,
        });
        Ok(Outcome::Sent)
    }

    /// Decides between another try and FAILED.
    pub(super) async fn not_sent(
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
        let at = self.now();
        match error {
            ClientError::Refused(refusal) if refusal.status == 403 => {
                status::LOGIN_REFUSED.record(at)
            }
            ClientError::ServerCertificate(_) => status::SERVER_CERTIFICATE.record(at),
            ClientError::Refused(refusal) if !refusal.error.code.is_empty() => StatusRecord {
                at: Some(at),
                event: mesh::Event::parse(&refusal.error.event),
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
    pub(super) async fn fail(
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
            from_dts: Some(self.config.id.to_string()),
            ..ControlFile::default()
        };
        let report = own_report(control.unwrap_or(&nameless), record);
        self.put_away(claim, Target::Failed, rewritten, Some(report))
            .await?;
        let mailbox = self.config.id.clone();
        tracing::warn!(%mailbox, %event, %code, "a pair went to FAILED");
        self.live.count_failed();
        self.tell(Event::Failed {
            mailbox,
            event,
            code,
        });
        Ok(Outcome::Failed)
    }

    async fn put_away(
        &self,
        claim: &Claim,
        target: Target,
        control: Option<ControlFile>,
        report: Option<ControlFile>,
    ) -> Result<(), ClientError> {
        let claim = claim.clone();
        let report = report.map(|report| (self.report_name(&claim.base, &report), report));
        self.on_disk("putting a pair away", move |directories| {
            let report = report.as_ref().map(|(base, report)| (base.clone(), report));
            finish(&directories, &claim, target, control.as_ref(), report)
        })
        .await
    }

    fn report_name(&self, base: &str, report: &ControlFile) -> String {
        let event = report
            .status
            .as_ref()
            .map_or("", |record| record.event.as_str());
        report_base(base, event, self.clock_now(), &self.times)
    }

    /// Puts a report of the agent's own into IN.
    pub(super) async fn report(
        &self,
        original: &ControlFile,
        base: &str,
        record: StatusRecord,
    ) -> Result<(), ClientError> {
        let report = own_report(original, record);
        let (base, unique) = (self.report_name(base, &report), self.unique());
        self.on_disk("writing a report", move |directories| {
            let temporary = directories.temp.join(format!("{REPORT_PREFIX}{unique}"));
            write_durably(&temporary, &report.write())?;
            let base = free_base(&directories.inbox, &base);
            std::fs::rename(temporary, directories.inbox.join(format!("{base}.ctl")))?;
            sync_directory(&directories.inbox)
        })
        .await
    }

    /// Reports a successful poll, for those who want that.
    pub(super) async fn write_poll_report(&self) -> Result<(), ClientError> {
        let record = StatusRecord::success(self.now(), mesh::Event::Receive, POLL_SUCCEEDED);
        self.report_of_its_own(record).await
    }

    /// Reports what concerns the mailbox and no message.
    pub(super) async fn report_of_its_own(&self, record: StatusRecord) -> Result<(), ClientError> {
        let mailbox = self.config.id.to_string();
        let addresses = ControlFile {
            address_type: Some("DTS".to_owned()),
            from_dts: Some(mailbox.clone()),
            to_dts: Some(mailbox.clone()),
            ..ControlFile::default()
        };
        self.report(&addresses, &mailbox, record).await
    }

    /// Reports, once a message, that it will be tried again.
    async fn report_delay(
        &self,
        claim: &Claim,
        control: &ControlFile,
        mut attempt: Attempt,
    ) -> Result<(), ClientError> {
        if !self.config.delay_report || attempt.delay_reported {
            return Ok(());
        }
        let mut record = StatusRecord {
            code: StatusCode::from(DELAY_CODE),
            ..StatusRecord::success(self.now(), mesh::Event::Transfer, WILL_BE_RETRIED)
        };
        if attempt.in_doubt {
            record.description = format!("{}; {MAY_HAVE_ARRIVED}", record.description);
        }
        self.report(control, &claim.base, record).await?;
        attempt.delay_reported = true;
        let claim = claim.clone();
        self.on_disk("noting a delay", move |_| attempt.write(&claim))
            .await
    }

    fn is_out_of_time(&self, attempt: Option<&Attempt>) -> bool {
        let limit = SignedDuration::try_from_secs_f64(self.options.give_up_hours * 3600.0);
        match (attempt, limit) {
            (Some(attempt), Ok(limit)) => {
                self.clock_now().duration_since(attempt.first_try) >= limit
            }
            _ => false,
        }
    }
}

/// What SENT and the transfer report say of a message the server has.
fn words(how: How) -> String {
    match how {
        How::Answered => ACCEPTED_BY_SERVER.to_owned(),
        How::Tracked => format!(
            "{ACCEPTED_BY_SERVER}; its answer was lost, and message tracking found the message"
        ),
        How::AnsweredAfterDoubt => format!(
            "{ACCEPTED_BY_SERVER}; an earlier try may have arrived as well, for its answer was \
             lost and the server could not say"
        ),
    }
}
