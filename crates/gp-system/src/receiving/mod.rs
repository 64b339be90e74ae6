//! The receiving side: what the MESH client published in IN is taken, kept byte for byte, judged,
//! answered, and turned into a workflow task (step 6 of a message's way).
//!
//! Everything one arrival changes is one transaction; only after it is on disk are the files
//! removed from IN. A crash before it leaves the arrival in IN to be judged anew; a crash after it
//! leaves files that are known to be taken and are merely removed.

mod acknowledgement;
mod answering;
mod document;
mod foreign;
mod not_understood;
mod report;
mod route;
mod scanning;
mod verdict;

use document::Taken;
use durable::FileError;
use jiff::SignedDuration;
use mesh::ControlFile;
use nhs::{MailboxId, MessageId};
use route::Route;

use crate::directories::{Found, LARGEST_DATA_FILE, control_bytes};
use crate::inner::Inner;
use crate::records::Summary;
use crate::store::received;
use crate::{Event, PracticeError};

pub(crate) use scanning::tell_of_waiting;

/// One arrival, read and kept.
struct Delivery {
    found: Found,
    control: ControlFile,
    /// The exchange's message id, or the kept name of what has none: by it the practice knows
    /// what it took before.
    key: String,
    kept_as: String,
}

impl Delivery {
    /// The exchange's message id, where it is one.
    fn transport_id(&self) -> Option<&str> {
        self.control
            .dts_id
            .as_deref()
            .filter(|id| MessageId::parse(id).is_ok())
    }

    /// The mailbox of origin, where answers go.
    fn sender(&self) -> Option<MailboxId> {
        self.control
            .from_dts
            .as_deref()
            .and_then(|id| MailboxId::parse(id).ok())
    }

    fn subject(&self) -> &str {
        self.control.subject.as_deref().unwrap_or_default()
    }

    fn workflow(&self) -> &str {
        self.control.workflow_id.as_deref().unwrap_or_default()
    }

    /// The data file's bytes as they were kept; none when it is larger than any message may be.
    fn data(&self, inner: &Inner) -> Result<Option<Vec<u8>>, PracticeError> {
        match self.found.data {
            Some(_) => inner
                .directories
                .kept_data(&self.kept_as, LARGEST_DATA_FILE),
            None => Ok(Some(Vec::new())),
        }
    }
}

/// How long arrivals are taken before what is to be sent has its turn: each may take up to
/// [`message_check::CHECK_SECONDS`] to check, and there is no end to how many may come.
const TURN: SignedDuration = SignedDuration::from_secs(2);

/// What is in IN at a pass, to be taken a turn at a time.
pub(crate) struct Arrivals(std::vec::IntoIter<Found>);

