//! How an address names a patient.

use std::fmt;

use crate::{DateOfBirth, DateOrder, FamilyName, NhsNumber};

/// The tag that begins a patient address; no mailbox id may begin with it.
pub const PATIENT_ADDRESS_TAG: &str = "GPPROVIDER";

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

/// Why a text is not a patient address. Never carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PatientAddressError {
    /// It does not begin as one.
    #[error("a patient address begins with GPPROVIDER_, in capitals")]
    Tag,
    /// Its NHS number is missing or fails its check.
    #[error("the second part of a patient address is a valid NHS number")]
    NhsNumber,
    /// It has no real date of birth, or no family name.
    #[error("a patient address ends with a date of birth of eight digits and a family name")]
    Demographics,
}

impl PatientAddress {
    /// Characters of an address before the family name.
    pub const BEFORE_THE_NAME: usize = 31;

    /// Whether this text is, or tries to be, a patient address, and so must not be logged.
    pub fn is_meant(text: &str) -> bool {
        text.trim().split('_').next() == Some(PATIENT_ADDRESS_TAG)
    }

    /// Reads an address. The tag is upper case only; a family name may itself hold underscores
    /// (`docs/spec/routing.md` §1.1).
    ///
    /// # Errors
    /// The first part that is wrong.
    pub fn parse(text: &str) -> Result<Self, PatientAddressError> {
        Self::parse_with_order(text).map(|(address, _)| address)
    }

    /// [`Self::parse`], with the order in which the date of birth is written.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_with_order(text: &str) -> Result<(Self, DateOrder), PatientAddressError> {
        let mut parts = text.trim().splitn(4, '_');
        if parts.next() != Some(PATIENT_ADDRESS_TAG) {
            return Err(PatientAddressError::Tag);
        }
        let [number, date, name] = [(); 3].map(|()| parts.next().unwrap_or_default());
        let demographics = PatientAddressError::Demographics;
        let nhs_number = NhsNumber::parse(number).map_err(|_| PatientAddressError::NhsNumber)?;
        let (date_of_birth, order) =
            DateOfBirth::parse_with_order(date.trim()).map_err(|_| demographics)?;
        let address = Self {
            nhs_number,
            date_of_birth,
            family_name: FamilyName::parse(name).map_err(|_| demographics)?,
        };
        Ok((address, order))
    }

    /// Writes the address: 31 characters and the family name.
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
        f.write_str("PatientAddress(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn patient(text: &str) -> PatientAddress {
        PatientAddress::parse(text).unwrap()
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
        for order in [DateOrder::DayMonthYear, DateOrder::YearMonthDay] {
            let read = PatientAddress::parse_with_order(&address.format(order));
            assert_eq!(read, Ok((address.clone(), order)));
        }
    }

    #[test]
    fn the_family_name_is_everything_after_the_third_underscore() {
        let address = patient("GPPROVIDER_9693632109_23061946_O'BRIEN_SMITH");
        assert_eq!(address.family_name.as_str(), "O'BRIEN_SMITH");
    }

    #[test]
    fn the_part_that_is_wrong_is_named() {
        use PatientAddressError::{Demographics, NhsNumber, Tag};
        for (text, error) in [
            ("GPPROVIDER", NhsNumber),
            ("GPPROVIDER_4857773456_23061946_GARTON", NhsNumber),
            ("GPPROVIDER_9693632109", Demographics),
            ("GPPROVIDER_9693632109_31021946_GARTON", Demographics),
            ("GPPROVIDER_9693632109_23061946_ ", Demographics),
            ("gpprovider_9693632109_23061946_GARTON", Tag),
            ("GPPROVIDERS_9693632109_23061946_GARTON", Tag),
            ("", Tag),
        ] {
            assert_eq!(PatientAddress::parse(text), Err(error), "{text}");
            assert_eq!(PatientAddress::is_meant(text), error != Tag, "{text}");
        }
    }

    #[test]
    fn debug_never_shows_the_patient() {
        let shown = format!("{:?}", patient("GPPROVIDER_9693632109_23061946_GARTON"));
        assert_eq!(shown, "PatientAddress(redacted)");
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_and_read_the_same(text in "(GPPROVIDER_)?\\PC{0,60}") {
            if let Ok(address) = PatientAddress::parse(&text) {
                for order in [DateOrder::DayMonthYear, DateOrder::YearMonthDay] {
                    prop_assert_eq!(&patient(&address.format(order)), &address);
                }
            }
        }
    }
}
