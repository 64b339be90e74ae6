//! `--self`: our own exchange, and our own receiving practice that knows the patients, on trial.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ::pages::Live;
use exchange_console::Journeys;
use itk3::{Family, Kind};
use mesh_server::{RequestWatcher, WatchedRequest};
use nhs::{MailboxId, SystemClock, WorkflowId};
use rehearsal::receiver::Plan;
use sandbox_pages::live_loop::{Mailboxes, Recorder};
use send_document::Ruleset;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::demo::chaos::Chaos;
use crate::demo::connect::Connect;
use crate::demo::credentials::Credentials;
use crate::demo::exchange_side::{ExchangeSide, Start};
use crate::demo::practice_events::{HeardBy, PracticeEvents};
use crate::demo::practice_side::{Around, PracticeSide, Serving, agent_config};
use crate::demo::practices::{self, Member};
use crate::demo::reports::Reports;
use crate::error::Error;
use crate::rehearse::registry;
use crate::wiring;

use super::Arguments;
use super::mesh::Mesh;
use super::planning::Planning;

/// Between two looks for answers.
const PAUSE: Duration = Duration::from_millis(100);

/// The running parts.
pub struct Own {
    pub mesh: Mesh,
    practice: PracticeSide,
    exchange: ExchangeSide,
    shutdown: CancellationToken,
    exchange_shutdown: CancellationToken,
    _directory: TempDir,
}

/// Nobody looks on.
struct Unwatched;

impl RequestWatcher for Unwatched {
    fn answered(&self, _request: WatchedRequest) {}
}

impl Own {
    /// Starts exchange and practice in a directory of their own, and a mailbox that sends.
    ///
    /// # Errors
    ///
    /// When a part cannot be started.
    pub async fn start(args: &Arguments, planning: &Planning, plan: &Plan) -> Result<Self, Error> {
        let directory = wiring::temporary_directory("restante-rehearsal-")?;
        let dir = directory.path();
        let [sender, receiver] = practices::both()?;
        let visitor = practices::visitor()?;
        let credentials = Credentials::kept_or_new(&Connect::within(dir).env())?;
        let (chaos, (reports, _)) = (Chaos::new(), Reports::new());
        let (shutdown, exchange_shutdown) = (CancellationToken::new(), CancellationToken::new());
        let live = Live::new(shutdown.clone());
        let mailboxes = Mailboxes {
            sender: sender.mailbox.clone(),
            receiver: receiver.mailbox.clone(),
            visitor: visitor.mailbox.clone(),
        };
        let recorder = Recorder::new(mailboxes, Arc::new(SystemClock), live, Arc::new(()));
        let journeys: Journeys = wiring::journeys(&shutdown, Arc::new(()));
        let members = [sender.member(), receiver.member(), practices::visitor()?];
        let data = dir.join("exchange");
        let list = planning.patients.registry(&planning.receiver.ods);
        let exchange = ExchangeSide::start(Start {
            data: &data,
            members: &members,
            visitor: &visitor,
            credentials: &credentials,
            listening: &args.listening,
            journeys: &journeys,
            chaos: &chaos,
            watcher: Arc::new(Unwatched),
            demographics: Arc::new(registry(&data, &list)?),
            shutdown: &exchange_shutdown,
        })
        .await?;
        allow_all(&exchange, &members, plan)?;
        let heard = HeardBy {
            exchange: None,
            journeys: journeys.clone(),
            recorder,
            follower: reports,
        };
        let home = dir.join("practices").join(receiver.folder);
        let events = PracticeEvents::new(receiver.name, home.clone(), heard);
        let serving = Serving {
            patients: &planning.patient_list(),
            ruleset: Ruleset::V2_0,
            may_expire: false,
            is_partner: false,
            refused: if args.update_record_off {
                &[Family::UpdateRecord]
            } else {
                &[]
            },
        };
        let around = Around {
            exchange: &exchange,
            chaos: &chaos,
            shutdown: &shutdown,
        };
        let practice = PracticeSide::start(&home, &receiver, &around, &events, &serving)?;
        let mesh = mailbox(&exchange, &dir.join("sender"), planning).await?;
        Ok(Self {
            mesh,
            practice,
            exchange,
            shutdown,
            exchange_shutdown,
            _directory: directory,
        })
    }

    /// Stops all of it, and waits until it has.
    pub async fn stop(self) {
        self.shutdown.cancel();
        self.practice.stopped().await;
        self.exchange_shutdown.cancel();
        self.exchange.stopped().await;
    }
}

/// What is no payload's travels too: a real mailbox gets such messages.
fn allow_all(exchange: &ExchangeSide, members: &[Member], plan: &Plan) -> Result<(), Error> {
    let operator = exchange.exchange.operator()?;
    let every: Vec<MailboxId> = members.iter().map(|it| it.mailbox.clone()).collect();
    let known: Vec<&str> = Kind::rows()
        .iter()
        .flat_map(|kind| kind.workflows)
        .copied()
        .collect();
    let mut foreign: Vec<&WorkflowId> = plan.messages.iter().map(|it| &it.workflow).collect();
    foreign.retain(|workflow| !known.contains(&workflow.as_str()));
    for workflow in foreign {
        operator.allow(workflow, &every, &every)?;
        operator.set_patient_routing(workflow, true)?;
        operator.allow(&workflow.acknowledgement(), &every, &every)?;
    }
    Ok(())
}

/// The mailbox that sends.
async fn mailbox(exchange: &ExchangeSide, home: &Path, planning: &Planning) -> Result<Mesh, Error> {
    let [sender, _] = practices::both()?;
    let issued =
        exchange.issue_certificate((sender.folder, &sender.ods), &home.join("certificates"))?;
    let config = agent_config(home, &sender, exchange, &issued)?;
    Mesh::of(&config, planning, (true, PAUSE)).await
}
