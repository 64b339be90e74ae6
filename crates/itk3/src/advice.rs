//! Failures in words, with what a person should do: of a response code, of a MESH report.

use crate::ResponseCode;

/// What happened to a message that did not reach its end, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// What happened, without a full stop.
    pub reason: &'static str,
    /// What a person should do: whole sentences.
    pub advice: &'static str,
}

/// A negative response code in words, with what a person should do.
pub fn of_response(code: ResponseCode) -> Advice {
    let (reason, advice) = match code {
        ResponseCode::PatientUnknown => (
            "The receiving practice has no record of the patient",
            "Check where the patient is registered, then send the report by another route.",
        ),
        ResponseCode::PatientLeft => (
            "The patient is no longer registered at the receiving practice",
            "Check where the patient is registered now, then send the report there.",
        ),
        ResponseCode::DuplicateMessage | ResponseCode::DuplicateDocument => (
            "The receiving practice had this report already",
            "Nothing needs sending again; check that the earlier report was delivered.",
        ),
        ResponseCode::UnreadableMessage => (
            "The receiving practice could not read the message",
            "Send the report again; if it fails again, tell the system's supplier.",
        ),
        ResponseCode::TooLarge => (
            "The message is larger than the receiving practice accepts",
            "Send the report with fewer or smaller attachments.",
        ),
        ResponseCode::AttachmentNotApproved => (
            "The receiving practice does not take an attachment: for its type, or for what its malware \
             scanner found",
            "Have the attachments scanned here, then send the report with its attachments as PDF.",
        ),
        ResponseCode::AttachmentUnsupported => (
            "The receiving practice does not take a file type among the attachments",
            "Send the report with its attachments as PDF.",
        ),
        ResponseCode::ReplacementFailed => (
            "The receiving practice could not replace the earlier version",
            "Both versions are void there; send the whole report again as a new one.",
        ),
        ResponseCode::PayloadInvalid | ResponseCode::HeaderInvalid => (
            "The receiving practice found that the message breaks the rules",
            "Tell the system's supplier, and send the report by another route.",
        ),
        _ => (
            "The receiving practice refused the message",
            "Tell the system's supplier, and send the report by another route.",
        ),
    };
    Advice { reason, advice }
}

/// The status code of a failure report in words. `event` tells apart the codes that were reused.
pub fn of_report(event: &str, code: &str) -> Advice {
    let (reason, advice) = match (event, code) {
        (_, "EPL-150") => (
            "The patient's practice has several mailboxes for this kind of message",
            "Tell the MESH service desk, and send the report by another route.",
        ),
        (_, "EPL-151") => (
            "The patient's practice has no mailbox for this kind of message",
            "Send the report by another route.",
        ),
        (_, "EPL-152") => (
            "The NHS number is not a valid one",
            "Correct the NHS number in the consultation, then send it again.",
        ),
        (_, "EPL-153") => (
            "The NHS number was not found in the demographics service",
            "Check the NHS number with the patient, correct the consultation, then send it again.",
        ),
        (_, "EPL-154") => (
            "The name or date of birth does not belong to the NHS number",
            "Check the patient's details, correct the consultation, then send it again.",
        ),
        ("SEND", "14") => (
            "The patient's practice did not collect the message in time",
            "Telephone the practice, then send the report again or by another route.",
        ),
        ("SEND", "12") => (
            "The exchange does not know the address",
            "Check the patient's details, then send the report again.",
        ),
        ("SEND", "16" | "17" | "18") => (
            "The exchange does not let this mailbox send this kind of message",
            "Tell the MESH service desk to give the mailbox the right, then send again.",
        ),
        ("TRANSFER", "04") | ("RECEIVE", "17") => (
            "The exchange refused the mailbox's login",
            "Correct the MESH client's mailbox and password, then send the report again.",
        ),
        ("COLLECT", _) => (
            "The MESH client could not read the pair in OUT",
            "Send the report again; if it fails again, tell the system's supplier.",
        ),
        _ => (
            "The message could not be handed to the exchange",
            "See the MESH client's log, then send the report again.",
        ),
    };
    Advice { reason, advice }
}
