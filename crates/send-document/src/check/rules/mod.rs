//! The rules: one function for each requirement, named after it, beside its row of the table.

mod attachments;
mod composition;
mod handling;
mod header;
mod organisation;
mod patient;
mod practitioner;
mod process;
mod references;
mod replacement;
mod responses;
mod structure;
mod transport;

use super::subject::Part;
use super::table::{Requirement, Row};

/// Every requirement, in the order of processing: header, handling, structure, document, people,
/// transport, then those that no check of a message can see.
pub fn requirements() -> impl Iterator<Item = Requirement> {
    rows().map(Row::requirement)
}

pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    TABLES.iter().flat_map(|table| table.iter())
}

const TABLES: [&[Row]; 13] = [
    header::ROWS,
    handling::ROWS,
    structure::ROWS,
    composition::ROWS,
    references::ROWS,
    replacement::ROWS,
    attachments::ROWS,
    organisation::ROWS,
    practitioner::ROWS,
    patient::ROWS,
    transport::ROWS,
    responses::ROWS,
    process::ROWS,
];

/// A part that states a profile, but not this one. A part that states none is GPCM-SD-108's case.
fn other_profile(part: &Part<'_>, profile: &str) -> bool {
    part.element.at("meta.profile").is_some() && !part.element.has_profile(profile)
}
