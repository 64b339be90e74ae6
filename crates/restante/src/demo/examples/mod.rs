//! The prefilled examples of the demo's first page. Each goes through the sending practice's own GP system; what a GP system
//! would not do, sending one message twice, goes into its client's OUT directory.

mod letters;
mod twice;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gp_system::{ConsultationId, ConsultationState, Practice};
use nhs::{Clock, Randomness, SystemClock, SystemRandomness};
use sandbox_pages::live_loop::Example;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::error::Error;

/// Second halves of examples (the second version, the second sending) that may wait at once.
const MOST_WAITING: usize = 32;
/// How long a second half waits for the first to be sent, as while a fault is on.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Sends examples from one practice. Cheap to clone.
#[derive(Clone)]
pub struct Examples {
    practice: Practice,
    /// The practice's directory, with `mailbox/` and `sent/`.
    home: PathBuf,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    waiting: Arc<Semaphore>,
    shutdown: CancellationToken,
}

impl Examples {
    /// Of the practice whose directory this is.
    pub fn new(practice: Practice, home: PathBuf, shutdown: CancellationToken) -> Self {
        Self {
            practice,
            home,
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            waiting: Arc::new(Semaphore::new(MOST_WAITING)),
            shutdown,
        }
    }

    /// Sends an example, and says which consultation it is. The second half of [`Example::Duplicate`] and
    /// [`Example::Replacement`] follows by itself once the first is sent.
    ///
    /// # Errors
    ///
    /// When the practice cannot store it; when too many second halves wait already.
    pub async fn send(&self, example: Example) -> Result<ConsultationId, Error> {
        let place = match example {
            Example::Duplicate | Example::Replacement => Some(self.place()?),
            _ => None,
        };
        let now = self.clock.now();
        let letter = letters::of(example, now, self.randomness.as_ref())?;
        let id = self.practice.submit(letter.clone()).await?;
        if let Some(place) = place {
            let this = self.clone();
            tokio::spawn(async move {
                let outcome = tokio::select! {
                    () = this.shutdown.cancelled() => return,
                    outcome = this.follow_up(example, id, letter) => outcome,
                };
                if let Err(error) = outcome {
                    let example = example.name();
                    tracing::error!(%error, example, "the second half of an example was not sent");
                }
                drop(place);
            });
        }
        Ok(id)
    }

    fn place(&self) -> Result<OwnedSemaphorePermit, Error> {
        let place = Arc::clone(&self.waiting).try_acquire_owned();
        place.map_err(|_| {
            Error::Usage(
                "too many examples wait to be sent; nothing was sent. Switch the faults off, then send again"
                    .to_owned(),
            )
        })
    }

    async fn follow_up(
        &self,
        example: Example,
        id: ConsultationId,
        letter: send_document::Consultation,
    ) -> Result<(), Error> {
        if !self.is_sent(id).await? {
            let example = example.name();
            tracing::warn!(%id, example, "the first half was not sent, and so there is no second");
            return Ok(());
        }
        if example == Example::Replacement {
            self.practice.update(id, letters::corrected(letter)).await?;
        } else {
            twice::place_again(&self.home, &id.to_string(), self.randomness.as_ref())?;
        }
        Ok(())
    }

    /// Waits until the exchange has taken the message; false when it never did.
    async fn is_sent(&self, id: ConsultationId) -> Result<bool, Error> {
        let looked = async {
            loop {
                let record = self.practice.consultation(id)?;
                match record.map(|record| record.state) {
                    Some(ConsultationState::Waiting | ConsultationState::Placed) => {}
                    None | Some(ConsultationState::Withdrawn) => return Ok(false),
                    Some(_) => return Ok(true),
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        let looked = tokio::time::timeout(PATIENCE, looked).await;
        looked.unwrap_or(Ok(false))
    }
}
