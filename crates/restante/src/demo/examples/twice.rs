//! A message that is given to the MESH client a second time, byte for byte.

use std::fs;
use std::path::Path;

use durable::Access;
use nhs::{Randomness, uuid_v4};

use crate::error::{self, Error};

/// Places the pair of a consultation in OUT again, under another name: the data first, as applications must.
///
/// # Errors
///
/// When the practice's copy of the pair is not there, or OUT cannot be written.
pub fn place_again(
    home: &Path,
    consultation: &str,
    randomness: &dyn Randomness,
) -> Result<(), Error> {
    let sent = home.join("sent");
    let out = home.join("mailbox/OUT");
    let name = uuid_v4(randomness);
    for ending in ["dat", "ctl"] {
        let kept = kept(&sent, consultation, ending)?;
        let bytes = fs::read(&kept).map_err(error::at(&kept))?;
        durable::replace(
            &out.join(format!("again_{name}.{ending}")),
            &bytes,
            Access::Owner,
        )?;
    }
    Ok(())
}

/// The practice's copy of a file that it sent, whose name ends in the consultation's id.
fn kept(sent: &Path, consultation: &str, ending: &str) -> Result<std::path::PathBuf, Error> {
    let end = format!("{}.{ending}", consultation.to_ascii_uppercase());
    let entries = fs::read_dir(sent).map_err(error::at(sent))?;
    let mut files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let found = files.find(|path| path.to_string_lossy().ends_with(&end));
    found.ok_or_else(|| Error::File {
        path: sent.join(end),
        error: std::io::ErrorKind::NotFound.into(),
    })
}
