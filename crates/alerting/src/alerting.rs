//! Alerting as its service sees it.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nhs::Clock;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::courier::Courier;
use crate::email::Email;
use crate::source::{Channel, Source};
use crate::webhook::Webhook;
use crate::{AlertingError, Message, Service, Settings};

/// How long a message under way is waited for when a service ends.
const LAST_MESSAGE: Duration = Duration::from_secs(5);

/// One way out.
pub(crate) enum Way {
    Webhook(Box<Webhook>),
    Email(Box<Email>),
}

impl Way {
    pub fn channel(&self) -> Channel {
        match self {
            Self::Webhook(_) => Channel::Webhook,
            Self::Email(_) => Channel::Email,
        }
    }

    pub fn host(&self) -> &str {
        match self {
            Self::Webhook(webhook) => webhook.host(),
            Self::Email(email) => email.host(),
        }
    }

    pub async fn send(&self, message: &Message, now: Timestamp) -> Result<String, AlertingError> {
        match self {
            Self::Webhook(webhook) => webhook.send(message, now).await,
            Self::Email(email) => email.send(message, now).await,
        }
    }

    async fn reach(&self) -> Result<String, AlertingError> {
        match self {
            Self::Webhook(webhook) => webhook.reach().await,
            Self::Email(email) => email.reach().await,
        }
    }
}

/// What each channel said.
pub type Answers = Vec<(Channel, Result<String, AlertingError>)>;

/// The channels that a service's alerts leave by.
pub struct Alerting {
    ways: Vec<Way>,
    service: Service,
    kinds: Option<Vec<&'static str>>,
    interval: SignedDuration,
}

impl Alerting {
    /// The channels of these settings, for the service of that name. Reads secrets, and sends nothing.
    ///
    /// # Errors
    /// [`AlertingError::Configuration`] for a secret or a file that cannot be used.
    pub fn open<K: Copy + Into<&'static str>>(
        settings: &Settings<K>,
        name: impl Into<String>,
    ) -> Result<Self, AlertingError> {
        let patience = settings.timeout_seconds.duration();
        let mut ways = Vec::new();
        if let Some(webhook) = &settings.webhook {
            ways.push(Way::Webhook(Box::new(Webhook::new(webhook, patience)?)));
        }
        if let Some(email) = &settings.email {
            ways.push(Way::Email(Box::new(Email::new(email, patience)?)));
        }
        let kinds = settings.kinds.as_ref();
        Ok(Self {
            ways,
            service: Service::here(name, settings.address.clone()),
            kinds: kinds.map(|kinds| kinds.iter().map(|kind| (*kind).into()).collect()),
            interval: settings.minimum_interval_minutes.duration(),
        })
    }

    /// The work of each channel, for whoever keeps time for it; [`Alerting::begin`] does.
    pub fn couriers(self, source: &Arc<dyn Source>) -> Vec<Courier> {
        let courier = |way| {
            let (service, kinds) = (self.service.clone(), self.kinds.clone());
            Courier::new(way, Arc::clone(source), service, kinds, self.interval)
        };
        self.ways.into_iter().map(courier).collect()
    }

    /// Sends what the source has until `shutdown`, each channel in a task of its own.
    pub fn begin(
        self,
        source: &Arc<dyn Source>,
        clock: &Arc<dyn Clock>,
        wake: &Wake,
        shutdown: &CancellationToken,
    ) -> Running {
        let couriers = self.couriers(source).into_iter();
        let tasks = couriers.map(|courier| {
            let (clock, shutdown) = (Arc::clone(clock), shutdown.clone());
            tokio::spawn(courier.run(clock, wake.0.subscribe(), shutdown))
        });
        Running(tasks.collect())
    }

    /// Sends a test message by each channel; gives what came back.
    pub async fn test(&self, now: Timestamp) -> Answers {
        let mut answers = Vec::new();
        for way in &self.ways {
            let message = Message::test(&self.service, way.channel(), now);
            answers.push((way.channel(), way.send(&message, now).await));
        }
        answers
    }

    /// Whether each channel's receiver can be reached; nothing is sent.
    pub async fn reach(&self) -> Answers {
        let mut answers = Vec::new();
        for way in &self.ways {
            answers.push((way.channel(), way.reach().await));
        }
        answers
    }
}

/// Tells the channels that there is something new, at once and without waiting for anybody.
#[derive(Debug, Clone)]
pub struct Wake(Arc<watch::Sender<()>>);

impl Default for Wake {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(())))
    }
}

impl Wake {
    /// There is something new.
    pub fn up(&self) {
        self.0.send_replace(());
    }
}

/// Channels at work.
pub struct Running(Vec<JoinHandle<()>>);

impl Running {
    /// Waits for messages under way, at most five seconds, once the channels were told to end.
    pub async fn finish(self) {
        let deadline = tokio::time::Instant::now() + LAST_MESSAGE;
        for mut task in self.0 {
            if tokio::time::timeout_at(deadline, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}
