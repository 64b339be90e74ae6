use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use jiff::SignedDuration;
use mail_store::{Message, Op, Outcome, RoutingJob};
use mesh::{Recipient, status};
use nhs::{MailboxId, OdsCode};
use pds::{Trace, TraceQuery};

use crate::event::Event;
use crate::report::Verdict;
use crate::vault::Purpose;
use crate::{Exchange, ExchangeError};

/// So many jobs are looked at in one round.
const ROUND: u32 = 64;
/// So many traces are under way at once.
const TRACES_AT_ONCE: usize = 16;

enum Decision {
    Deliver {
        practice: OdsCode,
        recipient: MailboxId,
    },
    GiveUp(Verdict),
    Postpone {
        wait: Option<Duration>,
    },
}

impl Exchange {
    /// Resolves the patient addresses that are due, in order of arrival. Returns how many were
    /// settled, by delivery or by a report. [`Exchange::run`] does this by itself.
    pub async fn route_due(&self) -> Result<usize, ExchangeError> {
        let mut settled = 0;
        loop {
            let jobs = self.store().routing_due(self.now(), ROUND).await?;
            let full = jobs.len() == ROUND as usize;
            let decisions = stream::iter(jobs)
                .map(async |job| {
                    let decision = self.decide(&job).await;
                    (job, decision)
                })
                .buffered(TRACES_AT_ONCE);
            let mut decisions = std::pin::pin!(decisions);
            while let Some((job, decision)) = decisions.next().await {
                settled += usize::from(self.settle(job, decision?).await?);
            }
            if !full {
                return Ok(settled);
            }
        }
    }

    /// The order of checks of routing.md §1.6: number, existence, demographics, practice, mailbox.
    /// The first failure is told, alone.
    async fn decide(&self, job: &RoutingJob) -> Result<Decision, ExchangeError> {
        let purpose = Purpose::PatientAddress;
        let address = self
            .vault()
            .open(purpose, job.message.id.as_str(), &job.address.0)?;
        let patient = match Recipient::parse(&String::from_utf8_lossy(&address)) {
            Ok(Recipient::Patient(patient)) => patient,
            Ok(Recipient::Mailbox(_)) => {
                return Ok(Decision::GiveUp(status::UNREGISTERED_RECIPIENT.into()));
            }
            Err(fault) => return Ok(Decision::GiveUp(fault.fault().into())),
        };
        let query = TraceQuery {
            nhs_number: patient.nhs_number,
            date_of_birth: patient.date_of_birth,
            family_name: patient.family_name,
        };
        Ok(match self.demographics().trace(&query).await {
            Ok(Trace::Registered { practice, .. }) => self.mailbox_of(practice, &job.message),
            Ok(Trace::NoPractice) => Decision::GiveUp(status::NO_MAILBOX.into()),
            Ok(Trace::NotFound) => Decision::GiveUp(status::NHS_NUMBER_NOT_FOUND.into()),
            Ok(Trace::Mismatch) => Decision::GiveUp(status::DEMOGRAPHICS_DIFFER.into()),
            Err(error) => {
                tracing::warn!(message = %job.message.id, code = error.code(), "trace failed");
                self.postpone_or_give_up(job, error.retry_after())
            }
        })
    }

    /// One mailbox, or a report: none is ever picked among several.
    fn mailbox_of(&self, practice: OdsCode, message: &Message) -> Decision {
        let directory = self.directory();
        match directory
            .receivers(&message.workflow, Some(&practice))
            .as_slice()
        {
            [] => Decision::GiveUp(status::NO_MAILBOX.into()),
            [mailbox] => Decision::Deliver {
                practice,
                recipient: mailbox.id.clone(),
            },
            _ => Decision::GiveUp(status::SEVERAL_MAILBOXES.into()),
        }
    }

    fn postpone_or_give_up(&self, job: &RoutingJob, wait: Option<Duration>) -> Decision {
        if self.now().duration_since(job.since) < self.settings().routing_deadline() {
            return Decision::Postpone { wait };
        }
        Decision::GiveUp(Verdict {
            event: status::NOT_COLLECTED.event,
            code: status::NOT_COLLECTED.code,
            text: "The patient's practice could not be found out in time; sending again is safe"
                .to_owned(),
        })
    }

    async fn settle(&self, job: RoutingJob, decision: Decision) -> Result<bool, ExchangeError> {
        let message = job.message.id.clone();
        match decision {
            Decision::GiveUp(verdict) => self.give_up(&job.message, verdict).await,
            Decision::Deliver {
                practice,
                recipient,
            } => {
                let deliver = Op::Deliver {
                    message: message.clone(),
                    recipient: recipient.clone(),
                    at: self.now(),
                };
                if self.store().commit(vec![deliver]).await?.first() != Some(&Outcome::Done) {
                    return Ok(false);
                }
                tracing::info!(%message, %practice, %recipient, "message routed");
                self.tell(&Event::Routed {
                    message: message.clone(),
                    practice,
                });
                self.tell(&Event::Delivered { message, recipient });
                Ok(true)
            }
            Decision::Postpone { wait } => {
                let attempts = job.attempts.saturating_add(1);
                let wait = self.backoff(attempts, wait);
                let now = self.now();
                let next_at = now.checked_add(wait).unwrap_or(now);
                let postpone = Op::Postpone {
                    message: message.clone(),
                    attempts,
                    next_at,
                };
                self.store().commit(vec![postpone]).await?;
                self.tell(&Event::RoutingDelayed { message });
                Ok(false)
            }
        }
    }

    /// Doubles with each attempt up to the longest wait, plus up to a quarter of jitter; never
    /// shorter than the other side asked for.
    fn backoff(&self, attempts: u32, asked: Option<Duration>) -> SignedDuration {
        let settings = self.settings();
        let first = u64::from(settings.routing_retry_seconds.max(1)) * 1_000;
        let longest = u64::from(settings.routing_retry_longest_seconds) * 1_000;
        let doubled = first.saturating_mul(1 << (attempts.saturating_sub(1)).min(20));
        let asked = asked.map_or(0, |asked| {
            u64::try_from(asked.as_millis()).unwrap_or(u64::MAX)
        });
        let base = doubled.min(longest).max(asked).min(24 * 3_600 * 1_000);
        let mut jitter = [0u8; 2];
        self.randomness().fill(&mut jitter);
        let jitter = base * u64::from(u16::from_be_bytes(jitter)) / (4 * 65_536);
        SignedDuration::from_millis(i64::try_from(base + jitter).unwrap_or(i64::MAX))
    }
}
