//! `restante message build`: a consultation or any document becomes a `.dat` and `.ctl` pair.

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
    #[command(flatten)]
    pub record: Record,
    /// Directory for the pair
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The sender's mailbox [default: the practice's ODS code and OT001]
    #[arg(long)]
    pub mailbox: Option<MailboxId>,
    /// The edition of the rules of Send Document [default: 1.3 for a consultation, 2.0 for a document]
    #[arg(long, value_enum)]
    pub profile: Option<Profile>,
    /// What the message carries
    #[arg(long, value_enum, default_value = "send-document")]
    pub payload: Payload,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// What the message is made of.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Record {
    /// The consultation (docs/reference/consultation.md; a pharmacy's: docs/reference/update-record.md)
    #[arg(long, value_name = "FILE.json")]
    pub consultation: Option<PathBuf>,
    /// Any document, and where its files are (docs/reference/document.md)
    #[arg(long, value_name = "FILE.json")]
    pub document: Option<PathBuf>,
}

/// A payload that is built here.
#[derive(Clone, Copy, ValueEnum)]
pub enum Payload {
    /// A practice's consultation or any other document
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
    let Record {
        consultation,
        document,
    } = &args.record;
    let (mailbox, built) = match (args.payload, consultation, document) {
        (Payload::SendDocument, Some(path), _) => report(args, path)?,
        (Payload::SendDocument, None, Some(path)) => any_document(args, path)?,
        (Payload::UpdateRecord, Some(path), None) => update_record(args, path)?,
        (Payload::UpdateRecord, _, Some(_)) => {
            return Err(Error::Arguments(
                "--payload update-record is made of a --consultation, not of a --document"
                    .to_owned(),
            ));
        }
        (_, None, None) => {
            let missing = "expected --consultation or --document";
            return Err(Error::Arguments(missing.to_owned()));
        }
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

fn report(args: &Arguments, path: &Path) -> Result<(MailboxId, Built), Error> {
    let consultation = input_file::consultation(path)?;
    let ruleset = args.profile.map_or(Ruleset::V1_3, Ruleset::from);
    let mailbox = mailbox(args, &consultation.practice.ods_code)?;
    let params = params(&mailbox, ruleset.date_order());
    let report = send_document::build(&consultation, ruleset, &params)?;
    Ok((mailbox, report.built))
}

fn any_document(args: &Arguments, path: &Path) -> Result<(MailboxId, Built), Error> {
    let document = input_file::document(path)?;
    let ruleset = args.profile.map_or(Ruleset::V2_0, Ruleset::from);
    let mailbox = mailbox(args, &document.organisation.ods_code)?;
    let params = params(&mailbox, ruleset.date_order());
    let built = send_document::build_document(&document, ruleset, &params)?;
    Ok((mailbox, built))
}

fn update_record(args: &Arguments, path: &Path) -> Result<(MailboxId, Built), Error> {
    let consultation = input_file::pharmacy_consultation(path)?;
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
