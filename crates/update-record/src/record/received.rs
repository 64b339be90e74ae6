//! The provisional record as any task shows a message: sections and attachments.

use fhir::narrative::Narrative;
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
    received.sections = sections(&record.entries);
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

/// A section a heading, its entries a line each.
fn sections(entries: &[Entry]) -> Vec<ReceivedSection> {
    entries
        .chunk_by(|entry, next| title(entry) == title(next))
        .filter_map(|entries| {
            let first = entries.first()?;
            let lines: Vec<_> = entries.iter().map(line).collect();
            Some(ReceivedSection {
                title: title(first).to_owned(),
                code: first.heading.map(|heading| heading.code().to_owned()),
                narrative: Narrative::of_lines(&lines.join("\n")),
                entries: Vec::new(),
            })
        })
        .collect()
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
