//! `restante key status`.

use std::path::{Path, PathBuf};

use exchange::{KeyChange, KeyFiles};
use jiff::Timestamp;

use crate::error::Error;
use crate::output::{self, Format};
use crate::target::Target;
use crate::wiring::old_shared_key;

#[derive(serde::Serialize)]
struct Row {
    key: &'static str,
    file: Option<PathBuf>,
    change: &'static str,
    since: Option<Timestamp>,
}

pub fn print(target: &Target, format: Format) -> Result<(), Error> {
    let place = target.place()?;
    let files = KeyFiles::new(&place.key_file);
    let mut rows = vec![Row {
        key: "vault",
        file: Some(place.key_file.clone()),
        change: match files.change()? {
            KeyChange::None => "none",
            KeyChange::Prepared => "prepared",
            KeyChange::UnderWay => "under way",
        },
        since: made_at(&files.old()).or_else(|| made_at(&files.next())),
    }];
    if let Ok(secret) = target.shared_key() {
        let since = secret.file().map(old_shared_key);
        let since = since.and_then(|old| made_at(&old));
        rows.push(Row {
            key: "shared",
            file: secret.file().map(Path::to_owned),
            change: if since.is_some() { "under way" } else { "none" },
            since,
        });
    }
    output::print(format, &rows, |out| {
        for row in &rows {
            let since = row
                .since
                .map(|at| format!(" since {at}"))
                .unwrap_or_default();
            let file = row.file.as_deref().unwrap_or(Path::new("(no file)"));
            writeln!(
                out,
                "{:<7} change {}{since}  {}",
                row.key,
                row.change,
                file.display()
            )?;
        }
        Ok(())
    })
}

fn made_at(path: &Path) -> Option<Timestamp> {
    path.metadata().ok()?.modified().ok()?.try_into().ok()
}
