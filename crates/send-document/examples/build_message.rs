//! Builds the message of a consultation, `consultation.json` beside this file when none is named:
//! `cargo run -p send-document --example build_message -- FILE.dat [CONSULTATION.json]`.

use std::error::Error;

use nhs::{Clock, DateOrder, MailboxId, SystemClock, SystemRandomness};
use send_document::{BuildParams, CheckedConsultation, Ruleset, build};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let file = arguments
        .next()
        .ok_or("expected where to write the message")?;
    let record = match arguments.next() {
        Some(path) => std::fs::read(path)?,
        None => include_bytes!("consultation.json").to_vec(),
    };
    let consultation = CheckedConsultation::from_json(&record)?;
    let report = build(
        &consultation,
        Ruleset::V1_3,
        &BuildParams {
            sender_mailbox: MailboxId::parse("A81001OT001")?,
            version: 1,
            replaces: None,
            date_order: DateOrder::DayMonthYear,
            now: SystemClock.now(),
            randomness: &SystemRandomness,
        },
    )?;
    std::fs::write(file, &report.built.message)?;
    println!(
        "a message of {} bytes, its PDF of {}",
        report.built.message.len(),
        report.pdf.len()
    );
    Ok(())
}
