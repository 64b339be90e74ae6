//! Each finding of a message to the row it speaks against.

use fhir::Severity;
use itk3::Finding;

use super::super::arrival::{Arrival, Way};
use super::super::rows;
use super::{Breach, Breaches};

/// The row of ITK3 and FHIR as a whole, where a finding belongs to no other.
const EVERY_MESSAGE: &str = "GPCM-C-2";
/// Rules of ITK3 that a row says again.
const SAID_AGAIN: [(&str, &str); 14] = [
    ("itk3-bus-ack-requested", "GPCM-SD-040"),
    ("itk3-inf-ack-requested", "GPCM-SD-041"),
    ("itk3-sender-reference-value", "GPCM-SD-042"),
    ("itk3-message-definition", "GPCM-SD-043"),
    ("itk3-local-extension", "GPCM-SD-044"),
    ("itk3-sender", "GPCM-SD-045"),
    ("itk3-endpoint", "GPCM-SD-046"),
    ("itk3-event", "GPCM-SD-047"),
    ("itk3-timestamp", "GPCM-SD-048"),
    ("itk3-receiver", "GPCM-SD-049"),
    ("itk3-header-forbidden", "GPCM-SD-049"),
    ("itk3-workflow", "GPCM-SD-057"),
    ("itk3-focus", "GPCM-SD-103"),
    ("itk3-composition", "GPCM-SD-104"),
];
/// The keys of the handling extension, by the row of each.
const KEYS: [(&str, &str); 5] = [
    ("BusAckRequested", "GPCM-SD-040"),
    ("InfAckRequested", "GPCM-SD-041"),
    ("SenderReference", "GPCM-SD-042"),
    ("MessageDefinition", "GPCM-SD-043"),
    ("LocalExtension", "GPCM-SD-044"),
];
/// What a user of the API says in headers, a user of a client in the control file.
const IN_HEADERS: [(&str, &str); 3] = [
    ("GPCM-SD-059", "GPCM-SD-062"),
    ("GPCM-SD-060", "GPCM-SD-063"),
    ("GPCM-SD-061", "GPCM-SD-064"),
];

/// What follows of itself from another row: a section that leads nowhere leaves a binary without one.
const FOLLOWS: (&str, &str) = ("GPCM-SD-110", "GPCM-SD-109");

/// Adds what speaks against a row in this message. A finding that has a row of its own counts whether a receiver would
/// tolerate it or not; any other only as an error.
pub(super) fn add(arrival: &Arrival, breaches: &mut Breaches) {
    let placed: Vec<(Option<usize>, &Finding)> = arrival
        .findings
        .iter()
        .map(|finding| (row_of(finding, arrival.arrived.way), finding))
        .collect();
    let is_there = |id| {
        placed
            .iter()
            .any(|(row, _)| row.is_some() && *row == rows::find(id))
    };
    let follows = rows::find(FOLLOWS.1).filter(|_| is_there(FOLLOWS.0));
    for (row, finding) in &placed {
        if row.is_some() && *row == follows {
            continue;
        }
        let row = match row {
            Some(row) => *row,
            None if finding.severity != Severity::Error => continue,
            // told by FHIR or ITK3 and once more by a row, at the same place
            None => {
                let mut others = placed.iter();
                let again = others
                    .find(|(row, other)| row.is_some() && is_near(&other.path, &finding.path));
                match again
                    .and_then(|(row, _)| *row)
                    .or_else(|| rows::find(EVERY_MESSAGE))
                {
                    Some(row) => row,
                    None => continue,
                }
            }
        };
        breaches.entry(row).or_default().push(Breach {
            number: arrival.number,
            text: arrival.words_of(finding),
        });
    }
}

fn row_of(finding: &Finding, way: Way) -> Option<usize> {
    let id = match way {
        Way::Client => finding.id,
        Way::Api => other(&IN_HEADERS, |known| known == finding.id).unwrap_or(finding.id),
    };
    if let Some(row) = rows::find(id) {
        return Some(row);
    }
    let row = if id.starts_with("itk3-handling-key") {
        other(&KEYS, |key| finding.what.contains(key))
    } else {
        other(&SAID_AGAIN, |known| id.starts_with(known))
    };
    rows::find(row?)
}

fn other(
    table: &'static [(&'static str, &'static str)],
    is_it: impl Fn(&str) -> bool,
) -> Option<&'static str> {
    let found = table.iter().find(|(known, _)| is_it(known));
    found.map(|(_, row)| *row)
}

/// Whether two paths are one place, or one lies directly in the other.
fn is_near(one: &str, other: &str) -> bool {
    let within = |outer: &str, inner: &str| {
        let rest = inner.strip_prefix(outer);
        let rest = rest.map(|rest| rest.trim_start_matches('.'));
        rest.is_some_and(|rest| !rest.contains('.'))
    };
    within(one, other) || within(other, one)
}
