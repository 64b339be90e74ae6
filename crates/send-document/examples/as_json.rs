//! Writes messages and acknowledgements given as XML in the JSON of FHIR, each beside its file with
//! the ending `.json`: `cargo run -p send-document --example as_json -- FILE.dat…`.

use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    for file in std::env::args_os().skip(1).map(PathBuf::from) {
        let document = fhir::xml::read(&std::fs::read(&file)?, &fhir::Limits::default())?;
        std::fs::write(
            file.with_extension("json"),
            fhir::json::write(&document.root)?,
        )?;
    }
    Ok(())
}
