//! A good letter of the visitor's for a patient of Osprey, and its control file.

use std::path::Path;

use durable::Access;
use itk3::payload::BuildParams;
use mesh::ControlFile;
use nhs::{Clock, SystemClock, SystemRandomness};
use send_document::{CheckedConsultation, Ruleset};

use crate::demo::patients;
use crate::demo::practices::Member;
use crate::error::Error;

/// Writes `letter.xml` and `letter.ctl`, unless they are there: the visitor may try what a change of theirs does.
///
/// # Errors
///
/// When they cannot be written.
pub fn write(dir: &Path, visitor: &Member, rules: Ruleset) -> Result<(), Error> {
    let (letter, control) = (dir.join("letter.xml"), dir.join("letter.ctl"));
    if letter.exists() && control.exists() {
        return Ok(());
    }
    let mut consultation = patients::consultation(None, None)?;
    consultation.practice.ods_code = visitor.ods.clone();
    visitor.name.clone_into(&mut consultation.practice.name);
    let json = serde_json::to_vec(&consultation).map_err(std::io::Error::other)?;
    let params = BuildParams {
        sender_mailbox: visitor.mailbox.clone(),
        version: 1,
        replaces: None,
        date_order: rules.date_order(),
        now: SystemClock.now(),
        randomness: &SystemRandomness,
    };
    let report = send_document::build(&CheckedConsultation::from_json(&json)?, rules, &params)?;
    let built = report.built;
    let named = ControlFile {
        subject: Some(built.subject.clone()),
        local_id: Some(built.local_id.clone()),
        compress: Some(true),
        encrypted: Some(false),
        allow_chunking: Some(true),
        ..ControlFile::data(&visitor.mailbox, &built.to, &built.workflow)
    };
    durable::replace(&letter, &built.message, Access::Owner)?;
    Ok(durable::replace(&control, &named.write(), Access::Owner)?)
}
