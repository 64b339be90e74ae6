//! Bringing one claimed pair as far as it goes: checked, sent, put away.

use mesh::StatusRecord;
use mesh::status::COLLECTED_FROM_OUT;
use nhs::MailboxId;
use tokio_util::sync::CancellationToken;

use super::attempt::Attempt;
use super::check::Unfit;
use super::claim::Claim;
use super::examine::{Examined, Examiner, Prepared};
use super::outcome::{Accepted, Outcome, Outcomes, PutAway};
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
    examiner: Examiner,
    collect_report: bool,
    disk: Disk,
    turns: Turns,
    uploader: Uploader,
    outcomes: Outcomes,
}

impl MessageSender {
    pub fn new(
        mailbox: &MailboxConfig,
        examiner: Examiner,
        disk: Disk,
        turns: Turns,
        uploader: Uploader,
        outcomes: Outcomes,
    ) -> Self {
        Self {
            examiner,
            collect_report: mailbox.collect_report,
            disk,
            turns,
            uploader,
            outcomes,
        }
    }

    pub fn mailbox(&self) -> &MailboxId {
        &self.examiner.mailbox
    }

    /// Reads and checks the pairs of claims, and what of them is to be at hand.
    ///
    /// # Errors
    /// [`ClientError::File`] when that cannot be tried; that a pair is unfit is an [`Examined`].
    pub async fn examine(&self, claims: Vec<Claim>) -> Result<Vec<Prepared>, ClientError> {
        let examiner = self.examiner.clone();
        let work = move |_: &_| Ok(examiner.examine(claims));
        self.disk.run("checking a pair", work).await
    }

    /// Sends a claim, but does not put its files away when the server has the message, so
    /// that the next may be sent meanwhile.
    ///
    /// The error is a [`ClientError::File`]; that a message cannot be sent is an [`Outcome`].
    pub async fn send(
        &self,
        prepared: Prepared,
        stop: &CancellationToken,
    ) -> (Claim, Result<Progress, ClientError>) {
        let Prepared {
            claim,
            attempt,
            examined,
        } = prepared;
        let progress = self.try_to_send(&claim, attempt, examined, stop).await;
        (claim, progress)
    }

    async fn try_to_send(
        &self,
        claim: &Claim,
        attempt: Option<Attempt>,
        examined: Examined,
        stop: &CancellationToken,
    ) -> Result<Progress, ClientError> {
        let (mut control, mut checked) = match examined {
            Examined::Fit(fit) => *fit,
            // It waits in TEMP.
            Examined::Unread(error) => {
                return Err(ClientError::File("checking a pair", error));
            }
            Examined::Unfit(control, unfit) => {
                let record = self.record_of(unfit);
                let failed = self.outcomes.fail(claim, control.as_deref(), record);
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
        let transferred = self.uploader.transfer(claim, &checked, attempt, stop);
        Ok(match transferred.await {
            Ok(Some(transferred)) => Progress::Accepted(Box::new(Accepted {
                control,
                headers: checked.headers,
                transferred,
            })),
            Ok(None) => Progress::Done(Outcome::Stopped),
            Err(error) => Progress::Done(self.outcomes.not_sent(claim, &control, error).await?),
        })
    }

    /// As [`Self::note`], where that needs no wait for the disk; whether it was noted.
    pub fn note_at_once(&self, claim: &Claim, accepted: &Accepted) -> bool {
        let noted = accepted.transferred.attempt.renew(claim);
        claim.close_note();
        noted.is_some_and(|noted| noted.is_ok())
    }

    /// Notes that the server has a message whose files are not put away yet.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn note(&self, claim: &Claim, accepted: &Accepted) -> Result<(), ClientError> {
        let transferred = &accepted.transferred;
        self.uploader.note_accepted(claim, transferred).await
    }

    /// Puts away the files of messages that the server has; what became of each.
    pub async fn put_away(&self, accepted: Vec<(Claim, Accepted)>) -> Vec<PutAway> {
        self.outcomes.to_sent(accepted).await
    }

    /// Brings a claim from its check to SENT or FAILED.
    pub async fn send_and_put_away(&self, claim: Claim, stop: &CancellationToken) -> PutAway {
        let prepared = match self.examine(vec![claim.clone()]).await {
            Ok(mut prepared) => prepared.pop(),
            Err(error) => return (claim, Err(error)),
        };
        let Some(prepared) = prepared else {
            return (claim, Ok(Outcome::Stopped));
        };
        match self.send(prepared, stop).await {
            (claim, Ok(Progress::Done(outcome))) => (claim, Ok(outcome)),
            (claim, Err(error)) => (claim, Err(error)),
            (claim, Ok(Progress::Accepted(accepted))) => {
                let away = self.put_away(vec![(claim.clone(), *accepted)]).await.pop();
                away.unwrap_or((claim, Ok(Outcome::Stopped)))
            }
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
