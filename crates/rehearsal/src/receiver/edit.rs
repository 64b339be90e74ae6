//! Single defects: what is taken away, changed or added in a valid message. Each works on the message as a tree, and
//! is none where the place is not there; what changes nothing is no defect ([`apply`]).

use fhir::Element;
use itk3::message::entry;
use itk3::names::{self, MESSAGE_HANDLING};
use itk3::{Receiver, urn_uuid};
use nhs::{OdsCode, uuid_v4};
use uuid::Uuid;

use super::build::files;
use super::random::Seeded;

/// A change of a message. None where what it would change is not there.
pub(super) type Edit = fn(&mut Element, &Seeded) -> Option<()>;

/// The message after the change, as it is sent.
///
/// # Errors
/// The place is not there, or nothing changed.
pub(super) fn apply(root: &mut Element, edit: Edit, random: &Seeded) -> Result<(), String> {
    let before = root.clone();
    edit(root, random).ok_or("the place of the defect is not in the message")?;
    if *root == before {
        return Err("the defect changed nothing".to_owned());
    }
    Ok(())
}

/// Makes the message about as long as this, in bytes, by its first attachment.
///
/// # Errors
/// It has no attachment, or is longer already.
pub(super) fn lengthen(root: &mut Element, bytes: u64, random: &Seeded) -> Result<(), String> {
    let now = fhir::xml::write(root).len();
    let more = usize::try_from(bytes)
        .unwrap_or(usize::MAX)
        .checked_sub(now);
    // four characters of base64 for three bytes
    let padding = more.ok_or("the message is longer already")? / 4 * 3;
    let content = attachment(root).ok_or("the message has no attachment")?;
    let file = content.decode_base64().map_err(|error| error.to_string())?;
    content.set_value(fhir::encode_base64(&files::with_ballast(
        &file, padding, random,
    )));
    Ok(())
}

/// Gives the last attachment this content type, which it may have already: the first is the report.
///
/// # Errors
/// It has no attachment.
pub(super) fn content_type(root: &mut Element, name: &str) -> Result<(), String> {
    let binaries = document(root).into_iter().flat_map(Element::children_mut);
    let binaries = binaries
        .filter_map(Element::resource_mut)
        .filter(|it| it.name() == "Binary");
    let stated = binaries
        .last()
        .and_then(|binary| binary.at_mut("contentType"));
    let stated = stated.ok_or("the message has no attachment")?;
    stated.set_value(name.to_owned());
    Ok(())
}

// places

/// The base64 of the first attachment: of a Binary, or of the report in an Observation.
fn attachment(root: &mut Element) -> Option<&mut Element> {
    let document = document(root)?;
    let resources = document
        .children_mut()
        .iter_mut()
        .filter_map(Element::resource_mut);
    resources
        .into_iter()
        .find_map(|resource| match resource.name() {
            "Binary" => resource.at_mut("content"),
            _ => resource.at_mut("valueAttachment.data"),
        })
}

pub(super) fn header(root: &mut Element) -> Option<&mut Element> {
    of_type(root, "MessageHeader")
}

pub(super) fn document(root: &mut Element) -> Option<&mut Element> {
    of_type(root, "Bundle")
}

pub(super) fn composition(root: &mut Element) -> Option<&mut Element> {
    of_type(document(root)?, "Composition")
}

fn patient(root: &mut Element) -> Option<&mut Element> {
    of_type(document(root)?, "Patient")
}

pub(super) fn binary(root: &mut Element) -> Option<&mut Element> {
    of_type(document(root)?, "Binary")
}

/// The first resource of a type in a bundle.
fn of_type<'a>(bundle: &'a mut Element, kind: &str) -> Option<&'a mut Element> {
    let resources = bundle
        .children_mut()
        .iter_mut()
        .filter_map(Element::resource_mut);
    resources
        .into_iter()
        .find(|resource| resource.name() == kind)
}

