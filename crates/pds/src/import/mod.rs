//! Compiling a registry from files.

mod circular;
mod compile;
mod kind;
mod patients;
mod pds_response;
mod pending;
mod practices;
mod report;
mod rows;

use std::io::Read;
use std::path::Path;

use jiff::Timestamp;
use nhs::{Randomness, SystemRandomness};

use crate::registry::snapshot::{Draft, FORMAT, Manifest, SnapshotStatus, Subject};
use crate::{KeySource, PdsError};
use compile::PatientCompiler;
use report::Refusals;
use rows::Rows;

pub use kind::{Kind, UnknownKind};
pub use report::{ImportReport, RefusalReason, RefusedRow};

/// How a file is imported.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// The kind of file; recognised from its header or first row when not given.
    pub kind: Option<Kind>,
    /// Where the registry's key is. A key file that is not there is made, mode 0600.
    pub key: KeySource,
    /// Whether names and dates are kept, sealed, for the PDS stand-in. Routing needs none of them;
    /// a registry that only routes is about a quarter of the size without. Default: yes.
    pub details: bool,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            kind: None,
            key: KeySource::default(),
            details: true,
        }
    }
}

/// Imports a file into a registry directory, with the default options.
///
/// # Errors
///
/// As [`import_with`].
pub fn import(
    directory: &Path,
    reader: impl Read,
    kind: Option<Kind>,
    now: Timestamp,
) -> Result<ImportReport, PdsError> {
    let options = ImportOptions {
        kind,
        ..ImportOptions::default()
    };
    import_with(directory, reader, &options, now, &SystemRandomness)
}

/// Imports a file into a registry directory, replacing what was imported of the same subject
/// (patients or practices) before.
///
/// Rows that cannot be trusted are refused one by one; the file as a whole fails only when no row
/// is accepted, and then the registry stays as it was. The file is streamed: memory is bounded
/// whatever its size, except for about 50 bytes for each superseded number. Running readers take
/// the new snapshot up by themselves; a crash at any moment leaves the old one or the new one.
///
/// # Errors
///
/// When the file is of no known kind, cannot be read or has no acceptable row; when another import runs, or the
/// directory cannot be written to. What was imported before stays in use.
pub fn import_with(
    directory: &Path,
    reader: impl Read,
    options: &ImportOptions,
    now: Timestamp,
    randomness: &dyn Randomness,
) -> Result<ImportReport, PdsError> {
    let (kind, mut rows) = Rows::open(reader, options.kind)?;
    let subject = match kind {
        Kind::Patients | Kind::PdsResponse => Subject::Patients,
        Kind::Practices | Kind::Epraccur => Subject::Practices,
    };
    let draft = Draft::begin(directory, subject)?;
    let key = options.key.load_or_make(directory, randomness)?;
    let mut refusals = Refusals::default();
    let mut manifest = Manifest {
        status: SnapshotStatus {
            generation: draft.generation,
            format: FORMAT,
            kind,
            as_of: now,
            rows: 0,
            refused: 0,
            sha256: String::new(),
            bytes: 0,
            details: options.details && subject == Subject::Patients,
        },
        salt: [0; 32],
        practice_codes: Vec::new(),
        practices: Vec::new(),
    };
    randomness.fill(&mut manifest.salt);
    match kind {
        Kind::Practices => manifest.practices = practices::read_csv(&mut rows, &mut refusals)?,
        Kind::Epraccur => manifest.practices = practices::read_epraccur(&mut rows, &mut refusals)?,
        Kind::Patients | Kind::PdsResponse => {
            let folder = draft.folder();
            let mut compiler =
                PatientCompiler::new(folder, &key, &manifest.salt, options.details, randomness)?;
            compiler.read(&mut rows, kind, &mut refusals)?;
            let compiled = compiler.finish(&mut refusals)?;
            manifest.status.bytes = compiled.bytes;
            manifest.practice_codes = compiled.practice_codes;
        }
    }
    let accepted = rows.count().saturating_sub(refusals.count());
    if accepted == 0 {
        return Err(refusals.nothing_accepted());
    }
    manifest.status.rows = accepted;
    manifest.status.refused = refusals.count();
    manifest.status.sha256 = rows.sha256();
    draft.publish(&manifest, &key)?;
    tracing::info!(
        %kind,
        accepted,
        refused = refusals.count(),
        sha256 = manifest.status.sha256,
        generation = manifest.status.generation,
        "imported a registry file"
    );
    Ok(ImportReport {
        kind,
        accepted,
        refused: refusals.count(),
        refused_rows: refusals.into_rows(),
        sha256: manifest.status.sha256,
        as_of: now,
        generation: manifest.status.generation,
    })
}
