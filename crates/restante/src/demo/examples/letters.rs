//! The consultations of the examples.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use nhs::{DateOfBirth, FamilyName, NhsNumber, Randomness, uuid_v4};
use sandbox_pages::live_loop::Example;
use send_document::{Attachment, Consultation, Item};

use crate::demo::patients;
use crate::error::Error;

/// A patient of Osprey in the registry of test patients.
const KNOWN: &str = "9693632109";
/// Others of them, so that several letters can be told apart.
const OTHERS: [&str; 3] = ["9733162043", "9736363015", "9736363023"];
/// In the registry, and registered with no practice.
const WITHOUT_PRACTICE: &str = "9732110317";
/// Nobody's: of the range 999, which is never issued.
const NOBODY: &str = "9991106847";
/// Bytes of each large attachment, and how many there are: together below the 5 MB that ITK3 recommends.
const LARGE: usize = 1024 * 1024;
const LARGE_ATTACHMENTS: usize = 3;

/// The letter of an example, seen now.
///
/// # Errors
///
/// Never but by a mistake in this file.
pub fn of(
    example: Example,
    now: Timestamp,
    randomness: &dyn Randomness,
) -> Result<Consultation, Error> {
    let [second, third, fourth] = OTHERS;
    let mut letter = match example {
        Example::Delivered | Example::Large => about(KNOWN)?,
        Example::UnknownPatient => about_nobody()?,
        Example::NoPractice => about(WITHOUT_PRACTICE)?,
        Example::PayloadRefused => answered_with("20009", second)?,
        Example::NotKnownHere => answered_with("IB002", third)?,
        Example::NoAnswer => answered_with("noresponse", fourth)?,
        Example::Duplicate => about(second)?,
        Example::Replacement => about(third)?,
    };
    if example == Example::Large {
        let attachments = 1..=LARGE_ATTACHMENTS;
        letter.attachments = attachments
            .map(|n| large_attachment(n, randomness))
            .collect();
    }
    letter.encounter.id = uuid_v4(randomness);
    letter.encounter.date = now.to_zoned(TimeZone::UTC).datetime();
    Ok(letter)
}

/// The second version of a letter.
pub fn corrected(mut letter: Consultation) -> Consultation {
    letter.follow_up_actions.push(Item {
        code: None,
        text: Some("Corrected: the course of treatment is ten days.".to_owned()),
        confidential: false,
    });
    letter
}

fn about(patient: &str) -> Result<Consultation, Error> {
    let mut letter = patients::consultation(None, Some(number(patient)?))?;
    if patient != KNOWN {
        without_contact_details(&mut letter);
    }
    Ok(letter)
}

fn about_nobody() -> Result<Consultation, Error> {
    let mut letter = about(NOBODY)?;
    letter.patient.family_name = FamilyName::parse("NOBODY").map_err(|_| malformed())?;
    letter.patient.given_names = vec!["Alex".to_owned()];
    letter.patient.birth_date = DateOfBirth::parse_iso("1980-01-01").map_err(|_| malformed())?;
    Ok(letter)
}

/// The receiving practice is a rehearsal partner: it answers as the practitioner's given name asks.
fn answered_with(keyword: &str, patient: &str) -> Result<Consultation, Error> {
    let mut letter = about(patient)?;
    letter.practitioner.given_names = vec![keyword.to_owned()];
    Ok(letter)
}

/// The example's address and telephones are those of one patient.
fn without_contact_details(letter: &mut Consultation) {
    let patient = &mut letter.patient;
    patient.home_address = None;
    patient.home_phone = None;
    patient.mobile_phone = None;
}

/// A text that hardly gets shorter by compression, so that chunks are needed.
fn large_attachment(number: usize, randomness: &dyn Randomness) -> Attachment {
    let mut bytes = vec![0; LARGE / 2];
    randomness.fill(&mut bytes);
    let digits = bytes.chunks(32).map(|line| {
        let line = line.iter().map(|byte| format!("{byte:02x}"));
        line.chain(["\n".to_owned()]).collect::<String>()
    });
    Attachment {
        title: format!("Measurements {number}.txt"),
        content_type: "text/plain".to_owned(),
        content: digits.collect::<String>().into_bytes(),
    }
}

fn number(text: &str) -> Result<NhsNumber, Error> {
    NhsNumber::parse(text).map_err(|_| malformed())
}

fn malformed() -> Error {
    Error::Usage("an example of the demo is malformed".to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use nhs::SystemRandomness;

    use super::*;

    #[test]
    fn every_example_is_a_letter_that_can_be_built() {
        for example in Example::ALL {
            let letter = of(example, Timestamp::UNIX_EPOCH, &SystemRandomness).unwrap();
            let json = serde_json::to_vec(&letter).unwrap();
            send_document::CheckedConsultation::from_json(&json).unwrap();
            let json = serde_json::to_vec(&corrected(letter)).unwrap();
            send_document::CheckedConsultation::from_json(&json).unwrap();
        }
    }
}
