//! One practice of the demo: its client agent and its GP system, meeting only in the directories.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gp_system::{Practice, PracticeConfig, Template, TemplateNote};
use https_listener::certificate::IssuedFiles;
use itk3::Family;
use mesh_client::Agent;
use mesh_client::config::{AgentConfig, MailboxConfig, Options};
use nhs::{SystemClock, SystemRandomness};
use pages::Live;
use secrecy::ExposeSecret;
use send_document::Ruleset;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::error::{self, Error};

use super::chaos::{self, Chaos};
use super::exchange_side::ExchangeSide;
use super::practice_events::PracticeEvents;
use super::practices::{self, PracticeIdentity};

/// Bytes of a chunk, and of the largest message that is sent whole.
const CHUNK: u64 = 1024 * 1024;

/// A running practice.
pub struct PracticeSide {
    pub folder: &'static str,
    /// Its directory.
    pub home: PathBuf,
    pub practice: Practice,
    /// Tells open pages of what the practice does.
    pub live: Live,
    running: Vec<JoinHandle<()>>,
}

/// Whom and how a practice serves.
pub struct Serving<'a> {
    /// Its list of patients, as the registry has it.
    pub patients: &'a str,
    /// The rules it sends by.
    pub ruleset: Ruleset,
    /// Its certificate expires when that is switched on.
    pub may_expire: bool,
    /// It answers as a sender asks by a given name such as 20009, so that every answer can be seen; else as any practice,
    /// and nobody else reads its mailbox.
    pub is_partner: bool,
    /// Payloads that it has switched off; it takes all others.
    pub refused: &'a [Family],
}

/// What the practices share.
pub struct Around<'a> {
    pub exchange: &'a ExchangeSide,
    pub chaos: &'a Chaos,
    pub shutdown: &'a CancellationToken,
}

impl PracticeSide {
    /// Starts the practice in `home`: `mailbox/` is the client's, the rest the GP system's.
    pub fn start(
        home: &Path,
        identity: &PracticeIdentity,
        around: &Around<'_>,
        events: &PracticeEvents,
        serving: &Serving<'_>,
    ) -> Result<Self, Error> {
        let shutdown = around.shutdown;
        std::fs::create_dir_all(home).map_err(error::at(home))?;
        let name = (identity.folder, &identity.ods);
        let certificates = home.join("certificates");
        let exchange = around.exchange;
        let good = exchange.issue_certificate(name, &certificates)?;
        let good = agent_config(home, identity, exchange, &good)?;
        let agent = Arc::new(agent(good.clone(), events)?);
        let live = Live::new(shutdown.clone());
        let practice = practice(home, identity, (events, live.clone()), serving)?;
        let mut running = vec![
            tokio::spawn({
                let (agent, shutdown) = (Arc::clone(&agent), shutdown.clone());
                async move { agent.run(shutdown).await }
            }),
            tokio::spawn({
                let (practice, shutdown) = (practice.clone(), shutdown.clone());
                async move { practice.run(shutdown).await }
            }),
        ];
        if serving.may_expire {
            let expired = exchange.issue_expired_certificate(name, &certificates)?;
            let expired = agent_config(home, identity, exchange, &expired)?;
            let (chaos, shutdown) = (around.chaos.clone(), shutdown.clone());
            let follow = chaos::follow_certificate(chaos, agent, good, expired, shutdown);
            running.push(tokio::spawn(follow));
        }
        Ok(Self {
            folder: identity.folder,
            home: home.to_owned(),
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

/// The configuration of its client.
///
/// # Errors
///
/// When the exchange has no such mailbox.
pub fn agent_config(
    home: &Path,
    identity: &PracticeIdentity,
    exchange: &ExchangeSide,
    certificate: &IssuedFiles,
) -> Result<AgentConfig, Error> {
    let mut config = AgentConfig::new(&exchange.url, exchange.shared_key.expose_secret());
    config.server.certificate = Some(certificate.certificate.clone());
    config.server.private_key = Some(certificate.key.clone());
    config.server.trust = Some(exchange.authority.clone());
    config.server.retry_pause_seconds = 0.2;
    // Both ends are this process: pairs are written by rename, and polling costs nobody anything. Chunks are small, so
    // that a large letter is seen to travel in several.
    config.options = Options {
        poll_seconds: 0.2,
        settle_seconds: 0.0,
        request_limit: CHUNK,
        chunk_size: CHUNK,
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
    Ok(config)
}

fn agent(config: AgentConfig, events: &PracticeEvents) -> Result<Agent, Error> {
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
    (events, live): (&PracticeEvents, Live),
    serving: &Serving<'_>,
) -> Result<Practice, Error> {
    let patients = home.join("patients.csv");
    let list = practices::named(serving.patients)?;
    std::fs::write(&patients, list).map_err(error::at(&patients))?;
    let config = PracticeConfig {
        patients: Some(patients),
        phone: identity.phone.to_owned(),
        address: identity.address.map(str::to_owned).to_vec(),
        templates: templates(),
        wait_minutes: 0,
        // a visitor may send any
        payloads: Family::with_workflow()
            .filter(|family| !serving.refused.contains(family))
            .collect(),
        refused_payloads: serving.refused.to_vec(),
        rehearsal: serving.is_partner,
        only_reader: !serving.is_partner,
        ruleset: serving.ruleset,
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

/// What the form of a new consultation offers to begin its notes with.
fn templates() -> Vec<Template> {
    let note = |title: &str, text: &str| TemplateNote {
        title: title.to_owned(),
        text: text.to_owned(),
    };
    let template = |name: &str, notes: Vec<TemplateNote>| Template {
        name: name.to_owned(),
        notes,
    };
    vec![
        template(
            "Minor injury",
            vec![
                note("History", "Injury:\nWhen and how:\nTetanus:"),
                note(
                    "Examination",
                    "Site:\nMovement:\nSensation and circulation:",
                ),
                note("Plan", "Dressing:\nSafety netting given:"),
            ],
        ),
        template(
            "Sore throat",
            vec![
                note("History", "Days:\nFever:\nCough:"),
                note("Examination", "Tonsils:\nLymph nodes:\nTemperature:"),
                note("Plan", ""),
            ],
        ),
    ]
}
