//! The three codes of a blood pressure, which belong together.

/// The codes of one kind of blood pressure: of the reading, its systolic and its diastolic part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Triplet {
    /// How it was measured: `sitting`.
    pub kind: &'static str,
    /// Of the reading.
    pub header: &'static str,
    /// Of the systolic part.
    pub systolic: &'static str,
    /// Of the diastolic part.
    pub diastolic: &'static str,
}

impl Triplet {
    /// What its codes mean, for people: of the reading, of its systolic and of its diastolic part.
    pub fn called(&self) -> [&'static str; 3] {
        match self.kind {
            "lying" => [
                "Lying blood pressure reading",
                "Lying systolic blood pressure",
                "Lying diastolic blood pressure",
            ],
            "standing" => [
                "Standing blood pressure reading",
                "Standing systolic blood pressure",
                "Standing diastolic blood pressure",
            ],
            "sitting" => [
                "Sitting blood pressure reading",
                "Sitting systolic blood pressure",
                "Sitting diastolic blood pressure",
            ],
            "baseline" => [
                "Baseline blood pressure",
                "Baseline systolic blood pressure",
                "Baseline diastolic blood pressure",
            ],
            "average ambulatory" => [
                "Average ambulatory blood pressure",
                "Average ambulatory systolic blood pressure",
                "Average ambulatory diastolic blood pressure",
            ],
            "self measured" => [
                "Self measured blood pressure reading",
                "Self reported systolic blood pressure",
                "Self reported diastolic blood pressure",
            ],
            _ => [
                "On examination - blood pressure reading",
                "Systolic arterial pressure",
                "Diastolic arterial pressure",
            ],
        }
    }
}

const fn row(
    kind: &'static str,
    header: &'static str,
    systolic: &'static str,
    diastolic: &'static str,
) -> Triplet {
    Triplet {
        kind,
        header,
        systolic,
        diastolic,
    }
}

/// The rows of the guide. On examination has three; the first is the one to write.
pub(crate) const TRIPLETS: [Triplet; 9] = [
    row(
        "on examination",
        "163020007",
        "72313002",
        "1091811000000102",
    ),
    row("on examination", "163020007", "72313002", "271650006"),
    row("on examination", "163020007", "271649006", "271650006"),
    row("lying", "163033001", "407556006", "407557002"),
    row("standing", "163034007", "400974009", "400975005"),
    row("sitting", "163035008", "407554009", "407555005"),
    row("baseline", "928021000000108", "716579001", "716632005"),
    row(
        "average ambulatory",
        "2181371000000107",
        "2181381000000109",
        "2181391000000106",
    ),
    row(
        "self measured",
        "335661000000109",
        "1162737008",
        "1162735000",
    ),
];

/// What earlier versions of the guide wrote, known to be a blood pressure and in no row: the reading
/// over 24 hours with its parts, and a diastolic code with a wrong digit.
const OLDER_HEADER: &str = "314463006";
const OLDER_PARTS: [&str; 3] = ["314449000", "314462001", "1091811000000100"];

/// Parts for day and for night, to be ignored until they have a code above them.
pub(crate) const DAY_AND_NIGHT: [&str; 4] = [
    "2181401000000109",
    "2181411000000106",
    "2181421000000100",
    "2181431000000103",
];

/// Whether an observation with this code is a blood pressure.
pub(crate) fn is_header(code: &str) -> bool {
    code == OLDER_HEADER || TRIPLETS.iter().any(|row| row.header == code)
}

/// Whether a component with this code is a part of a blood pressure, and which.
pub(crate) fn is_part(code: &str) -> bool {
    let is_row = |row: &Triplet| row.systolic == code || row.diastolic == code;
    OLDER_PARTS.contains(&code) || DAY_AND_NIGHT.contains(&code) || TRIPLETS.iter().any(is_row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Service, is_sctid};

    #[test]
    fn every_code_that_is_written_has_a_good_check_digit() {
        let parts = TRIPLETS
            .iter()
            .flat_map(|row| [row.header, row.systolic, row.diastolic]);
        let services = Service::ALL.map(Service::code);
        for code in parts.chain(services).chain(DAY_AND_NIGHT) {
            assert!(is_sctid(code), "{code}");
        }
    }
}
