//! Requirements that no check of a message can see: on the report's look, on when reports are
//! sent, and on what people are shown.

use crate::check::table::Party::{self, Process, Receiver, Sender};
use crate::check::table::{Force, GM13, MUST, ONLY_1_3, Row, Rule, SHOULD};

const PDF: &str = "crates/send-document/src/pdf/mod.rs";
const INBOX_ROW: &str = "crates/gp-system/src/web/inbox/rows.rs: row";
const INBOX_LETTER: &str = "crates/gp-system/src/web/inbox/open.rs: page";

pub(super) const ROWS: &[Row] = &[
    row(
        "GPCM-SD-076",
        SEND,
        "Every clinically relevant encounter is reported.",
        "people: every encounter is entered by whoever held it",
    ),
    row(
        "GPCM-SD-077",
        SEND,
        "Reporting burdens the clinician little.",
        "crates/gp-system/src/web/entry/new.rs: form",
    ),
    row(
        "GPCM-SD-083",
        SEND,
        "Nothing is sent about the practice's own patients.",
        "crates/gp-system/src/sending/submitting.rs: is_own_patient",
    ),
    row(
        "GPCM-SD-084",
        SEND,
        "The registered practice is looked up in PDS.",
        "crates/exchange/src/routing/mod.rs",
    ),
    row(
        "GPCM-SD-086",
        &[Sender],
        "The report holds all data entered.",
        PDF,
    ),
    row(
        "GPCM-SD-087",
        &[Sender],
        "The report looks as on screen or in print.",
        PDF,
    ),
    row(
        "GPCM-SD-088",
        &[Sender],
        "All attachments are sent.",
        "crates/send-document/src/build/content.rs",
    ),
    row(
        "GPCM-SD-089",
        &[Sender],
        "Where there is no consultation, the report holds all data of the day.",
        "people: they enter what was done that day",
    ),
    row(
        "GPCM-SD-090",
        &[Sender],
        "The report has the layout of the template.",
        PDF,
    ),
    forced(
        "GPCM-SD-092",
        &[Receiver],
        "The task list shows the subject.",
        INBOX_ROW,
        MUST,
    ),
    row(
        "GPCM-SD-093",
        &[Receiver],
        "Attachments can be opened.",
        INBOX_LETTER,
    ),
    row(
        "GPCM-SD-094",
        SEND,
        "A person is told when sending fails.",
        "crates/gp-system/src/sending/outcome.rs: fail",
    ),
    row(
        "GPCM-SD-095",
        SEND,
        "A person is told when an acknowledgement is missing.",
        "crates/gp-system/src/sending/following.rs: find_overdue",
    ),
    row(
        "GPCM-SD-096",
        SEND,
        "Reports leave within three hours of the last edit.",
        "crates/gp-system/src/config.rs: check",
    ),
    row(
        "GPCM-SD-098",
        &[Sender],
        "Versions begin at 1 and grow by 1.",
        "crates/send-document/src/build/mod.rs: build",
    ),
    forced(
        "GPCM-SD-102",
        &[Sender],
        "The report of a confidential consultation omits clinician, organisation, place and \
         notes.",
        PDF,
        ONLY_1_3,
    ),
    forced(
        "GPCM-SD-127",
        &[Receiver],
        "When a replacement fails, both documents are marked null and void.",
        "crates/gp-system/src/receiving/verdict.rs: replacement",
        SHOULD,
    ),
    forced(
        "GPCM-SD-128",
        SEND,
        "The sender does the same on such an answer.",
        "crates/gp-system/src/sending/outcome.rs: mark_void",
        SHOULD,
    ),
    row(
        "GPCM-SD-129",
        &[Sender],
        "Each of several replacements points at the one before it.",
        "crates/gp-system/src/sending/submitting.rs: update",
    ),
    forced(
        "GPCM-SD-130",
        SEND,
        "Replacements are sent within 24 hours.",
        "crates/gp-system/src/config.rs: check",
        SHOULD,
    ),
    forced(
        "GPCM-SD-133",
        &[Sender],
        "A confidential item is printed as \"Confidential item\".",
        PDF,
        ONLY_1_3,
    ),
    forced(
        "GPCM-SD-134",
        &[Sender],
        "Each such item is marked on its own.",
        PDF,
        ONLY_1_3,
    ),
    row(
        "GPCM-SD-135",
        SEND,
        "Deleting a reported consultation warns the user.",
        "crates/gp-system/src/sending/deleting.rs: delete",
    ),
    row("GPCM-SD-136", &[Sender], "Section titles are bold.", PDF),
    row(
        "GPCM-SD-137",
        &[Sender],
        "A blank line parts the sections.",
        PDF,
    ),
    row(
        "GPCM-SD-138",
        &[Sender],
        "Titles and notes stand in two columns.",
        PDF,
    ),
    row(
        "GPCM-SD-139",
        &[Sender],
        "The patient's name is larger.",
        PDF,
    ),
    row(
        "GPCM-SD-140",
        SEND,
        "Administrative entries are not reported.",
        "people: they submit encounters, not administration",
    ),
    row(
        "GPCM-SD-141",
        SEND,
        "A question before sending can be switched off.",
        "people: no question is asked before sending, so none needs switching off",
    ),
    row(
        "GPCM-SD-142",
        SEND,
        "Within the waiting time only the latest version leaves.",
        "crates/gp-system/src/store/consultations.rs: edit",
    ),
    row(
        "GPCM-SD-143",
        &[Sender],
        "The bands have the template's two blues.",
        PDF,
    ),
    row(
        "GPCM-SD-144",
        &[Sender],
        "The report states its reason in the fixed sentence.",
        PDF,
    ),
];

const SEND: &[Party] = &[Sender, Process];

const fn row(
    id: &'static str,
    binds: &'static [Party],
    text: &'static str,
    place: &'static str,
) -> Row {
    forced(id, binds, text, place, MUST)
}

const fn forced(
    id: &'static str,
    binds: &'static [Party],
    text: &'static str,
    place: &'static str,
    force: Force,
) -> Row {
    let rule = Rule::Elsewhere(place);
    Row {
        id,
        binds,
        text,
        remedy: "Nothing in the message.",
        source: GM13,
        force,
        response: None,
        rule,
    }
}
