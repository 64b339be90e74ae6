//! `restante mailbox`: the exchange's mailboxes.

use clap::{Args, Subcommand};
use exchange::{Mailbox, NewMailbox, Operator};
use nhs::{MailboxId, OdsCode};

use crate::error::Error;
use crate::output::{self, Format};
use crate::target::Target;

use super::password::PasswordArguments;

mod purge;
mod usage;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  restante mailbox add A81001OT001 --ods A81001 --config server.toml\n  \
    restante mailbox list --data DIR\n  \
    restante mailbox purge A81001OT001 --older-than 7d --yes --data DIR"
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
    /// Add a mailbox
    Add {
        /// The mailbox id, such as A81001OT001
        id: MailboxId,
        /// The ODS code of the organisation it belongs to
        #[arg(long, value_name = "CODE", value_parser = OdsCode::parse)]
        ods: OdsCode,
        /// A name for people
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        password: PasswordArguments,
    },
    /// List the mailboxes
    List,
    /// Say what the messages of each mailbox take, whoever stores most first
    Usage,
    /// Remove messages that a mailbox sent, for good; each is noted in the audit trail
    Purge(purge::Arguments),
    /// Refuse the mailbox and deliver nothing to it
    Disable {
        /// The mailbox id
        id: MailboxId,
    },
    /// Take the mailbox into service again
    Enable {
        /// The mailbox id
        id: MailboxId,
    },
    /// Change the password
    Password {
        /// The mailbox id
        id: MailboxId,
        #[command(flatten)]
        password: PasswordArguments,
    },
}

pub async fn run(args: Arguments) -> Result<(), Error> {
    let (target, format) = (&args.target, args.format);
    let operator = || target.operator();
    let (id, done) = match args.action {
        Action::List => return list(&operator()?, format),
        Action::Usage => return usage::run(target, format).await,
        Action::Purge(wanted) => return purge::run(target, &wanted, format).await,
        Action::Add {
            id,
            ods,
            name,
            password,
        } => {
            let password = password.new_password(&format!("mailbox {id}"))?;
            add(&operator()?, id.clone(), ods, name, password)?;
            (id, Done::Added)
        }
        Action::Disable { id } => {
            operator()?.set_active(&id, false)?;
            (id, Done::Disabled)
        }
        Action::Enable { id } => {
            operator()?.set_active(&id, true)?;
            (id, Done::Enabled)
        }
        Action::Password { id, password } => {
            let password = password.new_password(&format!("mailbox {id}"))?;
            operator()?.set_password(&id, &password)?;
            (id, Done::PasswordChanged)
        }
    };
    print_done(&id, done, format)
}

fn add(
    operator: &Operator,
    id: MailboxId,
    ods: OdsCode,
    name: Option<String>,
    password: secrecy::SecretString,
) -> Result<(), Error> {
    Ok(operator.add_mailbox(NewMailbox {
        name: name.unwrap_or_else(|| id.to_string()),
        organisation_name: String::new(),
        billing_entity: String::new(),
        password,
        id,
        ods,
    })?)
}

/// What was changed.
#[derive(Clone, Copy, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
enum Done {
    Added,
    Disabled,
    Enabled,
    PasswordChanged,
}

#[derive(serde::Serialize)]
struct Changed {
    mailbox: String,
    done: Done,
}

fn print_done(id: &MailboxId, done: Done, format: Format) -> Result<(), Error> {
    let text = match done {
        Done::Added => {
            "added. Next: restante workflow allow says what it may send and receive; \
             restante certificate issue makes its client a certificate"
        }
        Done::Disabled => "disabled: its client is refused, and nothing is delivered to it",
        Done::Enabled => "enabled",
        Done::PasswordChanged => "has the new password; its client needs it now",
    };
    let mailbox = id.to_string();
    let changed = Changed { mailbox, done };
    output::print(format, &changed, |out| writeln!(out, "mailbox {id} {text}"))
}

#[derive(serde::Serialize)]
struct Row {
    mailbox: String,
    ods_code: String,
    name: String,
    active: bool,
}

impl From<Mailbox> for Row {
    fn from(mailbox: Mailbox) -> Self {
        Self {
            mailbox: mailbox.id.to_string(),
            ods_code: mailbox.ods.to_string(),
            name: mailbox.name,
            active: mailbox.active,
        }
    }
}

fn list(operator: &Operator, format: Format) -> Result<(), Error> {
    let rows: Vec<Row> = operator.mailboxes()?.into_iter().map(Row::from).collect();
    output::print(format, &rows, |out| {
        for row in &rows {
            let state = if row.active { "active" } else { "disabled" };
            writeln!(
                out,
                "{:<16} {:<12} {:<9} {}",
                row.mailbox, row.ods_code, state, row.name
            )?;
        }
        Ok(())
    })
}
