//! `restante mailbox`: the exchange's mailboxes.

use clap::{Args, Subcommand};
use exchange::{NewMailbox, Operator};
use nhs::{MailboxId, OdsCode};

use crate::error::Error;
use crate::output::{self, Format};
use crate::target::Target;

use super::password;

#[derive(Args)]
#[command(
    after_help = "Example: echo secret | restante mailbox --data DIR add A81001OT001 --ods A81001 --password-stdin"
)]
pub struct Arguments {
    #[command(flatten)]
    pub target: Target,
    #[arg(long, value_enum, default_value_t, global = true)]
    pub format: Format,
    #[command(subcommand)]
    pub action: Action,
}

#[derive(Subcommand)]
pub enum Action {
    /// Add a mailbox
    Add {
        id: MailboxId,
        /// The organisation it belongs to
        #[arg(long, value_parser = OdsCode::parse)]
        ods: OdsCode,
        /// A name for people
        #[arg(long)]
        name: Option<String>,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List the mailboxes
    List,
    /// Refuse the mailbox and deliver nothing to it
    Disable { id: MailboxId },
    /// Take the mailbox into service again
    Enable { id: MailboxId },
    /// Change the password
    Password {
        id: MailboxId,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

pub fn run(args: Arguments) -> Result<(), Error> {
    let operator = args.target.operator()?;
    match args.action {
        Action::Add { id, ods, name, .. } => operator.add_mailbox(NewMailbox {
            name: name.unwrap_or_else(|| id.to_string()),
            organisation_name: String::new(),
            billing_entity: String::new(),
            password: password::from_stdin()?,
            id,
            ods,
        })?,
        Action::List => return list(&operator, args.format),
        Action::Disable { id } => operator.set_active(&id, false)?,
        Action::Enable { id } => operator.set_active(&id, true)?,
        Action::Password { id, .. } => operator.set_password(&id, &password::from_stdin()?)?,
    }
    Ok(())
}

#[derive(serde::Serialize)]
struct Row {
    mailbox: String,
    ods_code: String,
    name: String,
    active: bool,
}

fn list(operator: &Operator, format: Format) -> Result<(), Error> {
    let rows: Vec<Row> = operator
        .mailboxes()?
        .into_iter()
        .map(|mailbox| Row {
            mailbox: mailbox.id.to_string(),
            ods_code: mailbox.ods.to_string(),
            name: mailbox.name,
            active: mailbox.active,
        })
        .collect();
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
