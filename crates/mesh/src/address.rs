//! Whom a message is for: a mailbox, or a patient whose practice the server finds out.

use std::fmt;

use nhs::{MailboxId, PatientAddress, PatientAddressError};

use crate::status::{self, Fault};

/// The recipient of a message, from `Mex-To` or `To_DTS`.
#[derive(Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A mailbox id.
    Mailbox(MailboxId),
    /// `GPPROVIDER_…`: the practice the patient is registered with.
    Patient(PatientAddress),
}

/// Why a text is not a recipient. Never carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    /// EPL-152: a patient address whose NHS number is missing or fails its check.
    #[error("EPL-152: the patient address holds no valid NHS number")]
    NhsNumber,
    /// EPL-154: a patient address without a real date of birth or without a family name.
    #[error("EPL-154: the patient address holds no date of birth and family name to compare")]
    Demographics,
    /// Code 12: neither a patient address nor a mailbox id.
    #[error("12: the recipient is neither a mailbox id nor a patient address")]
    Unregistered,
    /// Code 08: blank.
    #[error("08: the recipient is blank")]
    Blank,
}

impl AddressFault {
    /// The code, event and text to report. EPL faults go into the sender's inbox as a report, after
    /// 202; the others are answered at once.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NhsNumber => status::INVALID_NHS_NUMBER,
            Self::Demographics => status::DEMOGRAPHICS_DIFFER,
            Self::Unregistered => status::UNREGISTERED_RECIPIENT,
            Self::Blank => status::TO_MISSING,
        }
    }
}

impl Recipient {
    /// Reads `Mex-To` or `To_DTS`. The tag is upper case only; `GPPROVIDER` with parts missing is a
    /// patient address with a fault, never a mailbox id (`docs/spec/routing.md` §1.1).
    ///
    /// # Errors
    ///
    /// [`AddressFault`], the first of its kinds.
    pub fn parse(text: &str) -> Result<Self, AddressFault> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressFault::Blank);
        }
        match PatientAddress::parse(text) {
            Ok(address) => return Ok(Self::Patient(address)),
            Err(PatientAddressError::NhsNumber) => return Err(AddressFault::NhsNumber),
            Err(PatientAddressError::Demographics) => return Err(AddressFault::Demographics),
            Err(PatientAddressError::Tag) => {}
        }
        MailboxId::parse(text)
            .map(Self::Mailbox)
            .map_err(|_| AddressFault::Unregistered)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mailbox(id) => f.debug_tuple("Mailbox").field(&id.as_str()).finish(),
            Self::Patient(address) => f.debug_tuple("Patient").field(address).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epl_152_and_154_name_the_part_that_is_wrong() {
        for (text, fault) in [
            ("GPPROVIDER", AddressFault::NhsNumber),
            ("GPPROVIDER_", AddressFault::NhsNumber),
            (
                "GPPROVIDER_12345678_23061946_GARTON",
                AddressFault::NhsNumber,
            ),
            (
                "GPPROVIDER_4857773456_23061946_GARTON",
                AddressFault::NhsNumber,
            ),
            ("GPPROVIDER_9693632109", AddressFault::Demographics),
            (
                "GPPROVIDER_9693632109_31021946_GARTON",
                AddressFault::Demographics,
            ),
            ("GPPROVIDER_9693632109_23061946", AddressFault::Demographics),
            (
                "GPPROVIDER_9693632109_23061946_ ",
                AddressFault::Demographics,
            ),
            (
                "gpprovider_9693632109_23061946_GARTON",
                AddressFault::Unregistered,
            ),
            ("GPPROVIDERS", AddressFault::Unregistered),
            ("not a mailbox", AddressFault::Unregistered),
            ("  ", AddressFault::Blank),
        ] {
            assert_eq!(Recipient::parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn debug_never_shows_the_patient() {
        let shown = format!(
            "{:?}",
            Recipient::parse("GPPROVIDER_9693632109_23061946_GARTON")
        );
        assert!(
            !shown.contains("9693632109") && !shown.contains("GARTON"),
            "{shown}"
        );
    }
}
