//! The reports that came back: the exchange's and the client's own about what failed.
//!
//! A report of Restante's client names the message by its id (`PartnerId`), the Java client's by the local id
//! only; one about a pair that was never sent is named after the pair.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use mesh::{MessageType, Status, StatusRecord};

use crate::files::Found;
use crate::letters::{Letter, Letters};

/// A report of failure.
pub(crate) struct Report {
    pub message_id: Option<String>,
    pub local_id: Option<String>,
    pub workflow: Option<String>,
    pub status: StatusRecord,
    pub file: PathBuf,
    is_matched: bool,
}

/// All of them, and how they are found.
#[derive(Default)]
pub(crate) struct Reports {
    all: Vec<Report>,
    by_message: HashMap<String, usize>,
    by_local_id: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
}

impl Reports {
    /// Keeps the control file if it is a report of failure about a message of this site's.
    pub fn take(&mut self, found: Found) {
        let control = found.control;
        let Some(status) = control.status else {
            return;
        };
        let is_report = MessageType::parse(control.message_type.as_deref().unwrap_or_default());
        if is_report != Some(MessageType::Report) || status.status != Status::Error {
            return;
        }
        let place = self.all.len();
        if let Some(message) = &control.partner_id {
            self.by_message.insert(message.clone(), place);
        } else {
            if let Some(name) = reported_pair(&found.path) {
                self.by_name.insert(name, place);
            }
            if let Some(local_id) = &control.local_id {
                self.by_local_id.insert(local_id.clone(), place);
            }
        }
        self.all.push(Report {
            message_id: control.partner_id,
            local_id: control.local_id,
            workflow: control.workflow_id,
            status,
            file: found.path,
            is_matched: false,
        });
    }

    /// Forgets by local id those that several messages share: they may be about any of these.
    pub fn forget_shared_local_ids(&mut self, letters: &Letters) {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for id in letters.0.iter().filter_map(|it| it.local_id.as_deref()) {
            *counts.entry(id).or_default() += 1;
        }
        self.by_local_id
            .retain(|id, _| counts.get(id.as_str()).is_none_or(|count| *count == 1));
    }

    /// The report about a message.
    pub fn about(&mut self, letter: &Letter) -> Option<StatusRecord> {
        let of = |map: &HashMap<String, usize>, key: Option<&str>| map.get(key?).copied();
        let place = of(&self.by_message, letter.message_id.as_deref())
            .or_else(|| of(&self.by_name, stem(&letter.file)))
            .or_else(|| of(&self.by_local_id, letter.local_id.as_deref()))?;
        let report = self.all.get_mut(place)?;
        report.is_matched = true;
        Some(report.status.clone())
    }

    /// Those about messages that are not among what was sent.
    pub fn unmatched(&self) -> impl Iterator<Item = &Report> {
        self.all.iter().filter(|report| !report.is_matched)
    }
}

fn stem(path: &Path) -> Option<&str> {
    path.file_stem().and_then(OsStr::to_str)
}

/// The base name of the pair that a client's own report is about: `NAME_EVENT_yyyyMMddHHmmssSSS.ctl`.
fn reported_pair(report: &Path) -> Option<String> {
    let (rest, time) = stem(report)?.rsplit_once('_')?;
    let (name, event) = rest.rsplit_once('_')?;
    let is_time = time.len() >= 14 && time.bytes().all(|byte| byte.is_ascii_digit());
    let is_event = !event.is_empty() && event.bytes().all(|byte| byte.is_ascii_uppercase());
    (is_time && is_event).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clients_report_is_named_after_its_pair() {
        let pair = |name: &str| reported_pair(Path::new(name));
        assert_eq!(
            pair("IN/a_b_COLLECT_20261127101112345.ctl").as_deref(),
            Some("a_b")
        );
        assert_eq!(pair("IN/20261127101112345678_0A1B2C.ctl"), None);
        assert_eq!(pair("IN/a_b.ctl"), None);
    }
}
