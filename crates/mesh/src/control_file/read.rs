//! Reading a control file, tolerant of order and dressing, safe against hostile XML.

use roxmltree::{Document, Node, ParsingOptions};

use super::{ControlFile, MAX_BYTES, Place, Places};
use crate::status::parse_time;
use crate::{MeshError, Status, StatusCode, StatusEvent, StatusRecord};

/// Far above the 25 nodes or so of a real file, far below what 64 KiB could hold.
const MAX_NODES: u32 = 4096;

pub(super) fn read(bytes: &[u8]) -> Result<(ControlFile, Places), MeshError> {
    if bytes.len() > MAX_BYTES {
        return Err(MeshError::ControlFileTooLong);
    }
    if let Some(found) = text_input::foreign(bytes) {
        return Err(MeshError::ControlFileForeign { found });
    }
    let text = text_input::decode_xml(bytes)?;
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    let document =
        Document::parse_with_options(&text, options).map_err(|error| not_xml(&text, &error))?;
    let root = document.root_element();
    if root.tag_name().name() != "DTSControl" {
        let known = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        return Err(MeshError::ControlFileRoot {
            found: root
                .tag_name()
                .name()
                .chars()
                .filter(known)
                .take(40)
                .collect(),
        });
    }
    let mut file = ControlFile::default();
    let mut lines = Lines {
        document: &document,
        counted: 0,
        place: Place { line: 1, column: 1 },
    };
    let mut places = Places::default();
    for element in root.children().filter(Node::is_element) {
        places.note(name_of(element.tag_name().name()), lines.place_of(element));
        take(&mut file, element);
    }
    Ok((file, places))
}

/// Turns the rising offsets of elements into places in one pass over the text.
struct Lines<'a, 'input> {
    document: &'a Document<'input>,
    counted: usize,
    place: Place,
}

impl Lines<'_, '_> {
    fn place_of(&mut self, element: Node<'_, '_>) -> Place {
        let start = element.range().start;
        let text = self.document.input_text();
        for character in text.get(self.counted..start).unwrap_or_default().chars() {
            if character == '\n' {
                self.place.line += 1;
                self.place.column = 1;
            } else {
                self.place.column += 1;
            }
        }
        self.counted = start;
        self.place
    }
}

/// The name by which an element is known here, where it has two.
fn name_of(name: &str) -> &str {
    if name.eq_ignore_ascii_case("PartnerIdentifier") {
        "PartnerId"
    } else {
        name
    }
}

/// What keeps a text from being XML, in words that repeat nothing of it.
fn not_xml(text: &str, error: &roxmltree::Error) -> MeshError {
    use roxmltree::Error;
    let at = error.pos();
    let line = usize::try_from(at.row)
        .unwrap_or(usize::MAX)
        .saturating_sub(1);
    let column = usize::try_from(at.col)
        .unwrap_or(usize::MAX)
        .saturating_sub(1);
    let mut rest = text
        .lines()
        .nth(line)
        .unwrap_or_default()
        .chars()
        .skip(column);
    let problem = match error {
        Error::DtdDetected => return MeshError::ControlFileDocumentType,
        Error::NodesLimitReached => "more than 4,096 elements and texts",
        Error::UnexpectedEntityCloseTag(_) | Error::UnexpectedCloseTag(..) => {
            "an end tag that does not fit its start tag"
        }
        Error::DuplicatedAttribute(..) => "an attribute twice",
        Error::UnclosedRootNode | Error::UnexpectedEndOfStream => {
            "the end of the file inside an element"
        }
        Error::NoRootNode => "no element",
        _ if rest.next() == Some('&') => "an '&' that is not written as '&amp;'",
        Error::UnknownEntityReference(..) | Error::MalformedEntityReference(_) => {
            "an '&' that is not written as '&amp;'"
        }
        Error::NonXmlChar(..) => "a control character",
        _ => "a character that XML does not have there",
    };
    MeshError::ControlFileXml {
        problem,
        place: at.into(),
    }
}

fn take(file: &mut ControlFile, element: Node<'_, '_>) {
    let name = element.tag_name().name().to_ascii_lowercase();
    let text_field = match name.as_str() {
        "version" => &mut file.version,
        "addresstype" => &mut file.address_type,
        "messagetype" => &mut file.message_type,
        "from_dts" => &mut file.from_dts,
        "to_dts" => &mut file.to_dts,
        "from_esmtp" => &mut file.from_esmtp,
        "to_esmtp" => &mut file.to_esmtp,
        "subject" => &mut file.subject,
        "localid" => &mut file.local_id,
        "dtsid" => &mut file.dts_id,
        "partnerid" | "partneridentifier" => &mut file.partner_id,
        "workflowid" => &mut file.workflow_id,
        "processid" => &mut file.process_id,
        "datachecksum" => &mut file.data_checksum,
        _ => return take_other(file, &name, element),
    };
    if text_field.is_none() {
        *text_field = text(element);
    }
}

fn take_other(file: &mut ControlFile, name: &str, element: Node<'_, '_>) {
    let flag_field = match name {
        "compress" => &mut file.compress,
        "encrypted" => &mut file.encrypted,
        "iscompressed" => &mut file.is_compressed,
        "allowchunking" => &mut file.allow_chunking,
        "statusrecord" if file.status.is_none() => {
            file.status = Some(status(element));
            return;
        }
        _ => return,
    };
    if flag_field.is_none() {
        *flag_field = text(element).as_deref().and_then(yes_or_no);
    }
}

fn status(element: Node<'_, '_>) -> StatusRecord {
    let child = |name: &str| {
        element
            .children()
            .find(|child| child.tag_name().name().eq_ignore_ascii_case(name))
            .and_then(text)
            .unwrap_or_default()
    };
    StatusRecord {
        at: parse_time(&child("DateTime")),
        event: StatusEvent::parse(&child("Event")),
        status: Status::parse(&child("Status")),
        code: StatusCode::new(&child("StatusCode")),
        description: child("Description"),
    }
}

/// The element's whole text (comments may part it), trimmed; `None` when empty.
fn text(element: Node<'_, '_>) -> Option<String> {
    let whole: String = element
        .children()
        .filter(Node::is_text)
        .filter_map(|node| node.text())
        .collect();
    let trimmed = whole.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_ascii_uppercase().as_str() {
        "Y" | "YES" | "TRUE" => Some(true),
        "N" | "NO" | "FALSE" => Some(false),
        _ => None,
    }
}
