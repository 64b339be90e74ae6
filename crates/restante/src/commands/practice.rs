//! `restante practice`: a GP system over its mailbox directories.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use alerting::Wake;
use clap::Args;
use exchange_console::Notices;
use gp_system::web::PracticeRole;
use gp_system::{Event, Practice, PracticeConfig};
use https_listener::{ListenerConfig, Server};
use nhs::{Clock, SystemClock, SystemRandomness};
use pages::{Access, AccessOptions, Live, SecurityLog, Surroundings, Users};

use crate::alerts::{self, PracticeAlerts};
use crate::certificates::{Certificates, OwnChain};
use crate::config::{self, PracticeFile};
use crate::error::Error;
use crate::output::{self, Format};
use crate::practice_operations;
use crate::process;
use crate::release_notes;
use crate::weakened;
use crate::wiring;

use super::{client, input_file};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  restante practice --config practice.toml\n  \
    restante practice --config practice.toml --client client.toml"
)]
pub struct Arguments {
    /// Configuration (docs/reference/configuration.md)
    #[arg(long, value_name = "practice.toml")]
    pub config: PathBuf,
    /// Take what is in IN, send what is due, and exit
    #[arg(long)]
    pub once: bool,
    /// Submit this consultation first (docs/reference/consultation.md)
    #[arg(long, value_name = "FILE.json")]
    pub consultation: Option<PathBuf>,
    /// Serve the practice's mailbox directories too, as restante client with this configuration does
    #[arg(long, value_name = "client.toml", conflicts_with = "once")]
    pub client: Option<PathBuf>,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

pub async fn run(args: Arguments) -> Result<(), Error> {
    let file = config::practice(&args.config)?;
    if !file.practice.mailbox_group {
        process::make_files_private();
    }
    let weakened = match args.once {
        true => None,
        false => Some(weakened::admit(weakened::of_practice(&file))?),
    };
    let alerting = alerts::of_practice(&args.config, &file)?;
    let PracticeFile {
        listen,
        tls,
        pages: settings,
        retention,
        operations,
        alerting: _,
        scan,
        practice,
    } = file;
    let practice = PracticeConfig {
        retention,
        scan,
        ..practice
    };
    let mut listener = ListenerConfig {
        tls,
        ..ListenerConfig::plain(listen)
    };
    let service = (practice.name.as_str(), "practice");
    let mut options = wiring::access_options(service, &mut listener, &settings)?;
    let shutdown = wiring::stop_signal()?;
    let live = Live::new(shutdown.clone());
    let log = Arc::new(OnceLock::new());
    let wake = Wake::default();
    let practice = Practice::open(
        practice,
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
        Arc::new({
            let (live, log, wake) = (live.clone(), Arc::clone(&log), wake.clone());
            move |event| {
                live.changed();
                if *event == Event::AlertRaised {
                    wake.up();
                }
                note(event, log.get());
            }
        }),
    )?;
    let users = wiring::open_users(&practice.config().data_directory)?;
    _ = log.set(users.security_log());
    if let Some(path) = &args.consultation {
        practice
            .submit(input_file::consultation(path)?.into_inner())
            .await?;
    }
    if args.once {
        practice.run_once().await?;
        alerts::send_once(alerting, PracticeAlerts(practice.clone())).await;
        return print_states(&practice, args.format);
    }
    wiring::expire_security_log(users.security_log(), &settings, &shutdown)?;
    options.openid = wiring::openid::<PracticeRole>(&settings)?;
    let surroundings = Surroundings::new(release_notes::NOTES);
    let router = pages(&practice, (users, surroundings.clone()), options, live)?;
    let certificates = Certificates::of(&[("practice", Some(&listener))]);
    let certificates = certificates.with_client(args.client.clone().map(own_certificate));
    let known = (Notices::default(), surroundings);
    tokio::spawn(certificates.watch(SystemClock, known, shutdown.clone()));
    let server = Server::bind(listener).await?;
    wiring::announce("practice", &server, "/")?;
    if let Some((address, weakened)) = operations.zip(weakened) {
        practice_operations::serve(address, &practice, &weakened, &shutdown).await?;
    }
    let source = PracticeAlerts(practice.clone());
    let sending = alerts::begin(alerting, source, &wake, &shutdown);
    let stop = shutdown.clone();
    let client = match &args.client {
        Some(path) => Some(client::beside::start(path, shutdown.clone())?),
        None => None,
    };
    let work = async move {
        match client {
            Some(client) => {
                tokio::join!(practice.run(stop), client);
            }
            None => practice.run(stop).await,
        }
    };
    wiring::serve_beside(work, server, router, shutdown).await;
    alerts::finish(sending).await;
    Ok(())
}

/// The practice's pages behind their sign-in.
fn pages(
    practice: &Practice,
    (users, surroundings): (Users, Surroundings),
    options: AccessOptions,
    live: Live,
) -> Result<axum::Router, Error> {
    if users.list()?.is_empty() {
        tracing::warn!("nobody may sign in to the pages yet: see restante user add --help");
    }
    let access = Access::new(
        users.clone(),
        options,
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
    );
    let site = gp_system::web::router(practice.clone(), "", &access, (&users, surroundings), live);
    Ok(pages::listener(&access, [site]))
}

/// Reads the dates of the certificate that the client beside the practice shows, as its files are now.
fn own_certificate(config: PathBuf) -> OwnChain {
    Box::new(move || {
        let read = client::load::read(&config).ok();
        let settings = read.and_then(|read| read.config.connection_settings().ok());
        let identity = settings.and_then(|settings| settings.identity);
        identity.map(|it| it.validity()).unwrap_or_default()
    })
}

/// Notes in the security log what the practice removed.
fn note(event: &Event, log: Option<&SecurityLog>) {
    let Event::Removed { removed } = event else {
        return;
    };
    let what = removed.to_string();
    let noted = log.map(|log| log.add_of_service(SystemClock.now(), "removed", &what));
    if let Some(Err(error)) = noted {
        tracing::error!(%error, "a removal could not be noted in the security log");
    }
}

/// How the practice stands after its round: states and counts, no patient data.
#[derive(serde::Serialize)]
struct Standing {
    tasks: usize,
    alerts: u64,
    consultations: Vec<Sent>,
}

#[derive(serde::Serialize)]
struct Sent {
    consultation: String,
    version: u32,
    state: String,
    reason: Option<String>,
}

fn print_states(practice: &Practice, format: Format) -> Result<(), Error> {
    let consultations = practice.consultations()?;
    let standing = Standing {
        tasks: practice.tasks()?.len(),
        alerts: practice.count_alerts()?,
        consultations: consultations
            .into_iter()
            .map(|record| Sent {
                consultation: record.id.to_string(),
                version: record.version,
                state: record.state.to_string(),
                reason: record.failure.map(|failure| failure.reason),
            })
            .collect(),
    };
    output::print(format, &standing, |out| {
        writeln!(out, "tasks {}, alerts {}", standing.tasks, standing.alerts)?;
        for sent in &standing.consultations {
            write!(
                out,
                "consultation {} version {}: ",
                sent.consultation, sent.version
            )?;
            writeln!(
                out,
                "{} {}",
                sent.state,
                sent.reason.as_deref().unwrap_or_default()
            )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use gp_system::Removed;

    use super::*;

    #[test]
    fn what_is_removed_is_one_line_of_the_security_log() {
        let log = Users::in_memory().unwrap().security_log();
        let removed = Removed {
            documents: 2,
            refused: 1,
            ..Removed::default()
        };
        note(&Event::AlertRaised, Some(&log));
        note(&Event::Removed { removed }, Some(&log));
        let lines = log.after(0, 10).unwrap();
        let lines: Vec<_> = lines
            .iter()
            .map(|line| [&line.who, &line.action, &line.subject, &line.outcome])
            .collect();
        assert_eq!(
            lines,
            [["service", "removed", "2 documents, 1 refused message", "ok"]]
        );
    }
}
