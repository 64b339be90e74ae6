//! `restante workflow`: who may send and receive what.

use crate::cli::{Format, Rights, Workflow, WorkflowAction};
use crate::error::Error;
use crate::output;

use super::mailbox::operator;

pub fn run(args: Workflow) -> Result<(), Error> {
    let operator = operator(&args.target)?;
    match args.action {
        WorkflowAction::Allow(rights) => change(&operator, &rights, true),
        WorkflowAction::Deny(rights) => change(&operator, &rights, false),
        WorkflowAction::List => list(&operator, args.format),
    }
}

fn change(operator: &exchange::Operator, rights: &Rights, allow: bool) -> Result<(), Error> {
    if allow {
        operator.allow(&rights.workflow, &rights.send, &rights.receive)?;
    } else {
        operator.deny(&rights.workflow, &rights.send, &rights.receive)?;
    }
    if rights.patient_routing {
        operator.set_patient_routing(&rights.workflow, allow)?;
    }
    Ok(())
}

#[derive(serde::Serialize)]
struct Row {
    workflow: String,
    patient_routing: bool,
    senders: Vec<String>,
    receivers: Vec<String>,
}

fn list(operator: &exchange::Operator, format: Format) -> Result<(), Error> {
    let names = |ids: Vec<nhs::MailboxId>| ids.iter().map(ToString::to_string).collect();
    let rows: Vec<Row> = operator
        .workflows()?
        .into_iter()
        .map(|workflow| Row {
            workflow: workflow.id.to_string(),
            patient_routing: workflow.patient_routing,
            senders: names(workflow.senders),
            receivers: names(workflow.receivers),
        })
        .collect();
    output::print(format, &rows, |out| {
        for row in &rows {
            let routing = if row.patient_routing {
                "  patient routing"
            } else {
                ""
            };
            writeln!(out, "{}{routing}", row.workflow)?;
            writeln!(out, "  send:    {}", row.senders.join(" "))?;
            writeln!(out, "  receive: {}", row.receivers.join(" "))?;
        }
        Ok(())
    })
}
