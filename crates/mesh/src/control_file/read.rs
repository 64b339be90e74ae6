//! Reading a control file, tolerant of order and dressing, safe against hostile XML.

use roxmltree::{Document, Node, ParsingOptions};

use super::{ControlFile, MAX_BYTES};
use crate::status::parse_time;
use crate::{MeshError, Status, StatusCode, StatusEvent, StatusRecord};

/// Far above the 25 nodes or so of a real file, far below what 64 KiB could hold.
const MAX_NODES: u32 = 4096;

pub(super) fn read(bytes: &[u8]) -> Result<ControlFile, MeshError> {
    if bytes.len() > MAX_BYTES {
        return Err(MeshError::ControlFileTooLong);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| MeshError::ControlFileEncoding)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    let document =
        Document::parse_with_options(text, options).map_err(|_| MeshError::ControlFileXml)?;
    let root = document.root_element();
    if root.tag_name().name() != "DTSControl" {
        return Err(MeshError::ControlFileRoot);
    }
    let mut file = ControlFile::default();
    for element in root.children().filter(Node::is_element) {
        take(&mut file, element);
    }
    Ok(file)
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
