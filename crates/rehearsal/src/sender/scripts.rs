//! The 13 test scripts of the consultation summary, in words of our own (`docs/spec/rehearsal.md` §3): for whom, by
//! which given name of the clinician, and what is answered.

use send_document::Ruleset;

use crate::Class;

/// The patient that is registered with the sender (TST-06).
pub const OWN_PATIENT: u64 = 9_691_375_133;

/// A script.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    /// 1 to 13.
    pub number: u8,
    /// `GPCM-SD-TST-08`.
    pub id: &'static str,
    /// What is shown.
    pub title: &'static str,
    /// Whose consultation it is; none for any.
    pub patient: Option<u64>,
    /// The given names to give the clinician, one message each; empty where nothing may arrive or nothing need.
    pub keywords: &'static [&'static str],
    /// What decides it.
    pub class: Class,
    /// The rows it decides.
    pub rows: &'static [&'static str],
    /// What a person does, after the patient and the given name.
    pub todo: &'static str,
    /// What to take a picture of.
    pub picture: Option<&'static str>,
}

impl Script {
    /// `TST-08`.
    pub fn short(&self) -> &'static str {
        self.id.get(8..).unwrap_or(self.id)
    }

    /// Whether it passes when nothing arrives.
    pub fn is_watched(&self, ruleset: Ruleset) -> bool {
        self.number == 6 || (self.number == 2 && ruleset == Ruleset::V2_0)
    }

    /// Why it is not for this release; none where it is.
    pub fn superseded(&self, ruleset: Ruleset) -> Option<&'static str> {
        (self.number == 11 && ruleset == Ruleset::V2_0)
            .then_some("Rule set 2.0 sends nothing that is confidential")
    }
}

/// What is answered to a given name, for people.
pub fn answer_to(keyword: &str) -> String {
    let upper = keyword.to_ascii_uppercase();
    match upper.strip_prefix("IB") {
        Some(last) => format!("20013, then 30{last}"),
        None if upper == "NORESPONSE" => "nothing".to_owned(),
        None => format!("{upper} alone"),
    }
}

/// The codes that are answered to a given name.
pub fn codes_to(keyword: &str) -> Vec<String> {
    let upper = keyword.to_ascii_uppercase();
    match upper.strip_prefix("IB") {
        Some(last) => vec!["20013".to_owned(), format!("30{last}")],
        None if upper == "NORESPONSE" => Vec::new(),
        None => vec![upper],
    }
}

const GOOD: &[&str] = &["IB001"];
/// Every code that says no: 10006 is retired, 20013 says yes.
const REFUSALS: &[&str] = &[
    "10001", "10002", "10003", "10004", "10005", "10007", "10008", "10009", "10010", "20001",
    "20002", "20003", "20004", "20005", "20006", "20007", "20008", "20009", "20010", "20011",
    "20012", "20014", "20015", "30002", "30003",
];

