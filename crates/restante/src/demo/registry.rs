//! The demo's registry: its published test patients, and nobody else's.

use std::path::Path;

use nhs::{Clock, SystemClock};

use crate::error::Error;

use super::patients;

/// The SHA-256 of each list of test patients that a demo has imported, the latest first.
const LISTS: [&str; 2] = [
    "dac4dd7366224524bfae873f8fc117b2a340006441efe33f364a9ccc755a0cfe",
    "5277c6a84c4e2f348409f9dc55774d10d964b613ce926a5ec8d74923d8b38ae6",
];

/// Whether a registry holds a list of the demo's and nothing else: its pages show the names in it.
pub fn holds_test_patients_only(status: &pds::Status) -> bool {
    let imported = status.patients.as_ref();
    imported.is_none_or(|snapshot| LISTS.contains(&snapshot.sha256.as_str()))
}

/// Imports the test patients, and opens the registry.
///
/// # Errors
///
/// When it holds other patients, which stay: its pages would show them to whoever signs in. When it cannot be written or
/// read.
pub fn import(dir: &Path) -> Result<pds::Registry, Error> {
    if !holds_test_patients_only(&pds::status(dir)?) {
        return Err(Error::Usage(format!(
            "{}: the registry holds patients that are not the demo's test patients. The demo shows patients on its pages, \
             and so is for its own test data only; nothing was changed. Give another --dir",
            dir.display()
        )));
    }
    let report = pds::import(
        dir,
        patients::PATIENTS.as_bytes(),
        Some(pds::Kind::Patients),
        SystemClock.now(),
    )?;
    tracing::debug!(
        accepted = report.accepted,
        refused = report.refused,
        "registry imported"
    );
    Ok(pds::Registry::open(dir)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_opens_its_own_registry_and_none_with_other_patients() {
        let directory = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let registry = import(directory.path()).unwrap();
            assert!(holds_test_patients_only(&registry.status()));
        }
        let other = patients::PATIENTS.replace("GARTON", "GARDEN");
        let kind = Some(pds::Kind::Patients);
        pds::import(directory.path(), other.as_bytes(), kind, SystemClock.now()).unwrap();
        let refused = import(directory.path()).err().unwrap().to_string();
        assert!(
            refused.contains("not the demo's test patients"),
            "{refused}"
        );
        let left = pds::status(directory.path()).unwrap().patients.unwrap();
        assert_eq!(left.generation, 3, "nothing was imported over it");
    }
}
