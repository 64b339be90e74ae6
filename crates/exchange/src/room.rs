//! The room on the disk: below a reserve no new message is taken, so that everything that frees room,
//! or needs little, goes on: acknowledging, expiring, forgetting, sweeping.

use jiff::{SignedDuration, Timestamp};
use mail_store::{DiskRoom, INLINE_LIMIT};
use nhs::MailboxId;
use parking_lot::Mutex;

use crate::{Exchange, ExchangeError};

/// How long a look counts while there is plenty.
const FRESH: SignedDuration = SignedDuration::from_secs(1);
/// When less than two reserves are free, a mailbox whose messages take more than a quarter of what is
/// stored sends no more.
const LARGE_SHARE: u64 = 4;

/// What was seen last.
#[derive(Default)]
pub(crate) struct LastLook(Mutex<Option<Seen>>);

struct Seen {
    at: Timestamp,
    disk: DiskRoom,
    /// Bytes of bodies that came since; all of them may be on the disk.
    since: u64,
}

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes free on the disk.
    pub free: u64,
    /// Bytes below which no new message is taken.
    pub reserve: u64,
}

impl Room {
    /// Less than twice the reserve: whoever stores much sends no more.
    pub fn is_short(&self) -> bool {
        self.free < self.reserve.saturating_mul(2)
    }

    /// Less than the reserve: nobody sends.
    pub fn is_below_reserve(&self) -> bool {
        self.free < self.reserve
    }
}

impl Exchange {
    /// The room on the disk that the records are on; `None` where that is another machine's, or nothing
    /// is to be kept free. Also sets the metrics that tell it.
    pub fn room(&self) -> Option<Room> {
        let room = self.look(false)?;
        metrics::gauge!("restante_disk_free_bytes").set(rounded(room.free));
        metrics::gauge!("restante_disk_reserve_bytes").set(rounded(room.reserve));
        Some(room)
    }

    /// Refuses a message for which there is no room, before its body is taken in.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NoRoom`]; [`ExchangeError::Store`].
    pub(crate) async fn check_room(&self, sender: &MailboxId) -> Result<(), ExchangeError> {
        let Some(room) = self.look(true).filter(Room::is_short) else {
            return Ok(());
        };
        // what was deleted from the records is free for new ones, and never goes back to the disk
        let in_records = self.store().free_in_records().await?;
        let room = Room {
            free: room.free.saturating_add(in_records),
            ..room
        };
        if room.is_below_reserve() || (room.is_short() && self.stores_much(sender).await?) {
            return Err(ExchangeError::NoRoom);
        }
        Ok(())
    }

    /// Whether a body may have so many bytes more. Small ones lie in the records.
    pub(crate) fn check_room_for_body(&self, length: u64, more: u64) -> Result<(), ExchangeError> {
        if let Some(seen) = &mut *self.last_look().0.lock() {
            seen.since = seen.since.saturating_add(more);
        }
        if length.saturating_add(more) <= INLINE_LIMIT as u64 {
            return Ok(());
        }
        match self.look(true) {
            Some(room) if room.is_below_reserve() => Err(ExchangeError::NoRoom),
            _ => Ok(()),
        }
    }

    async fn stores_much(&self, mailbox: &MailboxId) -> Result<bool, ExchangeError> {
        let own = self.store().usage(mailbox).await?.bytes;
        let all = self.store().total_usage().await?.bytes;
        Ok(own > all / LARGE_SHARE)
    }

    /// What the disk says, or said within the last second if there is plenty all the same.
    fn look(&self, or_before: bool) -> Option<Room> {
        let now = self.now();
        let mut last = self.last_look().0.lock();
        let seen = last.as_ref().filter(|_| or_before);
        let seen = seen.filter(|seen| now.duration_since(seen.at).abs() <= FRESH);
        let seen = seen.map(|seen| self.room_of(seen.disk, seen.since));
        let room = match seen.filter(|room| !room.is_short()) {
            Some(room) => room,
            None => {
                let (at, disk) = (now, self.store().disk_room()?);
                *last = Some(Seen { at, disk, since: 0 });
                self.room_of(disk, 0)
            }
        };
        (room.reserve > 0).then_some(room)
    }

    fn room_of(&self, disk: DiskRoom, taken: u64) -> Room {
        Room {
            free: disk.free.saturating_sub(taken),
            reserve: self.settings().reserve(disk.total),
        }
    }
}

/// Metrics are floating-point numbers.
#[allow(clippy::cast_precision_loss)]
fn rounded(bytes: u64) -> f64 {
    bytes as f64
}
