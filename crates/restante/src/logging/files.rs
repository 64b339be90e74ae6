//! Log files of bounded size: the one that is written, and a few before it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use durable::Access;
use tracing_subscriber::fmt::MakeWriter;

/// Bytes of a file, after which the next is begun.
const LONGEST: u64 = 10_000_000;
/// Files kept besides the one that is written.
const KEPT: u32 = 5;
/// A file that cannot be renamed, for somebody holds it, grows on to so many times its length; then lines are dropped.
const PATIENCE: u64 = 4;

/// Where lines go, from all threads.
#[derive(Clone)]
pub struct LogFiles(Arc<Mutex<Rotating>>);

impl LogFiles {
    /// Opens `name` in a directory, which is made when it is not there, and goes on behind what is in it.
    ///
    /// # Errors
    ///
    /// When it cannot be made or written.
    pub fn open(directory: &Path, name: &str) -> io::Result<Self> {
        let files = Rotating::open(directory, name, LONGEST)?;
        Ok(Self(Arc::new(Mutex::new(files))))
    }
}

impl<'a> MakeWriter<'a> for LogFiles {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for LogFiles {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.write(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Rotating {
    path: PathBuf,
    file: File,
    length: u64,
    longest: u64,
    /// The length from which the next file is begun; more than `longest` after a rename that failed.
    next_at: u64,
}

impl Rotating {
    fn open(directory: &Path, name: &str, longest: u64) -> io::Result<Self> {
        durable::create_directory(directory, Access::GroupReads)?;
        let path = directory.join(name);
        let (file, length) = append(&path)?;
        Ok(Self {
            path,
            file,
            length,
            longest,
            next_at: longest,
        })
    }

    /// Writes a line whole, in the next file where it has no room in this one.
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let after = self.length.saturating_add(line.len() as u64);
        if after > self.next_at && self.length > 0 {
            match self.begin_next() {
                Ok(()) => self.next_at = self.longest,
                // Tried again after some more lines.
                Err(_) => self.next_at = after.saturating_add(self.longest / 10),
            }
        }
        if self.length.saturating_add(line.len() as u64) > self.longest * PATIENCE {
            return Ok(());
        }
        self.file.write_all(line)?;
        self.length = self.length.saturating_add(line.len() as u64);
        Ok(())
    }

    fn begin_next(&mut self) -> io::Result<()> {
        for number in (1..KEPT).rev() {
            match fs::rename(self.numbered(number), self.numbered(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::rename(&self.path, self.numbered(1))?;
        (self.file, self.length) = append(&self.path)?;
        Ok(())
    }

    /// `mesh.log.1` is the last before `mesh.log`.
    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }
}

/// Whole lines of two processes stay whole.
fn append(path: &Path) -> io::Result<(File, u64)> {
    drop(durable::open_or_create(path, Access::GroupReads)?);
    let file = OpenOptions::new().append(true).open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn contents(directory: &Path) -> Vec<(String, String)> {
        let entries = fs::read_dir(directory).unwrap();
        let mut found: Vec<_> = entries
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        found.sort();
        found
    }

    #[test]
    fn files_are_bounded_in_length_and_number_and_lines_stay_whole() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("log");
        let mut files = Rotating::open(&directory, "mesh.log", 20).unwrap();
        for n in 0..40 {
            files.write(format!("line {n:02}\n").as_bytes()).unwrap();
        }
        let found = contents(&directory);
        let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
        let expected = ["", ".1", ".2", ".3", ".4", ".5"].map(|end| format!("mesh.log{end}"));
        assert_eq!(names, expected);
        assert_eq!(found[0].1, "line 38\nline 39\n");
        assert_eq!(found[1].1, "line 36\nline 37\n");
        assert_eq!(found[5].1, "line 28\nline 29\n");
    }

    #[test]
    fn a_restart_goes_on_behind_what_is_there() {
        let home = tempfile::tempdir().unwrap();
        for line in ["one\n", "two\n"] {
            let mut files = Rotating::open(home.path(), "mesh.log", 20).unwrap();
            files.write(line.as_bytes()).unwrap();
        }
        let found = contents(home.path());
        assert_eq!(found, [("mesh.log".to_owned(), "one\ntwo\n".to_owned())]);
    }

    #[test]
    fn a_file_that_cannot_be_renamed_grows_to_a_bound() {
        let home = tempfile::tempdir().unwrap();
        // a directory that has something in it is not replaced
        fs::create_dir_all(home.path().join("mesh.log.1/x")).unwrap();
        fs::create_dir_all(home.path().join("mesh.log.2/x")).unwrap();
        let mut files = Rotating::open(home.path(), "mesh.log", 20).unwrap();
        for n in 0..40 {
            files.write(format!("line {n:02}\n").as_bytes()).unwrap();
        }
        let length = fs::metadata(home.path().join("mesh.log")).unwrap().len();
        assert_eq!(length, 80);
    }
}
