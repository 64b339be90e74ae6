//! `restante mailbox`: the exchange's mailboxes.

use std::sync::Arc;

use exchange::{NewMailbox, Operator};
use nhs::{SystemClock, SystemRandomness};

use crate::cli::{Mailbox, MailboxAction, Target};
use crate::config;
use crate::error::Error;
use crate::output;

use super::password_from_stdin;

/// Opens the operator's side of an exchange, whether or not a server runs on it.
pub fn operator(target: &Target) -> Result<Operator, Error> {
    let place = config::place(target)?;
    Ok(Operator::open_with(
        &place.store,
        &place.data,
        &place.key_file,
        Arc::new(SystemRandomness),
        Arc::new(SystemClock),
    )?)
}

pub fn run(args: Mailbox) -> Result<(), Error> {
    let operator = operator(&args.target)?;
    match args.action {
        MailboxAction::Add { id, ods, name, .. } => operator.add_mailbox(NewMailbox {
            name: name.unwrap_or_else(|| id.to_string()),
            organisation_name: String::new(),
            billing_entity: String::new(),
            password: password_from_stdin()?,
            id,
            ods,
        })?,
        MailboxAction::List => return list(&operator, args.format),
        MailboxAction::Disable { id } => operator.set_active(&id, false)?,
        MailboxAction::Enable { id } => operator.set_active(&id, true)?,
        MailboxAction::Password { id, .. } => {
            operator.set_password(&id, &password_from_stdin()?)?
        }
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

fn list(operator: &Operator, format: crate::cli::Format) -> Result<(), Error> {
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
