//! Bringing one claimed pair as far as it goes: checked, sent, put away.

use mesh::StatusRecord;
use mesh::status::COLLECTED_FROM_OUT;
use nhs::MailboxId;
use tokio_util::sync::CancellationToken;

use super::check::{Unfit, check, read_control};
use super::claim::Claim;
use super::outcome::{Accepted, Outcome, Outcomes};
use super::transfer::Uploader;
use crate::ClientError;
use crate::agent::disk::Disk;
use crate::agent::turns::Turns;
use crate::config::MailboxConfig;

/// How far a claim came before its files are put away.
pub(super) enum Progress {
    Done(Outcome),
    Accepted(Box<Accepted>),
}

/// Checks claimed pairs and sends them.
pub(super) struct MessageSender {
    mailbox: MailboxId,
    collect_report: bool,
    message_limit: u64,
    disk: Disk,
    turns: Turns,
    uploader: Uploader,
    outcomes: Outcomes,
}

impl MessageSender {
    pub fn new(
        mailbox: &MailboxConfig,
        message_limit: u64,
        disk: Disk,
        turns: Turns,
        uploader: Uploader,
        outcomes: Outcomes,
    ) -> Self {
        Self {
            mailbox: mailbox.id.clone(),
            collect_report: mailbox.collect_report,
            message_limit,
            disk,
            turns,
            uploader,
            outcomes,
        }
    }

    pub fn mailbox(&self) -> &MailboxId {
        &self.mailbox
    }

    /// Checks and sends a claim, but does not put its files away when the server has the message, so
    /// that the next may be sent meanwhile.
    ///
    /// # Errors
    /// [`ClientError::File`]; that a message cannot be sent is an [`Outcome`].
    pub async fn send(
        &self,
        claim: &Claim,
        stop: &CancellationToken,
    ) -> Result<Progress, ClientError> {
        let (id, limit, claimed) = (self.mailbox.clone(), self.message_limit, claim.clone());
        let work = move |_: &_| {
            Ok(match read_control(&claimed) {
                Err(unfit) => Err((None, unfit)),
                Ok(located) => match check(&located, &claimed, &id, limit) {
                    Ok(checked) => Ok((located.0, checked)),
                    Err(unfit) => Err((Some(located.0), unfit)),
                },
            })
        };
        let checked = self.disk.run("checking a pair", work).await?;
        let (mut control, mut checked) = match checked {
            Ok(fit) => fit,
            Err((control, unfit)) => {
                let record = self.record_of(unfit);
                let failed = self.outcomes.fail(claim, control.as_ref(), record);
                return failed.await.map(Progress::Done);
            }
        };
        if claim.fresh && self.collect_report {
            let (reports, text) = (self.outcomes.reports(), COLLECTED_FROM_OUT);
            let record = StatusRecord::success(reports.now(), mesh::StatusEvent::Collect, text);
            reports.write(&control, &claim.base, record).await?;
        }
        if checked.headers.local_id.is_none() {
            // Without one the server could not be asked about the message.
            control.local_id.clone_from(&claim.id);
            checked.headers.local_id = claim.id.clone().map(Into::into);
        }
        let Some(_turn) = self.turns.next(stop).await else {
            return Ok(Progress::Done(Outcome::Stopped));
        };
        Ok(match self.uploader.transfer(claim, &checked, stop).await {
            Ok(Some(transferred)) => Progress::Accepted(Box::new(Accepted {
                control,
                checked,
                transferred,
            })),
            Ok(None) => Progress::Done(Outcome::Stopped),
            Err(error) => Progress::Done(self.outcomes.not_sent(claim, &control, error).await?),
        })
    }

    /// Puts away the files of a message that the server has.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn put_away(
        &self,
        claim: &Claim,
        accepted: Accepted,
    ) -> Result<Outcome, ClientError> {
        self.outcomes.to_sent(claim, accepted).await
    }

    /// Brings a claim from its check to SENT or FAILED.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn send_and_put_away(
        &self,
        claim: &Claim,
        stop: &CancellationToken,
    ) -> Result<Outcome, ClientError> {
        match self.send(claim, stop).await? {
            Progress::Done(outcome) => Ok(outcome),
            Progress::Accepted(accepted) => self.put_away(claim, *accepted).await,
        }
    }

    fn record_of(&self, unfit: Unfit) -> StatusRecord {
        let record = unfit.fault.record(self.outcomes.reports().now());
        let description = match unfit.found {
            Some(found) if record.description.ends_with('.') => {
                format!("{} {found}", record.description)
            }
            Some(found) => format!("{}: {found}", record.description),
            None => record.description,
        };
        StatusRecord {
            description,
            ..record
        }
    }
}
