//! Moving claimed pairs to SENT or FAILED, many at once. What will be moved where is written down first, so that
//! a crash at any point is finished at the next start. Each step of all pairs is on disk before the next begins.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mesh::ControlFile;
use serde::{Deserialize, Serialize};

use super::attempt::{ATTEMPT, Attempt, OpenNote, is_of};
use super::claim::Claim;
use crate::agent::directories::Directories;
use crate::agent::disk::Group;
use crate::agent::files::{
    Promised, free_base_beside, read_own, rename, rename_if_there, same_error, sync_directory,
    write_first,
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

/// How a claim is put away.
#[derive(Debug)]
pub(super) struct Order {
    pub claim: Claim,
    pub target: Target,
    /// The rewritten control file; the original is kept as it is when it could not be read.
    pub control: Option<ControlFile>,
    /// What goes into IN, and under which base name.
    pub report: Option<(String, ControlFile)>,
    /// What is noted of the sending.
    pub noted: Option<Attempt>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Plan {
    /// The claim's id, see [`is_of`]; earlier files do not say.
    #[serde(default)]
    claim: Option<String>,
    target: Target,
    base: String,
    report_base: Option<String>,
}

/// Writes down the outcome of claims and carries it out; what became of each.
pub(super) fn put_away(
    directories: &Directories,
    group: &mut Group,
    orders: &[Order],
) -> Vec<io::Result<()>> {
    let mut results: Vec<_> = orders.iter().map(|_| Ok(())).collect();
    let mut promised = Promised::new();
    let mut plans: Vec<_> = orders.iter().map(|_| None).collect();
    let mut steps = Steps {
        group,
        orders,
        results: &mut results,
    };
    steps.each(|order, _, _| write_outcome(order));
    steps.each(|order, at, _| {
        let plan = plan(directories, order, &mut promised);
        let path = write_plan(order, &plan)?;
        if let Some(place) = plans.get_mut(at) {
            *place = Some(plan);
        }
        Ok(vec![path, order.claim.directory.clone()])
    });
    steps.each(
        |order, at, _| match plans.get(at).and_then(Option::as_ref) {
            Some(plan) => move_files(directories, &order.claim, plan),
            None => Ok(Vec::new()),
        },
    );
    steps.each(|order, _, group| remove(&order.claim, Some(group)).map(|()| Vec::new()));
    results
}

/// The claims of a group, step by step.
struct Steps<'a> {
    group: &'a mut Group,
    orders: &'a [Order],
    results: &'a mut [io::Result<()>],
}

impl Steps<'_> {
    /// Does a step for each claim whose steps before went well, and makes what it names durable.
    fn each(&mut self, mut step: impl FnMut(&Order, usize, &Group) -> io::Result<Vec<PathBuf>>) {
        let mut paths = Vec::new();
        for (at, (order, result)) in self.orders.iter().zip(self.results.iter_mut()).enumerate() {
            if result.is_ok() {
                *result = step(order, at, self.group).map(|named| paths.extend(named));
            }
        }
        paths.sort_unstable();
        paths.dedup();
        if paths.is_empty() {
            return;
        }
        if let Err(error) = self.group.sync(&paths) {
            for result in self.results.iter_mut().filter(|result| result.is_ok()) {
                *result = Err(same_error(&error));
            }
        }
    }
}

/// Writes the files as they will be beside the pair.
fn write_outcome(order: &Order) -> io::Result<Vec<PathBuf>> {
    let claim = &order.claim;
    let outcome = claim.file(CONTROL_OUTCOME);
    let mut paths = vec![claim.directory.clone()];
    match (&order.control, &claim.control) {
        (Some(control), _) => {
            write_first(&outcome, &control.write())?;
            paths.push(outcome);
        }
        (None, Some(original)) => rename(original, &outcome)?,
        (None, None) => {}
    }
    if let Some((_, report)) = &order.report {
        let path = claim.file(REPORT_OUTCOME);
        write_first(&path, &report.write())?;
        paths.push(path);
    }
    Ok(paths)
}

