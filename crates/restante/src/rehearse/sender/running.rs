//! All parts of a rehearsal of a sender, and how they are started and stopped.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::pages::Live;
use exchange::Exchange;
use nhs::{Clock, MailboxId, OdsCode, SystemClock};
use rehearsal::sender::patients::{self, TestPatient};
use rehearsal::sender::{Run, RunSettings, feature};
use sandbox_pages::live_loop::{Mailboxes, Recorder};
use sandbox_pages::rehearsal::Connection;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::demo::chaos::Chaos;
use crate::demo::connect::{Connect, Facts};
use crate::demo::credentials::Credentials;
use crate::demo::exchange_side::{ExchangeSide, Start};
use crate::demo::pages::Page;
use crate::demo::practice_events::{HeardBy, PracticeEvents};
use crate::demo::practice_side::{Around, PracticeSide, Serving};
use crate::demo::practices::{self, PracticeIdentity};
use crate::demo::reports::Reports;
use crate::error::{self, Error};
use crate::rehearse::registry;
use crate::wiring;

use super::Arguments;
use super::features::Features;
use super::finishing;
use super::keeper::{Keeper, Shared};
use super::page::{self, PageActions};
use super::watcher::Watcher;

/// A running rehearsal.
pub struct Running {
    pub shared: Shared,
    pub exchange: Exchange,
    pub partner: PracticeSide,
    /// Our own sender, where that is on trial.
    pub own: Option<PracticeSide>,
    /// The mailbox on trial.
    pub trial: MailboxId,
    pub patients: Vec<TestPatient>,
    /// Another organisation, for the script that wants two.
    pub visitor_ods: OdsCode,
    pub connect: PathBuf,
    pub mesh: String,
    /// The live page, where somebody else's system is on trial.
    pub page: Option<Page>,
    /// Stopped when somebody asks for the pack at the page.
    pub end: CancellationToken,
    side: ExchangeSide,
    keeping: JoinHandle<()>,
    shutdown: CancellationToken,
    exchange_shutdown: CancellationToken,
}

impl Running {
    /// Starts all of it in a directory, which may be that of an earlier rehearsal.
    pub async fn start(dir: &Path, args: &Arguments, features: &Features) -> Result<Self, Error> {
        let [own, partner] = practices::both()?;
        let visitor = practices::visitor()?;
        let trial = if args.own {
            own.member()
        } else {
            practices::visitor()?
        };
        let patients = test_patients(args)?;
        let registry_list = patients::registry(&patients, &partner.ods, &trial.ods);
        let connect = Connect::within(dir);
        let credentials = Credentials::kept_or_new(&connect.env())?;
        let (chaos, reports) = (Chaos::new(), Reports::new());
        let (reports, heard_reports) = reports;
        let (requests, heard_requests) = tokio::sync::mpsc::unbounded_channel();
        let (shutdown, exchange_shutdown) = (CancellationToken::new(), CancellationToken::new());
        let live = Live::new(shutdown.clone());
        let recorder = Recorder::new(
            Mailboxes {
                sender: own.mailbox.clone(),
                receiver: partner.mailbox.clone(),
                visitor: visitor.mailbox.clone(),
            },
            Arc::new(SystemClock),
            live.clone(),
            Arc::new(reports.clone()),
        );
        let journeys = wiring::journeys(&shutdown, Arc::new(recorder.clone()));
        let members = [own.member(), partner.member(), practices::visitor()?];
        let data = dir.join("exchange");
        let side = ExchangeSide::start(Start {
            data: &data,
            members: &members,
            visitor: &visitor,
            credentials: &credentials,
            listening: &args.listening,
            journeys: &journeys,
            chaos: &chaos,
            watcher: Arc::new(Watcher(requests)),
            demographics: Arc::new(registry(&data, &registry_list)?),
            shutdown: &exchange_shutdown,
        })
        .await?;
        let run = Run::new(RunSettings {
            ruleset: args.ruleset,
            partner: partner.ods.clone(),
            left_out: if features.scenarios.is_empty() {
                Default::default()
            } else {
                feature::left_out(&features.scenarios)
            },
            any_number: args.any_number,
            started: SystemClock.now(),
        });
        let shared = Shared::new(run, live);
        let keeper = Keeper::new(
            side.exchange.clone(),
            shared.clone(),
            (trial.mailbox.clone(), partner.mailbox.clone()),
            args.way.map(Into::into),
        );
        let keeping = tokio::spawn(keeper.listen(heard_requests, heard_reports, shutdown.clone()));
        let heard = HeardBy {
            // the rehearsal keeps the steps of its messages itself
            exchange: None,
            journeys: journeys.clone(),
            recorder,
            follower: reports,
        };
        let start = |identity: &PracticeIdentity| {
            let home = dir.join("practices").join(identity.folder);
            let events = PracticeEvents::new(identity.name, home.clone(), heard.clone());
            let serving = Serving {
                patients: &registry_list,
                ruleset: args.ruleset,
                may_expire: false,
                is_partner: true,
                refused: &[],
            };
            let around = Around {
                exchange: &side,
                chaos: &chaos,
                shutdown: &shutdown,
            };
            PracticeSide::start(&home, identity, &around, &events, &serving)
        };
        let own = if args.own { Some(start(&own)?) } else { None };
        let partner = start(&partner)?;
        let end = CancellationToken::new();
        let page = if args.own {
            None
        } else {
            let claim = finishing::claim(args.ruleset);
            let connection = Connection {
                url: side.public_url.clone(),
                mailbox: trial.mailbox.to_string(),
                directory: connect.dir().to_owned(),
                subject: finishing::subject(args).to_owned(),
                claim: claim.to_string(),
                rules: claim.rules.clone(),
            };
            let actions = PageActions {
                shared: shared.clone(),
                partner: partner.practice.clone(),
                end: end.clone(),
                claim,
                subject: connection.subject.clone(),
                command: finishing::command(args),
                mailbox: connection.mailbox.clone(),
                patients: patients.clone(),
                features: features.names.clone(),
            };
            let listening = (&args.listening, &credentials.pages_password);
            Some(page::serve(actions, connection, listening, &shutdown).await?)
        };
        connect.write(&Facts {
            exchange: &side,
            credentials: &credentials,
            visitor: &visitor,
            pages_url: page.as_ref().map_or("", |page| &page.url),
            ruleset: args.ruleset,
        })?;
        Ok(Self {
            shared,
            exchange: side.exchange.clone(),
            partner,
            own,
            trial: trial.mailbox,
            patients,
            visitor_ods: visitor.ods.clone(),
            connect: connect.dir().to_owned(),
            mesh: side.public_url.clone(),
            page,
            end,
            side,
            keeping,
            shutdown,
            exchange_shutdown,
        })
    }

    /// Stops all of it, and waits until it has.
    pub async fn stop(self) {
        self.shutdown.cancel();
        for practice in self.own.into_iter().chain([self.partner]) {
            practice.stopped().await;
        }
        if self.keeping.await.is_err() {
            tracing::error!("the rehearsal's listener stopped abnormally");
        }
        self.exchange_shutdown.cancel();
        self.side.stopped().await;
    }
}

/// Invented, or the supplier's own.
fn test_patients(args: &Arguments) -> Result<Vec<TestPatient>, Error> {
    match &args.patients {
        None => Ok(patients::invented()?),
        Some(path) => {
            let list = std::fs::read(path).map_err(error::at(path))?;
            let read = patients::with_own(&list, args.any_number);
            read.map_err(|error| Error::Arguments(format!("{}: {error}", path.display())))
        }
    }
}
