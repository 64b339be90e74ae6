//! The provisional record as any task shows a message: sections and attachments.

use itk3::payload::{self, Inner};
use itk3::{PayloadError, Received, ReceivedAttachment, ReceivedSection};

use super::entry::{Content, Entry};
use super::read::read_record;

/// What a task shows: the texts under their headings, the coded entries a line each behind them, and the
/// reports as attachments.
pub(crate) fn received(message: &fhir::Document) -> Result<Received, PayloadError> {
    let mut received = payload::read(message, Inner::Document)?;
    let record = read_record(message)?;
    received.custodian_name = received.custodian_name.or(record.pharmacy.name);
    received.custodian_ods = received.custodian_ods.or(record.pharmacy.ods);
    let mut sections: Vec<ReceivedSection> = Vec::new();
    for entry in &record.entries {
        let title = title(entry);
        let text = line(entry);
        match sections.last_mut().filter(|last| last.title == title) {
            Some(last) => {
                last.text.push('\n');
                last.text.push_str(&text);
            }
            None => sections.push(ReceivedSection {
                title: title.to_owned(),
                code: entry.heading.map(|heading| heading.code().to_owned()),
                text,
            }),
        }
    }
    received.sections = sections;
    let reports = record
        .entries
        .into_iter()
        .filter_map(|entry| match entry.content {
            Content::Report(report) => Some(ReceivedAttachment {
                title: report.title,
                content_type: report.content_type,
                content: report.content,
            }),
            _ => None,
        });
    received.attachments = reports.collect();
    Ok(received)
}

fn title(entry: &Entry) -> &'static str {
    match (&entry.content, entry.heading) {
        (_, Some(heading)) => heading.display(),
        (Content::Text, None) => "Other",
        (Content::Supply(_), None) => "Medicines",
        _ => "Observations",
    }
}

/// The entry, and what a person must look at.
fn line(entry: &Entry) -> String {
    let marks = entry.marks.iter().map(|mark| format!(" [{}]", mark.text()));
    std::iter::once(entry.line()).chain(marks).collect()
}
