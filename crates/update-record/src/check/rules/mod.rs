//! Every rule of Update Record: the tables, and a check a section.

mod blood_pressure;
mod codes;
mod composition;
mod condition;
mod dispense;
mod document;
mod encounter;
mod header;
mod impression;
mod observation;
mod people;
mod references;
mod table;
mod transport;
mod vital_signs;
mod withdrawn;

use itk3::Checking;

use super::found::Found;
use super::subject::Subject;
use super::table::Rule;

/// Checks the rules of a section.
type Section = fn(&Subject<'_>, &Checking<'_>, &mut Found);

/// Every section, in the order in which its findings are told.
pub(super) const SECTIONS: [Section; 12] = [
    transport::check,
    header::check,
    document::check,
    references::check,
    codes::check,
    composition::check,
    people::check,
    encounter::check,
    impression::check,
    observation::check,
    dispense::check,
    condition::check,
];

/// Every rule, in the order of the sheet.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let tables: [&'static [Rule]; 11] = [
        table::transport::RULES,
        table::header::RULES,
        table::document::RULES,
        table::composition::RULES,
        table::people::RULES,
        table::encounter::RULES,
        table::impression::RULES,
        table::observation::RULES,
        table::dispense::RULES,
        table::condition::RULES,
        table::process::RULES,
    ];
    tables.into_iter().flatten()
}
