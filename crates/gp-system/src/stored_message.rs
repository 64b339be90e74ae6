//! A message as it came or as it was sent, byte for byte.

use crate::inner::Inner;
use crate::store::{outbox, received};
use crate::{ConsultationId, PracticeError, TaskId};

/// A message as it came or as it was sent, byte for byte. Patient data, which has no `Debug`.
pub struct StoredMessage {
    /// The data file, of at most 64 MiB.
    pub data: Vec<u8>,
    /// The control file.
    pub control: Vec<u8>,
}

/// The message a task was raised by; none when it is no longer kept.
pub(crate) fn of_task(inner: &Inner, task: TaskId) -> Result<Option<StoredMessage>, PracticeError> {
    let look = |connection: &_| received::kept_of_task(connection, task);
    match inner.store.read(look)? {
        Some(name) => inner.directories.pair("received", &name),
        None => Ok(None),
    }
}

/// The control file of the message a task was raised by; none when it is no longer kept.
pub(crate) fn control_of_task(
    inner: &Inner,
    task: TaskId,
) -> Result<Option<Vec<u8>>, PracticeError> {
    let look = |connection: &_| received::kept_of_task(connection, task);
    match inner.store.read(look)? {
        Some(name) => inner.directories.kept_control(&name),
        None => Ok(None),
    }
}

/// The message that a consultation left in; none before it is built, and when it is no longer kept.
pub(crate) fn of_consultation(
    inner: &Inner,
    consultation: ConsultationId,
) -> Result<Option<StoredMessage>, PracticeError> {
    let look = |connection: &_| outbox::base_of(connection, consultation);
    match inner.store.read(look)? {
        Some(name) => inner.directories.pair("sent", &name),
        None => Ok(None),
    }
}
