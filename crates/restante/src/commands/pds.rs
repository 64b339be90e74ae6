//! `restante pds serve`: a PDS FHIR stand-in over the registry.

use std::io::Write;

use https_listener::{ListenerConfig, Server};

use crate::cli::Pds;
use crate::config;
use crate::error::Error;

pub async fn run(args: Pds) -> Result<(), Error> {
    let Pds::Serve { target, listen } = args;
    let directory = super::registry::directory(&config::data_directory(&target)?);
    let registry = pds::Registry::open(&directory)?;
    let router = pds::stand_in::router(registry, pds::stand_in::Options::open());
    let server = Server::bind(ListenerConfig::plain(listen)).await?;
    writeln!(
        std::io::stdout(),
        "PDS FHIR stand-in on {}/personal-demographics/FHIR/R4",
        server.url()
    )?;
    server.run(router, super::until_told_to_stop()?).await;
    Ok(())
}
