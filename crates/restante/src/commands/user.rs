//! `restante user`: who may sign in to a practice's pages or to the exchange's console.

use clap::{Args, Subcommand};
use exchange_console::ExchangeRole;
use gp_system::web::PracticeRole;
use nhs::{Clock, SystemClock, SystemRandomness};
use pages::{NewUser, Role, Users};

use crate::error::{self, Error};
use crate::output::{self, Format};
use crate::target::{Service, Target};
use crate::wiring;

use super::password::PasswordArguments;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  restante user add jo --role administrator --config practice.toml\n  \
    restante user list --config server.toml"
)]
pub struct Arguments {
    #[command(flatten)]
    pub target: Target,
    /// How results are printed
    #[arg(long, value_enum, default_value_t, global = true)]
    pub format: Format,
    #[command(subcommand)]
    pub action: Action,
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
        #[command(flatten)]
        password: PasswordArguments,
    },
    /// List the users
    List,
    /// Refuse the user and end their sessions
    Disable {
        /// The user's name
        name: String,
    },
    /// Let the user in again
    Enable {
        /// The user's name
        name: String,
    },
    /// Change the password and end the user's sessions
    Password {
        /// The user's name
        name: String,
        #[command(flatten)]
        password: PasswordArguments,
    },
}

pub fn run(args: Arguments) -> Result<(), Error> {
    let (service, data) = args.target.pages()?;
    if let Action::Add { role, .. } = &args.action {
        check_role(service, role)?;
    }
    std::fs::create_dir_all(&data).map_err(error::at(&data))?;
    let users = wiring::open_users(&data)?;
    let now = SystemClock.now();
    let (name, done) = match args.action {
        Action::List => return list(&users, args.format),
        Action::Add {
            name,
            role,
            password,
        } => {
            let done = format!("may sign in as {role}");
            let password = password.new_password(&format!("{name}, 12 characters or more"))?;
            let new = NewUser {
                name: name.clone(),
                role,
                password,
            };
            users.add(&new, now, &SystemRandomness)?;
            (name, done)
        }
        Action::Disable { name } => {
            users.set_disabled(&name, true, now)?;
            (
                name,
                "is refused from now on; open sessions have ended".to_owned(),
            )
        }
        Action::Enable { name } => {
            users.set_disabled(&name, false, now)?;
            (name, "may sign in again".to_owned())
        }
        Action::Password { name, password } => {
            let password = password.new_password(&format!("{name}, 12 characters or more"))?;
            users.set_password(&name, &password, now, &SystemRandomness)?;
            (
                name,
                "has the new password; open sessions have ended".to_owned(),
            )
        }
    };
    let result = serde_json::json!({ "user": name, "done": done });
    output::print(args.format, &result, |out| {
        writeln!(out, "user {name} {done}")
    })
}

fn list(users: &Users, format: Format) -> Result<(), Error> {
    let list = users.list()?;
    output::print(format, &list, |out| {
        list.iter().try_for_each(|user| {
            let state = if user.disabled { "disabled" } else { "active" };
            writeln!(out, "{:<24} {:<14} {state}", user.name, user.role)
        })
    })
}

fn check_role(service: Service, role: &str) -> Result<(), Error> {
    let names: Vec<&str> = match service {
        Service::Practice => PracticeRole::ALL.iter().map(|role| role.name()).collect(),
        Service::Exchange => ExchangeRole::ALL.iter().map(|role| role.name()).collect(),
    };
    if names.contains(&role) {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "--role {role}: expected one of {}",
        names.join(", ")
    )))
}
