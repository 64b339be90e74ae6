//! `restante service`: a client, server or practice as a service of Windows. Elsewhere it says what to use there.

#[cfg(windows)]
mod control;
#[cfg(windows)]
mod host;
#[cfg(windows)]
mod places;
#[cfg(any(windows, test))]
mod sid;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::error::Error;

#[derive(Subcommand)]
#[command(after_help = "Examples:\n  \
    restante service install client --config C:\\MESH-APP-HOME\\meshclient.cfg\n  \
    restante service start client\n  \
    restante service remove client")]
pub enum Action {
    /// Make a service that starts with the machine, under an account of its own
    Install(Service),
    /// Stop a service and take it away; configuration, messages and logs stay
    Remove(Named),
    /// Start a service and wait until it runs
    Start(Named),
    /// Stop a service and wait until what it does is finished
    Stop(Named),
    /// What the service manager runs
    #[command(hide = true)]
    Run(Service),
}

#[derive(Args)]
pub struct Service {
    #[command(flatten)]
    pub named: Named,
    /// Its configuration; relative paths in it are taken from its own directory
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Its directory, as it was when the service was made
    #[cfg(windows)]
    #[arg(long, value_name = "DIR", hide = true)]
    pub home: Option<PathBuf>,
}

#[derive(Args)]
pub struct Named {
    /// What it is
    #[arg(value_enum)]
    pub kind: Kind,
    /// The service's name, where there are several of a kind: Restante-client, Restante-server or Restante-practice
    /// when it is not given
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    pub name: Option<String>,
}

impl Named {
    /// The service's name.
    #[cfg(windows)]
    fn service_name(&self) -> String {
        let usual = || format!("Restante-{}", self.kind.word());
        self.name.clone().unwrap_or_else(usual)
    }
}

/// What can be a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A MESH client
    Client,
    /// An exchange
    Server,
    /// A practice's GP system with its pages
    Practice,
}

#[cfg(windows)]
impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Practice => "practice",
        }
    }
}

/// The name is a directory's, an account's and a key of the registry too.
fn parse_name(name: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let ends_well = !name.starts_with('.') && !name.ends_with('.');
    if !name.is_empty() && name.len() <= 80 && name.chars().all(fits) && ends_well {
        return Ok(name.to_owned());
    }
    Err("expected at most 80 letters, digits, hyphens, underscores and dots within".to_owned())
}

impl Action {
    /// Whether it runs until it is stopped.
    pub fn is_service(&self) -> bool {
        matches!(self, Self::Run(_))
    }
}

#[cfg(windows)]
pub fn run(action: Action) -> Result<(), Error> {
    match action {
        Action::Install(args) => control::install(&args),
        Action::Remove(args) => control::remove(&args),
        Action::Start(args) => control::start(&args),
        Action::Stop(args) => control::stop(&args),
        Action::Run(args) => host::run(args),
    }
}

#[cfg(not(windows))]
pub fn run(action: Action) -> Result<(), Error> {
    let (named, config) = match action {
        Action::Install(args) | Action::Run(args) => (args.named, Some(args.config)),
        Action::Remove(args) | Action::Start(args) | Action::Stop(args) => (args, None),
    };
    let name = named.name.as_deref().unwrap_or("NAME");
    let unit = match named.kind {
        Kind::Client => format!("restante-client@{name}"),
        Kind::Server => "restante-server".to_owned(),
        Kind::Practice => format!("restante-practice@{name}"),
    };
    let place = match config {
        Some(config) => format!(
            " (its configuration goes to /etc/restante, not {})",
            config.display()
        ),
        None => String::new(),
    };
    Err(Error::Arguments(format!(
        "restante service is for Windows; nothing was changed. Here a service is a unit of systemd{place}: systemctl \
         enable --now {unit}; the packages bring the units, docs/reference/operations.md describes them"
    )))
}

#[cfg(test)]
mod tests {
    use super::parse_name;

    #[test]
    fn a_services_name_can_be_a_directorys_and_an_accounts() {
        for name in ["Restante-client", "mesh_2", "a.b"] {
            assert!(parse_name(name).is_ok(), "{name}");
        }
        for name in ["", "a b", r"a\b", "..", ".a", "a.", "é", &"x".repeat(81)] {
            assert!(parse_name(name).is_err(), "{name}");
        }
    }
}
