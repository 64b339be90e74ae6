//! Messages: building one around a payload, and a view of one that was read.

use fhir::{Bundle, Element};
use nhs::{OdsCode, Randomness, uuid_v4};
use uuid::Uuid;

use crate::{Event, HandlingRead, Header, Receiver, names};

/// `urn:uuid:` and the id: how entries are named and referred to in a message.
pub fn urn_uuid(id: &str) -> String {
    format!("{}{id}", names::URN_UUID)
}

/// The entry of a resource: `fullUrl` is `urn:uuid:` and the resource's id.
pub fn entry(resource: Element) -> Element {
    let full_url = urn_uuid(resource.value_at("id").unwrap_or_default());
    Element::new("entry")
        .child("fullUrl", full_url)
        .with(Element::new("resource").with(resource))
}

/// An empty bundle of this type and profile; `identifier` must differ from every other bundle's.
pub fn bundle(id: Uuid, identifier: Uuid, kind: &'static str, profile: &'static str) -> Element {
    let identifier = Element::new("identifier")
        .child("system", names::UUID_SYSTEM)
        .child("value", identifier.to_string());
    Element::new("Bundle")
        .child("id", id.to_string())
        .profile(profile)
        .with(identifier)
        .child("type", kind)
}

/// The organisation that a header names as sender: an id, the profile and the ODS code, nothing
/// else (CareConnect-ITK-Header-Organization-1).
pub fn header_organisation(id: Uuid, ods_code: &OdsCode) -> Element {
    let identifier = Element::new("identifier")
        .child("system", names::ODS_ORGANIZATION_CODE)
        .child("value", ods_code.as_str());
    Element::new("Organization")
        .child("id", id.to_string())
        .profile(names::HEADER_ORGANIZATION)
        .with(identifier)
}

/// The receiver that a header names, as the profiles of header resources allow it and no more.
pub fn header_receiver(id: Uuid, receiver: &Receiver) -> Element {
    match receiver {
        Receiver::Organization(code) => header_organisation(id, code),
        Receiver::Practitioner {
            user_id,
            family_name,
        } => {
            let identifier = Element::new("identifier")
                .child("system", names::SDS_USER_ID)
                .child("value", user_id.as_str());
            Element::new("Practitioner")
                .child("id", id.to_string())
                .profile(names::HEADER_PRACTITIONER)
                .with(identifier)
                .with(Element::new("name").child("family", family_name.as_str()))
        }
    }
}

/// A message that carries a payload: header, sender organisation, receiver if it names one, payload,
/// in this order.
///
/// `payload` is a `Bundle`; one without an `id` gets one, since the header's `focus` must name it.
pub fn build(
    header: &Header,
    sender: &OdsCode,
    payload: Element,
    randomness: &dyn Randomness,
) -> Element {
    let uuid = || uuid_v4(randomness);
    let organisation = uuid();
    let receiver = header.receiver.as_ref().map(|named| (uuid(), named));
    let payload = match payload.value_at("id") {
        Some(_) => payload,
        None => payload.child("id", uuid().to_string()),
    };
    let focus = urn_uuid(payload.value_at("id").unwrap_or_default());
    bundle(uuid(), uuid(), "message", names::MESSAGE_BUNDLE)
        .with(entry(
            header
                .build(organisation, receiver.map(|(id, _)| id))
                .with(Element::reference("focus", focus)),
        ))
        .with(entry(header_organisation(organisation, sender)))
        .with_all(receiver.map(|(id, named)| entry(header_receiver(id, named))))
        .with(entry(payload))
}

/// A message that was read. Nothing here fails: what is missing is `None`, and [`crate::check`]
/// says what is wrong with it.
#[derive(Debug)]
pub struct Message<'a> {
    bundle: Bundle<'a>,
    header: &'a Element,
}

impl<'a> Message<'a> {
    /// A view of a `Bundle` whose first entry is a `MessageHeader`; `None` for anything else.
    pub fn of(root: &'a Element) -> Option<Self> {
        let bundle = Bundle::of(root)?;
        let header = bundle
            .first()
            .filter(|first| first.name() == "MessageHeader")?;
        Some(Self { bundle, header })
    }

    /// The outer bundle.
    pub fn bundle(&self) -> &Bundle<'a> {
        &self.bundle
    }

    /// The `MessageHeader`.
    pub fn header(&self) -> &'a Element {
        self.header
    }

    /// The `MessageHeader.id`: what acknowledgements name.
    pub fn id(&self) -> Option<&'a str> {
        self.header.value_at("id")
    }

    /// The outer bundle's identifier.
    pub fn identifier(&self) -> Option<&'a str> {
        self.bundle.element().value_at("identifier.value")
    }

    /// The event's code, `ITK007C`.
    pub fn event(&self) -> Option<&'a str> {
        self.header.value_at("event.code")
    }

    /// Whether it is an acknowledgement, by its event.
    pub fn is_acknowledgement(&self) -> bool {
        self.event() == Some(Event::RESPONSE.code())
    }

    /// The sender's mailbox, `source.endpoint`.
    pub fn endpoint(&self) -> Option<&'a str> {
        self.header.value_at("source.endpoint")
    }

    /// When the message was made, as it was written.
    pub fn timestamp(&self) -> Option<&'a str> {
        self.header.value_at("timestamp")
    }

    /// The resource that the header names as sender.
    pub fn sender(&self) -> Option<&'a Element> {
        self.named("sender")
    }

    /// The resource that the header names as receiver.
    pub fn receiver(&self) -> Option<&'a Element> {
        self.named("receiver")
    }

    /// The resource that an element of the header refers to. Messages of 2018 leave out `urn:uuid:`.
    fn named(&self, name: &str) -> Option<&'a Element> {
        let reference = self.header.at(name)?.value_at("reference")?.trim();
        self.bundle
            .resolve(reference)
            .or_else(|| self.bundle.resolve(&urn_uuid(reference)))
    }

    /// The number of the entry that holds this resource, from 0.
    pub fn place_of(&self, resource: &Element) -> Option<usize> {
        let is_it = |entry: &'a Element| {
            entry
                .resource()
                .is_some_and(|it| std::ptr::eq(it, resource))
        };
        self.bundle.entries().position(is_it)
    }

    /// The sender's ODS code, when the sender is an organisation with one.
    pub fn sender_ods_code(&self) -> Option<OdsCode> {
        let sender = self
            .sender()
            .filter(|sender| sender.name() == "Organization")?;
        let code = sender.all("identifier").find(|identifier| {
            identifier.value_at("system") == Some(names::ODS_ORGANIZATION_CODE)
        })?;
        OdsCode::parse(code.value_at("value")?).ok()
    }

    /// What the message carries: the resource that the header's `focus` names.
    pub fn payload(&self) -> Option<&'a Element> {
        self.named("focus")
    }

    /// The identifier of the document carried; no two documents share it.
    pub fn payload_identifier(&self) -> Option<&'a str> {
        self.payload()
            .and_then(|payload| payload.value_at("identifier.value"))
    }

    /// The id of the document carried.
    pub fn payload_id(&self) -> Option<&'a str> {
        self.payload().and_then(|payload| payload.value_at("id"))
    }

    /// The message handling extension.
    pub fn handling(&self) -> HandlingRead<'a> {
        HandlingRead::of(self.header)
    }
}

/// Whether a document is an acknowledgement: a message with event ITK008M.
pub fn is_acknowledgement(root: &Element) -> bool {
    Message::of(root).is_some_and(|message| message.is_acknowledgement())
}
