//! `restante message build`: a consultation becomes a `.dat` and `.ctl` pair.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use itk3::PayloadError;
use itk3::payload::{BuildParams, Built};
use mesh::ControlFile;
use mesh::control_file::Places;
use nhs::{Clock, DateOrder, MailboxId, OdsCode, SystemClock, SystemRandomness};
use send_document::Ruleset;

use crate::error::{self, Error};
use crate::output::{self, Format};

use super::super::input_file;
use super::profile::Profile;

#[derive(Args)]
pub struct Arguments {
    /// The consultation (docs/reference/consultation.md; a pharmacy's: docs/reference/update-record.md)
    #[arg(long, value_name = "FILE.json")]
    pub consultation: PathBuf,
    /// Directory for the pair
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The sender's mailbox [default: the practice's ODS code and OT001]
    #[arg(long)]
    pub mailbox: Option<MailboxId>,
    /// The edition of the rules of Send Document
    #[arg(long, value_enum, default_value = "1.3")]
    pub profile: Profile,
    /// What the message carries
    #[arg(long, value_enum, default_value = "send-document")]
    pub payload: Payload,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// A payload that is built here.
#[derive(Clone, Copy, ValueEnum)]
pub enum Payload {
    /// A practice's consultation, as a document
    SendDocument,
    /// A pharmacy's consultation, as coded entries
    UpdateRecord,
}

#[derive(serde::Serialize)]
struct Written {
    data_file: String,
    control_file: String,
    message_id: String,
    document_id: String,
    workflow: String,
}

pub fn run(args: &Arguments) -> Result<(), Error> {
    let (mailbox, built) = match args.payload {
        Payload::SendDocument => send_document(args)?,
        Payload::UpdateRecord => update_record(args)?,
    };
    let written = write(&args.out, &mailbox, &built)?;
    output::print(args.format, &written, |out| {
        writeln!(out, "{}", written.data_file)?;
        writeln!(out, "{}", written.control_file)
    })
}

/// The mailbox asked for, else the one that an organisation of the test environment has.
fn mailbox(args: &Arguments, ods: &OdsCode) -> Result<MailboxId, Error> {
    match &args.mailbox {
        Some(mailbox) => Ok(mailbox.clone()),
        None => MailboxId::parse(&format!("{ods}OT001"))
            .map_err(|error| Error::Usage(error.to_string())),
    }
}

fn params(mailbox: &MailboxId, date_order: DateOrder) -> BuildParams<'static> {
    BuildParams {
        sender_mailbox: mailbox.clone(),
        version: 1,
        replaces: None,
        date_order,
        now: SystemClock.now(),
        randomness: &SystemRandomness,
    }
}

fn send_document(args: &Arguments) -> Result<(MailboxId, Built), Error> {
    let consultation = input_file::consultation(&args.consultation)?;
    let ruleset = Ruleset::from(args.profile);
    let mailbox = mailbox(args, &consultation.practice.ods_code)?;
    let report = send_document::build(
        &consultation,
        ruleset,
        &params(&mailbox, ruleset.date_order()),
    )?;
    Ok((mailbox, report.built))
}

fn update_record(args: &Arguments) -> Result<(MailboxId, Built), Error> {
    let consultation = input_file::pharmacy_consultation(&args.consultation)?;
    let mailbox = mailbox(args, consultation.ods())?;
    let params = params(&mailbox, DateOrder::YearMonthDay);
    let built = update_record::build(&consultation, &params).map_err(PayloadError::from)?;
    Ok((mailbox, built))
}

/// Writes both files under other names and renames them: data first, control file second, so that
/// a client never sees half a pair.
fn write(out: &Path, mailbox: &MailboxId, built: &Built) -> Result<Written, Error> {
    std::fs::create_dir_all(out).map_err(error::at(out))?;
    let control = ControlFile {
        subject: Some(built.subject.clone()),
        local_id: Some(built.local_id.clone()),
        compress: Some(true),
        encrypted: Some(false),
        allow_chunking: Some(true),
        ..ControlFile::data(mailbox, &built.to, &built.workflow)
    };
    mesh::control_file::check(&control, &Places::default(), Some(mailbox)).map_err(|faults| {
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        Error::Usage(format!(
            "the client would refuse the control file: {}",
            faults.join("; ")
        ))
    })?;
    let name = built.message_id.to_string();
    let (data_file, control_file) = (
        out.join(format!("{name}.dat")),
        out.join(format!("{name}.ctl")),
    );
    for (path, bytes) in [
        (&data_file, &built.message),
        (&control_file, &control.write()),
    ] {
        let partial = path.with_extension("partial");
        std::fs::write(&partial, bytes).map_err(error::at(&partial))?;
        std::fs::rename(&partial, path).map_err(error::at(path))?;
    }
    Ok(Written {
        data_file: data_file.display().to_string(),
        control_file: control_file.display().to_string(),
        message_id: name,
        document_id: built.document_id.to_string(),
        workflow: built.workflow.to_string(),
    })
}
