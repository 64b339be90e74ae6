//! Moving a claimed pair to SENT or FAILED. What will be moved where is written down first, so that
//! a crash at any point is finished at the next start.

use std::fs;
use std::io;
use std::path::Path;

use mesh::ControlFile;
use serde::{Deserialize, Serialize};

use super::claim::Claim;
use crate::agent::directories::Directories;
use crate::agent::files::{
    free_base, read_own, rename, rename_if_there, sync_directory, write_unsynced,
};

// Names without the extensions of a pair, so that no application's file can have them.
const CONTROL_OUTCOME: &str = "restante-control";
const REPORT_OUTCOME: &str = "restante-report";
const PLAN: &str = "restante-plan";

/// Where a pair goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Target {
    Sent,
    Failed,
    /// Sent, and not to be kept.
    Nowhere,
}

#[derive(Debug, Serialize, Deserialize)]
struct Plan {
    target: Target,
    base: String,
    report_base: Option<String>,
}

/// Writes down the outcome of a claim and carries it out. `control` is the rewritten control file
/// (the original is kept as it is when it could not be read), `report` goes into IN under its base
/// name.
pub(super) fn put_away(
    directories: &Directories,
    claim: &Claim,
    target: Target,
    control: Option<&ControlFile>,
    report: Option<(String, &ControlFile)>,
) -> io::Result<()> {
    let place = place(directories, target);
    let base = place.map_or_else(String::new, |place| free_base(place, &claim.base));
    match (control, &claim.control) {
        (Some(control), _) => write_unsynced(&claim.file(CONTROL_OUTCOME), &control.write())?,
        (None, Some(original)) => rename(original, &claim.file(CONTROL_OUTCOME))?,
        (None, None) => {}
    }
    let mut report_base = None;
    if let Some((name, report)) = report {
        write_unsynced(&claim.file(REPORT_OUTCOME), &report.write())?;
        report_base = Some(free_base(&directories.inbox, &name));
    }
    let plan = serde_json::to_vec(&Plan {
        target,
        base,
        report_base,
    })
    .map_err(io::Error::other)?;
    write_unsynced(&claim.file(PLAN), &plan)?;
    sync_directory(&claim.directory)?;
    carry_out(directories, &claim.directory)?;
    Ok(())
}

/// Carries out what was written down; false when nothing was. Safe to repeat.
pub(super) fn carry_out(directories: &Directories, directory: &Path) -> io::Result<bool> {
    let plan = match read_own(&directory.join(PLAN)) {
        Ok(bytes) => serde_json::from_slice::<Plan>(&bytes).map_err(io::Error::other)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if let Some(place) = place(directories, plan.target) {
        if let Some(data) = Claim::open(directory)?.data {
            rename_if_there(&data, &place.join(format!("{}.dat", plan.base)))?;
        }
        let control = directory.join(CONTROL_OUTCOME);
        rename_if_there(&control, &place.join(format!("{}.ctl", plan.base)))?;
        sync_directory(place)?;
    }
    if let Some(base) = plan.report_base {
        let report = directories.inbox.join(format!("{base}.ctl"));
        rename_if_there(&directory.join(REPORT_OUTCOME), &report)?;
        sync_directory(&directories.inbox)?;
    }
    remove(directory)?;
    Ok(true)
}

/// Removes a finished claim, the plan last: a crash in between leaves a plan without files, which
/// is carried out again and does nothing.
fn remove(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name() != PLAN {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_dir_all(directory)
}

fn place(directories: &Directories, target: Target) -> Option<&Path> {
    match target {
        Target::Sent => Some(&directories.sent),
        Target::Failed => Some(&directories.failed),
        Target::Nowhere => None,
    }
}
