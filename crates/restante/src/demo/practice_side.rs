//! One practice of the demo: its client agent and its GP system, meeting only in the directories.

use std::path::Path;
use std::sync::Arc;

use gp_system::{Practice, PracticeConfig};
use mesh_client::Agent;
use mesh_client::config::{AgentConfig, MailboxConfig, Options};
use nhs::{SystemClock, SystemRandomness};
use pages::Live;
use secrecy::ExposeSecret;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::error::{self, Error};

use super::exchange_side::ExchangeSide;
use super::patients;
use super::practice_events::PracticeEvents;
use super::practices::PracticeIdentity;

/// A running practice.
pub struct PracticeSide {
    pub folder: &'static str,
    pub practice: Practice,
    /// Tells open pages of what the practice does.
    pub live: Live,
    running: Vec<JoinHandle<()>>,
}

impl PracticeSide {
    /// Starts the practice in `home`: `mailbox/` is the client's, the rest the GP system's.
    pub fn start(
        home: &Path,
        identity: &PracticeIdentity,
        exchange: &ExchangeSide,
        events: &PracticeEvents,
        shutdown: &CancellationToken,
    ) -> Result<Self, Error> {
        std::fs::create_dir_all(home).map_err(error::at(home))?;
        let agent = agent(home, identity, exchange, events)?;
        let live = Live::new(shutdown.clone());
        let practice = practice(home, identity, events, live.clone())?;
        let running = vec![
            tokio::spawn({
                let shutdown = shutdown.clone();
                async move { agent.run(shutdown).await }
            }),
            tokio::spawn({
                let (practice, shutdown) = (practice.clone(), shutdown.clone());
                async move { practice.run(shutdown).await }
            }),
        ];
        Ok(Self {
            folder: identity.folder,
            practice,
            live,
            running,
        })
    }

    /// Waits until client and GP system have stopped.
    pub async fn stopped(self) {
        for task in self.running {
            if task.await.is_err() {
                tracing::error!("a part of a practice stopped abnormally");
            }
        }
    }
}

fn agent(
    home: &Path,
    identity: &PracticeIdentity,
    exchange: &ExchangeSide,
    events: &PracticeEvents,
) -> Result<Agent, Error> {
    let certificate = exchange.issue_certificate(identity, &home.join("certificates"))?;
    let mut config = AgentConfig::new(&exchange.url, exchange.shared_key.expose_secret());
    config.server.certificate = Some(certificate.certificate);
    config.server.private_key = Some(certificate.key);
    config.server.trust = Some(exchange.authority.clone());
    // Both ends are this process: pairs are written by rename, and polling costs nobody anything.
    config.options = Options {
        poll_seconds: 0.2,
        settle_seconds: 0.0,
        ..Options::default()
    };
    let password = exchange
        .password(&identity.mailbox)
        .ok_or_else(|| Error::Usage("the mailbox has no password".to_owned()))?;
    config.mailboxes = vec![MailboxConfig::new(
        identity.mailbox.clone(),
        password.expose_secret(),
        home.join("mailbox"),
    )];
    let events = events.clone();
    let observer: mesh_client::Observer = Arc::new(move |event| {
        events.client(event);
    });
    Ok(Agent::new(
        config,
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
        observer,
    )?)
}

fn practice(
    home: &Path,
    identity: &PracticeIdentity,
    events: &PracticeEvents,
    live: Live,
) -> Result<Practice, Error> {
    let patients = home.join("patients.csv");
    std::fs::write(&patients, patients::PATIENTS).map_err(error::at(&patients))?;
    let config = PracticeConfig {
        patients: Some(patients),
        wait_minutes: 0,
        // Answers as asked for by a given name such as 20009, so that every answer can be seen.
        rehearsal: true,
        ..PracticeConfig::new(
            identity.ods.clone(),
            identity.name,
            identity.mailbox.clone(),
            home.join("mailbox"),
            home.to_owned(),
        )
    };
    let events = events.clone();
    let observer: gp_system::Observer = Arc::new(move |event| {
        live.changed();
        events.gp_system(event);
    });
    Ok(Practice::open(
        config,
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
        observer,
    )?)
}
