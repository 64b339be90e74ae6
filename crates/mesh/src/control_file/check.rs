//! What a control file in OUT must say before anything of it is sent: `docs/spec/mesh-client.md` §6, and
//! the server's own rules for the headers that are made of it.

use std::fmt;

use http::HeaderMap;
use nhs::{MailboxId, WorkflowId};

use super::{AddressType, ControlFile, MessageType, Place, Places, header_text};
use crate::headers::{FieldFault, limit, name};
use crate::status::{self, Fault};
use crate::{ContentEncoding, HeaderFaults, HeaderText, MeshError, SendHeaders};

/// One element that is not as it must be. Says nothing of the text found that may be about a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementFault {
    /// The element, `Subject`; `DTSControl` for the file as a whole.
    pub element: &'static str,
    /// Where it begins, when it is there and the file was read from a text.
    pub place: Option<Place>,
    /// What must be there.
    pub expected: String,
    /// What is there instead.
    pub found: String,
    /// What the client reports it as.
    pub fault: Fault,
}

impl fmt::Display for ElementFault {
    /// `Subject at line 7, column 3: expected at most 500 characters, found 501`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.element)?;
        if let Some(place) = self.place {
            write!(f, " at {place}")?;
        }
        write!(f, ": expected {}, found {}", self.expected, self.found)
    }
}

/// Checks what a control file says, in the client's order, for a mailbox or, without one, for whichever
/// it names. Gives the headers to send, without a file name.
///
/// # Errors
/// Everything that is wrong, at least one fault; the first is the one the client reports by its code.
pub fn check(
    control: &ControlFile,
    places: &Places,
    mailbox: Option<&MailboxId>,
) -> Result<SendHeaders, Vec<ElementFault>> {
    let mut check = Check {
        control,
        places,
        faults: Vec::new(),
    };
    check.version();
    check.address_type();
    check.message_type();
    check.sender(mailbox);
    let recipient = check.recipient();
    let workflow = check.workflow();
    // What is missing does not keep the other elements from being checked.
    let recipient = recipient.unwrap_or_else(|| "A".to_owned());
    let headers = workflow
        .or_else(|| WorkflowId::parse("A").ok())
        .and_then(|workflow| check.headers(recipient, workflow));
    match headers {
        Some(headers) if check.faults.is_empty() => Ok(headers),
        _ => Err(check.faults),
    }
}

/// The fault of a control file that cannot be read at all.
pub fn unreadable(error: &MeshError) -> ElementFault {
    let place = match error {
        MeshError::ControlFileXml { place, .. } => Some(*place),
        _ => None,
    };
    let words = error.to_string();
    let words = words.strip_prefix("expected ").unwrap_or(&words);
    let (expected, found) = words
        .split_once(", found ")
        .unwrap_or((words, "another file"));
    let found = place
        .and_then(|place| found.strip_suffix(&format!(" at {place}")))
        .unwrap_or(found);
    ElementFault {
        element: "DTSControl",
        place,
        expected: expected.to_owned(),
        found: found.to_owned(),
        fault: status::MALFORMED_CONTROL_FILE,
    }
}

struct Check<'a> {
    control: &'a ControlFile,
    places: &'a Places,
    faults: Vec<ElementFault>,
}

