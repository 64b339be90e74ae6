//! The snapshots that count, opened for lookups.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use nhs::{DateOfBirth, FamilyName, NhsNumber, OdsCode};

use super::details::PatientDetails;
use super::practices::{Practice, by_code};
use super::record::PatientRecord;
use super::seal::{NameKeys, TableKeys};
use super::snapshot::{self, Manifest, SnapshotStatus, Subject};
use super::table::Table;
use super::{KeySource, RegistryKey, Status};
use crate::policy::{Held, Registration};
use crate::{MatchPolicy, PdsError, Superseded, Trace, TraceQuery};

/// How many replacements of a number are followed.
const HOPS: usize = 5;

/// The snapshots that counted when they were looked for, open.
pub(super) struct View {
    patients: Option<Arc<Patients>>,
    practices: Option<Arc<Practices>>,
    directory: std::path::PathBuf,
}

struct Patients {
    name: String,
    status: SnapshotStatus,
    practice_codes: Vec<OdsCode>,
    names: NameKeys,
    table: Table,
    details: Option<DetailTables>,
}

/// Kept for the stand-in only.
struct DetailTables {
    details: Table,
    by_name: Table,
}

struct Practices {
    name: String,
    status: SnapshotStatus,
    by_code: HashMap<OdsCode, Practice>,
}

impl View {
    pub(super) fn load(directory: &Path, key: &KeySource) -> Result<Self, PdsError> {
        let empty = Self {
            patients: None,
            practices: None,
            directory: directory.to_owned(),
        };
        Ok(empty.newer(directory, key)?.unwrap_or(empty))
    }

    /// The view with the snapshots that count now, unless they are the ones it has.
    pub(super) fn newer(
        &self,
        directory: &Path,
        key: &KeySource,
    ) -> Result<Option<Self>, PdsError> {
        let patients_now = snapshot::current(directory, Subject::Patients)?;
        let practices_now = snapshot::current(directory, Subject::Practices)?;
        let same_patients = self.patients.as_ref().map(|p| &p.name) == patients_now.as_ref();
        let same_practices = self.practices.as_ref().map(|p| &p.name) == practices_now.as_ref();
        if same_patients && same_practices {
            return Ok(None);
        }
        let key = key.load(directory)?;
        let patients = match patients_now {
            _ if same_patients => self.patients.clone(),
            None => None,
            Some(name) => Some(Arc::new(Patients::load(directory, name, &key)?)),
        };
        let practices = match practices_now {
            _ if same_practices => self.practices.clone(),
            None => None,
            Some(name) => Some(Arc::new(Practices::load(directory, name, &key)?)),
        };
        Ok(Some(Self {
            patients,
            practices,
            directory: directory.to_owned(),
        }))
    }

    pub(super) fn status(&self) -> Status {
        Status {
            patients: self.patients.as_ref().map(|p| p.status.clone()),
            practices: self.practices.as_ref().map(|p| p.status.clone()),
        }
    }

    pub(super) fn practice(&self, code: &OdsCode) -> Option<&Practice> {
        self.practices.as_ref()?.by_code.get(code)
    }

    pub(super) fn trace(
        &self,
        query: &TraceQuery,
        policy: &MatchPolicy,
        today: Date,
    ) -> Result<Trace, PdsError> {
        let patients = self.patients()?;
        let Some((survivor, record)) = patients.surviving(query.nhs_number.value())? else {
            return Ok(Trace::NotFound);
        };
        let superseded = survivor != query.nhs_number.value();
        if record.invalidated || (superseded && policy.superseded == Superseded::Reject) {
            return Ok(Trace::NotFound);
        }
        let held = patients.held(record, superseded)?;
        let name = patients.names.hash(&query.family_name.key());
        Ok(policy.judge(held, query.date_of_birth.date(), &name, today))
    }

    pub(super) fn details(
        &self,
        number: NhsNumber,
    ) -> Result<Option<(NhsNumber, PatientDetails)>, PdsError> {
        let patients = self.patients()?;
        let Some((survivor, _)) = patients.surviving(number.value())? else {
            return Ok(None);
        };
        let Some(bytes) = patients.details()?.details.find(&survivor.to_le_bytes())? else {
            return Ok(None);
        };
        let unreadable = |_| PdsError::RegistryDamaged("a patient's details cannot be read");
        let details = serde_json::from_slice(&bytes).map_err(unreadable)?;
        Ok(nhs_number(survivor).map(|survivor| (survivor, details)))
    }

