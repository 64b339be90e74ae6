//! `restante message show`: what is in a message, for people.

use std::path::{Path, PathBuf};

use clap::Args;
use fhir::{Document, FhirError, Limits};
use itk3::Message;
use send_document::ReceivedDocument;

use crate::error::{self, Error};
use crate::output::{self, Format};

#[derive(Args)]
pub struct Arguments {
    /// A message, XML or JSON
    pub file: PathBuf,
    /// Take out this attachment; 1 is the report itself
    #[arg(long, value_name = "N", requires = "out")]
    pub attachment: Option<usize>,
    /// Where to write the attachment
    #[arg(long, value_name = "FILE", requires = "attachment")]
    pub out: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(serde::Serialize)]
struct Shown {
    kind: &'static str,
    message_id: Option<String>,
    sender_ods_code: Option<String>,
    sender_mailbox: Option<String>,
    text: Option<String>,
    acknowledgement: Option<String>,
    in_response_to: Option<String>,
    document_id: Option<String>,
    replaces: Option<String>,
    attachments: Vec<Attachment>,
}

#[derive(serde::Serialize)]
struct Attachment {
    title: String,
    content_type: String,
    bytes: usize,
}

pub fn run(args: &Arguments) -> Result<(), Error> {
    let message = read(&args.file)?.map_err(|error| {
        Error::Usage(format!(
            "{} is not a FHIR message: {error}",
            args.file.display()
        ))
    })?;
    if itk3::is_acknowledgement(&message.root) {
        return show_acknowledgement(args, &message);
    }
    let document = send_document::read(&message)?;
    if let (Some(number), Some(out)) = (args.attachment, &args.out) {
        let attachment = number
            .checked_sub(1)
            .and_then(|place| document.attachments.get(place))
            .ok_or_else(|| Error::Usage(format!("there is no attachment {number}")))?;
        return std::fs::write(out, &attachment.content).map_err(error::at(out));
    }
    print(args, &of_document(document))
}

fn of_document(document: ReceivedDocument) -> Shown {
    Shown {
        kind: "document",
        message_id: document.message_header_id,
        sender_ods_code: document.sender_ods,
        sender_mailbox: document.sender_mailbox,
        text: Some(document.text),
        acknowledgement: None,
        in_response_to: None,
        document_id: Some(document.document_id),
        replaces: document.replaces,
        attachments: document
            .attachments
            .into_iter()
            .map(|attachment| Attachment {
                title: attachment.title,
                content_type: attachment.content_type,
                bytes: attachment.content.len(),
            })
            .collect(),
    }
}

fn show_acknowledgement(args: &Arguments, message: &Document) -> Result<(), Error> {
    let read = itk3::acknowledgement::read(&message.root)
        .map_err(|error| Error::Usage(format!("{}: {error}", args.file.display())))?;
    let display = read.code.meaning().map_or("", |code| code.display());
    let shown = Shown {
        kind: "acknowledgement",
        message_id: read.id,
        sender_ods_code: read.organisation.map(|code| code.to_string()),
        sender_mailbox: Message::of(&message.root)
            .and_then(|message| message.endpoint().map(str::to_owned)),
        text: None,
        acknowledgement: Some(format!("{} {display}", read.code.code())),
        in_response_to: read.in_response_to,
        document_id: None,
        replaces: None,
        attachments: Vec::new(),
    };
    print(args, &shown)
}

fn print(args: &Arguments, shown: &Shown) -> Result<(), Error> {
    output::print(args.format, shown, |out| {
        let lines = [
            ("kind", Some(shown.kind)),
            ("message", shown.message_id.as_deref()),
            ("from practice", shown.sender_ods_code.as_deref()),
            ("from mailbox", shown.sender_mailbox.as_deref()),
            ("text", shown.text.as_deref()),
            ("response", shown.acknowledgement.as_deref()),
            ("answers", shown.in_response_to.as_deref()),
            ("document", shown.document_id.as_deref()),
            ("replaces", shown.replaces.as_deref()),
        ];
        for (name, value) in lines {
            if let Some(value) = value {
                writeln!(out, "{name:<14} {value}")?;
            }
        }
        for (number, attachment) in shown.attachments.iter().enumerate() {
            let Attachment {
                title,
                content_type,
                bytes,
            } = attachment;
            writeln!(
                out,
                "attachment {:<3} {title} ({content_type}, {bytes} bytes)",
                number + 1
            )?;
        }
        Ok(())
    })
}

/// Reads a message, XML or JSON.
fn read(path: &Path) -> Result<Result<Document, FhirError>, Error> {
    let bytes = std::fs::read(path).map_err(error::at(path))?;
    Ok(fhir::read(&bytes, &Limits::default()))
}
