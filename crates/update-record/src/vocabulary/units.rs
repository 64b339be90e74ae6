//! The units of vital signs.

/// UCUM codes of the units that are known; any other is shown with a mark.
pub(crate) const UNITS: [&str; 10] = [
    "cm",
    "[in_i]",
    "kg",
    "g",
    "[lb_av]",
    "kg/m2",
    "mm[Hg]",
    "{beats}/min",
    "Cel",
    "[degF]",
];
