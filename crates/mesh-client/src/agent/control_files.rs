//! What is in the control files the agent writes: reports of its own, the rewritten one in SENT, and those
//! beside what it received.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use mesh::status::{ACCEPTED_BY_SERVER, format_time};
use mesh::{ControlFile, MessageType, ReceivedHeaders, StatusEvent, StatusRecord};
use nhs::{MailboxId, MessageId};

/// The zone of the times in control files.
#[derive(Debug, Clone)]
pub(super) struct Times(TimeZone);

impl Times {
    /// UK local time, as the Java client writes, or UTC.
    pub fn new(utc: bool) -> Self {
        Self(if utc {
            TimeZone::UTC
        } else {
            nhs::uk_time_zone()
        })
    }

    /// The moment in that zone.
    pub fn local(&self, at: Timestamp) -> DateTime {
        at.to_zoned(self.0.clone()).datetime()
    }

    /// A header's time, which is UTC, in that zone.
    pub fn of_header(&self, at: DateTime) -> DateTime {
        at.to_zoned(TimeZone::UTC)
            .map_or(at, |zoned| self.local(zoned.timestamp()))
    }
}

/// A report of the agent's own: the fields of the original, and what happened.
pub(super) fn own_report(original: &ControlFile, status: StatusRecord) -> ControlFile {
    ControlFile {
        message_type: Some(MessageType::Report.control_file().to_owned()),
        version: original.version.clone().or_else(|| Some("1.0".to_owned())),
        is_compressed: original.is_compressed.or(Some(false)),
        status: Some(status),
        ..original.clone()
    }
}

/// The base name of such a report: `<original base>_<EVENT>_<yyyyMMddHHmmssSSS>`.
pub(super) fn report_base(base: &str, event: &str, at: Timestamp, times: &Times) -> String {
    let milliseconds = at.as_millisecond().rem_euclid(1000);
    format!(
        "{base}_{event}_{}{milliseconds:03}",
        format_time(times.local(at))
    )
}

/// The original with the message id and the record of success, for SENT.
pub(super) fn sent(
    original: &ControlFile,
    id: &MessageId,
    gzip: bool,
    at: DateTime,
) -> ControlFile {
    ControlFile {
        dts_id: Some(id.to_string()),
        is_compressed: Some(gzip),
        status: Some(StatusRecord::success(
            at,
            StatusEvent::Transfer,
            ACCEPTED_BY_SERVER,
        )),
        ..original.clone()
    }
}

/// The control file beside a received message, or of a report.
pub(super) fn received(
    headers: &ReceivedHeaders,
    id: &MessageId,
    mailbox: &MailboxId,
    times: &Times,
) -> ControlFile {
    let mail = |id: &str| format!("{}@dts.nhs.uk", id.to_ascii_lowercase());
    let to = headers
        .recipient
        .clone()
        .unwrap_or_else(|| mailbox.to_string());
    let linked = headers.linked_message.as_ref().map(MessageId::to_string);
    let status = headers.status.clone().map(|record| StatusRecord {
        at: record.at.map(|at| times.of_header(at)),
        ..record
    });
    ControlFile {
        version: Some("1.0".to_owned()),
        address_type: Some("ALL".to_owned()),
        message_type: Some(headers.message_type.control_file().to_owned()),
        from_dts: headers.sender.clone(),
        from_esmtp: headers
            .sender_smtp
            .clone()
            .or_else(|| headers.sender.as_deref().map(mail)),
        to_esmtp: headers.recipient_smtp.clone().or_else(|| Some(mail(&to))),
        to_dts: Some(to),
        subject: headers.subject.clone(),
        local_id: headers.local_id.clone(),
        dts_id: Some(id.to_string()),
        partner_id: linked.or_else(|| headers.partner_id.clone()),
        compress: Some(headers.compressed),
        encrypted: Some(headers.encrypted),
        workflow_id: headers.workflow.as_ref().map(ToString::to_string),
        process_id: None,
        data_checksum: headers.checksum.clone(),
        is_compressed: Some(false),
        allow_chunking: None,
        status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::status::parse_time;

    #[test]
    fn times_are_uk_local_unless_utc_is_asked_for() {
        let header = parse_time("20180808160418").unwrap();
        let uk = Times::new(false).of_header(header);
        assert_eq!(format_time(uk), "20180808170418");
        assert_eq!(Times::new(true).of_header(header), header);
    }

    #[test]
    fn report_names_carry_event_and_milliseconds() {
        let at: Timestamp = "2026-01-14T09:30:12.045Z".parse().unwrap();
        let name = report_base("A81001_1", "COLLECT", at, &Times::new(true));
        assert_eq!(name, "A81001_1_COLLECT_20260114093012045");
    }
}
