//! `restante message show`: what is in a message, for people.

use std::path::{Path, PathBuf};

use clap::Args;
use fhir::{Document, FhirError, Limits};
use itk3::{Event, Family, Kind, Message, Received};

use crate::error::{self, Error};
use crate::output::{self, Format};

use super::super::input_file;

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
    /// How results are printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(serde::Serialize)]
struct Shown {
    kind: &'static str,
    /// The payload by its event: `send-document`, `transfer-of-care`; none when it is not known.
    payload: Option<&'static str>,
    event: Option<&'static str>,
    title: Option<String>,
    /// The document's type: SNOMED CT code, and what it is called.
    type_code: Option<String>,
    type_display: Option<String>,
    care_setting: Option<String>,
    /// What it is about beside its type.
    about: Option<String>,
    /// `FA` (for action) or `FI` (for information).
    recipient_type: Option<&'static str>,
    version: Option<u32>,
    message_id: Option<String>,
    sender_ods_code: Option<String>,
    sender_mailbox: Option<String>,
    text: Option<String>,
    acknowledgement: Option<String>,
    in_response_to: Option<String>,
    document_id: Option<String>,
    replaces: Option<String>,
    sections: Vec<Section>,
    attachments: Vec<Attachment>,
}

#[derive(serde::Serialize)]
struct Section {
    title: String,
    code: Option<String>,
    text: String,
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
    let payload = message_check::of_message(Some(&message), None, None);
    let document = payload.read(&message)?;
    if let (Some(number), Some(out)) = (args.attachment, &args.out) {
        let attachment = number
            .checked_sub(1)
            .and_then(|place| document.attachments.get(place))
            .ok_or_else(|| Error::Usage(format!("there is no attachment {number}")))?;
        std::fs::write(out, &attachment.content).map_err(error::at(out))?;
        let written = Written {
            attachment: number,
            content_type: &attachment.content_type,
            bytes: attachment.content.len(),
            file: out,
        };
        return print_written(&written, args.format);
    }
    print(args, &of_document(document))
}

/// Which attachment was taken out, and where it is now.
#[derive(serde::Serialize)]
struct Written<'a> {
    attachment: usize,
    content_type: &'a str,
    bytes: usize,
    file: &'a Path,
}

fn print_written(written: &Written<'_>, format: Format) -> Result<(), Error> {
    let Written {
        attachment,
        content_type,
        bytes,
        file,
    } = written;
    output::print(format, written, |out| {
        let file = file.display();
        writeln!(
            out,
            "attachment {attachment} ({content_type}, {bytes} bytes) is in {file}"
        )
    })
}

fn of_document(document: Received) -> Shown {
    Shown {
        kind: "document",
        payload: document
            .event
            .and_then(Kind::of_event)
            .map(|kind| kind.family.as_str()),
        event: document.event.map(Event::code),
        title: Some(document.title).filter(|title| !title.is_empty()),
        type_code: document.document_type_code,
        type_display: document.document_type,
        care_setting: document.care_setting,
        about: document.about,
        recipient_type: Some(if document.for_action { "FA" } else { "FI" }),
        version: document.version,
        message_id: document.message_header_id,
        sender_ods_code: document.sender_ods,
        sender_mailbox: document.sender_mailbox,
        text: Some(document.text),
        acknowledgement: None,
        in_response_to: None,
        document_id: Some(document.document_id),
        replaces: document.replaces,
        sections: document
            .sections
            .into_iter()
            .map(|section| Section {
                text: section.text(),
                title: section.title,
                code: section.code,
            })
            .collect(),
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
        payload: Some(Family::Acknowledgement.as_str()),
        event: Some(Event::RESPONSE.code()),
        title: None,
        type_code: None,
        type_display: None,
        care_setting: None,
        about: None,
        recipient_type: None,
        version: None,
        message_id: read.id,
        sender_ods_code: read.organisation.map(|code| code.to_string()),
        sender_mailbox: Message::of(&message.root)
            .and_then(|message| message.endpoint().map(str::to_owned)),
        text: None,
        acknowledgement: Some(format!("{} {display}", read.code.code())),
        in_response_to: read.in_response_to,
        document_id: None,
        replaces: None,
        sections: Vec::new(),
        attachments: Vec::new(),
    };
    print(args, &shown)
}

fn print(args: &Arguments, shown: &Shown) -> Result<(), Error> {
    let kind = [&shown.type_display, &shown.type_code];
    let kind: Vec<&str> = kind.into_iter().flatten().map(String::as_str).collect();
    let kind = Some(kind.join(", ")).filter(|kind| !kind.is_empty());
    let version = shown.version.map(|version| version.to_string());
    output::print(args.format, shown, |out| {
        let lines = [
            ("kind", Some(shown.kind)),
            ("payload", shown.payload),
            ("event", shown.event),
            ("title", shown.title.as_deref()),
            ("type", kind.as_deref()),
            ("care setting", shown.care_setting.as_deref()),
            ("about", shown.about.as_deref()),
            ("sent", shown.recipient_type.map(in_words)),
            ("version", version.as_deref()),
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
        for section in &shown.sections {
            writeln!(out, "section        {}", section.title)?;
            for line in section
                .text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
            {
                writeln!(out, "               {line}")?;
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

fn in_words(recipient_type: &'static str) -> &'static str {
    match recipient_type {
        "FI" => "for information (FI)",
        _ => "for action (FA)",
    }
}

/// Reads a message, XML or JSON.
fn read(path: &Path) -> Result<Result<Document, FhirError>, Error> {
    let bytes = input_file::message(path)?;
    Ok(fhir::read(&bytes, &Limits::default()))
}
