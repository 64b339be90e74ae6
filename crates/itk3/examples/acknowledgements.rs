//! Writes one acknowledgement of every response code to a folder, for other people's validators:
//! `cargo run -p itk3 --example acknowledgements -- DIR`.

use std::error::Error;
use std::path::PathBuf;

use itk3::acknowledgement::{self, Reply};
use itk3::{Class, ResponseCode};
use nhs::{Clock, MailboxId, OdsCode, SystemClock, SystemRandomness};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("expected a folder")?);
    let codes = ResponseCode::ALL
        .iter()
        .filter(|code| code.class() != Class::Retired);
    for code in codes {
        let reply = Reply {
            in_response_to: Some("efaf5984-3473-48a7-ae41-bbbb7314fbde".to_owned()),
            sender_reference: Some("846ebe66-5ff8-4499-bc57-a112d3d0daa3".to_owned()),
            code: *code,
            issue: None,
            diagnostics: None,
            organisation: OdsCode::parse("A20047")?,
            endpoint: MailboxId::parse("A20047OT001")?,
            timestamp: SystemClock.now(),
        };
        let root = acknowledgement::build(&reply, &SystemRandomness);
        let file = folder.join(format!("acknowledgement-{code}.dat"));
        std::fs::write(file, fhir::xml::write(&root))?;
    }
    Ok(())
}
