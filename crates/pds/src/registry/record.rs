//! A patient's entry in the registry, as bytes.

use jiff::civil::Date;

use super::seal::NameKeys;
use crate::{MatchedOn, PdsError};

const TORN: PdsError = PdsError::RegistryDamaged("a patient's entry cannot be read");

const DECEASED: u8 = 1;
const RESTRICTED: u8 = 1 << 1;
const INVALIDATED: u8 = 1 << 2;
const BIRTH: u8 = 1 << 3;
const PRACTICE: u8 = 1 << 4;
const START: u8 = 1 << 5;
const END: u8 = 1 << 6;
const SUPERSEDED: u8 = 1 << 7;

/// What the registry keeps of a patient for routing; names only as keyed hashes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PatientRecord {
    pub birth: Option<Date>,
    pub deceased: bool,
    pub restricted: bool,
    pub invalidated: bool,
    /// Index into the snapshot's list of practice codes.
    pub practice: Option<u32>,
    pub start: Option<Date>,
    pub end: Option<Date>,
    /// The number that replaced this one.
    pub superseded_by: Option<u64>,
    pub names: Vec<(MatchedOn, [u8; 8])>,
}

impl PatientRecord {
    pub(crate) fn add_names(&mut self, keys: &NameKeys, names: &[(MatchedOn, String)]) {
        self.names.extend(
            names
                .iter()
                .map(|(held_as, key)| (*held_as, keys.hash(key))),
        );
    }

    /// Flags (1 byte), then what the flags announce: dates and practice 4 bytes each, the
    /// replacing number 8; then 9 bytes a name. All little-endian.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut flags = 0;
        let mut fields = Vec::with_capacity(32);
        for (set, flag) in [
            (self.deceased, DECEASED),
            (self.restricted, RESTRICTED),
            (self.invalidated, INVALIDATED),
        ] {
            flags |= if set { flag } else { 0 };
        }
        for (value, flag) in [
            (self.birth.map(date_number), BIRTH),
            (self.practice, PRACTICE),
            (self.start.map(date_number), START),
            (self.end.map(date_number), END),
        ] {
            if let Some(value) = value {
                flags |= flag;
                fields.extend_from_slice(&value.to_le_bytes());
            }
        }
        if let Some(number) = self.superseded_by {
            flags |= SUPERSEDED;
            fields.extend_from_slice(&number.to_le_bytes());
        }
        for (held_as, hash) in &self.names {
            fields.push(held_as_number(*held_as));
            fields.extend_from_slice(hash);
        }
        fields.insert(0, flags);
        fields
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, PdsError> {
        let (flags, mut rest) = bytes.split_first().ok_or(TORN)?;
        let mut number = |flag: u8| -> Result<Option<u32>, PdsError> {
            if flags & flag == 0 {
                return Ok(None);
            }
            let (value, after) = rest.split_first_chunk::<4>().ok_or(TORN)?;
            rest = after;
            Ok(Some(u32::from_le_bytes(*value)))
        };
        let birth = number(BIRTH)?.map(number_date).transpose()?;
        let practice = number(PRACTICE)?;
        let start = number(START)?.map(number_date).transpose()?;
        let end = number(END)?.map(number_date).transpose()?;
        let mut superseded_by = None;
        if flags & SUPERSEDED != 0 {
            let (value, after) = rest.split_first_chunk::<8>().ok_or(TORN)?;
            rest = after;
            superseded_by = Some(u64::from_le_bytes(*value));
        }
        let (names, left) = rest.as_chunks::<9>();
        if !left.is_empty() {
            return Err(TORN);
        }
        Ok(Self {
            birth,
            deceased: flags & DECEASED != 0,
            restricted: flags & RESTRICTED != 0,
            invalidated: flags & INVALIDATED != 0,
            practice,
            start,
            end,
            superseded_by,
            names: names.iter().map(decode_name).collect::<Result<_, _>>()?,
        })
    }
}

fn decode_name(bytes: &[u8; 9]) -> Result<(MatchedOn, [u8; 8]), PdsError> {
    let (held_as, hash) = bytes.split_first().ok_or(TORN)?;
    let held_as = match held_as {
        0 => MatchedOn::UsualName,
        1 => MatchedOn::Nickname,
        2 => MatchedOn::PreviousName,
        3 => MatchedOn::NameComponent,
        _ => return Err(TORN),
    };
    Ok((held_as, hash.try_into().map_err(|_| TORN)?))
}

fn held_as_number(held_as: MatchedOn) -> u8 {
    match held_as {
        MatchedOn::UsualName => 0,
        MatchedOn::Nickname => 1,
        MatchedOn::PreviousName => 2,
        MatchedOn::NameComponent => 3,
    }
}

/// 1946-06-23 is 19460623.
fn date_number(date: Date) -> u32 {
    date.year().unsigned_abs() as u32 * 10_000
        + date.month().unsigned_abs() as u32 * 100
        + date.day().unsigned_abs() as u32
}

fn number_date(number: u32) -> Result<Date, PdsError> {
    let year = i16::try_from(number / 10_000).map_err(|_| TORN)?;
    let month = (number / 100 % 100) as i8;
    let day = (number % 100) as i8;
    Date::new(year, month, day).map_err(|_| TORN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn every_field_survives() {
        let full = PatientRecord {
            birth: Some(date(1946, 6, 23)),
            deceased: true,
            restricted: true,
            invalidated: true,
            practice: Some(70_000),
            start: Some(date(1800, 1, 1)),
            end: Some(date(2199, 12, 31)),
            superseded_by: Some(9_693_632_109),
            names: vec![
                (MatchedOn::UsualName, [1; 8]),
                (MatchedOn::PreviousName, [2; 8]),
            ],
        };
        for record in [full, PatientRecord::default()] {
            assert_eq!(PatientRecord::decode(&record.encode()).unwrap(), record);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(record) = PatientRecord::decode(&bytes) {
                prop_assert_eq!(record.encode(), bytes);
            }
        }
    }
}
