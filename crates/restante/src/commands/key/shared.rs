//! `restante key rotate shared`.

use std::path::Path;

use durable::{Access, FileError, Lock, same_contents};
use secrecy::{ExposeSecret, SecretString};
use settings::Secret;

use super::Rotation;
use crate::error::Error;
use crate::output::{self, Format};
use crate::target::Target;
use crate::wiring::{self, old_shared_key};

pub fn run(target: &Target, rotation: &Rotation, format: Format) -> Result<(), Error> {
    let secret = target.shared_key()?;
    let file = changeable(&secret)?;
    let mut lock = file.as_os_str().to_owned();
    lock.push(".lock");
    let _lock = Lock::take(Path::new(&lock), Access::Owner)?;
    durable::give_to_owner_of(file, Path::new(&lock))?;
    let operator = target.operator()?;
    let old = old_shared_key(file);
    let under_way = old.exists() && !same_contents(&old, file)?;
    if rotation.finish {
        if !under_way {
            return Err(Error::Usage(
                "no change of the shared key is under way; nothing was done".to_owned(),
            ));
        }
        operator.note_shared_key("finish rotation")?;
        durable::remove(&old)?;
    } else if under_way {
        return Err(Error::Usage(format!(
            "the last change of the shared key is not finished; when every mailbox signs with the key in {}: \
             restante key rotate shared --finish",
            file.display()
        )));
    } else {
        let new = new_key(rotation)?;
        operator.note_shared_key("begin rotation")?;
        put_in_force(file, &old, &new)?;
    }
    print(file, rotation.finish, format)
}

/// The file whose contents may be replaced.
fn changeable(secret: &Secret) -> Result<&Path, Error> {
    let Some(file) = secret.file() else {
        return Err(Error::Usage(format!(
            "the shared key is {}; to be changed while the server runs it must be in a file (shared_key_file)",
            secret.source()
        )));
    };
    if file.is_symlink() {
        return Err(Error::Usage(format!(
            "{} is a link: change the key where it leads to, and put the old one into {}",
            file.display(),
            old_shared_key(file).display()
        )));
    }
    Ok(file)
}

fn new_key(rotation: &Rotation) -> Result<SecretString, Error> {
    if let Some(file) = &rotation.new {
        let secret = Secret::File { file: file.clone() };
        return Ok(secret.first_line()?);
    }
    Ok(wiring::secret())
}

/// The old key is beside the file before the new one is in it, so that no server ever knows neither.
fn put_in_force(file: &Path, old: &Path, new: &SecretString) -> Result<(), FileError> {
    let mut next = file.as_os_str().to_owned();
    next.push(".next");
    let next = Path::new(&next);
    let current = settings::read_secret(file, 64 * 1024)?;
    for (path, key) in [
        (old, current.as_slice()),
        (next, new.expose_secret().as_bytes()),
    ] {
        durable::replace(path, key, Access::Owner)?;
        durable::give_to_owner_of(file, path)?;
    }
    durable::rename(next, file)
}

fn print(file: &Path, finished: bool, format: Format) -> Result<(), Error> {
    let result = serde_json::json!({ "file": file, "finished": finished });
    output::print(format, &result, |out| {
        if finished {
            return writeln!(out, "the old shared key is forgotten");
        }
        writeln!(
            out,
            "the new shared key is in {}; the server accepts it and the old one from now on. Hand it to every \
             client; when all sign with it: restante key rotate shared --finish",
            file.display()
        )
    })
}
