//! The steps of messages' ways: noted as they happen, written behind in batches, and read with those not written yet.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use journey::{Event, Place, Step};
use mail_store::{Message, NewStep, Op, StoreError, StoredStep};
use nhs::MessageId;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{Exchange, ExchangeError};

/// Steps that wait to be written, at most; more than that are lost.
const WAITING: usize = 20_000;
/// How many are written in one transaction.
const BATCH: usize = 256;
/// How long steps may wait for others, so that many share a transaction.
const GATHERING: Duration = Duration::from_millis(500);

/// Steps that are not written yet, oldest first.
#[derive(Default)]
pub(crate) struct StepsWaiting {
    steps: Mutex<VecDeque<NewStep>>,
    /// Held by whoever writes them.
    writing: tokio::sync::Mutex<()>,
    wanted: Notify,
}

impl Exchange {
    /// Notes a step of a message, such as one that a practice in the same process tells. It is written soon, and told by
    /// [`Exchange::steps`] at once. Of what repeats, the first and ever fewer of the later ones are kept.
    pub fn note_step(&self, step: Step) {
        if !is_kept(&step.event) {
            return;
        }
        let (at, place) = (whole_micros(step.at), step.place.to_text());
        let of_carrier = step.event.of_carrier();
        let waiting = self.steps_waiting();
        let mut steps = waiting.steps.lock();
        for event in [Some(step.event), of_carrier].into_iter().flatten() {
            if steps.len() >= WAITING {
                break;
            }
            steps.push_back(NewStep {
                message: event.message().clone(),
                step: StoredStep {
                    at,
                    place: place.clone(),
                    what: event.to_text(),
                },
            });
        }
        drop(steps);
        waiting.wanted.notify_one();
    }

    /// The steps of a message that were noted, in order of time.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn steps(&self, message: &Message) -> Result<Vec<Step>, ExchangeError> {
        // first those that wait: they may be written meanwhile, and are known twice then
        let waiting = self.steps_not_written(&message.id);
        let mut stored = self.store().steps(message.seq).await?;
        for step in waiting {
            if !stored.contains(&step) {
                stored.push(step);
            }
        }
        Ok(read_steps(&message.id, &stored))
    }

    /// Those of a message that wait to be written.
    pub(crate) fn steps_not_written(&self, message: &MessageId) -> Vec<StoredStep> {
        let steps = self.steps_waiting().steps.lock();
        let of_message = steps.iter().filter(|new| new.message == *message);
        of_message.map(|new| new.step.clone()).collect()
    }

    /// Writes what waits.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`]; what was not written waits on.
    pub async fn write_steps(&self) -> Result<(), ExchangeError> {
        let _writing = self.steps_waiting().writing.lock().await;
        loop {
            let steps: Vec<NewStep> = {
                let waiting = self.steps_waiting().steps.lock();
                waiting.iter().take(BATCH).cloned().collect()
            };
            if steps.is_empty() {
                return Ok(());
            }
            let count = steps.len();
            // those that were known already are left out: writing again is safe
            self.store().commit(vec![Op::Steps { steps }]).await?;
            self.steps_waiting().steps.lock().drain(..count);
        }
    }

    pub(crate) async fn write_steps_in_background(&self, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.steps_waiting().wanted.notified() => {
                    tokio::time::sleep(GATHERING).await;
                }
            }
            match self.write_steps().await {
                Ok(()) => {}
                // sends come first
                Err(ExchangeError::Store(StoreError::Busy)) => {
                    self.steps_waiting().wanted.notify_one();
                }
                Err(error) => tracing::warn!(%error, "steps of journeys are not written yet"),
            }
        }
    }
}

/// Steps as they are stored; one that this release cannot read is left out.
pub fn read_steps(message: &MessageId, stored: &[StoredStep]) -> Vec<Step> {
    let mut steps: Vec<Step> = stored
        .iter()
        .filter_map(|step| {
            Some(Step {
                at: step.at,
                place: Place::from_text(&step.place),
                event: Event::from_text(message, &step.what)?,
            })
        })
        .collect();
    steps.sort_by_key(|step| step.at);
    steps
}

/// Of a message's chunks the first download, of the tries to route it the 1st, 2nd, 4th, 8th …
fn is_kept(event: &Event) -> bool {
    match event {
        Event::Downloaded { chunk, .. } => *chunk <= 1,
        Event::RoutingDelayed { tries, .. } => tries.is_power_of_two(),
        _ => true,
    }
}

/// As it is stored: so what waits and what is written are alike.
fn whole_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}