fn handling(root: &mut Element) -> Option<&mut Element> {
    extension(header(root)?, MESSAGE_HANDLING)
}

fn extension<'a>(element: &'a mut Element, url: &str) -> Option<&'a mut Element> {
    let mut children = element.children_mut().iter_mut();
    children.find(|child| child.url() == Some(url))
}

fn part<'a>(root: &'a mut Element, name: &str) -> Option<&'a mut Element> {
    extension(handling(root)?, name)?.children_mut().first_mut()
}

fn set(element: Option<&mut Element>, path: &str, value: &'static str) -> Option<()> {
    element?.at_mut(path)?.set_value(value);
    Some(())
}

fn remove(element: Option<&mut Element>, name: &str) -> Option<()> {
    let children = element?.children_mut();
    let before = children.len();
    children.retain(|child| child.name() != name);
    (children.len() < before).then_some(())
}

// the envelope

pub(super) fn no_handling(root: &mut Element, _: &Seeded) -> Option<()> {
    let children = header(root)?.children_mut();
    let before = children.len();
    children.retain(|child| child.url() != Some(MESSAGE_HANDLING));
    (children.len() < before).then_some(())
}

pub(super) fn infrastructure_yes(root: &mut Element, _: &Seeded) -> Option<()> {
    part(root, "InfAckRequested")?.set_value("yes");
    Some(())
}

pub(super) fn business_yes(root: &mut Element, _: &Seeded) -> Option<()> {
    part(root, "BusAckRequested")?.set_value("yes");
    Some(())
}

pub(super) fn infrastructure_false(root: &mut Element, _: &Seeded) -> Option<()> {
    part(root, "InfAckRequested")?.set_value("false");
    Some(())
}

pub(super) fn both_false(root: &mut Element, random: &Seeded) -> Option<()> {
    infrastructure_false(root, random)?;
    part(root, "BusAckRequested")?.set_value("false");
    Some(())
}

pub(super) fn unknown_definition(root: &mut Element, _: &Seeded) -> Option<()> {
    let url = "https://fhir.nhs.uk/STU3/MessageDefinition/ITK-Rehearsal-MessageDefinition-1";
    set(part(root, "MessageDefinition"), "reference", url)
}

/// The family stays; its version is one that will not come.
pub(super) fn definition_of_the_future(root: &mut Element, _: &Seeded) -> Option<()> {
    let url = "https://fhir.nhs.uk/STU3/MessageDefinition/ITK-OPL-MessageDefinition-99";
    set(part(root, "MessageDefinition"), "reference", url)
}

/// Pathology, which no workflow here carries, and for which no definition is published.
pub(super) fn foreign_event(root: &mut Element, _: &Seeded) -> Option<()> {
    let header = header(root)?;
    let event = itk3::Event::PATHOLOGY;
    header.at_mut("event.code")?.set_value(event.code());
    header.at_mut("event.display")?.set_value(event.display());
    Some(())
}

pub(super) fn reference_empty(root: &mut Element, _: &Seeded) -> Option<()> {
    part(root, "SenderReference")?.set_value("");
    Some(())
}

pub(super) fn recipient_type_unknown(root: &mut Element, _: &Seeded) -> Option<()> {
    let part = part(root, "RecipientType")?;
    set(Some(&mut *part), "code", "XX")?;
    set(Some(part), "display", "For Nobody")
}

pub(super) fn older_spellings(root: &mut Element, _: &Seeded) -> Option<()> {
    let url = "https://fhir.nhs.uk/STU3/MessageDefinition/ITK-GPConnectSendDocument-MessageDefinition-Instance-1";
    set(part(root, "MessageDefinition"), "reference", url)?;
    part(root, "LocalExtension")?.set_value("NONE");
    Some(())
}

pub(super) fn no_focus(root: &mut Element, _: &Seeded) -> Option<()> {
    remove(header(root), "focus")
}

