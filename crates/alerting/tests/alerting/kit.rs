//! What the tests share: a source whose alerts are kept in memory, and receivers.

use std::sync::Arc;

use alerting::{Alerting, Channel, Dispatcher, Open, Source, SourceError};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use serde::Deserialize;
use settings::{Kind, Settings};
use test_kit::receivers::WebReceiver;

/// The kinds of these tests.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestKind {
    LetterFailed,
    LeftInIn,
}

impl From<TestKind> for &'static str {
    fn from(kind: TestKind) -> Self {
        match kind {
            TestKind::LetterFailed => "letter-failed",
            TestKind::LeftInIn => "left-in-in",
        }
    }
}

/// A file with the table `[alerting]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub alerting: alerting::Settings<TestKind>,
}

const FILE: Kind = Kind {
    name: "test.toml",
    given_to: "nobody",
    prefix: "ALERTING_TEST__",
    keys: &["alerting"],
    lists: &[],
};

/// What these lines mean.
pub fn read(text: &str) -> Result<alerting::Settings<TestKind>, String> {
    let settings =
        Settings::parse("test.toml".as_ref(), text).map_err(|error| error.to_string())?;
    let file: Result<File, _> = settings.into_checked(&FILE, &[]);
    file.map(|file| file.alerting)
        .map_err(|error| error.to_string())
}

/// The channels of these lines.
pub fn open(text: &str) -> Alerting {
    Alerting::open(&read(text).unwrap(), "practice A81001").unwrap()
}

/// The one dispatcher of these lines.
pub fn dispatcher(text: &str, alerts: &Alerts) -> Dispatcher {
    let source: Arc<dyn Source> = Arc::new(alerts.clone());
    let mut dispatchers = open(text).dispatchers(&source);
    assert_eq!(dispatchers.len(), 1);
    dispatchers.pop().unwrap()
}

/// The settings of a webhook to a receiver, with further lines.
pub fn webhook(receiver: &WebReceiver, further: &str) -> String {
    format!(
        "[alerting]\naddress = \"https://practice.example/\"\n[alerting.webhook]\n\
         url = \"http://127.0.0.1:{}/hook?token=t0ken\"\n{further}",
        receiver.port
    )
}

pub fn at(moment: &str) -> Timestamp {
    moment.parse().unwrap()
}

pub fn start() -> Timestamp {
    at("2026-11-28T02:00:00Z")
}

pub fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

struct Alert {
    kind: &'static str,
    at: Timestamp,
    sent: Vec<(Channel, Timestamp)>,
}

/// Alerts that outlive dispatchers, as a practice's records do.
#[derive(Clone, Default)]
pub struct Alerts(Arc<Mutex<Vec<Alert>>>);

impl Alerts {
    pub fn raise(&self, kind: &'static str, at: Timestamp) {
        let sent = Vec::new();
        self.0.lock().push(Alert { kind, at, sent });
    }
}

#[async_trait]
impl Source for Alerts {
    async fn unsent(&self, channel: Channel, _: Timestamp) -> Result<Vec<Open>, SourceError> {
        let alerts = self.0.lock();
        let by = |alert: &Alert| {
            alert
                .sent
                .iter()
                .rfind(|(it, _)| *it == channel)
                .map(|it| it.1)
        };
        let of_kind = |kind| {
            let these = || alerts.iter().filter(move |alert| alert.kind == kind);
            let unsent: Vec<_> = these().filter(|alert| by(alert).is_none()).collect();
            Some(Open {
                kind,
                what: "Something needs a person",
                count: u64::try_from(unsent.len()).unwrap(),
                since: unsent.first()?.at,
                page: "/alerts",
                concerns: Vec::new(),
                mark: i64::try_from(alerts.len()).unwrap(),
                last_sent: these().filter_map(by).max(),
            })
        };
        Ok(["letter-failed", "left-in-in"]
            .into_iter()
            .filter_map(of_kind)
            .collect())
    }

    async fn sent(&self, channel: Channel, open: &Open, at: Timestamp) -> Result<(), SourceError> {
        let upto = usize::try_from(open.mark).unwrap();
        for alert in self.0.lock().iter_mut().take(upto) {
            if alert.kind == open.kind && alert.sent.iter().all(|(it, _)| *it != channel) {
                alert.sent.push((channel, at));
            }
        }
        Ok(())
    }
}
