//! The work of one channel: looks at what is open, sends what is due, and waits.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nhs::Clock;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::alerting::Transport;
use crate::source::{Channel, Open, Source, SourceError};
use crate::{AlertingError, Message, Service};

/// It is looked at what is open at the latest after this.
const LOOK_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// The wait after the first failure; twice as long after each further one.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(10);
/// The longest wait after a failure.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);

/// Sends the alerts of one source by one channel.
pub struct Dispatcher {
    transport: Transport,
    source: Arc<dyn Source>,
    service: Service,
    /// The kinds that are sent; all when absent.
    kinds: Option<Vec<&'static str>>,
    /// Between two messages of one kind.
    interval: SignedDuration,
    /// Failures since the last message that was sent.
    failures: u32,
    /// Nothing is sent before this, after a failure.
    not_before: Option<Timestamp>,
}

impl Dispatcher {
    pub(crate) fn new(
        transport: Transport,
        source: Arc<dyn Source>,
        service: Service,
        kinds: Option<Vec<&'static str>>,
        interval: SignedDuration,
    ) -> Self {
        Self {
            transport,
            source,
            service,
            kinds,
            interval,
            failures: 0,
            not_before: None,
        }
    }

    /// The channel.
    pub fn channel(&self) -> Channel {
        self.transport.channel()
    }

    /// Works until `shutdown`; a message under way is sent first. Looks when woken, and once a minute.
    pub async fn run(
        mut self,
        clock: Arc<dyn Clock>,
        mut woken: watch::Receiver<()>,
        shutdown: CancellationToken,
    ) {
        while !shutdown.is_cancelled() {
            woken.mark_unchanged();
            let pause = self.round(clock.now()).await;
            let pause = Duration::try_from(pause).unwrap_or_default();
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
                Ok(()) = woken.changed() => {}
            }
        }
    }

    /// Sends what is due at this time; gives how long nothing further will be. What was not
    /// sent stays with the source; a receiver that cannot be reached ends the round.
    pub async fn round(&mut self, now: Timestamp) -> SignedDuration {
        let left = self.not_before.map(|at| at.duration_since(now));
        if let Some(left) = left.filter(|left| left.is_positive()) {
            return left;
        }
        match self.send_due(now).await {
            Ok(pause) => pause,
            Err(error) => self.put_off(error.as_ref(), now),
        }
    }

    async fn send_due(&mut self, now: Timestamp) -> Result<SignedDuration, SourceError> {
        let mut open = self.source.unsent(self.channel(), now).await?;
        open.retain(|it| {
            self.kinds
                .as_ref()
                .is_none_or(|kinds| kinds.contains(&it.kind))
        });
        let mut unsent: u64 = open.iter().map(|it| it.count).sum();
        self.gauge(unsent);
        let mut pause = LOOK_EVERY;
        let mut refused = None;
        for it in open {
            let left = it
                .last_sent
                .map(|at| self.interval - now.duration_since(at))
                .filter(|left| left.is_positive());
            if let Some(left) = left {
                pause = pause.min(left);
                continue;
            }
            let message = Message::of(&it, self.channel(), &self.service);
            match self.transport.send(&message, now).await {
                Ok(_) => {}
                // Perhaps it takes those of another kind.
                Err(error @ AlertingError::Refused { .. }) => {
                    refused.get_or_insert(error);
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
            self.note(&it, now).await?;
            unsent = unsent.saturating_sub(it.count);
            self.gauge(unsent);
        }
        refused.map_or(Ok(pause), |error| Err(error.into()))
    }

    async fn note(&mut self, open: &Open, now: Timestamp) -> Result<(), SourceError> {
        let channel = self.channel();
        self.source.sent(channel, open, now).await?;
        self.failures = 0;
        self.not_before = None;
        metrics::counter!("restante_alert_messages_sent_total", "channel" => channel.as_str())
            .increment(1);
        tracing::info!(%channel, host = self.transport.host(), kind = open.kind, count = open.count, "alerts were sent");
        Ok(())
    }

    fn put_off(
        &mut self,
        error: &(dyn std::error::Error + Send + Sync),
        now: Timestamp,
    ) -> SignedDuration {
        let channel = self.channel();
        let wait = FIRST_WAIT
            .saturating_mul(2i32.saturating_pow(self.failures.min(16)))
            .min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now.checked_add(wait).ok();
        metrics::counter!("restante_alert_messages_failed_total", "channel" => channel.as_str())
            .increment(1);
        tracing::warn!(%channel, %error, failures = self.failures, seconds = wait.as_secs(),
            "alerts could not be sent; they are kept and tried again");
        wait
    }

    #[allow(clippy::cast_precision_loss)]
    fn gauge(&self, unsent: u64) {
        metrics::gauge!("restante_alerts_unsent", "channel" => self.channel().as_str())
            .set(unsent as f64);
    }
}
