//! Checksums of records. SQLite has none of its own: a byte that changed on the disk would come
//! back as if it had been written so.

use rusqlite::types::ValueRef;

/// CRC-32 of a record's columns in the upper half, of the bytes that lie in it in the lower half.
pub(super) fn record(columns: &[ValueRef<'_>], body: Option<&[u8]>) -> i64 {
    join(of_columns(columns.iter().copied()), of_body(body))
}

/// Whether the columns agree with a record's checksum.
pub(super) fn columns_agree<'a>(
    columns: impl Iterator<Item = ValueRef<'a>>,
    checksum: i64,
) -> bool {
    checksum.cast_unsigned() >> 32 == u64::from(of_columns(columns))
}

/// Whether the bytes agree with a record's checksum.
pub(super) fn body_agrees(body: Option<&[u8]>, checksum: i64) -> bool {
    checksum.cast_unsigned() & u64::from(u32::MAX) == u64::from(of_body(body))
}

fn join(columns: u32, body: u32) -> i64 {
    ((u64::from(columns) << 32) | u64::from(body)).cast_signed()
}

fn of_body(body: Option<&[u8]>) -> u32 {
    crc32fast::hash(body.unwrap_or_default())
}

/// Gathered first and hashed at once: a step of the hash for each small piece costs more than the
/// bytes do.
fn of_columns<'a>(columns: impl Iterator<Item = ValueRef<'a>>) -> u32 {
    let mut gathered = Vec::with_capacity(512);
    for column in columns {
        match column {
            ValueRef::Null => gathered.push(b'n'),
            ValueRef::Integer(number) => gather(&mut gathered, b'i', &number.to_be_bytes()),
            ValueRef::Real(number) => gather(&mut gathered, b'r', &number.to_be_bytes()),
            ValueRef::Text(bytes) => gather_with_length(&mut gathered, b't', bytes),
            ValueRef::Blob(bytes) => gather_with_length(&mut gathered, b'b', bytes),
        }
    }
    crc32fast::hash(&gathered)
}

fn gather(gathered: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    gathered.push(kind);
    gathered.extend_from_slice(bytes);
}

fn gather_with_length(gathered: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    gather(gathered, kind, &(bytes.len() as u64).to_be_bytes());
    gathered.extend_from_slice(bytes);
}
