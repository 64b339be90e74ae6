//! Where a rehearsal writes: its pack and its own files are apart.

use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::error::{self, Error};

/// Refuses a pack within a directory of the rehearsal, and the other way round: a pack is given away, and what is in such
/// a directory opens mailboxes or is the system's own.
///
/// # Errors
///
/// [`Error::Arguments`]; what the operating system says of a directory.
pub fn are_apart(out: &Path, dir: &Path, what: &str) -> Result<(), Error> {
    let found = match (resolved(out)?, resolved(dir)?) {
        (out, dir) if out == dir => "one directory for both",
        (out, dir) if out.starts_with(&dir) => "the pack within the other",
        (out, dir) if dir.starts_with(&out) => "the other within the pack",
        _ => return Ok(()),
    };
    Err(Error::Arguments(format!(
        "--out {}: expected a directory apart from {}, {what}, found {found}; nothing was \
         started. Name another directory for one of them",
        out.display(),
        dir.display()
    )))
}

/// The path without links, as far as it is there.
fn resolved(path: &Path) -> Result<PathBuf, Error> {
    let mut known = std::path::absolute(path).map_err(error::at(path))?;
    let mut rest: Vec<OsString> = Vec::new();
    let mut real = loop {
        match known.canonicalize() {
            Ok(real) => break real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let last = known.components().next_back();
                let last = last.map(|it: Component<'_>| it.as_os_str().to_owned());
                match (last, known.parent().map(Path::to_owned)) {
                    (Some(last), Some(parent)) => {
                        rest.push(last);
                        known = parent;
                    }
                    _ => break known,
                }
            }
            Err(error) => return Err(error::at(path)(error)),
        }
    };
    for part in rest.iter().rev() {
        if part == ".." {
            real.pop();
        } else {
            real.push(part);
        }
    }
    Ok(real)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_and_the_directory_of_the_exchange_are_not_inside_each_other() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::create_dir(at("a")).unwrap();
        for (out, dir) in [
            ("a", "a"),
            ("a/pack", "a"),
            ("a", "a/b/c"),
            ("new/pack", "new"),
            ("new/../a/pack", "a"),
        ] {
            let refused = are_apart(&at(out), &at(dir), "of another")
                .err()
                .unwrap()
                .to_string();
            assert!(refused.contains("nothing was started"), "{refused}");
        }
        are_apart(&at("a"), &at("ab"), "of another").unwrap();
        are_apart(&at("a/../pack"), &at("a"), "of another").unwrap();
    }

    #[test]
    #[cfg(unix)]
    fn a_link_hides_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::create_dir(at("a")).unwrap();
        std::os::unix::fs::symlink(at("a"), at("link")).unwrap();
        assert!(are_apart(&at("link/pack"), &at("a"), "of another").is_err());
    }
}
