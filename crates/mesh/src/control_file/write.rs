//! Writing a control file.

use super::ControlFile;
use crate::StatusRecord;
use crate::status::format_time;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Empties {
    LeaveOut,
    AsReceived,
}

pub(super) fn write(file: &ControlFile, empties: Empties) -> Vec<u8> {
    let received = empties == Empties::AsReceived;
    let mut out = Out {
        text: String::with_capacity(1024),
    };
    out.text.push_str("<DTSControl>\n");
    out.some(1, "Version", file.version.as_deref(), false);
    out.some(1, "AddressType", file.address_type.as_deref(), false);
    out.some(1, "MessageType", file.message_type.as_deref(), false);
    out.some(1, "From_DTS", file.from_dts.as_deref(), received);
    out.some(1, "To_DTS", file.to_dts.as_deref(), false);
    out.some(1, "From_ESMTP", file.from_esmtp.as_deref(), received);
    out.some(1, "To_ESMTP", file.to_esmtp.as_deref(), false);
    out.some(1, "Subject", file.subject.as_deref(), false);
    out.some(1, "LocalId", file.local_id.as_deref(), false);
    out.some(1, "DTSId", file.dts_id.as_deref(), false);
    out.some(1, "PartnerId", file.partner_id.as_deref(), received);
    out.flag("Compress", file.compress);
    out.flag("Encrypted", file.encrypted);
    out.some(1, "WorkflowId", file.workflow_id.as_deref(), false);
    out.some(1, "ProcessId", file.process_id.as_deref(), received);
    out.some(1, "DataChecksum", file.data_checksum.as_deref(), received);
    out.flag("IsCompressed", file.is_compressed);
    out.flag("AllowChunking", file.allow_chunking);
    if let Some(status) = &file.status {
        out.status(status);
    }
    out.text.push_str("</DTSControl>\n");
    out.text.into_bytes()
}

struct Out {
    text: String,
}

impl Out {
    fn some(&mut self, depth: usize, name: &str, value: Option<&str>, even_empty: bool) {
        let value = value.unwrap_or_default();
        if value.is_empty() && !even_empty {
            return;
        }
        self.text.push_str(if depth == 1 { "  <" } else { "    <" });
        self.text.push_str(name);
        self.text.push('>');
        value.chars().for_each(|c| self.escape(c));
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    fn flag(&mut self, name: &str, value: Option<bool>) {
        self.some(1, name, value.map(|yes| if yes { "Y" } else { "N" }), false);
    }

    fn status(&mut self, status: &StatusRecord) {
        self.text.push_str("  <StatusRecord>\n");
        self.some(2, "DateTime", status.at.map(format_time).as_deref(), true);
        self.some(2, "Event", Some(status.event.as_str()), true);
        self.some(2, "Status", Some(status.status.as_str()), true);
        self.some(2, "StatusCode", Some(status.code.as_str()), true);
        self.some(2, "Description", Some(&status.description), true);
        self.text.push_str("  </StatusRecord>\n");
    }

    /// A header may bring characters XML has no way to write; they become U+FFFD.
    fn escape(&mut self, c: char) {
        match c {
            '&' => self.text.push_str("&amp;"),
            '<' => self.text.push_str("&lt;"),
            '>' => self.text.push_str("&gt;"),
            '\r' => self.text.push_str("&#13;"),
            '\t' | '\n' => self.text.push(c),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => self.text.push('\u{fffd}'),
            c => self.text.push(c),
        }
    }
}
