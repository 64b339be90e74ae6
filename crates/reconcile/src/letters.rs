//! What was sent: one letter for each pair that is not an acknowledgement.

use std::path::PathBuf;

use itk3::{Asked, Message};
use jiff::Timestamp;
use jiff::civil::DateTime;
use mesh::{MessageType, Status, StatusRecord};

use crate::files::{Found, Unread};

/// A message that was sent, or could not be.
pub(crate) struct Letter {
    /// Its control file.
    pub file: PathBuf,
    pub message_id: Option<String>,
    pub local_id: Option<String>,
    pub workflow: String,
    /// When the client wrote that it was sent; else when the file was written.
    pub sent_at: Option<Timestamp>,
    /// Why the client could not send it.
    pub failed: Option<StatusRecord>,
    /// The id of an ITK3 message's header, and what acknowledgements it asks for.
    pub itk3: Option<(String, Asked)>,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Letters(pub Vec<Letter>);

impl Letters {
    /// A pair in SENT.
    pub fn take_sent(&mut self, found: Found, unread: &mut Vec<Unread>) {
        let Some(mut letter) = letter(&found) else {
            return;
        };
        if let Some(document) = found.document(unread)
            && let Some(message) = Message::of(&document.root)
        {
            if message.is_acknowledgement() {
                return;
            }
            let asked = Asked::of(&message.handling());
            letter.itk3 = message.id().map(|id| (bare(id), asked));
        }
        letter.failed = failure(&found);
        self.0.push(letter);
    }

    /// A pair in FAILED, acknowledgements among them: the other side misses them.
    pub fn take_failed(&mut self, found: Found) {
        if let Some(mut letter) = letter(&found) {
            letter.failed = found.control.status;
            self.0.push(letter);
        }
    }
}

fn letter(found: &Found) -> Option<Letter> {
    let control = &found.control;
    if control.message_type() == Some(MessageType::Report) {
        return None;
    }
    let at = control.status.as_ref().and_then(|status| status.at);
    Some(Letter {
        file: found.path.clone(),
        message_id: control.dts_id.clone(),
        local_id: control.local_id.clone(),
        workflow: control.workflow_id.clone().unwrap_or_default(),
        sent_at: at.and_then(in_the_united_kingdom).or(found.modified),
        failed: None,
        itk3: None,
    })
}

fn failure(found: &Found) -> Option<StatusRecord> {
    let status = found.control.status.as_ref()?;
    (status.status == Status::Error).then(|| status.clone())
}

/// A time of a control file, which is local time there (docs/spec/mesh-client.md).
pub(crate) fn in_the_united_kingdom(at: DateTime) -> Option<Timestamp> {
    at.to_zoned(nhs::uk_time_zone())
        .ok()
        .map(|at| at.timestamp())
}

/// An id of a header as it is compared: without `urn:uuid:`, in lower case.
pub(crate) fn bare(id: &str) -> String {
    let id = id.trim().to_ascii_lowercase();
    id.strip_prefix("urn:uuid:").unwrap_or(&id).to_owned()
}
