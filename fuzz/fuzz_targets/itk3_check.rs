//! Any bytes through all of ITK3: what cannot be read is answered with 10009 (20015 when too large),
//! an error is never left without an answer, and an acknowledgement is never answered.
#![no_main]

use std::sync::atomic::{AtomicU8, Ordering};

use fhir::{FhirError, Severity, xml};
use itk3::payload::{Definitions, General, OtherDefinition};
use itk3::{
    Checking, Kind, Message, Payload, Reply, ResponseCode, Rules, acknowledgement, check,
};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use nhs::{MailboxId, OdsCode, Randomness};

mod limits;
use limits::limits;

fuzz_target!(|bytes: &[u8]| {
    let document = match xml::read(bytes, &limits()) {
        Ok(document) => document,
        Err(error) => {
            let expected = match error {
                FhirError::TooLarge { .. } => ResponseCode::TooLarge,
                _ => ResponseCode::UnreadableMessage,
            };
            assert_eq!(check::unreadable(&error).response, Some(expected));
            return;
        }
    };
    let root = &document.root;
    let rules = Rules {
        kind: Kind {
            definitions: Definitions {
                current: &["urn:nhs-itk:fuzz"],
                older: &[],
                others: OtherDefinition::Refused,
            },
            recipient_types: &[itk3::RecipientType::ForAction],
            ..Kind::SEND_DOCUMENT
        },
        view: itk3::View::Sender,
    };
    let mut findings = check::base(root, &document.findings);
    findings.extend(check::message(root, &rules));
    let checking = Checking {
        transport: None,
        view: itk3::View::Receiver,
        served: None,
        budget: &fhir::Budget::unlimited(),
    };
    findings.extend(General.check(&document, &checking));
    let _ = General.read(&document);
    for finding in &findings {
        let error = finding.severity == Severity::Error;
        assert_eq!(finding.response.is_some(), error, "{finding:?}");
    }
    let answered = check::answer(&findings).and_then(|finding| finding.response);
    assert_eq!(
        answered.is_some(),
        findings.iter().any(|f| f.severity == Severity::Error)
    );
    for finding in check::acknowledgement(root) {
        assert_eq!(
            finding.response, None,
            "an acknowledgement would be answered: {finding:?}"
        );
    }
    if let Ok(read) = acknowledgement::read(root) {
        assert!(!format!("{read:?}").is_empty());
    }
    reply(Message::of(root), answered);
});

/// What a receiver answers to any message at all is a valid acknowledgement of it.
fn reply(message: Option<Message<'_>>, answered: Option<ResponseCode>) {
    let handling = message.as_ref().map(Message::handling);
    let reply = Reply {
        in_response_to: message.as_ref().and_then(Message::id).map(str::to_owned),
        sender_reference: handling.and_then(|h| h.sender_reference.map(str::to_owned)),
        code: answered.unwrap_or(ResponseCode::Success),
        issue: None,
        diagnostics: None,
        organisation: OdsCode::parse("A20047").expect("an ODS code"),
        endpoint: MailboxId::parse("A20047OT001").expect("a mailbox"),
        timestamp: Timestamp::UNIX_EPOCH,
    };
    let built = xml::write(&acknowledgement::build(&reply, &Counting::default()));
    let document = xml::read(&built, &fhir::Limits::default()).expect("a reply is read");
    let broken = check::acknowledgement(&document.root);
    assert!(
        document.findings.is_empty() && broken.is_empty(),
        "{broken:?}"
    );
    let read = acknowledgement::read(&document.root).expect("a reply is an acknowledgement");
    assert_eq!(read.code.meaning(), Some(reply.code));
}

/// Another id each time, the same for the same input.
#[derive(Default)]
struct Counting(AtomicU8);

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}
