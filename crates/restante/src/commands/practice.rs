//! `restante practice`: a GP system over its mailbox directories.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use gp_system::Practice;
use https_listener::{ListenerConfig, Server};
use nhs::{SystemClock, SystemRandomness};
use pages::{Access, AccessOptions, Live, Users};
use send_document::Consultation;

use crate::cli::{self, Format};
use crate::config::{self, PracticeFile};
use crate::error::{self, Error};
use crate::output;

use super::user;

pub async fn run(args: cli::Practice) -> Result<(), Error> {
    let PracticeFile { listen, practice } = config::read(&args.config, "RESTANTE_PRACTICE__")?;
    let shutdown = super::until_told_to_stop()?;
    let live = Live::new(shutdown.clone());
    let practice = Practice::open(
        practice,
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
        Arc::new({
            let live = live.clone();
            move |_| live.changed()
        }),
    )?;
    if let Some(path) = &args.consultation {
        practice.submit(read_consultation(path)?).await?;
    }
    if args.once {
        practice.run_once().await?;
        return print_states(&practice, args.format);
    }
    let router = pages(&practice, live)?;
    let server = Server::bind(ListenerConfig::plain(listen)).await?;
    writeln!(std::io::stdout(), "practice on {}/", server.url())?;
    let working = tokio::spawn({
        let (practice, shutdown) = (practice.clone(), shutdown.clone());
        async move { practice.run(shutdown).await }
    });
    server.run(router, shutdown.clone()).await;
    shutdown.cancel();
    if working.await.is_err() {
        tracing::error!("the practice's work stopped abnormally");
    }
    Ok(())
}

/// The practice's pages behind their sign-in.
fn pages(practice: &Practice, live: Live) -> Result<axum::Router, Error> {
    let config = practice.config();
    let users = Users::open(&config.data_directory.join(user::FILE))?;
    if users.list()?.is_empty() {
        tracing::warn!("nobody may sign in to the pages yet: see restante user add --help");
    }
    let access = Access::new(
        Arc::new(users.clone()),
        AccessOptions::new(&config.name, "practice"),
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
    );
    let site = gp_system::web::router(practice.clone(), "", &access, &users, live);
    Ok(pages::listener(&access, [site]))
}

fn read_consultation(path: &Path) -> Result<Consultation, Error> {
    Ok(Consultation::from_json(
        &std::fs::read(path).map_err(error::at(path))?,
    )?)
}

/// How the practice stands after its round: states and counts, no patient data.
#[derive(serde::Serialize)]
struct Standing {
    tasks: usize,
    alerts: usize,
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
        alerts: practice.alerts()?.len(),
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
