//! What the tests of this crate share.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use nhs::{DateOfBirth, FamilyName, NhsNumber, OdsCode};
use pds::{MatchPolicy, MatchedOn, Registry, RegistryOptions, Trace, TraceQuery};
use test_kit::ManualClock;

pub const PATIENTS: &str = include_str!("fixtures/patients.csv");
pub const HEADER: &str = "nhs_number,family_name,given_names,date_of_birth,gp_ods_code,\
    gp_start_date,gp_end_date,date_of_death,sensitivity,superseded_by,other_family_names\n";

pub fn now() -> Timestamp {
    "2026-01-15T12:00:00Z".parse().unwrap()
}

pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(now()))
}

/// Three fields as an address holds them.
pub fn query(number: &str, birth: &str, family: &str) -> TraceQuery {
    TraceQuery {
        nhs_number: NhsNumber::parse(number).unwrap(),
        date_of_birth: DateOfBirth::parse_eight_digits(birth).unwrap(),
        family_name: FamilyName::parse(family).unwrap(),
    }
}

pub fn import(directory: &Path, csv: &str) -> pds::ImportReport {
    pds::import(directory, csv.as_bytes(), None, now()).unwrap()
}

pub fn open(directory: &Path, policy: MatchPolicy) -> Registry {
    let options = RegistryOptions {
        policy,
        clock: clock(),
        ..RegistryOptions::default()
    };
    Registry::open_with(directory, options).unwrap()
}

/// The fixture, imported and open.
pub fn registry(policy: MatchPolicy) -> (tempfile::TempDir, Registry) {
    registry_of(PATIENTS, policy)
}

pub fn registry_of(csv: &str, policy: MatchPolicy) -> (tempfile::TempDir, Registry) {
    let directory = tempfile::tempdir().unwrap();
    import(directory.path(), csv);
    let registry = open(directory.path(), policy);
    (directory, registry)
}

/// Our own columns below their header.
pub fn csv(rows: &[&str]) -> String {
    format!("{HEADER}{}\n", rows.join("\n"))
}

/// The valid NHS number of a nine-digit stem near `9990000000`.
pub fn number(index: u64) -> String {
    (0..)
        .map(|skip| 999_000_000 + index * 3 + skip)
        .flat_map(|stem| (0..10).map(move |digit| format!("{stem}{digit}")))
        .find(|text| NhsNumber::parse(text).is_ok())
        .unwrap()
}

pub fn registered(practice: &str) -> Trace {
    registered_on(practice, MatchedOn::UsualName)
}

pub fn registered_on(practice: &str, matched_on: MatchedOn) -> Trace {
    Trace::Registered {
        practice: OdsCode::parse(practice).unwrap(),
        matched_on,
        superseded: false,
        restricted: false,
    }
}
