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
    /// What its reports say of it.
    pub phone: &'static str,
    pub address: [&'static str; 3],
}

/// The sender, and the practice its patient is registered with.
///
/// # Errors
///
/// Never but by a mistake in this file.
pub fn both() -> Result<[PracticeIdentity; 2], Error> {
    Ok([
        practice(
            ("Cumbria Starling Medical Centre", "starling", "A81001"),
            ("01632 960200", ["14 Beck Road", "Kendal", "LA9 9ZZ"]),
        )?,
        practice(
            ("Osprey Medical Centre", "osprey", "A20047"),
            ("01632 960300", ["2 Quay Street", "Whitehaven", "CA28 9ZZ"]),
        )?,
    ])
}

/// The list of patients that a practice has: the demo's, with the names of the practices.
///
/// # Errors
///
/// Never but by a mistake in this file.
pub fn named(patients: &str) -> Result<String, Error> {
    let [starling, osprey] = both()?;
    let members = [starling.member(), osprey.member(), visitor()?];
    let name = |row: &str| {
        let code = row.split(',').nth(4)?;
        let member = members.iter().find(|member| member.ods.as_str() == code)?;
        Some(member.name)
    };
    let rows = patients.lines().enumerate().map(|(line, row)| match line {
        0 => format!("{row},gp_name\n"),
        _ => format!("{row},{}\n", name(row).unwrap_or_default()),
    });
    Ok(rows.collect())
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
    (name, folder, ods): (&'static str, &'static str, &str),
    (phone, address): (&'static str, [&'static str; 3]),
) -> Result<PracticeIdentity, Error> {
    let Member { name, ods, mailbox } = member(name, ods)?;
    Ok(PracticeIdentity {
        name,
        folder,
        ods,
        mailbox,
        phone,
        address,
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