impl Check<'_> {
    fn wrong(
        &mut self,
        element: &'static str,
        fault: Fault,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) {
        self.faults.push(ElementFault {
            element,
            place: self.places.of(element),
            expected: expected.into(),
            found: found.into(),
            fault,
        });
    }

    fn version(&mut self) {
        let version = self.control.version.as_deref().unwrap_or_default();
        let (whole, part) = version.split_once('.').unwrap_or((version, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            self.wrong("Version", status::INVALID_VERSION, "1.0", word(version));
        }
    }

    fn address_type(&mut self) {
        let text = self.control.address_type.as_deref().unwrap_or_default();
        match AddressType::parse(text) {
            Some(AddressType::Dts | AddressType::All) => {}
            Some(AddressType::Smtp) | None => {
                let fault = status::INVALID_ADDRESS_TYPE;
                self.wrong("AddressType", fault, "DTS or ALL", word(text));
            }
        }
    }

    fn message_type(&mut self) {
        if self.control.message_type() != Some(MessageType::Data) {
            let text = self.control.message_type.as_deref().unwrap_or_default();
            let fault = status::INVALID_MESSAGE_TYPE;
            self.wrong("MessageType", fault, "Data", word(text));
        }
    }

    fn sender(&mut self, mailbox: Option<&MailboxId>) {
        let text = self.control.from_dts.as_deref().unwrap_or_default();
        let (expected, found) = match (MailboxId::parse(text), mailbox) {
            (Ok(from), Some(mailbox)) if from != *mailbox => (
                format!("{mailbox}, the mailbox of this directory"),
                from.to_string(),
            ),
            (Ok(_), _) => return,
            (Err(_), Some(mailbox)) => (
                format!("{mailbox}, the mailbox of this directory"),
                something(text, "a text that is no mailbox id"),
            ),
            (Err(error), None) => (
                format!("the sender's mailbox ({error})"),
                something(text, "another text"),
            ),
        };
        self.wrong("From_DTS", status::INVALID_FROM, expected, found);
    }

    fn recipient(&mut self) -> Option<String> {
        let to = header_text(self.control.to_dts.as_deref().unwrap_or_default());
        let length = to.chars().count();
        let fault = status::TO_MISSING;
        if to.is_empty() {
            let expected = "the recipient's mailbox or a patient address";
            self.wrong("To_DTS", fault, expected, "none");
            return None;
        }
        if length > limit::ADDRESS {
            self.too_long(
                "To_DTS",
                status::MALFORMED_CONTROL_FILE,
                limit::ADDRESS,
                length,
            );
            return None;
        }
        Some(to)
    }

    fn workflow(&mut self) -> Option<WorkflowId> {
        let text = header_text(self.control.workflow_id.as_deref().unwrap_or_default());
        match WorkflowId::parse(&text) {
            Ok(workflow) => Some(workflow),
            Err(error) => {
                let found = something(&text, "another text");
                let fault = status::MALFORMED_CONTROL_FILE;
                self.wrong("WorkflowId", fault, format!("a workflow ({error})"), found);
                None
            }
        }
    }

    fn too_long(&mut self, element: &'static str, fault: Fault, limit: usize, found: usize) {
        let expected = format!("at most {limit} characters");
        self.wrong(
            element,
            fault,
            expected,
            format!("{found}, which is too long"),
        );
    }

    /// The headers, by the rules the server would refuse them by.
    fn headers(&mut self, to: String, workflow: WorkflowId) -> Option<SendHeaders> {
        let control = self.control;
        let one_line = |text: &Option<String>| text.as_deref().map(header_text);
        let mut headers = SendHeaders::new(to, workflow);
        headers.sender = control
            .from_dts
            .as_deref()
            .and_then(|from| MailboxId::parse(from).ok())
            .map(|from| from.to_string());
        headers.subject = one_line(&control.subject).map(HeaderText::from);
        headers.local_id = one_line(&control.local_id).map(HeaderText::from);
        headers.partner_id = one_line(&control.partner_id).map(HeaderText::from);
        headers.checksum = one_line(&control.data_checksum);
        headers.encrypted = control.encrypted == Some(true);
        headers.compressed = control.compress == Some(true);
        if headers.compressed {
            headers.encoding = ContentEncoding::Gzip;
        }
        let mut map = HeaderMap::new();
        match headers.write(&mut map) {
            Ok(()) => {}
            Err(MeshError::HeaderValue(header)) => {
                self.control_characters(&[header]);
                return None;
            }
            Err(error) => {
                let fault = status::MALFORMED_CONTROL_FILE;
                self.wrong(
                    "DTSControl",
                    fault,
                    "texts that fit into headers",
                    error.to_string(),
                );
                return None;
            }
        }
        match SendHeaders::read(&map) {
            Ok(_) => Some(headers),
            Err(faults) => {
                self.header_faults(&faults);
                None
            }
        }
    }

    fn header_faults(&mut self, faults: &HeaderFaults) {
        let fault = status::MALFORMED_CONTROL_FILE;
        match faults {
            HeaderFaults::Validation(fields) => {
                for field in fields {
                    let element = element_of(field.header());
                    match field {
                        FieldFault::TooLong(_, limit) => {
                            let length = self.length_of(element);
                            self.too_long(element, fault, *limit, length);
                        }
                        FieldFault::Missing(_) => {
                            self.wrong(element, fault, "a text", "none");
                        }
                    }
                }
            }
            HeaderFaults::Malformed(headers) => self.control_characters(headers),
            HeaderFaults::Checksum => {
                let expected = "letters, digits, blanks, ':', '-' and '/'";
                self.wrong("DataChecksum", fault, expected, "another character");
            }
            HeaderFaults::RecipientBlank => {
                let expected = "the recipient's mailbox or a patient address";
                self.wrong("To_DTS", status::TO_MISSING, expected, "blanks");
            }
            HeaderFaults::Encoding | HeaderFaults::ChunkRange => {
                self.wrong(
                    "DTSControl",
                    fault,
                    "texts that fit into headers",
                    faults.to_string(),
                );
            }
        }
    }

    fn control_characters(&mut self, headers: &[&str]) {
        for header in headers {
            self.wrong(
                element_of(header),
                status::MALFORMED_CONTROL_FILE,
                "a text without control characters that is no web address",
                "one of these",
            );
        }
    }

    fn length_of(&self, element: &str) -> usize {
        let control = self.control;
        let text = match element {
            "Subject" => &control.subject,
            "LocalId" => &control.local_id,
            "PartnerId" => &control.partner_id,
            "DataChecksum" => &control.data_checksum,
            "WorkflowId" => &control.workflow_id,
            "From_DTS" => &control.from_dts,
            _ => &control.to_dts,
        };
        header_text(text.as_deref().unwrap_or_default())
            .chars()
            .count()
    }
}

/// The element that a header is made of.
fn element_of(header: &str) -> &'static str {
    match header {
        name::SUBJECT => "Subject",
        name::LOCAL_ID => "LocalId",
        name::PARTNER_ID => "PartnerId",
        name::CONTENT_CHECKSUM => "DataChecksum",
        name::WORKFLOW_ID => "WorkflowId",
        name::FROM => "From_DTS",
        name::TO => "To_DTS",
        name::CONTENT_ENCRYPTED => "Encrypted",
        name::CONTENT_COMPRESSED => "Compress",
        _ => "DTSControl",
    }
}

/// A text where a word of a short list belongs: shown when it is a short word itself.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if text.is_empty() {
        "none".to_owned()
    } else if text.len() <= 20 && text.chars().all(plain) {
        text.to_owned()
    } else {
        "another text".to_owned()
    }
}

fn something(text: &str, otherwise: &str) -> String {
    let found = if text.trim().is_empty() {
        "none"
    } else {
        otherwise
    };
    found.to_owned()
}
