//! A message of our own, without fault.

use fhir::Element;
use itk3::{Event, Handling, Header, Kind, RecipientType, Rules, message, names};
use nhs::{MailboxId, OdsCode};
use uuid::Uuid;

pub const DEFINITION: &str =
    "https://fhir.nhs.uk/STU3/MessageDefinition/ITK-GPConnectSendDocument-MessageDefinition-1";
pub const MESSAGE_ID: &str = "efaf5984-3473-48a7-ae41-bbbb7314fbde";

/// Of a payload that is for action only.
pub const KIND: Kind = Kind {
    recipient_types: &[RecipientType::ForAction],
    ..Kind::SEND_DOCUMENT
};

pub fn rules() -> Rules {
    Rules {
        kind: KIND,
        view: itk3::View::Receiver,
    }
}

pub fn header() -> Header {
    Header {
        id: Uuid::parse_str(MESSAGE_ID).unwrap(),
        event: Event::SEND_DOCUMENT,
        timestamp: "2026-01-14T09:30:12Z".parse().unwrap(),
        endpoint: MailboxId::parse("A81001OT001").unwrap(),
        receiver: None,
        handling: Handling {
            business_acknowledgement: true,
            infrastructure_acknowledgement: true,
            recipient_type: RecipientType::ForAction,
            message_definition: DEFINITION.into(),
            sender_reference: "846ebe66-5ff8-4499-bc57-a112d3d0daa3".into(),
            local_extension: names::NONE.into(),
        },
    }
}

/// A document bundle with nothing but a composition.
pub fn payload() -> Element {
    let composition = Element::new("Composition")
        .child("id", "e1580b71-99bd-4c5b-8d54-9b420418135f")
        .child("status", "final")
        .with(Element::new("type").child("text", "Consultation report"))
        .with(Element::new("subject").child("display", "nobody"))
        .child("date", "2026-01-14")
        .with(Element::new("author").child("display", "nobody"))
        .child("title", "Consultation report");
    message::bundle(
        Uuid::from_u128(1),
        Uuid::from_u128(2),
        "document",
        names::DOCUMENT_BUNDLE,
    )
    .with(message::entry(composition))
}

/// The message as XML text, for tests that spoil one place in it.
pub fn text() -> String {
    let sender = OdsCode::parse("A81001").unwrap();
    let root = message::build(&header(), &sender, payload(), &Counting::default());
    String::from_utf8(fhir::xml::write(&root)).unwrap()
}

/// Ids in a row, the same for every run.
#[derive(Default)]
pub struct Counting(std::sync::atomic::AtomicU64);

impl nhs::Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let next = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
        bytes.fill(0);
        for (byte, source) in bytes.iter_mut().rev().zip(next.to_le_bytes()) {
            *byte = source;
        }
    }
}
