//! `restante user`: who may sign in to a practice's pages or to the exchange's console.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use exchange_console::ExchangeRole;
use gp_system::web::PracticeRole;
use nhs::{Clock, SystemClock, SystemRandomness};
use pages::{NewUser, Role};

use crate::config;
use crate::error::{self, Error};
use crate::output::{self, Format};
use crate::wiring;

use super::password;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  echo 'a long password' | restante user --config practice.toml add jo --role administrator --password-stdin\n  \
    restante user --config server.toml list"
)]
pub struct Arguments {
    #[command(flatten)]
    pub target: Target,
    #[arg(long, value_enum, default_value_t, global = true)]
    pub format: Format,
    #[command(subcommand)]
    pub action: Action,
}

/// Whose users.
#[derive(Args)]
pub struct Target {
    /// The configuration of a practice or of a server
    #[arg(long, value_name = "practice.toml|server.toml", global = true)]
    pub config: Option<PathBuf>,
    /// The data directory, in place of the configuration
    #[arg(long, value_name = "DIR", global = true, conflicts_with = "config")]
    pub data: Option<PathBuf>,
}

#[derive(Subcommand)]
pub enum Action {
    /// Add a user
    Add {
        /// 1 to 64 characters of a-z, 0-9 and . _ - @
        name: String,
        /// Of a practice: reader, clerk, clinician or administrator;
        /// of the exchange: observer, operator, auditor or administrator
        #[arg(long)]
        role: String,
        /// Read the password, 12 characters or more, from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List the users
    List,
    /// Refuse the user and end their sessions
    Disable { name: String },
    /// Let the user in again
    Enable { name: String },
    /// Change the password and end the user's sessions
    Password {
        name: String,
        /// Read the password, 12 characters or more, from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

/// Whose users they are.
enum Of {
    Practice,
    Exchange,
}

pub fn run(args: Arguments) -> Result<(), Error> {
    let (of, data) = service(&args.target)?;
    if let Action::Add { role, .. } = &args.action {
        check_role(&of, role)?;
    }
    std::fs::create_dir_all(&data).map_err(error::at(&data))?;
    let users = wiring::open_users(&data)?;
    let now = SystemClock.now();
    match args.action {
        Action::Add { name, role, .. } => {
            let new = NewUser {
                name,
                role,
                password: password::from_stdin()?,
            };
            users.add(&new, now, &SystemRandomness)?;
        }
        Action::List => {
            let list = users.list()?;
            return output::print(args.format, &list, |out| {
                list.iter().try_for_each(|user| {
                    let state = if user.disabled { "disabled" } else { "active" };
                    writeln!(out, "{:<24} {:<14} {state}", user.name, user.role)
                })
            });
        }
        Action::Disable { name } => users.set_disabled(&name, true, now)?,
        Action::Enable { name } => users.set_disabled(&name, false, now)?,
        Action::Password { name, .. } => {
            users.set_password(&name, &password::from_stdin()?, now, &SystemRandomness)?;
        }
    }
    Ok(())
}

fn service(target: &Target) -> Result<(Of, PathBuf), Error> {
    match (&target.config, &target.data) {
        (Some(path), _) if config::is_practice(path)? => {
            let data = config::practice(path)?.practice.data_directory;
            Ok((Of::Practice, data))
        }
        (Some(path), _) => Ok((Of::Exchange, config::server(path)?.data)),
        (None, Some(data)) if is_exchange(data) => Ok((Of::Exchange, data.clone())),
        (None, Some(data)) => Ok((Of::Practice, data.clone())),
        (None, None) => Err(Error::Usage(
            "give --config practice.toml, --config server.toml or --data DIR".to_owned(),
        )),
    }
}

/// An exchange keeps its key in its data directory; a practice has none.
fn is_exchange(data: &Path) -> bool {
    data.join("key").exists()
}

fn check_role(of: &Of, role: &str) -> Result<(), Error> {
    let names: Vec<&str> = match of {
        Of::Practice => PracticeRole::ALL.iter().map(|role| role.name()).collect(),
        Of::Exchange => ExchangeRole::ALL.iter().map(|role| role.name()).collect(),
    };
    if names.contains(&role) {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "--role {role}: expected one of {}",
        names.join(", ")
    )))
}
