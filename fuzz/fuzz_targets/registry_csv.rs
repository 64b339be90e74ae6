//! Files for the registry: one that is refused leaves the registry as it was, one that is imported
//! is what the registry then says it holds, and can be looked up in.
#![no_main]

use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use nhs::{DateOfBirth, FamilyName, NhsNumber};
use pds::{Kind, Registry, TraceQuery};

fuzz_target!(|bytes: &[u8]| {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(folder);
    let before = pds::status(&FOLDER).expect("a status");
    let at = Timestamp::UNIX_EPOCH;
    let Ok(report) = pds::import(&FOLDER, bytes, None, at) else {
        assert_eq!(
            pds::status(&FOLDER).expect("a status"),
            before,
            "changed by a refused file"
        );
        return;
    };
    assert!(report.accepted > 0);
    assert_eq!(report.refused_rows.len() as u64, report.refused);
    let after = pds::status(&FOLDER).expect("a status");
    let (held, other) = match report.kind {
        Kind::Patients | Kind::PdsResponse => (after.patients, after.practices == before.practices),
        Kind::Practices | Kind::Epraccur => (after.practices, after.patients == before.patients),
    };
    assert!(other, "an import changed what it is not about");
    let held = held.expect("what was imported");
    assert_eq!(
        (held.generation, held.rows),
        (report.generation, report.accepted)
    );
    assert_eq!((held.kind, held.sha256), (report.kind, report.sha256));
    look_up(&FOLDER);
});

fn look_up(folder: &Path) {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    let registry = REGISTRY.get_or_init(|| Registry::open(folder).expect("a registry"));
    registry.refresh().expect("the new snapshot");
    let answer = registry.lookup(&TraceQuery {
        nhs_number: NhsNumber::parse("9693632109").expect("a number"),
        date_of_birth: DateOfBirth::parse_eight_digits("23061946").expect("a date"),
        family_name: FamilyName::parse("GARTON").expect("a name"),
    });
    let patients = registry.status().patients.is_some();
    assert_eq!(
        answer.is_ok(),
        patients,
        "answers exactly when patients were imported"
    );
}

/// In memory where the machine has such a folder: every import is synced to disk.
fn folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    folder.expect("a folder").keep()
}
