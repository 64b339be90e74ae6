//! Alerting as its service sees it.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nhs::Clock;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::dispatcher::Dispatcher;
use crate::email::Email;
use crate::source::{Channel, Source};
use crate::webhook::Webhook;
use crate::{AlertingError, Message, Service, Settings};

/// How long a message under way is waited for when a service ends.
const LAST_MESSAGE: Duration = Duration::from_secs(5);

/// How messages leave by one channel.
pub(crate) enum Transport {
    Webhook(Box<Webhook>),
    Email(Box<Email>),
}

impl Transport {
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
    transports: Vec<Transport>,
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
        let time_limit = settings.timeout_seconds.duration();
        let mut transports = Vec::new();
        if let Some(webhook) = &settings.webhook {
            transports.push(Transport::Webhook(Box::new(Webhook::new(
                webhook, time_limit,
            )?)));
        }
        if let Some(email) = &settings.email {
            transports.push(Transport::Email(Box::new(Email::new(email, time_limit)?)));
        }
        let kinds = settings.kinds.as_ref();
        Ok(Self {
            transports,
            service: Service::here(name, settings.address.clone()),
            kinds: kinds.map(|kinds| kinds.iter().map(|kind| (*kind).into()).collect()),
            interval: settings.minimum_interval_minutes.duration(),
        })
    }

    /// The work of each channel, for whoever keeps time for it; [`Alerting::begin`] does.
    pub fn dispatchers(self, source: &Arc<dyn Source>) -> Vec<Dispatcher> {
        let dispatcher = |transport| {
            let (service, kinds) = (self.service.clone(), self.kinds.clone());
            Dispatcher::new(transport, Arc::clone(source), service, kinds, self.interval)
        };
        self.transports.into_iter().map(dispatcher).collect()
    }

    /// Sends what the source has until `shutdown`, each channel in a task of its own.
    pub fn begin(
        self,
        source: &Arc<dyn Source>,
        clock: &Arc<dyn Clock>,
        wake: &Wake,
        shutdown: &CancellationToken,
    ) -> Running {
        let dispatchers = self.dispatchers(source).into_iter();
        let tasks = dispatchers.map(|dispatcher| {
            let (clock, shutdown) = (Arc::clone(clock), shutdown.clone());
            tokio::spawn(dispatcher.run(clock, wake.0.subscribe(), shutdown))
        });
        Running(tasks.collect())
    }

    /// Sends a test message by each channel; gives what came back.
    pub async fn test(&self, now: Timestamp) -> Answers {
        let mut answers = Vec::new();
        for transport in &self.transports {
            let message = Message::test(&self.service, transport.channel(), now);
            answers.push((transport.channel(), transport.send(&message, now).await));
        }
        answers
    }

    /// Whether each channel's receiver can be reached; nothing is sent.
    pub async fn reach(&self) -> Answers {
        let mut answers = Vec::new();
        for transport in &self.transports {
            answers.push((transport.channel(), transport.reach().await));
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
