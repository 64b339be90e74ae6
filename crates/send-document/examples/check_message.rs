//! Checks a message rule by rule and names the one answer that its receiver gives:
//! `cargo run -p send-document --example check_message -- FILE.dat`.

use std::error::Error;

use fhir::Limits;
use send_document::{Ruleset, check, response_for};

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args_os().nth(1).ok_or("expected a message")?;
    let document = fhir::xml::read(&std::fs::read(file)?, &Limits::default())?;
    // what the control file says of it would be checked too
    let findings = check(&document, None, Ruleset::V1_3);
    for finding in &findings {
        println!("{finding}");
    }
    match response_for(&findings) {
        Some(rejection) => println!("refused with {}: {}", rejection.code, rejection.diagnostics),
        None => println!("accepted"),
    }
    Ok(())
}
