//! `restante workflow`: who may send and receive what.

use clap::{Args, Subcommand};
use nhs::{MailboxId, WorkflowId};

use crate::error::Error;
use crate::output::{self, Format};
use crate::target::Target;

#[derive(Args)]
#[command(
    after_help = "Example: restante workflow allow GPFED_CONSULT_REPORT --send A81001OT001 --receive A20047OT001 --patient-routing --config server.toml"
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
    /// Give mailboxes the right to send or receive a workflow
    Allow(Rights),
    /// Take the right away
    Deny(Rights),
    /// List the workflows and who may use them
    List,
}

#[derive(Args)]
pub struct Rights {
    /// The workflow id, such as GPFED_CONSULT_REPORT
    pub workflow: WorkflowId,
    /// A mailbox that may send it
    #[arg(long, value_name = "ID")]
    pub send: Vec<MailboxId>,
    /// A mailbox that may receive it
    #[arg(long, value_name = "ID")]
    pub receive: Vec<MailboxId>,
    /// Patient addresses (GPPROVIDER_…) may be used with it
    #[arg(long)]
    pub patient_routing: bool,
}

impl Rights {
    fn is_empty(&self) -> bool {
        self.send.is_empty() && self.receive.is_empty() && !self.patient_routing
    }
}

pub fn run(args: Arguments) -> Result<(), Error> {
    let operator = args.target.operator()?;
    match args.action {
        Action::Allow(rights) => change(&operator, &rights, true, args.format),
        Action::Deny(rights) => change(&operator, &rights, false, args.format),
        Action::List => list(&operator, args.format),
    }
}

fn change(
    operator: &exchange::Operator,
    rights: &Rights,
    allow: bool,
    format: Format,
) -> Result<(), Error> {
    if rights.is_empty() {
        return Err(Error::Arguments(
            "nothing to change: give --send ID, --receive ID or --patient-routing".to_owned(),
        ));
    }
    if allow {
        operator.allow(&rights.workflow, &rights.send, &rights.receive)?;
    } else {
        operator.deny(&rights.workflow, &rights.send, &rights.receive)?;
    }
    if rights.patient_routing {
        operator.set_patient_routing(&rights.workflow, allow)?;
    }
    print_done(rights, allow, format)
}

/// Which rights were given or taken.
#[derive(serde::Serialize)]
struct Changed<'a> {
    workflow: String,
    allowed: bool,
    senders: Vec<&'a str>,
    receivers: Vec<&'a str>,
    patient_routing: bool,
}

fn print_done(rights: &Rights, allowed: bool, format: Format) -> Result<(), Error> {
    let workflow = &rights.workflow;
    let changed = Changed {
        workflow: workflow.to_string(),
        allowed,
        senders: rights.send.iter().map(MailboxId::as_str).collect(),
        receivers: rights.receive.iter().map(MailboxId::as_str).collect(),
        patient_routing: rights.patient_routing,
    };
    let may = if allowed { "may" } else { "may no longer" };
    output::print(format, &changed, |out| {
        for id in &rights.send {
            writeln!(out, "{id} {may} send {workflow}")?;
        }
        for id in &rights.receive {
            writeln!(out, "{id} {may} receive {workflow}")?;
        }
        if rights.patient_routing {
            writeln!(
                out,
                "patient addresses (GPPROVIDER_…) {may} be used with {workflow}"
            )?;
        }
        Ok(())
    })
}

#[derive(serde::Serialize)]
struct Row {
    workflow: String,
    patient_routing: bool,
    senders: Vec<String>,
    receivers: Vec<String>,
}

fn list(operator: &exchange::Operator, format: Format) -> Result<(), Error> {
    let names = |ids: Vec<MailboxId>| ids.iter().map(ToString::to_string).collect();
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