impl Arrivals {
    pub(crate) fn look(inner: &Inner) -> Result<Self, PracticeError> {
        let found = inner.directories.arrivals()?;
        foreign::forget_gone(inner, &found)?;
        scanning::forget_gone(inner, &found)?;
        Ok(Self(found.into_iter()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// Takes what is for this system, for a turn. An arrival that cannot be taken now holds up no
    /// other; the first error is returned after all were looked at.
    pub(crate) fn take_a_turn(
        &mut self,
        inner: &Inner,
        summary: &mut Summary,
    ) -> Result<(), PracticeError> {
        let until = inner.now() + TURN;
        let mut outcome = Ok(());
        for found in self.0.by_ref() {
            outcome = outcome.and(take(inner, found, summary));
            if inner.now() >= until {
                break;
            }
        }
        outcome
    }
}

fn take(inner: &Inner, found: Found, summary: &mut Summary) -> Result<(), PracticeError> {
    if scanning::holds_back(inner, &found) {
        summary.left += 1;
        return Ok(());
    }
    let mut control_file = match found.open_control() {
        Ok(file) => file,
        Err(error) => {
            summary.left += 1;
            return tell_of_unusable(inner, &found, &error);
        }
    };
    let read = control_bytes(&control_file).map(|bytes| ControlFile::read(&bytes));
    let Ok(Ok(control)) = read else {
        summary.left += 1;
        return tell_of_unreadable(inner, &found);
    };
    let route = Route::of(&control, &inner.config);
    if route == Route::Foreign {
        summary.left += 1;
        return foreign::tell(inner, &found, &control);
    }
    if found.data.is_none() && route != Route::Report {
        summary.left += 1;
        return tell_of_missing_data(inner, &found);
    }
    if route.is_message() && scanning::is_full_for(inner, &found) {
        summary.left += 1;
        return Ok(());
    }
    let name = key(&control, &found, route);
    if inner
        .store
        .read(|connection| received::is_taken(connection, &name))?
    {
        // Taken before a crash, or published twice by the client: one answer was enough.
        scanning::forget(inner, &found);
        return inner.directories.remove_arrival(&found);
    }
    let mut data_file = match found.open_data() {
        Ok(file) => file,
        Err(error) => {
            summary.left += 1;
            return tell_of_unusable(inner, &found, &error);
        }
    };
    let kept_as = inner
        .directories
        .keep(&found, &mut control_file, data_file.as_mut())?;
    let delivery = Delivery {
        found,
        control,
        key: name,
        kept_as,
    };
    if dispatch(inner, &delivery, route, summary)? {
        inner.directories.remove_arrival(&delivery.found)
    } else {
        summary.left += 1;
        Ok(())
    }
}

/// Takes an arrival as what it is; tells whether it was taken, and does not wait.
fn dispatch(
    inner: &Inner,
    delivery: &Delivery,
    route: Route,
    summary: &mut Summary,
) -> Result<bool, PracticeError> {
    match route {
        Route::Report => {
            report::take(inner, delivery)?;
            summary.reports_taken += 1;
        }
        Route::Message | Route::SwitchedOff => {
            let Taken::Recorded { raised } = document::take(inner, delivery, route)? else {
                return Ok(false);
            };
            summary.messages_taken += 1;
            summary.tasks_raised += usize::from(raised);
        }
        Route::Acknowledgement => {
            acknowledgement::take(inner, delivery)?;
            summary.messages_taken += 1;
            summary.acknowledgements_received += 1;
        }
        Route::NotUnderstood => {
            not_understood::take(inner, delivery)?;
            summary.messages_taken += 1;
        }
        Route::Foreign => {}
    }
    Ok(true)
}

/// Reports of one message share its id, so a report is known by its file name and time instead.
fn key(control: &ControlFile, found: &Found, route: Route) -> String {
    match &control.dts_id {
        Some(id) if route != Route::Report && MessageId::parse(id).is_ok() => {
            id.to_ascii_uppercase()
        }
        _ => {
            let at = control.status.as_ref().and_then(|status| status.at);
            let at = at.map_or_else(String::new, |at| at.to_string());
            format!("file:{}:{at}", found.base)
        }
    }
}

fn tell_of_unreadable(inner: &Inner, found: &Found) -> Result<(), PracticeError> {
    // A client that does not rename may still be writing: the second look decides.
    if !inner.suspected_before(&found.base) {
        return Ok(());
    }
    inner.alert(
        &format!("unreadable:{}", found.base),
        "A control file in IN cannot be read. It was left there: see the MESH client's log and \
         remove it by hand.",
        None,
    )
}

/// A link, a pipe or a second name of another file: nothing of it is read.
fn tell_of_unusable(inner: &Inner, found: &Found, error: &FileError) -> Result<(), PracticeError> {
    if !inner.suspected_before(&found.base) {
        return Ok(());
    }
    let what = format!(
        "A file in IN cannot be taken: it {}. It was left there, remove it by hand.",
        error.problem()
    );
    inner.alert(&format!("unusable:{}", found.base), &what, None)
}

fn tell_of_missing_data(inner: &Inner, found: &Found) -> Result<(), PracticeError> {
    if !inner.suspected_before(&found.base) {
        return Ok(());
    }
    inner.alert(
        &format!("missing-data:{}", found.base),
        "A control file in IN has no data file. It was left there: see the MESH client's log.",
        None,
    )
}

fn taken_event(delivery: &Delivery) -> Event {
    Event::MessageTaken {
        transport: delivery.transport_id().map(str::to_owned),
    }
}