    pub(super) fn search(
        &self,
        family: &FamilyName,
        birth: DateOfBirth,
    ) -> Result<Vec<NhsNumber>, PdsError> {
        let subject = name_subject(family, birth);
        let numbers = self
            .patients()?
            .details()?
            .by_name
            .find(&subject)?
            .unwrap_or_default();
        let numbers = numbers.as_chunks::<8>().0.iter();
        Ok(numbers
            .filter_map(|n| nhs_number(u64::from_le_bytes(*n)))
            .collect())
    }

    fn patients(&self) -> Result<&Patients, PdsError> {
        self.patients
            .as_deref()
            .ok_or_else(|| PdsError::NoRegistry(self.directory.clone()))
    }
}

impl Patients {
    fn load(directory: &Path, name: String, key: &RegistryKey) -> Result<Self, PdsError> {
        let folder = directory.join(&name);
        let Manifest {
            status,
            salt,
            practice_codes,
            ..
        } = snapshot::manifest(&folder, Some(key))?;
        let table = |table: &str| {
            let keys = TableKeys::new(key, table, &salt);
            Table::open(&folder.join(format!("{table}.table")), keys)
        };
        let details = if status.details {
            Some(DetailTables {
                details: table("details")?,
                by_name: table("names")?,
            })
        } else {
            None
        };
        Ok(Self {
            table: table("patients")?,
            names: NameKeys::new(key, &salt),
            name,
            status,
            practice_codes,
            details,
        })
    }

    fn find(&self, number: u64) -> Result<Option<PatientRecord>, PdsError> {
        let bytes = self.table.find(&number.to_le_bytes())?;
        bytes.map(|bytes| PatientRecord::decode(&bytes)).transpose()
    }

    /// The record that a number leads to, and that record's own number. A chain that is circular,
    /// longer than five replacements, or that ends nowhere leads to none.
    fn surviving(&self, number: u64) -> Result<Option<(u64, PatientRecord)>, PdsError> {
        let mut number = number;
        for _ in 0..=HOPS {
            match self.find(number)? {
                Some(PatientRecord {
                    superseded_by: Some(next),
                    ..
                }) => number = next,
                found => return Ok(found.map(|record| (number, record))),
            }
        }
        tracing::warn!("a superseded NHS number leads through more than {HOPS} others");
        Ok(None)
    }

    fn held(&self, record: PatientRecord, superseded: bool) -> Result<Held<[u8; 8]>, PdsError> {
        let practice = record
            .practice
            .map(|index| self.practice_codes.get(index as usize).cloned())
            .map(|code| code.ok_or(PdsError::RegistryDamaged("a practice is not in its list")))
            .transpose()?;
        let (start, end) = (record.start, record.end);
        Ok(Held {
            birth: record.birth,
            names: record.names,
            deceased: record.deceased,
            restricted: record.restricted,
            superseded,
            registration: practice.map(|practice| Registration {
                practice,
                start,
                end,
            }),
        })
    }

    fn details(&self) -> Result<&DetailTables, PdsError> {
        self.details
            .as_ref()
            .ok_or_else(|| PdsError::Configuration {
                setting: "details",
                problem: "the registry was imported without the details a PDS stand-in shows"
                    .into(),
            })
    }
}

impl Practices {
    fn load(directory: &Path, name: String, key: &RegistryKey) -> Result<Self, PdsError> {
        let manifest = snapshot::manifest(&directory.join(&name), Some(key))?;
        Ok(Self {
            name,
            status: manifest.status,
            by_code: by_code(manifest.practices),
        })
    }
}

/// What the index by name is about: the spelling key and the date of birth.
pub(crate) fn name_subject(family: &FamilyName, birth: DateOfBirth) -> Vec<u8> {
    format!("{}\0{}", family.key(), birth.iso()).into_bytes()
}

fn nhs_number(value: u64) -> Option<NhsNumber> {
    NhsNumber::parse(&format!("{value:010}")).ok()
}