pub(super) fn second_header(root: &mut Element, random: &Seeded) -> Option<()> {
    let mut second = header(root)?.clone();
    let id = uuid_v4(random).to_string();
    second.at_mut("id")?.set_value(id);
    root.children_mut().push(entry(second));
    Some(())
}

pub(super) fn no_identifier(root: &mut Element, _: &Seeded) -> Option<()> {
    remove(Some(root), "identifier")
}

/// Two faults: of the outer bundle and of the document.
pub(super) fn no_identifier_and_no_title(root: &mut Element, random: &Seeded) -> Option<()> {
    no_identifier(root, random)?;
    no_title(root, random)
}

/// Everything of the envelope new, the document within as it was.
pub(super) fn another_envelope(root: &mut Element, random: &Seeded) -> Option<()> {
    let id = || uuid_v4(random).to_string();
    root.at_mut("id")?.set_value(id());
    root.at_mut("identifier.value")?.set_value(id());
    let message = id();
    let first = root.at_mut("entry")?;
    first.at_mut("fullUrl")?.set_value(urn_uuid(&message));
    header(root)?.at_mut("id")?.set_value(message);
    Some(())
}

fn receiver(root: &mut Element, random: &Seeded, receiver: &Receiver) -> Option<()> {
    let id = uuid_v4(random);
    let named = header(root)?.at_mut("receiver.reference")?;
    let before = named.value()?.to_owned();
    named.set_value(urn_uuid(&id.to_string()));
    let mut entries = root.children_mut().iter_mut();
    let old = entries.find(|entry| entry.value_at("fullUrl") == Some(before.as_str()))?;
    *old = entry(itk3::message::header_receiver(id, receiver));
    Some(())
}

/// A practitioner whom nobody knows.
pub(super) fn receiver_person(root: &mut Element, random: &Seeded) -> Option<()> {
    let nobody = Receiver::Practitioner {
        user_id: "555900000999".to_owned(),
        family_name: "Nobody".to_owned(),
    };
    receiver(root, random, &nobody)
}

/// A code of the range for tests, which is no practice's.
pub(super) fn receiver_practice(root: &mut Element, random: &Seeded) -> Option<()> {
    let another = OdsCode::parse("Z99999").ok()?;
    receiver(root, random, &Receiver::Organization(another))
}

// the document

pub(super) fn no_title(root: &mut Element, _: &Seeded) -> Option<()> {
    remove(composition(root), "title")
}

pub(super) fn confidential(root: &mut Element, _: &Seeded) -> Option<()> {
    set(composition(root), "confidentiality", "R")
}

pub(super) fn no_section(root: &mut Element, _: &Seeded) -> Option<()> {
    remove(composition(root), "section")
}

pub(super) fn section_without_binary(root: &mut Element, _: &Seeded) -> Option<()> {
    let section = composition(root)?.at_mut("section")?;
    remove(Some(&mut *section), "entry")?;
    section
        .children_mut()
        .push(Element::narrative("The report is enclosed."));
    Some(())
}

pub(super) fn not_base64(root: &mut Element, _: &Seeded) -> Option<()> {
    set(
        binary(root),
        "content",
        "This is plain text, and not base64!",
    )
}

pub(super) fn program(root: &mut Element, _: &Seeded) -> Option<()> {
    let content = fhir::encode_base64(b"No program: a rehearsal of one.\n");
    binary(root)?.at_mut("content")?.set_value(content);
    set(binary(root), "contentType", "application/x-msdownload")
}

pub(super) fn no_number(root: &mut Element, _: &Seeded) -> Option<()> {
    let children = patient(root)?.children_mut();
    let before = children.len();
    children.retain(|child| !is_number(child));
    (children.len() < before).then_some(())
}

pub(super) fn wrong_check_digit(root: &mut Element, _: &Seeded) -> Option<()> {
    let mut children = patient(root)?.children_mut().iter_mut();
    let value = children.find(|child| is_number(child))?.at_mut("value")?;
    let number = value.value()?;
    let (digits, last) = number.split_at_checked(9)?;
    let other = if last == "9" {
        0
    } else {
        last.parse::<u8>().ok()? + 1
    };
    let changed = format!("{digits}{other}");
    value.set_value(changed);
    Some(())
}

