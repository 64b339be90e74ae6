//! One pass over the directories and everything due.

use crate::inner::Inner;
use crate::receiving::{self, Arrivals};
use crate::sending::{building, following, placing};
use crate::{PracticeError, Summary, tidying};

/// Takes everything in IN, sends everything due, follows what is under way. What cannot be taken
/// holds up nothing else; its error is returned in the end.
pub(crate) fn run(inner: &Inner) -> Result<Summary, PracticeError> {
    // A pass that panicked left its work to be done again, as a crash does.
    let _one_at_a_time = inner.pass.lock();
    let mut summary = Summary::default();
    refresh_patients(inner)?;
    following::follow_client(inner)?;
    let mut arrivals = Arrivals::look(inner)?;
    let mut taken = Ok(());
    loop {
        taken = taken.and(arrivals.take_a_turn(inner, &mut summary));
        building::build_due(inner)?;
        placing::place_all(inner, &mut summary)?;
        following::find_overdue(inner)?;
        if arrivals.is_empty() {
            break;
        }
    }
    receiving::tell_of_waiting(inner)?;
    if tidying::run(inner)? {
        inner.changed.notify_one();
    }
    taken.map(|()| summary)
}

/// Takes over a changed list of patients, or tells that it cannot be read.
fn refresh_patients(inner: &Inner) -> Result<(), PracticeError> {
    let Err(error) = inner.patients.refresh(inner.now()) else {
        return match inner.patients.current().left_out() {
            Some(what) => inner.alert(&format!("patient-rows:{what}"), &what, None),
            None => Ok(()),
        };
    };
    let what = format!(
        "The list of patients has changed and cannot be read, so the list read before stays in force. {error}"
    );
    inner.alert(&format!("patient-list:{}", inner.now()), &what, None)
}