/// Where the pair goes, under names that nothing has and no other of the group will have.
fn plan(directories: &Directories, order: &Order, promised: &mut Promised) -> Plan {
    let mut free = |place: &Path, base: &str| {
        let base = free_base_beside(place, base, promised);
        promised.insert(place, &base);
        base
    };
    let base = place(directories, order.target)
        .map_or_else(String::new, |place| free(place, &order.claim.base));
    let report = order.report.as_ref();
    let report_base = report.map(|(name, _)| free(&directories.inbox, name));
    Plan {
        claim: order.claim.id.clone(),
        target: order.target,
        base,
        report_base,
    }
}

/// What is noted of the sending, and the plan: whoever looks for either reads it there.
#[derive(Serialize)]
struct NotedAndPlanned<'a> {
    #[serde(flatten)]
    noted: &'a Attempt,
    #[serde(flatten)]
    plan: &'a Plan,
}

/// Writes down where a pair goes: where its sending is noted, under another name, and without a file more.
fn write_plan(order: &Order, plan: &Plan) -> io::Result<PathBuf> {
    let path = order.claim.file(PLAN);
    let noted = order.noted.as_ref().filter(|noted| noted.is_one_request());
    if let Some(noted) = noted
        && let Ok(note) = OpenNote::open(&order.claim.file(ATTEMPT))
        && let both = serde_json::to_vec(&NotedAndPlanned { noted, plan })?
        && let Some(written) = note.renew(both, true)
    {
        written?;
        rename(&order.claim.file(ATTEMPT), &path)?;
    } else {
        write_first(&path, &serde_json::to_vec(plan)?)?;
    }
    Ok(path)
}

/// Carries out what was written down; false when nothing was. Safe to repeat.
pub(super) fn carry_out(directories: &Directories, directory: &Path) -> io::Result<bool> {
    let plan = match read_own(&directory.join(PLAN)) {
        // One that a power cut left unreadable, or as that of another claim, was not on disk, so that nothing was moved.
        Ok(bytes) => match serde_json::from_slice::<Plan>(&bytes) {
            Ok(plan) if is_of(&Claim::of(directory), &bytes) => plan,
            _ => return Ok(false),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let claim = Claim::open(directory)?;
    for place in move_files(directories, &claim, &plan)? {
        sync_directory(&place)?;
    }
    remove(&claim, None)?;
    Ok(true)
}

/// Moves what is still there; returns the directories it went to.
fn move_files(directories: &Directories, claim: &Claim, plan: &Plan) -> io::Result<Vec<PathBuf>> {
    let mut changed = Vec::new();
    if let Some(place) = place(directories, plan.target) {
        if let Some(data) = &claim.data {
            rename_if_there(data, &place.join(format!("{}.dat", plan.base)))?;
        }
        let control = claim.file(CONTROL_OUTCOME);
        rename_if_there(&control, &place.join(format!("{}.ctl", plan.base)))?;
        changed.push(place.to_owned());
    }
    if let Some(base) = &plan.report_base {
        let report = directories.inbox.join(format!("{base}.ctl"));
        rename_if_there(&claim.file(REPORT_OUTCOME), &report)?;
        changed.push(directories.inbox.clone());
    }
    Ok(changed)
}

/// Removes a finished claim, the plan last: a crash in between leaves a plan without files, which
/// is carried out again and does nothing.
fn remove(claim: &Claim, group: Option<&Group>) -> io::Result<()> {
    for path in claim.control.iter().chain(&claim.data) {
        remove_if_there(path)?;
    }
    for name in [ATTEMPT, CONTROL_OUTCOME] {
        remove_if_there(&claim.file(name))?;
    }
    // Of one that was just claimed nothing else can be there.
    if let Some(group) = group.filter(|_| claim.note.is_some()) {
        return group.keep_or_remove(&claim.directory, PLAN);
    }
    remove_if_there(&claim.file(PLAN))?;
    fs::remove_dir_all(&claim.directory)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn place(directories: &Directories, target: Target) -> Option<&Path> {
    match target {
        Target::Sent => Some(&directories.sent),
        Target::Failed => Some(&directories.failed),
        Target::Nowhere => None,
    }
}
