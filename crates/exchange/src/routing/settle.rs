//! Decisions about routed messages, committed and made known.

use jiff::Timestamp;
use journey::Event;
use mail_store::{Op, Outcome, RoutingJob};
use nhs::{MailboxId, OdsCode};

use super::backoff::next_attempt;
use super::decide::{Decided, Decision};
use crate::{Exchange, ExchangeError};

/// The operations of one decision, and the events once they are durable.
struct Settlement {
    ops: Vec<Op>,
    /// Since when a message waited that is delivered.
    delivers: Option<Timestamp>,
    events: Vec<Event>,
    settles: bool,
}

impl Exchange {
    /// Commits decisions: those of one queue as one job, in order, all queues in one group.
    /// Returns how many messages were settled.
    pub(super) async fn settle(
        &self,
        mut queues: Vec<Vec<Decided>>,
    ) -> Result<usize, ExchangeError> {
        queues.sort_by_key(|queue| queue.first().map(|decided| decided.job.message.seq));
        let (mut jobs, mut expected) = (Vec::new(), Vec::new());
        for queue in queues {
            let (mut job, mut settlements) = (Vec::new(), Vec::new());
            for decided in queue {
                let mut settlement = self.settlement(decided)?;
                let ops = settlement.ops.len();
                job.append(&mut settlement.ops);
                settlements.push((ops, settlement));
            }
            jobs.push(job);
            expected.push(settlements);
        }
        let committed = self.store().commit_all(jobs).await?;
        let (mut settled, mut failed) = (0, None);
        for (settlements, outcomes) in expected.iter().zip(committed) {
            let mut outcomes = match outcomes {
                Ok(outcomes) => outcomes.into_iter(),
                Err(error) => {
                    failed = Some(error);
                    continue;
                }
            };
            // a job ends at the first message that was settled by someone else meanwhile; those
            // behind it are still due
            for (ops, settlement) in settlements {
                if outcomes.next() != Some(Outcome::Done) {
                    break;
                }
                outcomes.by_ref().take(ops - 1).for_each(drop);
                settled += usize::from(settlement.settles);
                if let Some(since) = settlement.delivers {
                    self.count_delivery(since);
                }
                settlement
                    .events
                    .iter()
                    .for_each(|event| self.announce(event));
            }
        }
        failed.map_or(Ok(settled), |error| Err(error.into()))
    }

    fn settlement(&self, decided: Decided) -> Result<Settlement, ExchangeError> {
        let Decided {
            job,
            decision,
            at,
            trail,
        } = decided;
        Ok(match decision {
            Decision::GiveUp(verdict) => {
                let (ops, reported) = self.giving_up(&job.message, verdict, &trail)?;
                Settlement {
                    ops,
                    delivers: None,
                    events: reported.into_iter().collect(),
                    settles: true,
                }
            }
            Decision::Deliver {
                practice,
                recipient,
                hidden,
            } => {
                let found = (practice, at);
                self.delivery(&job, found, recipient, hidden, &trail)
            }
            Decision::Postpone { wait } => {
                let attempts = job.attempts.saturating_add(1);
                let deadline = job
                    .since
                    .checked_add(self.settings().routing_deadline())
                    .unwrap_or(Timestamp::MAX);
                let (settings, randomness) = (self.settings(), self.randomness());
                let now = self.now();
                let next_at = next_attempt(settings, attempts, wait, now, deadline, randomness);
                let message = job.message.id;
                Settlement {
                    ops: vec![Op::Postpone {
                        message: message.clone(),
                        attempts,
                        next_at,
                    }],
                    delivers: None,
                    events: vec![Event::RoutingDelayed {
                        message,
                        tries: attempts,
                        next_at,
                    }],
                    settles: false,
                }
            }
        })
    }

    fn delivery(
        &self,
        job: &RoutingJob,
        (practice, found_at): (OdsCode, Timestamp),
        recipient: MailboxId,
        hidden: bool,
        trail: &str,
    ) -> Settlement {
        let (message, at) = (job.message.id.clone(), self.now());
        let ops = vec![
            Op::Deliver {
                message: message.clone(),
                recipient: recipient.clone(),
                hidden,
                at,
            },
            Op::Audit {
                at,
                actor: job
                    .message
                    .sender
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                action: "routed",
                subject: message.to_string(),
                detail: trail.to_owned(),
            },
        ];
        let routed = Event::Routed {
            message: message.clone(),
            practice,
            found_at,
        };
        Settlement {
            ops,
            delivers: Some(job.since),
            events: vec![routed, Event::Delivered { message, recipient }],
            settles: true,
        }
    }
}
