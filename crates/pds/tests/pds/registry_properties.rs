//! Properties of the import over any input.

use std::collections::HashMap;

use crate::kit;
use crate::kit::{HEADER, import, now, open};
use nhs::{DateOfBirth, FamilyName, NhsNumber};
use pds::{MatchPolicy, Trace, TraceQuery};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_bytes_are_imported_or_refused_as_a_whole(body in proptest::collection::vec(any::<u8>(), 0..400), with_header: bool) {
        let directory = tempfile::tempdir().unwrap();
        let mut file = if with_header { HEADER.as_bytes().to_vec() } else { Vec::new() };
        file.extend(body);
        let result = pds::import(directory.path(), file.as_slice(), None, now());
        let status = pds::status(directory.path()).unwrap();
        prop_assert_eq!(result.is_ok(), status.patients.is_some() || status.practices.is_some());
    }

    #[test]
    fn hostile_fields_never_break_a_row_apart(fields in proptest::collection::vec("[ -~\n\"',|é]{0,12}", 11)) {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = csv::Writer::from_writer(HEADER.as_bytes().to_vec());
        writer.write_record(&fields).unwrap();
        writer.write_record(["9693632109", "GARTON", "", "1946-06-23", "A20047", "", "", "", "", "", ""]).unwrap();
        let file = writer.into_inner().unwrap();
        let report = pds::import(directory.path(), file.as_slice(), None, now()).unwrap();
        prop_assert_eq!(report.accepted + report.refused, 2);
        prop_assert!(report.refused_rows.iter().all(|row| row.line == 2));
    }

    #[test]
    fn every_accepted_patient_is_found_and_nobody_else(indices in proptest::collection::vec(0u64..2_000, 1..80)) {
        let mut rows = HEADER.to_owned();
        let mut expected = HashMap::new();
        for index in &indices {
            let number = kit::number(*index);
            let (name, birth) = (format!("NAME{}", letters(*index)), format!("19{:02}-0{}-1{}", index % 100, index % 9 + 1, index % 10));
            rows.push_str(&format!("{number},{name},,{birth},A{:05},,,,U,,\n", index % 7));
            expected.insert(number, (name, birth, format!("A{:05}", index % 7)));
        }
        let directory = tempfile::tempdir().unwrap();
        let report = import(directory.path(), &rows);
        prop_assert_eq!(report.accepted as usize, expected.len());
        prop_assert_eq!(report.refused as usize, indices.len() - expected.len());
        let registry = open(directory.path(), MatchPolicy::default());
        for index in 0..200 {
            let number = kit::number(index);
            let known = expected.get(&number);
            let (name, birth) = known.map_or(("X", "1950-01-01"), |(name, birth, _)| (name.as_str(), birth.as_str()));
            let trace = registry.lookup(&TraceQuery {
                nhs_number: NhsNumber::parse(&number).unwrap(),
                date_of_birth: DateOfBirth::parse_iso(birth).unwrap(),
                family_name: FamilyName::parse(name).unwrap(),
            }).unwrap();
            let wanted = known.map_or(Trace::NotFound, |(_, _, practice)| kit::registered(practice));
            prop_assert_eq!(trace, wanted);
        }
    }
}

fn letters(index: u64) -> String {
    index
        .to_string()
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'A'))
        .collect()
}
