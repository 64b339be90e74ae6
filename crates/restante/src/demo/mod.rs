//! `restante demo`: the whole loop on this machine, in one process.
//!
//! Everything is real: an exchange behind mutual TLS, a registry of published test patients, two
//! practices, each with a client agent over real directories and a GP system. The demo only starts
//! them, submits one consultation and tells what they report.

mod exchange_side;
mod front;
mod journey;
mod patients;
mod practice_side;
mod steps;
mod tell;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use exchange_console::Console;
use gp_system::web::PracticeRole;
use https_listener::{ListenerConfig, Server};
use nhs::{Clock, MailboxId, OdsCode, SystemClock, SystemRandomness};
use pages::{Access, AccessOptions, Live, NewUser, Role, Users};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::cli;
use crate::error::{self, Error};

use self::exchange_side::ExchangeSide;
use self::journey::{Journey, Outcome};
use self::practice_side::{Hears, PracticeSide};
use self::steps::Steps;

/// How long the consultation may take before the demo says which step it waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// One of the two practices.
pub struct Place {
    pub name: &'static str,
    /// Its folder, and the first part of its pages' paths.
    pub folder: &'static str,
    pub ods: OdsCode,
    pub mailbox: MailboxId,
}

fn places() -> Result<(Place, Place), Error> {
    let place = |name, folder, ods: &str| {
        let wrong = || Error::Usage(format!("the demo's practice {folder} is malformed"));
        Ok::<_, Error>(Place {
            name,
            folder,
            ods: OdsCode::parse(ods).map_err(|_| wrong())?,
            mailbox: MailboxId::parse(&format!("{ods}OT001")).map_err(|_| wrong())?,
        })
    };
    Ok((
        place("Cumbria Starling Medical Centre", "starling", "A81001")?,
        place("Osprey Medical Centre", "osprey", "A20047")?,
    ))
}

pub async fn run(args: cli::Demo) -> Result<ExitCode, Error> {
    let consultation = patients::consultation(args.consultation.as_deref(), args.patient)?;
    let dir = directory(args.dir)?;
    let (starling, osprey) = places()?;
    let (report, events) = mpsc::unbounded_channel();
    // The practices stop first: a client whose server has gone would complain.
    let (shutdown, exchange_shutdown) = (CancellationToken::new(), CancellationToken::new());

    let told = Arc::new(exchange_side::Tell(report.clone()));
    let journeys = crate::commands::console::journeys(&shutdown, told);
    let exchange = ExchangeSide::start(
        &dir.join("exchange"),
        [&starling, &osprey],
        &journeys,
        &exchange_shutdown,
    )
    .await?;
    let mut practices = Vec::new();
    for place in [&starling, &osprey] {
        let home = dir.join("practices").join(place.folder);
        let hears = Hears {
            report: report.clone(),
            steps: Steps::of(place.name, journeys.clone()),
        };
        practices.push(PracticeSide::start(
            &home, place, &exchange, &hears, &shutdown,
        )?);
    }
    let console = Console::new(exchange.exchange.clone(), journeys);
    let page = serve_pages(&practices, console, args.port, &shutdown).await?;

    tell::opening(args.format, &starling, &osprey, &dir)?;
    let sender = practices
        .first()
        .ok_or_else(|| Error::Usage("no practice".to_owned()))?;
    let mut journey = Journey::begin(&starling, &osprey, events);
    let id = sender.practice.submit(consultation).await?;
    let outcome = journey.follow(id, PATIENCE, args.format).await?;
    tell::closing(args.format, &journey, &outcome)?;

    if !args.once {
        tell::page(args.format, &page)?;
        crate::commands::until_told_to_stop()?.cancelled().await;
    }
    shutdown.cancel();
    for practice in practices {
        practice.stopped().await;
    }
    exchange_shutdown.cancel();
    exchange.stopped().await;
    Ok(match outcome {
        Outcome::Home => ExitCode::SUCCESS,
        Outcome::Failed { .. } if args.once => ExitCode::FAILURE,
        Outcome::Failed { .. } => ExitCode::SUCCESS,
    })
}

fn directory(given: Option<PathBuf>) -> Result<PathBuf, Error> {
    let dir = given.unwrap_or_else(|| {
        std::env::temp_dir().join(format!("restante-demo-{}", uuid::Uuid::new_v4().simple()))
    });
    std::fs::create_dir_all(&dir).map_err(error::at(&dir))?;
    std::path::absolute(&dir).map_err(error::at(&dir))
}

/// Serves both practices' pages and the console from one address; gives the link that signs in there, once.
async fn serve_pages(
    practices: &[PracticeSide],
    console: Console,
    port: Option<u16>,
    shutdown: &CancellationToken,
) -> Result<String, Error> {
    let users = Users::in_memory()?;
    let (now, secret) = (SystemClock.now(), exchange_side::secret());
    for role in PracticeRole::ALL {
        let new = NewUser {
            name: role.name().to_owned(),
            role: role.name().to_owned(),
            password: secret.clone(),
        };
        users.add(&new, now, &SystemRandomness)?;
    }
    let access = Access::new(
        Arc::new(users.clone()),
        AccessOptions::new("Restante demo", "demo"),
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
    );
    let mut sites = vec![
        front::router(&access, Live::new(shutdown.clone())),
        exchange_console::router(console, "/console", &access),
    ];
    for side in practices {
        let base = format!("/{}", side.folder);
        let practice = side.practice.clone();
        sites.push(gp_system::web::router(
            practice,
            &base,
            &access,
            &users,
            side.live.clone(),
        ));
    }
    let router = pages::listener(&access, sites);
    let administrator = users
        .identity(PracticeRole::Administrator.name())?
        .ok_or_else(|| Error::Usage("no administrator".to_owned()))?;
    let link = access.sign_in_link(administrator);
    let server = match port {
        Some(port) => Server::bind(ListenerConfig::plain(([127, 0, 0, 1], port).into())).await?,
        None => match Server::bind(ListenerConfig::plain(([127, 0, 0, 1], 8780).into())).await {
            Ok(server) => server,
            Err(_) => Server::bind(ListenerConfig::plain(([127, 0, 0, 1], 0).into())).await?,
        },
    };
    let url = server.url();
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        server.run(router, shutdown).await;
    });
    Ok(format!("{url}{link}"))
}

/// What the parts report, each with the moment it was heard.
pub type Report = mpsc::UnboundedSender<journey::Heard>;

/// Sends one report; nobody listens any more once the journey is told.
pub fn report(to: &Report, what: journey::What) {
    let _ = to.send(journey::Heard {
        at: std::time::Instant::now(),
        what,
    });
}
