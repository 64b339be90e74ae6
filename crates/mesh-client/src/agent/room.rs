//! How large a message may become on its way into TEMP: by the configured limit, and by the room that is free.

use std::path::PathBuf;

use super::files::nameless;
use crate::ClientError;
use crate::config::AgentConfig;

/// Never more than this is kept in reserve.
const MOST_RESERVE: u64 = 1 << 30;
/// One part in so many of the file system is kept in reserve.
const RESERVED_PART: u64 = 20;
/// How many bytes may come until the free room is asked for again.
const ASK_EVERY: u64 = 32 << 20;

/// The room for one message.
pub(super) struct Room {
    temp: PathBuf,
    limit: u64,
    /// Up to here the free room was found to be enough.
    asked_to: u64,
}

impl Room {
    /// Room in the file system of TEMP, for a message of at most `limit` bytes.
    pub fn new(temp: PathBuf, limit: u64) -> Self {
        Self {
            temp,
            limit,
            asked_to: 0,
        }
    }

    /// Whether the message may have so many bytes in all.
    ///
    /// # Errors
    /// [`ClientError::TooLarge`] and [`ClientError::NoRoom`]; [`ClientError::File`] when the file
    /// system does not say how much is free.
    pub fn allow(&mut self, bytes: u64) -> Result<(), ClientError> {
        if bytes > self.limit {
            return Err(ClientError::TooLarge(self.limit));
        }
        if bytes > self.asked_to {
            self.check()?;
            self.asked_to = bytes.saturating_add(ASK_EVERY);
        }
        Ok(())
    }

    /// Whether there is room at all.
    ///
    /// # Errors
    /// [`ClientError::NoRoom`] and [`ClientError::File`], as above.
    pub fn check(&self) -> Result<(), ClientError> {
        let space = durable::space(&self.temp);
        let space = space
            .map_err(|error| ClientError::File("asking for the free room", nameless(error)))?;
        keeps_reserve(space)
    }
}

fn keeps_reserve(space: durable::Space) -> Result<(), ClientError> {
    let reserve = (space.total / RESERVED_PART).min(MOST_RESERVE);
    if space.free < reserve {
        return Err(ClientError::NoRoom {
            free: space.free,
            reserve,
        });
    }
    Ok(())
}

/// The file systems of mailboxes that have no room left for what may arrive.
pub fn disk_faults(config: &AgentConfig) -> Vec<ClientError> {
    let roots = config.mailboxes.iter().map(|mailbox| &mailbox.directory);
    let there = roots.filter_map(|root| root.ancestors().find(|path| path.is_dir()));
    let rooms = there.map(|path| Room::new(path.to_owned(), u64::MAX).check());
    rooms.filter_map(Result::err).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_system_is_noticed_before_it_is_full() {
        let with = |total, free| keeps_reserve(durable::Space { total, free });
        assert!(with(100 << 30, 2 << 30).is_ok());
        let refused = with(100 << 30, (1 << 30) - 1).unwrap_err();
        assert!(matches!(refused, ClientError::NoRoom { .. }));
        assert!(with(1000, 50).is_ok() && with(1000, 49).is_err());
    }
}
