//! Bringing one claimed pair as far as it goes: checked, sent, put away.

use mesh::status::COLLECTED_FROM_OUT;
use mesh::{ControlFile, StatusRecord};
use nhs::MailboxId;
use tokio_util::sync::CancellationToken;

use super::check::{Checked, Unfit, check, read_control};
use super::claim::Claim;
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

/// What the check of a claim found.
pub(super) enum Examined {
    Fit(Box<(ControlFile, Checked)>),
    /// With the control file, when it could be read.
    Unfit(Option<Box<ControlFile>>, Unfit),
}

fn examine(claim: &Claim, mailbox: &MailboxId, limit: u64) -> Examined {
    match read_control(claim) {
        Err(unfit) => Examined::Unfit(None, unfit),
        Ok(located) => match check(&located, claim, mailbox, limit) {
            Ok(checked) => Examined::Fit(Box::new((located.0, checked))),
            Err(unfit) => Examined::Unfit(Some(Box::new(located.0)), unfit),
        },
    }
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

    /// Reads and checks the pairs of claims.
    ///
    /// # Errors
    /// [`ClientError::File`] when that cannot be tried; that a pair is unfit is an [`Examined`].
    pub async fn examine(&self, claims: Vec<Claim>) -> Result<Vec<(Claim, Examined)>, ClientError> {
        let (id, limit) = (self.mailbox.clone(), self.message_limit);
        let work = move |_: &_| {
            let examined = claims.into_iter().map(|claim| {
                let examined = examine(&claim, &id, limit);
                (claim, examined)
            });
            Ok(examined.collect())
        };
        self.disk.run("checking a pair", work).await
    }

    /// Sends a claim, but does not put its files away when the server has the message, so
    /// that the next may be sent meanwhile.
    ///
    /// # Errors
    /// [`ClientError::File`]; that a message cannot be sent is an [`Outcome`].
    pub async fn send(
        &self,
        claim: &Claim,
        examined: Examined,
        stop: &CancellationToken,
    ) -> Result<Progress, ClientError> {
        let (mut control, mut checked) = match examined {
            Examined::Fit(fit) => *fit,
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
        let sent = async {
            match self.examine(vec![claim.clone()]).await?.pop() {
                Some((claim, examined)) => self.send(&claim, examined, stop).await,
                None => Ok(Progress::Done(Outcome::Stopped)),
            }
        };
        match sent.await {
            Ok(Progress::Done(outcome)) => (claim, Ok(outcome)),
            Err(error) => (claim, Err(error)),
            Ok(Progress::Accepted(accepted)) => {
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
