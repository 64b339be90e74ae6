//! Message ids.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use nhs::{MessageId, Randomness};
use parking_lot::Mutex;

use crate::ExchangeError;

/// Of an id, in bytes.
const LENGTH: usize = 27;

/// Makes message ids in the real service's form, `yyyyMMddHHmmssffffff_XXXXXX`: the time in UTC to
/// the microsecond and six upper-case hexadecimal digits of randomness. Each is later than the one
/// before, even when the clock stands still or goes back a little.
#[derive(Debug, Default)]
pub(crate) struct IdSource {
    last: Mutex<i64>,
}

impl IdSource {
    pub(crate) fn next(
        &self,
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Result<MessageId, ExchangeError> {
        let micros = {
            let mut last = self.last.lock();
            *last = now.as_microsecond().max(*last + 1);
            *last
        };
        let at = Timestamp::from_microsecond(micros).map_err(|_| ExchangeError::Clock)?;
        let mut bytes = [0u8; 4];
        randomness.fill(&mut bytes);
        let suffix = u32::from_be_bytes(bytes) & 0x00ff_ffff;
        let civil = TimeZone::UTC.to_datetime(at);
        let (year, month, day) = (civil.year(), civil.month(), civil.day());
        let (hour, minute, second) = (civil.hour(), civil.minute(), civil.second());
        let fraction = civil.subsec_nanosecond() / 1_000;
        let mut id = String::with_capacity(LENGTH);
        // writing to a string cannot fail
        let _ = write!(
            id,
            "{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}{fraction:06}_{suffix:06X}"
        );
        MessageId::parse(&id).map_err(|_| ExchangeError::Clock)
    }
}
