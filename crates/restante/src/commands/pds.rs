//! `restante pds serve`: a PDS FHIR stand-in over the registry.

use std::net::SocketAddr;

use clap::{Args, Subcommand};
use https_listener::{ListenerConfig, Server};
use settings::AddressError;

use crate::error::Error;
use crate::target::Target;
use crate::weakened;
use crate::wiring;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub target: Target,
    #[command(subcommand)]
    pub action: Action,
}

#[derive(Subcommand)]
pub enum Action {
    /// Answer PDS FHIR requests from the registry
    #[command(after_help = "Example: restante pds serve --data DIR --listen 127.0.0.1:8790")]
    Serve {
        /// Where to listen: HOST:PORT, :PORT or PORT of this machine only, or a name
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8790", value_parser = listen)]
        listen: SocketAddr,
        /// Listen where others reach it without TLS: a proxy ends TLS before it
        #[arg(long)]
        behind_proxy: bool,
    },
}

fn listen(text: &str) -> Result<SocketAddr, AddressError> {
    settings::listen_address(text, Some(8790))
}

pub async fn run(args: Arguments) -> Result<(), Error> {
    let Arguments { target, action } = args;
    let Action::Serve {
        listen,
        behind_proxy,
    } = action;
    weakened::admit(weakened::of_stand_in(listen, behind_proxy))?;
    let directory = wiring::registry_directory(&target.data_directory()?);
    let registry = pds::Registry::open(&directory)?;
    let router = pds::stand_in::router(registry, pds::stand_in::Options::open());
    let server = Server::bind(ListenerConfig::plain(listen)).await?;
    let path = "/personal-demographics/FHIR/R4";
    wiring::announce("PDS FHIR stand-in", &server, path)?;
    server.run(router, wiring::stop_signal()?).await;
    Ok(())
}
