//! Holding back documents until they are scanned, where the practice scans.

use std::collections::HashSet;

use super::Delivery;
use super::verdict::Verdict;
use crate::PracticeError;
use crate::directories::Found;
use crate::inner::Inner;
use crate::scan::{Outcome, Subject};
use crate::store::alerts;

/// What becomes of a document that was judged.
pub(super) enum Scanned {
    /// Nothing speaks against recording the verdict.
    Through,
    /// It stays in IN for now.
    Waits,
    /// Something of this name was found in it.
    Infected(String),
}

/// Whether a pair in IN is not to be looked at now.
pub(super) fn holds_back(inner: &Inner, found: &Found) -> bool {
    let scanner = inner.scanner.as_ref();
    scanner.is_some_and(|scanner| scanner.holds_back(&found.base))
}

/// Whether so many documents wait that no further one may.
pub(super) fn is_full_for(inner: &Inner, found: &Found) -> bool {
    let scanner = inner.scanner.as_ref();
    scanner.is_some_and(|scanner| scanner.is_full_for(&found.base))
}

const TAKEN_AWAY: &str = "A document that waited for the malware scanner is no longer in IN: somebody took it \
    out. It was neither answered nor raised as a task. A copy is in received/: see what it is.";

/// Forgets what somebody took out of IN while it waited, and tells of it.
pub(super) fn forget_gone(inner: &Inner, present: &[Found]) -> Result<(), PracticeError> {
    let Some(scanner) = &inner.scanner else {
        return Ok(());
    };
    let present: HashSet<&str> = present.iter().map(|found| found.base.as_str()).collect();
    for kept_as in scanner.keep_only(|base| present.contains(base)) {
        inner.alert(&format!("taken-away:{kept_as}"), TAKEN_AWAY, None)?;
    }
    Ok(())
}

/// Only what would become a task is scanned: nobody is shown what is refused. A replacement of a
/// document that is not here is not refused while others of its sender wait.
pub(super) fn look(inner: &Inner, delivery: &Delivery, verdict: &Verdict) -> Scanned {
    let Some(scanner) = &inner.scanner else {
        return Scanned::Through;
    };
    let (base, sender) = (&delivery.found.base, delivery.sender());
    let waits_for_others = verdict.is_unreplaceable && scanner.has_others_of(base, sender.as_ref());
    let subject = Subject {
        base: base.clone(),
        kept_as: delivery.kept_as.clone(),
        sender,
    };
    if verdict.filed_as.is_some() {
        return match scanner.outcome(base, &delivery.kept_as) {
            Some(Outcome::Clean) => Scanned::Through,
            Some(Outcome::Infected(name)) => Scanned::Infected(name),
            None => {
                scanner.begin(subject);
                Scanned::Waits
            }
        };
    }
    if waits_for_others {
        scanner.put_behind(subject);
        return Scanned::Waits;
    }
    Scanned::Through
}

/// A pair is on record, so that nothing of it waits.
pub(super) fn forget(inner: &Inner, found: &Found) {
    if let Some(scanner) = &inner.scanner {
        scanner.forget(&found.base);
    }
}

/// Tells a person of documents that wait for too long. While that alert is open it speaks for those
/// that come after.
pub(crate) fn tell_of_waiting(inner: &Inner) -> Result<(), PracticeError> {
    let overdue = inner.scanner.as_ref().and_then(|scanner| scanner.overdue());
    let Some((base, count, error)) = overdue else {
        return Ok(());
    };
    let why = error.map_or_else(String::new, |error| format!(": {error}"));
    let what = format!(
        "Documents wait in IN for the malware scanner ({count} for too long){why}. They are not answered \
         and raise no task until it looks at them. See that the scanner runs."
    );
    let is_new = inner.store.write(|transaction| {
        if alerts::is_open(transaction, "scan-waits:")? {
            return Ok(false);
        }
        let key = format!("scan-waits:{base}:{}", inner.now());
        inner.alert_within(transaction, &key, &what, None)
    })?;
    inner.tell_alert(is_new, &what);
    Ok(())
}
