//! The 48 rows of the conformance list (SCAL) of Send Document 2.0.2 for a sender, in words of our own, and what
//! decides each (`docs/spec/rehearsal.md` §2).

use crate::Class::{self, *};

/// A row of the list.
pub struct Row {
    /// `GPCM-SD-123`.
    pub id: &'static str,
    /// `all` or `consultation summary`.
    pub use_case: &'static str,
    /// What has to be shown.
    pub text: &'static str,
    /// What decides it.
    pub class: Class,
    /// The scripts that show it: `01, 13`.
    pub scripts: &'static str,
    /// What the list asks to be shown.
    pub evidence: &'static str,
    /// What a person must show beside it.
    pub person: Option<&'static str>,
    /// Requirements of older lists that this row took over.
    pub folds: &'static [&'static str],
}

/// Where the row stands in the list.
pub fn find(id: &str) -> Option<usize> {
    let is_it = |row: &Row| row.id == id || row.folds.contains(&id);
    ROWS.iter().position(is_it)
}

#[rustfmt::skip]
/// In the order of the list.
pub const ROWS: [Row; 48] = [
    row("GPCM-C-1", "all", "Messages go over MESH", AnswerAndPerson, "all", "The message at the exchange; the live system's certificate or client version", Some("Papers: certificate or client version of the live system"), &[]),
    row("GPCM-C-2", "all", "Every message keeps the rules of ITK3 and FHIR, and its answers are read", AnswerAndPerson, "all", "The messages, their answers; the NHS's own ITK3 report", Some("Papers: the ITK3 report of the NHS"), &["GPCM-C-02"]),
    row("GPCM-SD-056", "all", "MESH finds the patient's practice by the address", Answer, "01", "The control data and where the exchange took it", None, &[]),
    row("GPCM-SD-028", "all", "The sending practice: organisation with ODS code, name and telephone", Message, "03", "The message", None, &["GPCM-SD-029", "GPCM-SD-030", "GPCM-SD-031"]),
    row("GPCM-SD-032", "all", "The clinician, where known: SDS user id, official name, telephone", Message, "03", "The message", None, &["GPCM-SD-033", "GPCM-SD-034"]),
    row("GPCM-SD-035", "all", "The patient: NHS number, official name, date of birth", Message, "01", "The message", None, &["GPCM-SD-036", "GPCM-SD-037"]),
    row("GPCM-SD-038", "all", "Name, date of birth and NHS number in the address are the patient's", Message, "01", "The message and its control data", None, &[]),
    row("GPCM-SD-040", "all", "A business answer is asked for", Message, "01", "The message", None, &[]),
    row("GPCM-SD-041", "all", "An infrastructure answer is asked for", Message, "01", "The message", None, &[]),
    row("GPCM-SD-042", "all", "The sender's reference names the activity, and no other", Message, "01", "The messages", None, &[]),
    row("GPCM-SD-043", "all", "The message definition is that of Send Document", Message, "01", "The message", None, &[]),
    row("GPCM-SD-044", "all", "The local extension is the fixed word", Message, "01", "The message", None, &[]),
    row("GPCM-SD-045", "all", "The header's organisation is in the message bundle", Message, "01", "The message", None, &[]),
    row("GPCM-SD-046", "all", "The header's source is the mailbox that sent", Message, "01", "The message and its control data", None, &[]),
    row("GPCM-SD-047", "all", "The event is ITK007C", Message, "01", "The message", None, &[]),
    row("GPCM-SD-048", "all", "The header's timestamp is when the message was made", Message, "01", "The message", None, &[]),
    row("GPCM-SD-049", "all", "The header names no receiver", Message, "01", "The message", None, &[]),
    row("GPCM-SD-057", "all", "The workflow is that of the release", Message, "01", "The control data", None, &[]),
    row("GPCM-SD-059", "all", "From_DTS is the sender's mailbox (MESH client)", Message, "01", "The control data", None, &[]),
    row("GPCM-SD-060", "all", "To_DTS is number, date of birth and surname (MESH client)", Message, "01", "The control data", None, &[]),
    row("GPCM-SD-061", "all", "Subject is the sentence of the guide (MESH client)", Message, "01", "The control data", None, &[]),
    row("GPCM-SD-062", "all", "Mex-From is the sender's mailbox (MESH API)", Message, "01", "The headers", None, &[]),
    row("GPCM-SD-063", "all", "Mex-To is number, date of birth and surname (MESH API)", Message, "01", "The headers", None, &[]),
    row("GPCM-SD-064", "all", "Mex-Subject is the sentence of the guide (MESH API)", Message, "01", "The headers", None, &[]),
    row("GPCM-SD-098", "all", "The first send is version 1, each change one more", Message, "08", "The messages", None, &[]),
    row("GPCM-SD-103", "all", "The message holds a document bundle", Message, "01", "The message", None, &[]),
    row("GPCM-SD-104", "all", "The document bundle holds a composition", Message, "01", "The message", None, &["GPCM-SD-113"]),
    row("GPCM-SD-105", "all", "The custodian is the sending organisation", Message, "01", "The message", None, &["GPCM-SD-120"]),
    row("GPCM-SD-106", "all", "The subject is the patient", Message, "01", "The message", None, &["GPCM-SD-121"]),
    row("GPCM-SD-107", "all", "The sending organisation is an author", Message, "01", "The message", None, &["GPCM-SD-122"]),
    row("GPCM-SD-108", "all", "Every resource names its profile", Message, "01", "The message", None, &[]),
    row("GPCM-SD-109", "all", "One section for each attachment", Message, "01, 13", "The message", None, &["GPCM-SD-112"]),
    row("GPCM-SD-110", "all", "Each section leads to its own binary", Message, "01, 13", "The message", None, &["GPCM-SD-124"]),
    row("GPCM-SD-111", "all", "The content of a binary is base64", Message, "13", "The message", None, &["GPCM-SD-125"]),
    row("GPCM-SD-123", "all", "A replacement names the document before it", Message, "08", "The messages", None, &["GPCM-SD-131", "GPCM-SD-132", "GPCM-SD-126"]),
    row("GPCM-SD-128", "all", "A replacement that is refused makes all its versions void", AnswerAndPerson, "12, 08", "The answer 20014; the screen after it", Some("Both versions marked void after 20014"), &[]),
    row("GPCM-SD-129", "all", "A further replacement names the last one, not the first", Message, "09", "The messages", None, &[]),
    row("GPCM-SD-115", "all", "The document's type is a SNOMED CT code", Message, "01", "The message", None, &[]),
    row("GPCM-SD-083", "consultation summary", "Nothing is sent for a patient of the practice itself", AnswerAndPerson, "06", "No message; the finished consultation", Some("The finished consultation of a registered patient and the empty list of messages"), &[]),
    row("GPCM-SD-084", "consultation summary", "The registered practice is looked up in PDS", Person, "", "A trace", Some("The trace of your PDS look-up"), &[]),
    row("GPCM-SD-086", "consultation summary", "The PDF holds everything that was entered", Person, "01", "The screen beside the PDF", Some("The consultation on screen beside the PDF, everything entered in it"), &[]),
    row("GPCM-SD-087", "consultation summary", "The PDF looks as the consultation does on screen or in print", Person, "01", "The screen or print beside the PDF", Some("The PDF beside the screen or the print"), &[]),
    row("GPCM-SD-088", "consultation summary", "All attachments of the activity are sent", MessageAndPerson, "01, 13", "The message; the activity's list", Some("The list of attachments of the activity"), &[]),
    row("GPCM-SD-090", "consultation summary", "The PDF has title, version, pages, patient, sender, recipient, date and headings", MessageAndPerson, "01", "The message; the PDF", Some("The first and the second page of the PDF"), &["GPCM-SD-089"]),
    row("GPCM-SD-091", "consultation summary", "The version stands in the PDF and in the subject", MessageAndPerson, "01", "The message, its subject; the PDF", Some("The version on the first page of the PDF"), &[]),
    row("GPCM-SD-094", "consultation summary", "Somebody is told when a report could not be received or dealt with", AnswerAndPerson, "04", "The negative answers; the notices", Some("The notice for each code, and who got it (one picture of a list will do)"), &[]),
    row("GPCM-SD-095", "consultation summary", "Somebody is told when an answer does not come", AnswerAndPerson, "05", "The message without an answer; the notice", Some("The notice after your time-out, with the time-out used, and who got it"), &[]),
    row("GPCM-SD-096", "consultation summary", "Sent within three hours of the last change", AnswerAndPerson, "07", "The time of arrival; the time of saving", Some("The time at which the consultation was saved"), &[]),
];

#[allow(clippy::too_many_arguments)]
const fn row(
    id: &'static str,
    use_case: &'static str,
    text: &'static str,
    class: Class,
    scripts: &'static str,
    evidence: &'static str,
    person: Option<&'static str>,
    folds: &'static [&'static str],
) -> Row {
    Row {
        id,
        use_case,
        text,
        class,
        scripts,
        evidence,
        person,
        folds,
    }
}
