//! `restante user`: who may sign in to a practice's pages or to the exchange's console.

use std::path::{Path, PathBuf};

use exchange_console::ExchangeRole;
use gp_system::web::PracticeRole;
use nhs::{Clock, SystemClock, SystemRandomness};
use pages::{NewUser, Role, Users};

use crate::cli::{User, UserAction, UserTarget};
use crate::config::{self, PracticeFile};
use crate::error::{self, Error};
use crate::output;

use super::password_from_stdin;

/// The users' file in a data directory.
pub const FILE: &str = "users.sqlite3";

/// Whose users they are.
enum Of {
    Practice,
    Exchange,
}

pub fn run(args: User) -> Result<(), Error> {
    let (of, data) = service(&args.target)?;
    if let UserAction::Add { role, .. } = &args.action {
        check_role(&of, role)?;
    }
    std::fs::create_dir_all(&data).map_err(error::at(&data))?;
    let users = Users::open(&data.join(FILE))?;
    match args.action {
        UserAction::Add { name, role, .. } => {
            let new = NewUser {
                name,
                role,
                password: password_from_stdin()?,
            };
            users.add(&new, SystemClock.now(), &SystemRandomness)?;
        }
        UserAction::List => {
            let list = users.list()?;
            return output::print(args.format, &list, |out| {
                list.iter().try_for_each(|user| {
                    let state = if user.disabled { "disabled" } else { "active" };
                    writeln!(out, "{:<24} {:<14} {state}", user.name, user.role)
                })
            });
        }
        UserAction::Disable { name } => users.set_disabled(&name, true)?,
        UserAction::Enable { name } => users.set_disabled(&name, false)?,
        UserAction::Password { name, .. } => {
            users.set_password(&name, &password_from_stdin()?, &SystemRandomness)?;
        }
    }
    Ok(())
}

fn service(target: &UserTarget) -> Result<(Of, PathBuf), Error> {
    match (&target.config, &target.data) {
        (Some(path), _) if config::has_table(path, "practice")? => {
            let file: PracticeFile = config::read(path, "RESTANTE_PRACTICE__")?;
            Ok((Of::Practice, file.practice.data_directory))
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
