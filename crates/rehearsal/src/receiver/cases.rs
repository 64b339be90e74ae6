//! The table of the 52 cases, in words of our own (`docs/spec/rehearsal.md` §4).

use super::payload::PayloadName;
use crate::Class;

/// What a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// A message that has to be taken.
    Positive,
    /// A patient who is not, or not any more, the practice's.
    Business,
    /// A message that has to be refused.
    Negative,
    /// What holds for every answer; judged over all messages of a run.
    Answers,
    /// What is no business of the payloads, and yet lies in the mailbox.
    Distributor,
}

/// A case that a receiving system shows.
#[derive(Debug, PartialEq, Eq)]
pub struct Case {
    /// `RX-P01`.
    pub id: &'static str,
    /// What is sent, in a few words.
    pub title: &'static str,
    /// What it is about.
    pub group: Group,
    /// What decides it.
    pub class: Class,
    /// The payloads it can be built for.
    pub payloads: &'static [PayloadName],
    /// The infrastructure answer, as it is printed: `20013`, `-`.
    pub infrastructure: &'static str,
    /// The business answer, as it is printed.
    pub business: &'static str,
    /// What to look at, or why.
    pub note: &'static str,
}

impl Case {
    /// The case with this id, in any case of letters.
    pub fn find(id: &str) -> Option<&'static Self> {
        CASES
            .iter()
            .find(|case| case.id.eq_ignore_ascii_case(id.trim()))
    }

    /// Whether it has no messages of its own and is judged over those of the others.
    pub fn is_over_all(&self) -> bool {
        self.group == Group::Answers
    }

    /// What a person has to show a picture of, where one must.
    pub fn picture(&self) -> Option<&'static str> {
        match self.group {
            Group::Positive if self.class.needs_person() => {
                Some("the task of this message, and what the note of the case asks for")
            }
            Group::Distributor => Some("where the messages are kept and who sees them"),
            _ => None,
        }
    }
}

use PayloadName::{SendDocument13, SendDocument20, TransferOfCare, UpdateRecord};

const ANY: &[PayloadName] = &PayloadName::ALL;
const SEND_DOCUMENT: &[PayloadName] = &[SendDocument13, SendDocument20];
const RELEASE_1_3: &[PayloadName] = &[SendDocument13];
const RELEASE_2_0: &[PayloadName] = &[SendDocument20];
const UPDATE: &[PayloadName] = &[UpdateRecord];
const LETTERS: &[PayloadName] = &[TransferOfCare];
const GP_CONNECT: &[PayloadName] = &[SendDocument13, SendDocument20, UpdateRecord];