/// In their order.
pub const SCRIPTS: [Script; 13] = [
    Script {
        number: 1,
        id: "GPCM-SD-TST-01",
        title: "Standard send",
        patient: Some(9_691_375_087),
        keywords: GOOD,
        class: Class::MessageAndPerson,
        rows: &["GPCM-SD-035", "GPCM-SD-086", "GPCM-SD-087", "GPCM-SD-090"],
        todo: "Enter an ordinary consultation, save it and let it be sent.",
        picture: Some("the consultation on screen beside the PDF"),
    },
    Script {
        number: 2,
        id: "GPCM-SD-TST-02",
        title: "Whole consultation confidential",
        patient: Some(9_691_375_095),
        keywords: GOOD,
        class: Class::Message,
        rows: &[],
        todo: "Mark the whole consultation confidential and save it. Under 2.0 nothing may be sent; under 1.3 a report without \
               the confidential parts is.",
        picture: None,
    },
    Script {
        number: 3,
        id: "GPCM-SD-TST-03",
        title: "Another clinician and practice",
        patient: Some(9_691_375_109),
        keywords: &["IB001", "IB001"],
        class: Class::Message,
        rows: &["GPCM-SD-028", "GPCM-SD-032"],
        todo: "Send one consultation, then a second one by another clinician of another practice.",
        picture: None,
    },
    Script {
        number: 4,
        id: "GPCM-SD-TST-04",
        title: "Each refusal is handled",
        patient: Some(9_691_375_117),
        keywords: REFUSALS,
        class: Class::AnswerAndPerson,
        rows: &["GPCM-SD-094"],
        todo: "Save and send. Look at what your system tells whom, and take a picture.",
        picture: Some("the notice for each code, and who got it"),
    },
    Script {
        number: 5,
        id: "GPCM-SD-TST-05",
        title: "No answer comes",
        patient: Some(9_691_375_125),
        keywords: &["noresponse"],
        class: Class::AnswerAndPerson,
        rows: &["GPCM-SD-095"],
        todo: "Save and send. No answer will come.",
        picture: Some("the notice after your time-out"),
    },
    Script {
        number: 6,
        id: "GPCM-SD-TST-06",
        title: "Patient registered with you",
        patient: Some(OWN_PATIENT),
        keywords: &[],
        class: Class::AnswerAndPerson,
        rows: &["GPCM-SD-083"],
        todo: "Register the patient with your practice (GMS or PMS) and finish a consultation. Nothing may be sent.",
        picture: Some("the finished consultation and the empty list of messages"),
    },
    Script {
        number: 7,
        id: "GPCM-SD-TST-07",
        title: "Sent within 3 hours",
        patient: None,
        keywords: GOOD,
        class: Class::AnswerAndPerson,
        rows: &["GPCM-SD-096"],
        todo: "Note when you save a consultation. The first message that arrives counts.",
        picture: Some("the time at which it was saved"),
    },
    Script {
        number: 8,
        id: "GPCM-SD-TST-08",
        title: "Changed after sending",
        patient: Some(9_691_375_141),
        keywords: &["IB001", "IB001"],
        class: Class::Message,
        rows: &["GPCM-SD-098", "GPCM-SD-123"],
        todo: "Send a consultation. Then change it, and let the change be sent.",
        picture: None,
    },
    Script {
        number: 9,
        id: "GPCM-SD-TST-09",
        title: "Changed again",
        patient: Some(9_691_375_141),
        keywords: GOOD,
        class: Class::Message,
        rows: &["GPCM-SD-129"],
        todo: "Change the same consultation once more, and let the change be sent.",
        picture: None,
    },
    Script {
        number: 10,
        id: "GPCM-SD-TST-10",
        title: "Deleted after sending",
        patient: Some(9_691_375_141),
        keywords: &[],
        class: Class::Person,
        rows: &[],
        todo: "Try to delete the consultation. Your system has to warn.",
        picture: Some("the warning, with patient, date and the practice that has the report"),
    },
    Script {
        number: 11,
        id: "GPCM-SD-TST-11",
        title: "Single items confidential",
        patient: Some(9_691_375_141),
        keywords: GOOD,
        class: Class::MessageAndPerson,
        rows: &[],
        todo: "Enter a new consultation with two confidential items, and send it.",
        picture: Some("the PDF, with \"confidential item\" in the place of each"),
    },
    Script {
        number: 12,
        id: "GPCM-SD-TST-12",
        title: "A change cannot be processed",
        patient: Some(9_691_375_141),
        keywords: &["30003", "20014"],
        class: Class::AnswerAndPerson,
        rows: &["GPCM-SD-128"],
        todo: "Change the consultation and send the change; it will be refused.",
        picture: Some("what your system asks whom to do, and that the record is unchanged"),
    },
    Script {
        number: 13,
        id: "GPCM-SD-TST-13",
        title: "Several documents",
        patient: Some(9_691_375_176),
        keywords: GOOD,
        class: Class::Message,
        rows: &["GPCM-SD-088", "GPCM-SD-109", "GPCM-SD-110", "GPCM-SD-111"],
        todo: "Enter a consultation with two further documents, and send it.",
        picture: None,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_13_scripts_and_25_refusals_and_each_number_is_a_test_patients() {
        for (index, script) in SCRIPTS.iter().enumerate() {
            assert_eq!(usize::from(script.number), index + 1);
            assert!(script.id.ends_with(&format!("{:02}", script.number)));
            assert!(
                script
                    .rows
                    .iter()
                    .all(|row| crate::sender::rows::find(row).is_some())
            );
        }
        assert_eq!(REFUSALS.len(), 25);
        assert_eq!(codes_to("IB001"), ["20013", "30001"]);
        assert_eq!(codes_to("noresponse"), [""; 0]);
        assert_eq!(SCRIPTS.first().map(Script::short), Some("TST-01"));
    }
}
