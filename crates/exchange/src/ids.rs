use std::sync::Mutex;
use std::sync::PoisonError;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use nhs::{MessageId, Randomness};

use crate::ExchangeError;

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
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            *last = now.as_microsecond().max(*last + 1);
            *last
        };
        let at = Timestamp::from_microsecond(micros).map_err(|_| ExchangeError::Clock)?;
        let civil = at
            .to_zoned(TimeZone::UTC)
            .strftime("%Y%m%d%H%M%S%6f")
            .to_string();
        let mut bytes = [0u8; 4];
        randomness.fill(&mut bytes);
        let suffix = u32::from_be_bytes(bytes) & 0x00ff_ffff;
        MessageId::parse(&format!("{civil}_{suffix:06X}")).map_err(|_| ExchangeError::Clock)
    }
}
