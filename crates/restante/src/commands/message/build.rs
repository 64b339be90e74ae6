//! `restante message build`: a consultation becomes a `.dat` and `.ctl` pair.

use std::path::{Path, PathBuf};

use clap::Args;
use mesh::ControlFile;
use mesh::control_file::Places;
use nhs::{Clock, MailboxId, SystemClock, SystemRandomness};
use send_document::{BuildParams, BuiltMessage, Ruleset};

use crate::error::{self, Error};
use crate::output::{self, Format};

use super::super::input_file;
use super::profile::Profile;

#[derive(Args)]
pub struct Arguments {
    /// The consultation (docs/consultation.md)
    #[arg(long, value_name = "FILE.json")]
    pub consultation: PathBuf,
    /// Directory for the pair
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The sender's mailbox [default: the practice's ODS code and OT001]
    #[arg(long)]
    pub mailbox: Option<MailboxId>,
    /// The edition of the rules
    #[arg(long, value_enum, default_value = "1.3")]
    pub profile: Profile,
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
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
    let consultation = input_file::consultation(&args.consultation)?;
    let ruleset = Ruleset::from(args.profile);
    let mailbox = match &args.mailbox {
        Some(mailbox) => mailbox.clone(),
        None => MailboxId::parse(&format!("{}OT001", consultation.practice.ods_code))
            .map_err(|error| Error::Usage(error.to_string()))?,
    };
    let built = send_document::build(
        &consultation,
        &BuildParams {
            ruleset,
            sender_mailbox: mailbox.clone(),
            version: 1,
            replaces: None,
            date_order: ruleset.date_order(),
            now: SystemClock.now(),
            randomness: &SystemRandomness,
        },
    )?;
    let written = write(&args.out, &mailbox, &built)?;
    output::print(args.format, &written, |out| {
        writeln!(out, "{}", written.data_file)?;
        writeln!(out, "{}", written.control_file)
    })
}

/// Writes both files under other names and renames them: data first, control file second, so that
/// a client never sees half a pair.
fn write(out: &Path, mailbox: &MailboxId, built: &BuiltMessage) -> Result<Written, Error> {
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