fn is_number(identifier: &Element) -> bool {
    identifier.name() == "identifier" && identifier.value_at("system") == Some(names::NHS_NUMBER)
}

/// As examples of the NHS are: no profile anywhere, and the document's identifier that of the message.
pub(super) fn as_examples_are(root: &mut Element, _: &Seeded) -> Option<()> {
    let outer = root.value_at("identifier.value")?.to_owned();
    document(root)?.at_mut("identifier.value")?.set_value(outer);
    without_profiles(root);
    Some(())
}

fn without_profiles(element: &mut Element) {
    for child in element.children_mut() {
        if child.name() == "meta" {
            child.children_mut().retain(|it| it.name() != "profile");
        }
        without_profiles(child);
    }
    let is_empty = |it: &Element| it.name() == "meta" && it.children().is_empty();
    element.children_mut().retain(|child| !is_empty(child));
}

/// Line breaks and blanks after every 74 characters: in the middle of a group of four.
pub(super) fn broken_base64(root: &mut Element, _: &Seeded) -> Option<()> {
    const LINE: usize = 74;
    let content = binary(root)?.at_mut("content")?;
    let dense = content.value()?.as_bytes().to_vec();
    let lines = dense.chunks(LINE).map(String::from_utf8_lossy);
    let broken = lines.collect::<Vec<_>>().join("\n   ");
    content.set_value(broken);
    Some(())
}

/// A resource that Update Record does not carry, listed in the section as the others are.
fn unsupported(
    root: &mut Element,
    random: &Seeded,
    resource: fn(Element, &str) -> Element,
) -> Option<()> {
    let id: Uuid = uuid_v4(random);
    let subject = composition(root)?.value_at("subject.reference")?.to_owned();
    let named = Element::new("resource").child("id", id.to_string());
    let resource = resource(named, &subject);
    document(root)?.children_mut().push(entry(resource));
    let listed = Element::reference("entry", urn_uuid(&id.to_string()));
    composition(root)?
        .at_mut("section")?
        .children_mut()
        .push(listed);
    Some(())
}

fn snomed(name: &'static str, code: &'static str, display: &'static str) -> Element {
    Element::new(name)
        .with(Element::coding(
            "coding",
            "http://snomed.info/sct",
            code,
            display,
        ))
        .child("text", display)
}

pub(super) fn flag(root: &mut Element, random: &Seeded) -> Option<()> {
    unsupported(root, random, |named, subject| {
        named
            .named("Flag")
            .child("status", "active")
            .with(Element::new("code").child("text", "Concern about safety at home"))
            .with(Element::reference("subject", subject))
    })
}

pub(super) fn procedure(root: &mut Element, random: &Seeded) -> Option<()> {
    unsupported(root, random, |named, subject| {
        named
            .named("Procedure")
            .child("status", "completed")
            .with(snomed("code", "33879002", "Administration of vaccine"))
            .with(Element::reference("subject", subject))
    })
}

pub(super) fn referral(root: &mut Element, random: &Seeded) -> Option<()> {
    unsupported(root, random, |named, subject| {
        named
            .named("ReferralRequest")
            .child("status", "active")
            .child("intent", "order")
            .with(Element::reference("subject", subject))
    })
}

pub(super) fn appointment(root: &mut Element, random: &Seeded) -> Option<()> {
    unsupported(root, random, |named, subject| {
        let participant = Element::new("participant")
            .with(Element::reference("actor", subject))
            .child("status", "accepted");
        named
            .named("Appointment")
            .child("status", "booked")
            .child("start", "2027-01-11T09:00:00Z")
            .child("end", "2027-01-11T09:10:00Z")
            .with(participant)
    })
}
