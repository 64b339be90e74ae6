//! All parts of a running demo, and how they are started and stopped.

use std::path::Path;
use std::sync::Arc;

use ::pages::{Live, Surroundings};
use exchange_console::{Certificates, Console, Setup};
use nhs::SystemClock;
use sandbox_pages::live_loop::{LiveLoop, Mailboxes, Recorder};
use send_document::Ruleset;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::{issued, release_notes, wiring};

use super::addresses::Listening;
use super::chaos::{Chaos, SwitchedPds};
use super::connect::{Connect, Facts};
use super::credentials::Credentials;
use super::examples::Examples;
use super::exchange_side::{ExchangeSide, Start};
use super::live_loop::{self, DemoLoop};
use super::pages::{self, Page};
use super::patients;
use super::practice_events::{HeardBy, PracticeEvents};
use super::practice_side::{Around, PracticeSide, Serving};
use super::practices::{self, PracticeIdentity};
use super::printing::Doors;
use super::registry;
use super::reports::Reports;

/// A running demo.
pub struct Demo {
    pub identities: [PracticeIdentity; 2],
    practices: Vec<PracticeSide>,
    exchange: ExchangeSide,
    connect: Connect,
    credentials: Credentials,
    page: Page,
    // The practices stop first: a client whose server has gone would complain.
    shutdown: CancellationToken,
    exchange_shutdown: CancellationToken,
}

impl Demo {
    /// Starts all of it in a directory, which may be that of an earlier demo.
    pub async fn start(
        dir: &Path,
        listening: &Listening,
        reports: &Reports,
    ) -> Result<Self, Error> {
        let identities = practices::both()?;
        let visitor = practices::visitor()?;
        let connect = Connect::within(dir);
        let credentials = Credentials::kept_or_new(&connect.env())?;
        let chaos = Chaos::new();
        let (shutdown, exchange_shutdown) = (CancellationToken::new(), CancellationToken::new());
        let [sending, receiving] = &identities;
        let mailboxes = Mailboxes {
            sender: sending.mailbox.clone(),
            receiver: receiving.mailbox.clone(),
            visitor: visitor.mailbox.clone(),
        };
        let recorder = Recorder::new(
            mailboxes.clone(),
            Arc::new(SystemClock),
            Live::new(shutdown.clone()),
            Arc::new(reports.clone()),
        );
        let journeys = wiring::journeys(&shutdown, Arc::new(recorder.clone()));

        let mut members: Vec<_> = identities.iter().map(PracticeIdentity::member).collect();
        members.push(practices::visitor()?);
        let exchange = ExchangeSide::start(Start {
            data: &dir.join("exchange"),
            members: &members,
            visitor: &visitor,
            credentials: &credentials,
            listening,
            journeys: &journeys,
            chaos: &chaos,
            watcher: Arc::new(recorder.clone()),
            demographics: Arc::new(SwitchedPds {
                registry: registry::import(&wiring::registry_directory(&dir.join("exchange")))?,
                chaos: chaos.clone(),
            }),
            shutdown: &exchange_shutdown,
        })
        .await?;
        let around = Around {
            exchange: &exchange,
            chaos: &chaos,
            shutdown: &shutdown,
        };
        let mut sides = Vec::new();
        for identity in &identities {
            let home = dir.join("practices").join(identity.folder);
            let heard = HeardBy {
                journeys: journeys.clone(),
                exchange: Some(exchange.exchange.clone()),
                recorder: recorder.clone(),
                follower: reports.clone(),
            };
            let events = PracticeEvents::new(identity.name, home.clone(), heard);
            let serving = Serving {
                patients: patients::PATIENTS,
                ruleset: Ruleset::default(),
                may_expire: sides.is_empty(),
                is_partner: true,
                refused: &[],
            };
            sides.push(PracticeSide::start(
                &home, identity, &around, &events, &serving,
            )?);
        }
        let known = Certificates::default();
        tokio::spawn(issued::watch(
            wiring::certificates_directory(&dir.join("exchange")),
            known.clone(),
            SystemClock,
            shutdown.clone(),
        ));
        let setup = Setup {
            surroundings: Surroundings::new(release_notes::NOTES),
            look: None,
        };
        let console = Console::new(exchange.exchange.clone(), journeys)
            .with_certificates(known)
            .with_setup(setup);
        let sender = first(&sides)?;
        let examples = Examples::new(
            sender.practice.clone(),
            sender.home.clone(),
            shutdown.clone(),
        );
        let running = DemoLoop {
            examples,
            chaos,
            exchange: exchange.exchange.clone(),
            mailboxes,
            homes: [sending, receiving].map(|it| dir.join("practices").join(it.folder)),
            connect: connect.dir().to_owned(),
        };
        let door = (exchange.public_url.as_str(), connect.dir());
        let places = live_loop::places(&identities, &visitor, door);
        let live_loop = LiveLoop::new(places, recorder, Arc::new(running));
        let page = pages::serve(
            &sides,
            console,
            live_loop,
            (listening, &credentials.pages_password),
            &shutdown,
        )
        .await?;
        connect.write(&Facts {
            exchange: &exchange,
            credentials: &credentials,
            visitor: &visitor,
            pages_url: &page.url,
            ruleset: Ruleset::V1_3,
        })?;
        Ok(Self {
            identities,
            practices: sides,
            exchange,
            connect,
            credentials,
            page,
            shutdown,
            exchange_shutdown,
        })
    }

    /// The practice that sends.
    pub fn sender(&self) -> Result<&PracticeSide, Error> {
        first(&self.practices)
    }

    /// How people and systems come in.
    pub fn doors(&self) -> Doors<'_> {
        Doors {
            pages: &self.page.url,
            link: &self.page.link,
            password: &self.credentials.pages_password,
            mesh: &self.exchange.public_url,
            connect: self.connect.dir(),
        }
    }

    /// Stops all of it, and waits until it has.
    pub async fn stop(self) {
        self.shutdown.cancel();
        for practice in self.practices {
            practice.stopped().await;
        }
        self.exchange_shutdown.cancel();
        self.exchange.stopped().await;
    }
}

fn first(practices: &[PracticeSide]) -> Result<&PracticeSide, Error> {
    practices
        .first()
        .ok_or_else(|| Error::Usage("no practice".to_owned()))
}
