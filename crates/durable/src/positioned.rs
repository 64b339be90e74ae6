//! Reading at an offset, for many readers of one open file.

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