/// In the order of the sheet.
pub static CASES: [Case; 52] = [
    taken(
        "RX-P01",
        "For action, one PDF, over GPCONNECT_SEND_DOCUMENT",
        RELEASE_2_0,
        "A task with the subject; the attachment's bytes are those that were sent",
    ),
    taken(
        "RX-P02",
        "For action, over GPFED_CONSULT_REPORT",
        RELEASE_1_3,
        "Answered on GPFED_CONSULT_REPORT_ACK; shown as a consultation summary",
    ),
    taken(
        "RX-P03",
        "For information",
        RELEASE_2_0,
        "Seen to be for information",
    ),
    taken(
        "RX-P04",
        "Three attachments: PDF, Word, TIFF",
        RELEASE_2_0,
        "All can be opened; their names or numbers are shown",
    ),
    taken(
        "RX-P05",
        "No practitioner",
        RELEASE_2_0,
        "A practitioner is sent when known, and need not be",
    ),
    taken(
        "RX-P06",
        "Care setting and event",
        RELEASE_2_0,
        "Both shown beside the document",
    ),
    taken(
        "RX-P07",
        "White space inside the base64",
        RELEASE_2_0,
        "White space is dropped before decoding, as the example of the NHS needs",
    ),
    taken(
        "RX-P08",
        "MessageDefinition ending in -Instance-1, LocalExtension NONE",
        RELEASE_2_0,
        "Both spellings are in use",
    ),
    Case {
        class: Class::Answer,
        ..taken(
            "RX-P09",
            "Sent in several parts, and sent compressed",
            ANY,
            "How it travelled changes nothing",
        )
    },
    taken(
        "RX-P10",
        "4.9 MB",
        RELEASE_2_0,
        "Below the recommended limit of 5 MB",
    ),
    taken(
        "RX-P11",
        "Replacement, version 2",
        SEND_DOCUMENT,
        "The old version is archived; a new task",
    ),
    taken(
        "RX-P12",
        "Second replacement, which names version 2",
        SEND_DOCUMENT,
        "The chain of versions is kept",
    ),
    taken(
        "RX-P13",
        "No profiles, both bundles with one identifier",
        RELEASE_2_0,
        "Tolerated, as examples of the NHS are so; a warning is allowed",
    ),
    taken(
        "RX-P14",
        "The six shapes of the examples",
        UPDATE,
        "A task; nothing is filed by itself",
    ),
    taken(
        "RX-P15",
        "Report of an ambulatory blood pressure as attachment",
        UPDATE,
        "Its title is listed",
    ),
    taken(
        "RX-P16",
        "Outpatient letter to this practice",
        LETTERS,
        "Every section can be read",
    ),
    taken(
        "RX-P17",
        "Outpatient letter that replaces the one before",
        LETTERS,
        "It names the Composition.identifier of the old one",
    ),
    Case {
        infrastructure: "-",
        class: Class::Answer,
        ..taken(
            "RX-P18",
            "InfAckRequested false, BusAckRequested true",
            LETTERS,
            "One answer. GP Connect payloads demand both flags (RX-N08)",
        )
    },
    Case {
        infrastructure: "-",
        business: "-",
        class: Class::Answer,
        ..taken(
            "RX-P19",
            "Both flags false",
            LETTERS,
            "No answer at all. GP Connect payloads demand both flags (RX-N08)",
        )
    },
    patient(
        "RX-B01",
        "Patient who was never the practice's",
        "30002",
        "No task on a wrong patient",
    ),
    patient("RX-B02", "Patient who left", "30003", ""),
    patient(
        "RX-B03",
        "Patient who died: under six months ago, and longer ago",
        "30004 / 30003",
        "",
    ),
    patient(
        "RX-B04",
        "Right number, another date of birth",
        "30002",
        "Nobody is matched by the number alone",
    ),
    refused(
        "RX-N01",
        "Not XML; an empty file",
        ANY,
        "10009",
        "response.identifier is UNREADABLE-IN-ORIGINAL-MESSAGE",
    ),
    refused("RX-N02", "No handling extension", ANY, "10001", ""),
    refused("RX-N03", "InfAckRequested yes", ANY, "10002", ""),
    refused("RX-N04", "BusAckRequested yes", ANY, "10003", ""),
    refused(
        "RX-N05",
        "Unknown MessageDefinition; event of another payload",
        ANY,
        "10004",
        "10008 for another payload's event on a GP Connect workflow; Update Record has no definition",
    ),
    refused(
        "RX-N06",
        "Definition of the family, version not supported",
        LETTERS,
        "10005",
        "",
    ),
    refused("RX-N07", "SenderReference empty", ANY, "10007", ""),
    refused(
        "RX-N08",
        "InfAckRequested false where true is demanded",
        GP_CONNECT,
        "10008",
        "10002, as older lists have it, passes too",
    ),
    refused("RX-N09", "RecipientType XX", ANY, "10010", ""),
    refused(
        "RX-N10",
        "Receiver is a practitioner who does not work here",
        LETTERS,
        "20001",
        "",
    ),
    refused(
        "RX-N11",
        "Receiver is another practice",
        LETTERS,
        "20002",
        "",
    ),
    refused(
        "RX-N12",
        "Attachment application/x-msdownload",
        SEND_DOCUMENT,
        "20004",
        "20005 passes too",
    ),
    refused(
        "RX-N13",
        "Attachment of an approved type that the product cannot show",
        SEND_DOCUMENT,
        "20005",
        "The product's supplier names the type",
    ),
    refused(
        "RX-N14",
        "No focus; two MessageHeaders; outer Bundle without identifier",
        ANY,
        "20006",
        "",
    ),
    refused(
        "RX-N15",
        "The same message twice",
        ANY,
        "20007",
        "The first is taken. One answer to the second; one task",
    ),
    refused(
        "RX-N16",
        "The same document in another message",
        ANY,
        "20008",
        "The first is taken; one task",
    ),
    refused("RX-N17", "Confidentiality R", RELEASE_2_0, "20009", ""),
    refused(
        "RX-N18",
        "No section; section without Binary; content that is not base64",
        SEND_DOCUMENT,
        "20009",
        "",
    ),
    refused(
        "RX-N19",
        "Patient without NHS number; with a wrong check digit",
        ANY,
        "20009",
        "",
    ),
    refused(
        "RX-N20",
        "Flag, Procedure, ReferralRequest, Appointment",
        UPDATE,
        "20009",
        "The issue is not-supported",
    ),
    refused(
        "RX-N21",
        "The practice has Update Record switched off",
        UPDATE,
        "20010",
        "A run of its own: everything else of Update Record needs it on",
    ),
    refused(
        "RX-N22",
        "Replacement of an unknown document",
        ANY,
        "20014",
        "",
    ),
    refused(
        "RX-N23",
        "Above the product's limit",
        ANY,
        "20015",
        "The product's supplier names the limit",
    ),
    refused(
        "RX-N24",
        "Two faults: of the header, and of the document",
        ANY,
        "20006",
        "One code, that of the outer fault; the product's own log has all findings",
    ),
    refused(
        "RX-N25",
        "A refusal, and nothing after it",
        ANY,
        "any refusal",
        "One answer only: no business answer follows a refusal",
    ),
    over_all(
        "RX-A01",
        "Every answer is addressed and correlated as it has to be",
        "Flags false, SenderReference repeated, response.identifier is MessageHeader.id, event ITK008M, workflow with _ACK, \
         to the sender's mailbox",
    ),
    over_all(
        "RX-A02",
        "Diagnostics tell place and rule",
        "No name, number or date of the patient (FHIR-BA-02)",
    ),
    over_all(
        "RX-A03",
        "Times from collection to both answers",
        "Measured; no limit is published",
    ),
    Case {
        id: "RX-D01",
        title: "Event of the national service; unknown workflow",
        group: Group::Distributor,
        class: Class::AnswerAndPerson,
        payloads: ANY,
        infrastructure: "-",
        business: "-",
        note: "Kept, shown, nothing lost. 10004 to an ITK3 message on an unknown workflow passes too",
    },
];

