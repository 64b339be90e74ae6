//! Comparing files without reading them whole.

use std::io::{self, Read};
use std::path::Path;

use crate::{FileError, OwnedBy, PlainFile};

/// Bytes of each file in memory at a time.
const PIECE: usize = 64 * 1024;

/// Whether two files hold the same bytes. Both must be plain files, of anyone's; in memory are 128 KiB,
/// whatever their lengths, and files of different lengths are not read.
///
/// # Errors
/// As [`PlainFile::open`]; what the operating system says.
pub fn same_contents(left: &Path, right: &Path) -> Result<bool, FileError> {
    let mut first = PlainFile::open(left, &OwnedBy::Anyone)?;
    let mut second = PlainFile::open(right, &OwnedBy::Anyone)?;
    if first.length() != second.length() {
        return Ok(false);
    }
    let (mut here, mut there) = (vec![0; PIECE], vec![0; PIECE]);
    loop {
        let read = fill(&mut first, &mut here);
        let one = read.map_err(FileError::while_doing("comparing a file", left))?;
        let read = fill(&mut second, &mut there);
        let other = read.map_err(FileError::while_doing("comparing a file", right))?;
        if one != other {
            return Ok(false);
        }
        if one.is_empty() {
            return Ok(true);
        }
    }
}

/// Reads until the piece is full or the file ends.
fn fill<'a>(file: &mut impl Read, piece: &'a mut [u8]) -> io::Result<&'a [u8]> {
    let mut read = 0;
    while let Some(rest) = piece.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(piece.get(..read).unwrap_or_default())
}
