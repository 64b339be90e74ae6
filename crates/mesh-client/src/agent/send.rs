//! Sending what was claimed.

use std::fs;
use std::io;

use mesh::StatusRecord;
use mesh::status::{self, COLLECTED_FROM_OUT};
use tokio_util::sync::CancellationToken;

use super::check::{check, read_control};
use super::event::{Cycle, Event};
use super::files::subdirectories;
use super::finish::carry_out;
use super::mailbox::{MailboxAgent, State};
use super::outbox::{self, CLAIM_PREFIX, Claim, Pair};
use crate::ClientError;

/// What became of a claim.
pub(super) enum Outcome {
    Sent,
    Failed,
    Delayed(ClientError),
    Stopped,
}

impl MailboxAgent {
    /// Goes on with the pairs in TEMP: those a crash left and those that wait for another try.
    pub(super) async fn send_claimed(
        &self,
        cycle: &mut Cycle,
        shutdown: &CancellationToken,
    ) -> Result<(), ClientError> {
        let claims = self
            .on_disk("reading TEMP", |directories| {
                let mut claims = Vec::new();
                for directory in subdirectories(&directories.temp, CLAIM_PREFIX)? {
                    if !carry_out(&directories, &directory)? {
                        let mut claim = Claim::open(&directory)?;
                        claim.complete_from(&directories.out)?;
                        claims.push(claim);
                    }
                }
                Ok(claims)
            })
            .await?;
        for claim in claims {
            if shutdown.is_cancelled() {
                break;
            }
            if claim.control.is_none() && claim.data.is_none() {
                self.on_disk("clearing TEMP", move |_| {
                    fs::remove_dir_all(&claim.directory)
                })
                .await?;
                continue;
            }
            self.serve(&claim, false, cycle, shutdown).await?;
        }
        Ok(())
    }

    /// Claims and sends what is in OUT, one pair after the other.
    pub(super) async fn send_new(
        &self,
        state: &mut State,
        cycle: &mut Cycle,
        shutdown: &CancellationToken,
    ) -> Result<(), ClientError> {
        let (settle, now) = (self.settle, self.clock.now());
        let scan = self
            .on_disk("reading OUT", move |d| outbox::scan(&d.out, settle, now))
            .await?;
        state.next_settled = scan.next;
        for pair in scan.ready {
            if shutdown.is_cancelled() {
                break;
            }
            if let Some(claim) = self.claim(pair).await? {
                self.serve(&claim, true, cycle, shutdown).await?;
            }
        }
        Ok(())
    }

    /// `None` when the application took the files back meanwhile.
    async fn claim(&self, pair: Pair) -> Result<Option<Claim>, ClientError> {
        let unique = self.unique();
        let claimed = self
            .on_disk("claiming a pair", move |d| {
                match outbox::claim(&d.temp, &pair, &unique) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    other => other.map(Some),
                }
            })
            .await?;
        if claimed.is_some() {
            self.tell(Event::Claimed {
                mailbox: self.config.id.clone(),
            });
        }
        Ok(claimed)
    }

    /// Brings one claim as far as it goes. An error stops the round: the server is away, refuses
    /// the login, or the disk fails.
    async fn serve(
        &self,
        claim: &Claim,
        fresh: bool,
        cycle: &mut Cycle,
        shutdown: &CancellationToken,
    ) -> Result<(), ClientError> {
        match self.check_and_send(claim, fresh, shutdown).await? {
            Outcome::Sent => cycle.sent += 1,
            Outcome::Failed => cycle.failed += 1,
            Outcome::Stopped => {}
            Outcome::Delayed(error) => {
                cycle.delayed += 1;
                self.tell(Event::Delayed {
                    mailbox: self.config.id.clone(),
                });
                let stop = matches!(error, ClientError::Unreachable(_) | ClientError::File(..));
                if stop || error.status() == Some(403) {
                    return Err(error);
                }
                tracing::warn!(mailbox = %self.config.id, %error, "a message waits in TEMP");
            }
        }
        Ok(())
    }

    async fn check_and_send(
        &self,
        claim: &Claim,
        fresh: bool,
        shutdown: &CancellationToken,
    ) -> Result<Outcome, ClientError> {
        let (id, limit) = (self.config.id.clone(), self.options.message_limit);
        let (control, data) = (claim.control.clone(), claim.data.clone());
        let (control, checked) = self
            .on_disk("checking a pair", move |_| {
                Ok(match read_control(control.as_deref()) {
                    Err(fault) => (None, Err(fault)),
                    Ok(control) => {
                        let checked = check(&control, data.as_deref(), &id, limit);
                        (Some(control), checked)
                    }
                })
            })
            .await?;
        let (Some(control), Ok(checked)) = (&control, &checked) else {
            let fault = checked.err().unwrap_or(status::CONTROL_FILE_MISSING);
            return self
                .fail(claim, control.as_ref(), fault.record(self.now()))
                .await;
        };
        if fresh && self.config.collect_report {
            let text = COLLECTED_FROM_OUT;
            let record = StatusRecord::success(self.now(), mesh::Event::Collect, text);
            self.report(control, &claim.base, record).await?;
        }
        match self.transfer(claim, checked, shutdown).await {
            Ok(Some(message)) => self.to_sent(claim, control, checked, message).await,
            Ok(None) => Ok(Outcome::Stopped),
            Err(error) => self.not_sent(claim, control, error).await,
        }
    }
}
