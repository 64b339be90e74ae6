//! `sbom [OUT]`: the bill of materials of `restante`, as built for 64-bit Linux or for the target that `SBOM_TARGET`
//! names, into a file or to standard output. Run in the workspace; `scripts/sbom` does. `SBOM_TIMESTAMP` is the
//! time it bears.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sbom::{Error, Lock, Metadata, Moment, bill, embedded};

const PRODUCT: &str = "restante";
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

fn main() -> ExitCode {
    match run(std::env::args_os().nth(1).map(PathBuf::from)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sbom: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(out: Option<PathBuf>) -> Result<(), Error> {
    let workspace = Path::new(".");
    let platform = std::env::var("SBOM_TARGET").unwrap_or_else(|_| PLATFORM.to_owned());
    let metadata = Metadata::of(workspace, &platform)?;
    let path = workspace.join("Cargo.lock");
    let lock = fs::read_to_string(&path).map_err(at(&path))?;
    let moment = std::env::var("SBOM_TIMESTAMP").ok().map(Moment);
    let embedded = embedded(workspace, &metadata);
    let bill = bill(
        PRODUCT,
        &metadata,
        &Lock::parse(&lock)?,
        &embedded,
        moment.as_ref(),
    )?;
    let text = format!("{bill:#}\n");
    match out {
        Some(path) => fs::write(&path, text).map_err(at(&path)),
        None => std::io::stdout()
            .write_all(text.as_bytes())
            .map_err(at(Path::new("standard output"))),
    }
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |error| Error::File { path, error }
}
