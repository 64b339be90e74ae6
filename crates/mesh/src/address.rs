//! Whom a message is for: a mailbox, or a patient whose practice the server finds out.

use std::fmt;

use nhs::{DateOfBirth, FamilyName, MailboxId, NhsNumber, PATIENT_ADDRESS_TAG};

use crate::redact::Redacted;
use crate::status::{self, Fault};

/// The longest recipient, in characters.
pub const MAX_CHARS: usize = 100;

/// The recipient of a message, from `Mex-To` or `To_DTS`.
#[derive(Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A mailbox id.
    Mailbox(MailboxId),
    /// `GPPROVIDER_…`: the practice the patient is registered with.
    Patient(PatientAddress),
}

/// A patient as an address names them: `GPPROVIDER_<NHS number>_<date of birth>_<family name>`.
#[derive(Clone, PartialEq, Eq)]
pub struct PatientAddress {
    /// The ten digits; spaces and hyphens are read too.
    pub nhs_number: NhsNumber,
    /// Eight digits, in either order.
    pub date_of_birth: DateOfBirth,
    /// Everything after the third underscore, case as sent.
    pub family_name: FamilyName,
}

/// The order in which an address writes the date of birth; the sources disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOrder {
    /// `DDMMYYYY`, as the Send Document 1.3 texts have it.
    #[default]
    DayMonthYear,
    /// `YYYYMMDD`, as the endpoint lookup guide and Send Document 2.x have it.
    YearMonthDay,
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
    pub fn parse(text: &str) -> Result<Self, AddressFault> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressFault::Blank);
        }
        let mut parts = text.splitn(4, '_');
        if parts.next() == Some(PATIENT_ADDRESS_TAG) {
            let [number, date, name] = [(); 3].map(|()| parts.next().unwrap_or_default());
            return PatientAddress::from_parts(number, date, name).map(Self::Patient);
        }
        MailboxId::parse(text)
            .map(Self::Mailbox)
            .map_err(|_| AddressFault::Unregistered)
    }

    /// Whether this text is (or tries to be) a patient address, and so must not be logged.
    pub fn is_patient_address(text: &str) -> bool {
        text.trim().split('_').next() == Some(PATIENT_ADDRESS_TAG)
    }
}

impl PatientAddress {
    fn from_parts(number: &str, date: &str, name: &str) -> Result<Self, AddressFault> {
        let nhs_number = NhsNumber::parse(number).map_err(|_| AddressFault::NhsNumber)?;
        let date_of_birth =
            DateOfBirth::parse_eight_digits(date.trim()).map_err(|_| AddressFault::Demographics)?;
        let family_name = FamilyName::parse(name).map_err(|_| AddressFault::Demographics)?;
        Ok(Self {
            nhs_number,
            date_of_birth,
            family_name,
        })
    }

    /// Writes the address. At most [`MAX_CHARS`] characters when the family name has at most 69.
    pub fn format(&self, order: DateOrder) -> String {
        let date = match order {
            DateOrder::DayMonthYear => self.date_of_birth.day_month_year(),
            DateOrder::YearMonthDay => self.date_of_birth.year_month_day(),
        };
        let (number, name) = (self.nhs_number.digits(), self.family_name.as_str());
        format!("{PATIENT_ADDRESS_TAG}_{number}_{date}_{name}")
    }
}

impl fmt::Debug for PatientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PatientAddress({:?})", Redacted(true))
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
    use proptest::prelude::*;

    fn patient(text: &str) -> PatientAddress {
        match Recipient::parse(text) {
            Ok(Recipient::Patient(address)) => address,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn both_date_orders_name_the_same_patient() {
        let address = patient("GPPROVIDER_9693632109_23061946_GARTON");
        assert_eq!(
            address,
            patient(" GPPROVIDER_969 363 2109_19460623_GARTON ")
        );
        let written = address.format(DateOrder::DayMonthYear);
        assert_eq!(written, "GPPROVIDER_9693632109_23061946_GARTON");
        assert_eq!(patient(&address.format(DateOrder::YearMonthDay)), address);
    }

    #[test]
    fn the_family_name_is_everything_after_the_third_underscore() {
        let address = patient("GPPROVIDER_9693632109_23061946_O'BRIEN_SMITH");
        assert_eq!(address.family_name.as_str(), "O'BRIEN_SMITH");
    }

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

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(GPPROVIDER_)?\\PC{0,60}") {
            if let Ok(Recipient::Patient(address)) = Recipient::parse(&text) {
                prop_assert_eq!(patient(&address.format(DateOrder::YearMonthDay)), address);
            }
        }
    }
}
