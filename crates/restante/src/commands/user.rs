//! `restante user`: who may sign in to a practice's pages.

use std::path::PathBuf;

use gp_system::web::PracticeRole;
use nhs::{Clock, SystemClock, SystemRandomness};
use pages::{NewUser, Role, Users};

use crate::cli::{PracticeTarget, User, UserAction};
use crate::config::{self, PracticeFile};
use crate::error::Error;
use crate::output;

use super::password_from_stdin;

/// The users' file in a practice's data directory.
pub const FILE: &str = "users.sqlite3";

pub fn run(args: User) -> Result<(), Error> {
    let users = Users::open(&data_directory(&args.target)?.join(FILE))?;
    match args.action {
        UserAction::Add { name, role, .. } => {
            let new = NewUser {
                name,
                role: role.name().to_owned(),
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

fn data_directory(target: &PracticeTarget) -> Result<PathBuf, Error> {
    match (&target.config, &target.data) {
        (Some(path), _) => {
            let file: PracticeFile = config::read(path, "RESTANTE_PRACTICE__")?;
            let data = file.practice.data_directory;
            std::fs::create_dir_all(&data).map_err(crate::error::at(&data))?;
            Ok(data)
        }
        (None, Some(data)) => Ok(data.clone()),
        (None, None) => Err(Error::Usage(
            "give --config practice.toml or --data DIR".to_owned(),
        )),
    }
}

/// Reads a role's name.
pub fn parse_role(name: &str) -> Result<PracticeRole, String> {
    PracticeRole::parse(name)
        .ok_or_else(|| "expected reader, clerk, clinician or administrator".to_owned())
}
