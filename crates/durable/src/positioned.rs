//! Reading and writing at an offset, whatever else is done with the open file.

use std::fs::File;
use std::io;

use crate::platform;

/// Fills `into` with the bytes from `offset` on, whatever other threads read of the same file. Where the
/// file stands for sequential reading afterwards is not said.
///
/// # Errors
/// [`io::ErrorKind::UnexpectedEof`] when the file ends before; what the operating system says. The
/// caller knows the file's name.
pub fn read_exact_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<()> {
    platform::read_exact_at(file, into, offset)
}

/// Writes all bytes from `offset` on, over what is there.
///
/// Durable when it returns: nothing. The end of this process harms nothing that was written: where it is within one page
/// of the file cache (4096 bytes), a reader of afterwards meets what was before or all of it.
///
/// # Errors
/// What the operating system says. The caller knows the file's name.
pub fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    platform::write_all_at(file, bytes, offset)
}
