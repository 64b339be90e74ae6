//! Requirements that no check of a message can see: on the report's look, on when reports are
//! sent, and on what people are shown.

use crate::check::table::Party::{self, Process, Receiver, Sender};
use crate::check::table::{Force, GM13, MUST, ONLY_1_3, Row, Rule, SHOULD};

const PDF: &str = "send-document: the report's layout, tested on the built PDF";
const SENDING: &str = "gp-system: sending";
const PEOPLE: &str = "gp-system: web pages";

pub(super) const ROWS: &[Row] = &[
    row(
        "GPCM-SD-076",
        SEND,
        "Every clinically relevant encounter is reported.",
        SENDING,
    ),
    row(
        "GPCM-SD-077",
        SEND,
        "Reporting burdens the clinician little.",
        SENDING,
    ),
    row(
        "GPCM-SD-083",
        SEND,
        "Nothing is sent about the practice's own patients.",
        SENDING,
    ),
    row(
        "GPCM-SD-084",
        SEND,
        "The registered practice is looked up in PDS.",
        SENDING,
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
        "send-document: build()",
    ),
    row(
        "GPCM-SD-089",
        &[Sender],
        "Where there is no consultation, the report holds all data of the day.",
        SENDING,
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
        PEOPLE,
        MUST,
    ),
    row(
        "GPCM-SD-093",
        &[Receiver],
        "Attachments can be opened.",
        PEOPLE,
    ),
    row(
        "GPCM-SD-094",
        SEND,
        "A person is told when sending fails.",
        SENDING,
    ),
    row(
        "GPCM-SD-095",
        SEND,
        "A person is told when an acknowledgement is missing.",
        SENDING,
    ),
    row(
        "GPCM-SD-096",
        SEND,
        "Reports leave within three hours of the last edit.",
        SENDING,
    ),
    row(
        "GPCM-SD-098",
        &[Sender],
        "Versions begin at 1 and grow by 1.",
        "send-document: build()",
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
        "gp-system: receiving",
        SHOULD,
    ),
    forced(
        "GPCM-SD-128",
        SEND,
        "The sender does the same on such an answer.",
        SENDING,
        SHOULD,
    ),
    row(
        "GPCM-SD-129",
        &[Sender],
        "Each of several replacements points at the one before it.",
        "send-document: build(), BuildParams::replaces",
    ),
    forced(
        "GPCM-SD-130",
        SEND,
        "Replacements are sent within 24 hours.",
        SENDING,
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
        PEOPLE,
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
        SENDING,
    ),
    row(
        "GPCM-SD-141",
        SEND,
        "A question before sending can be switched off.",
        PEOPLE,
    ),
    row(
        "GPCM-SD-142",
        SEND,
        "Within the waiting time only the latest version leaves.",
        SENDING,
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
