//! Who has a mailbox at the demo's exchange: its two practices, and whoever looks on.

use nhs::{MailboxId, OdsCode};

use crate::error::Error;

/// An organisation with a mailbox.
pub struct Member {
    pub name: &'static str,
    pub ods: OdsCode,
    pub mailbox: MailboxId,
}

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

/// Whoever connects a system of their own.
///
/// # Errors
///
/// Never but by a mistake in this file.
pub fn visitor() -> Result<Member, Error> {
    member("Your own system", "Y90001")
}

impl PracticeIdentity {
    /// As a member of the exchange.
    pub fn member(&self) -> Member {
        Member {
            name: self.name,
            ods: self.ods.clone(),
            mailbox: self.mailbox.clone(),
        }
    }
}

fn practice(
    name: &'static str,
    folder: &'static str,
    ods: &str,
) -> Result<PracticeIdentity, Error> {
    let Member { name, ods, mailbox } = member(name, ods)?;
    Ok(PracticeIdentity {
        name,
        folder,
        ods,
        mailbox,
    })
}

fn member(name: &'static str, ods: &str) -> Result<Member, Error> {
    let wrong = || Error::Usage(format!("the demo's member {ods} is malformed"));
    Ok(Member {
        name,
        ods: OdsCode::parse(ods).map_err(|_| wrong())?,
        mailbox: MailboxId::parse(&format!("{ods}OT001")).map_err(|_| wrong())?,
    })
}
