//! The two practices of the demo.

use nhs::{MailboxId, OdsCode};

use crate::error::Error;

/// Who a practice is.
pub struct PracticeIdentity {
    pub name: &'static str,
    /// Its folder, and the first part of its pages' paths.
    pub folder: &'static str,
    pub ods: OdsCode,
    pub mailbox: MailboxId,
}

/// The sender, and the practice its patient is registered with.
///
/// # Errors
///
/// Never but by a mistake in this file.
pub fn both() -> Result<[PracticeIdentity; 2], Error> {
    Ok([
        practice("Cumbria Starling Medical Centre", "starling", "A81001")?,
        practice("Osprey Medical Centre", "osprey", "A20047")?,
    ])
}

fn practice(
    name: &'static str,
    folder: &'static str,
    ods: &str,
) -> Result<PracticeIdentity, Error> {
    let wrong = || Error::Usage(format!("the demo's practice {folder} is malformed"));
    Ok(PracticeIdentity {
        name,
        folder,
        ods: OdsCode::parse(ods).map_err(|_| wrong())?,
        mailbox: MailboxId::parse(&format!("{ods}OT001")).map_err(|_| wrong())?,
    })
}
