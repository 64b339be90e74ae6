//! Finding what is to be sent, and bringing each pair as far as it goes.

use std::fs;
use std::io;
use std::time::Instant;

use mesh::status::{self, COLLECTED_FROM_OUT};
use mesh::{ControlFile, StatusRecord};
use tokio_util::sync::CancellationToken;

use super::check::{Checked, check, read_control};
use super::event::Event;
use super::files::subdirectories;
use super::finish::carry_out;
use super::lanes::Lanes;
use super::mailbox::MailboxAgent;
use super::outbox::{self, CLAIM_PREFIX, Claim, Pair};
use super::transfer::Transferred;
use crate::ClientError;

/// What became of a claim.
pub(super) enum Outcome {
    Sent,
    Failed,
    Delayed(ClientError),
    Stopped,
}

/// How far a claim came before its files are put away.
pub(super) enum Progress {
    Done(Outcome),
    Accepted(Box<Accepted>),
}

/// A pair whose message the server has.
pub(super) struct Accepted {
    pub control: ControlFile,
    pub checked: Checked,
    pub transferred: Transferred,
}

impl MailboxAgent {
    /// Sends what is in OUT and, with `retry`, what waits in TEMP: what a crash left and what could
    /// not be sent before. Large messages may still be under way when this returns.
    pub(super) async fn send_round<'a>(
        &'a self,
        lanes: &mut Lanes<'a>,
        retry: bool,
        stop: &'a CancellationToken,
    ) -> Result<(), ClientError> {
        if retry {
            for claim in self.claims_in_temp(lanes).await? {
                if stop.is_cancelled() || lanes.trouble.is_some() {
                    break;
                }
                self.put_on_its_way(claim, lanes, stop).await;
            }
        }
        for pair in self.pairs_in_out(lanes).await? {
            if stop.is_cancelled() || lanes.trouble.is_some() {
                break;
            }
            if lanes.bases.contains(&pair.base) {
                lanes.has_waiting_pair = true;
            } else if let Some(claim) = self.claim(pair).await? {
                lanes.bases.insert(claim.base.clone());
                self.put_on_its_way(claim, lanes, stop).await;
            }
        }
        lanes.trouble.take().map_or(Ok(()), Err)
    }

    async fn pairs_in_out(&self, lanes: &mut Lanes<'_>) -> Result<Vec<Pair>, ClientError> {
        let (settle, now) = (self.settle, self.clock_now());
        let began = Instant::now();
        let scan = self
            .on_disk("reading OUT", move |d| outbox::scan(&d.out, settle, now))
            .await?;
        lanes.scan_took = began.elapsed();
        lanes.next_settled = scan.next;
        metrics::gauge!("restante_client_waiting_in_out", "mailbox" => self.config.id.to_string())
            .set(scan.seen as f64);
        Ok(scan.ready)
    }

    /// The claims in TEMP that are not under way, oldest first.
    async fn claims_in_temp(&self, lanes: &mut Lanes<'_>) -> Result<Vec<Claim>, ClientError> {
        let active = lanes.active.clone();
        let claims = self
            .on_disk("reading TEMP", move |directories| {
                let mut claims = Vec::new();
                for directory in subdirectories(&directories.temp, CLAIM_PREFIX)? {
                    if active.contains_key(&directory) || carry_out(&directories, &directory)? {
                        continue;
                    }
                    let mut claim = Claim::open(&directory)?;
                    claim.complete_from(&directories.out)?;
                    if claim.control.is_none() && claim.data.is_none() {
                        fs::remove_dir_all(&claim.directory)?;
                    } else {
                        claims.push(claim);
                    }
                }
                Ok(claims)
            })
            .await?;
        let leftover = !std::mem::replace(&mut lanes.knows_leftovers, true);
        let under_way = lanes.active.values().cloned();
        lanes.bases = claims.iter().map(|claim| claim.base.clone()).collect();
        lanes.bases.extend(under_way);
        let found = claims.into_iter().map(|claim| Claim {
            leftover,
            fresh: false,
            ..claim
        });
        Ok(found.collect())
    }

    /// `None` when the application took the files back meanwhile.
    async fn claim(&self, pair: Pair) -> Result<Option<Claim>, ClientError> {
        let (unique, now) = (self.unique(), self.clock_now());
        let claimed = self
            .on_disk("claiming a pair", move |d| {
                match outbox::claim(&d.temp, &pair, now, &unique) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    other => other.map(Some),
                }
            })
            .await?;
        if claimed.is_some() {
            self.tell(Event::Claimed { mailbox: self.id() });
        }
        Ok(claimed)
    }

    /// Checks and sends one claim.
    pub(super) async fn begin_serving(
        &self,
        claim: Claim,
        stop: &CancellationToken,
    ) -> (Claim, Result<Progress, ClientError>) {
        let progress = self.check_and_send(&claim, stop).await;
        (claim, progress)
    }

    async fn check_and_send(
        &self,
        claim: &Claim,
        stop: &CancellationToken,
    ) -> Result<Progress, ClientError> {
        let (id, limit) = (self.id(), self.options.message_limit);
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
        let (mut control, mut checked) = match (control, checked) {
            (Some(control), Ok(checked)) => (control, checked),
            (control, checked) => {
                let fault = checked.err().unwrap_or(status::CONTROL_FILE_MISSING);
                let failed = self.fail(claim, control.as_ref(), fault.record(self.now()));
                return failed.await.map(Progress::Done);
            }
        };
        if claim.fresh && self.config.collect_report {
            let text = COLLECTED_FROM_OUT;
            let record = StatusRecord::success(self.now(), mesh::Event::Collect, text);
            self.report(&control, &claim.base, record).await?;
        }
        if checked.headers.local_id.is_none() {
            // Without one the server could not be asked about the message.
            control.local_id.clone_from(&claim.id);
            checked.headers.local_id = claim.id.clone().map(Into::into);
        }
        let Some(_turn) = self.turn(stop).await else {
            return Ok(Progress::Done(Outcome::Stopped));
        };
        Ok(match self.transfer(claim, &checked, stop).await {
            Ok(Some(transferred)) => Progress::Accepted(Box::new(Accepted {
                control,
                checked,
                transferred,
            })),
            Ok(None) => Progress::Done(Outcome::Stopped),
            Err(error) => Progress::Done(self.not_sent(claim, &control, error).await?),
        })
    }
}
