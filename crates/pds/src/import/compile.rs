//! Making the tables of a snapshot from rows of patients.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use nhs::{NhsNumber, OdsCode, Randomness};

use super::circular::circular;
use super::patients::{self, Patient};
use super::pds_response;
use super::pending::{Origin, Pending, UNREADABLE, choose};
use super::report::Refusals;
use super::rows::Rows;
use super::{Kind, RefusalReason};
use crate::registry::RegistryKey;
use crate::registry::record::PatientRecord;
use crate::registry::seal::NameKeys;
use crate::registry::sorter::Entry;
use crate::registry::view::name_subject;
use crate::{MatchedOn, PdsError, names};

/// How many patients of one name and date of birth the index keeps: enough to say "several".
const NAMESAKES: usize = 3;

/// Turns patients into the tables of a snapshot.
pub(super) struct PatientCompiler {
    names: NameKeys,
    patients: Pending,
    details: Option<(Pending, Pending)>,
    practices: HashMap<OdsCode, u32>,
    practice_codes: Vec<OdsCode>,
    /// Number to replacing number.
    superseded: HashMap<u64, u64>,
}

/// What a snapshot's manifest says of its tables.
pub(super) struct Compiled {
    pub bytes: u64,
    pub practice_codes: Vec<OdsCode>,
}

impl PatientCompiler {
    pub(super) fn new(
        folder: &Path,
        key: &RegistryKey,
        salt: &[u8; 32],
        details: bool,
        randomness: &dyn Randomness,
    ) -> Result<Self, PdsError> {
        let pending = |table: &str| Pending::new(folder, table, key, salt, randomness);
        Ok(Self {
            names: NameKeys::new(key, salt),
            patients: pending("patients")?,
            details: if details {
                Some((pending("details")?, pending("names")?))
            } else {
                None
            },
            practices: HashMap::new(),
            practice_codes: Vec::new(),
            superseded: HashMap::new(),
        })
    }

    /// Reads all rows.
    pub(super) fn read<R: Read>(
        &mut self,
        rows: &mut Rows<R>,
        kind: Kind,
        refusals: &mut Refusals,
    ) -> Result<(), PdsError> {
        while let Some(row) = rows.next()? {
            let line = row.line;
            if kind == Kind::PdsResponse {
                match pds_response::read(&row) {
                    Ok(traced) => self.add_traced(line, traced)?,
                    Err(reason) => refusals.add(line, reason),
                }
            } else {
                match patients::read(&row) {
                    Ok((number, patient)) => {
                        self.add(
                            Origin {
                                line,
                                implied: false,
                            },
                            number,
                            &patient,
                        )?;
                    }
                    Err(reason) => refusals.add(line, reason),
                }
            }
        }
        Ok(())
    }

    fn add_traced(&mut self, line: u64, traced: pds_response::Traced) -> Result<(), PdsError> {
        let implied = traced.superseded.is_some();
        if let Some(old) = traced.superseded {
            let replaced = Patient {
                superseded_by: Some(traced.number),
                ..Patient::default()
            };
            self.add(
                Origin {
                    line,
                    implied: false,
                },
                old,
                &replaced,
            )?;
        }
        self.add(Origin { line, implied }, traced.number, &traced.patient)
    }

    fn add(
        &mut self,
        origin: Origin,
        number: NhsNumber,
        patient: &Patient,
    ) -> Result<(), PdsError> {
        let subject = number.value().to_le_bytes().to_vec();
        let record = self.record(patient)?;
        if let Some(next) = record.superseded_by {
            self.superseded.entry(number.value()).or_insert(next);
        }
        let body = origin.before(record.encode());
        self.patients.push(Entry {
            subject: subject.clone(),
            body,
        })?;
        let Some((details, by_name)) = &mut self.details else {
            return Ok(());
        };
        let body = serde_json::to_vec(&patient.details).map_err(|_| UNREADABLE)?;
        details.push(Entry {
            subject: subject.clone(),
            body: origin.before(body),
        })?;
        if let (Some(family), Some(birth)) = (&patient.family, patient.birth) {
            by_name.push(Entry {
                subject: name_subject(family, birth),
                body: subject,
            })?;
        }
        Ok(())
    }

    fn record(&mut self, patient: &Patient) -> Result<PatientRecord, PdsError> {
        let practice = match &patient.practice {
            Some(code) => Some(self.practice_index(code)?),
            None => None,
        };
        let mut record = PatientRecord {
            birth: patient.birth.map(|birth| birth.date()),
            deceased: patient.deceased,
            restricted: patient.restricted,
            invalidated: patient.invalidated,
            practice,
            start: patient.start,
            end: patient.end,
            superseded_by: patient.superseded_by.map(|number| number.value()),
            names: Vec::new(),
        };
        if let Some(family) = &patient.family {
            record.add_names(&self.names, &names::keys(family, MatchedOn::UsualName));
        }
        for family in &patient.other_families {
            record.add_names(&self.names, &names::keys(family, MatchedOn::PreviousName));
        }
        Ok(record)
    }

    fn practice_index(&mut self, code: &OdsCode) -> Result<u32, PdsError> {
        if let Some(index) = self.practices.get(code) {
            return Ok(*index);
        }
        let index = u32::try_from(self.practice_codes.len()).map_err(|_| UNREADABLE)?;
        self.practice_codes.push(code.clone());
        self.practices.insert(code.clone(), index);
        Ok(index)
    }

    /// Writes the tables. Refuses later rows of one number, and numbers superseded in a circle.
    pub(super) fn finish(self, refusals: &mut Refusals) -> Result<Compiled, PdsError> {
        let circular = circular(&self.superseded);
        let mut bytes = self.patients.write(|group, write| {
            let (chosen, others) = choose(group)?;
            for origin in others {
                refusals.add(origin.line, RefusalReason::DuplicateNumber);
            }
            if circular.contains(&chosen.entry.subject) {
                refusals.add(chosen.origin.line, RefusalReason::SupersededCycle);
                return Ok(());
            }
            write(chosen.entry)
        })?;
        if let Some((details, by_name)) = self.details {
            bytes += details.write(|group, write| write(choose(group)?.0.entry))?;
            bytes += by_name.write(|group, write| {
                let mut numbers: Vec<_> = group.iter().map(|entry| entry.body.clone()).collect();
                numbers.dedup();
                numbers.truncate(NAMESAKES);
                let subject = group.into_iter().next().ok_or(UNREADABLE)?.subject;
                write(Entry {
                    subject,
                    body: numbers.concat(),
                })
            })?;
        }
        Ok(Compiled {
            bytes,
            practice_codes: self.practice_codes,
        })
    }
}
