//! The codes that Update Record gives a meaning: services, headings, blood pressures, units.

mod blood_pressure;
mod called;
mod headings;
mod services;
mod units;

pub use blood_pressure::Triplet;
pub(crate) use blood_pressure::{DAY_AND_NIGHT, TRIPLETS, is_header, is_part};
pub(crate) use called::CALLED;
pub use called::meaning;
pub use headings::Heading;
pub use services::Service;
pub(crate) use units::UNITS;

/// Currently pregnant.
pub(crate) const PREGNANT: &str = "77386006";
/// Not pregnant.
pub(crate) const NOT_PREGNANT: &str = "60001007";
/// The report of a day's ambulatory blood pressure monitoring, an attachment.
pub(crate) const ABPM_REPORT: &str = "725956001";
/// Ambulatory blood pressure monitoring declined; the text says why.
pub(crate) const ABPM_DECLINED: &str = "861231000000105";
/// An irregular pulse, told beside the rate and without a value.
pub(crate) const IRREGULAR_PULSE: &str = "61086009";

/// Whether a text says that something is not so: `Not pregnant`.
pub(crate) fn denies(text: &str) -> bool {
    let text = text.to_lowercase();
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '\'');
    words.any(|word| matches!(word, "not" | "no" | "non" | "never" | "isn't" | "denies"))
}