const fn taken(
    id: &'static str,
    title: &'static str,
    payloads: &'static [PayloadName],
    note: &'static str,
) -> Case {
    Case {
        id,
        title,
        group: Group::Positive,
        class: Class::AnswerAndPerson,
        payloads,
        infrastructure: "20013",
        business: "30001",
        note,
    }
}

const fn patient(
    id: &'static str,
    title: &'static str,
    business: &'static str,
    note: &'static str,
) -> Case {
    Case {
        group: Group::Business,
        class: Class::Answer,
        business,
        ..taken(id, title, ANY, note)
    }
}

const fn refused(
    id: &'static str,
    title: &'static str,
    payloads: &'static [PayloadName],
    infrastructure: &'static str,
    note: &'static str,
) -> Case {
    Case {
        group: Group::Negative,
        class: Class::Answer,
        infrastructure,
        business: "-",
        ..taken(id, title, payloads, note)
    }
}

const fn over_all(id: &'static str, title: &'static str, note: &'static str) -> Case {
    Case {
        group: Group::Answers,
        class: Class::Answer,
        infrastructure: "-",
        business: "-",
        ..taken(id, title, ANY, note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_52_cases_each_once() {
        let of = |group| CASES.iter().filter(|case| case.group == group).count();
        assert_eq!(of(Group::Positive), 19);
        assert_eq!(of(Group::Business), 4);
        assert_eq!(of(Group::Negative), 25);
        assert_eq!(of(Group::Answers), 3);
        assert_eq!(of(Group::Distributor), 1);
        for case in &CASES {
            assert_eq!(Case::find(case.id), Some(case));
            assert!(!case.payloads.is_empty(), "{}", case.id);
        }
    }
}
