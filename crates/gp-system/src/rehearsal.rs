//! The rehearsal partner: the answer a sender asks to see, by the keywords and NHS numbers of the
//! NHS test harness. The patient's or the practitioner's given name may be a response code
//! (`20009`, `30002`), `IB0nn` (20013, then 300nn), `noresponse`, or `invrep` (an answer cut off in
//! the middle).

use itk3::{Class, Received, ResponseCode};

use crate::answer_policy::{AnswerPolicy, Decision, PatientCheck};

/// The policy of a rehearsal: whatever the sender asks to see, else by the list of patients.
pub(crate) struct RehearsalPartner {
    /// Without a list every patient is known.
    pub(crate) has_list: bool,
}

impl AnswerPolicy for RehearsalPartner {
    fn decide(&self, document: Option<&Received>, check: &PatientCheck<'_>) -> Decision {
        if let Some(asked_for) = document.and_then(forced) {
            return asked_for;
        }
        if self.has_list {
            check.decide(document)
        } else {
            Decision::Taken(ResponseCode::PatientKnown)
        }
    }
}

/// The harness's patients, by the answer each one forces.
const NUMBERS: &[(ResponseCode, &[u64])] = &[
    (
        ResponseCode::PatientKnown,
        &[
            9657702003, 9686477462, 9691375087, 9691375354, 9691375621, 9691375710, 9691375907,
            9691375982,
        ],
    ),
    (
        ResponseCode::PatientUnknown,
        &[
            9657702178, 9686477519, 9691375095, 9691375478, 9691375648, 9691375729, 9691375915,
            9691375990,
        ],
    ),
    (
        ResponseCode::PatientLeft,
        &[
            9657702402, 9691375192, 9691375532, 9691375656, 9691375737, 9691375923, 9691376008,
        ],
    ),
    (
        ResponseCode::PatientRecentlyDeceased,
        &[
            9657702445, 9691375206, 9691375389, 9691375664, 9691375745, 9691375931, 9691376016,
        ],
    ),
];

/// What the sender asked to see.
fn forced(document: &Received) -> Option<Decision> {
    let practitioner = document.practitioner_name.as_deref().unwrap_or_default();
    let by_name = document
        .patient
        .given_names
        .iter()
        .flat_map(|name| name.split_whitespace())
        .chain(practitioner.split(|c: char| c.is_whitespace() || c == ','))
        .find_map(keyword);
    by_name.or_else(|| by_number(document.patient.nhs_number?.value()))
}

fn keyword(name: &str) -> Option<Decision> {
    let name = name.to_ascii_uppercase();
    match name.as_str() {
        "NORESPONSE" => return Some(Decision::Unanswered),
        "INVREP" => return Some(Decision::CutOff),
        _ => {}
    }
    if let Some(last_digits) = name.strip_prefix("IB0") {
        return ResponseCode::parse(&format!("300{last_digits}")).map(Decision::Taken);
    }
    ResponseCode::parse(&name).map(|code| match code.class() {
        Class::Business => Decision::Taken(code),
        Class::Infrastructure | Class::Retired => Decision::Refused(code),
    })
}

fn by_number(number: u64) -> Option<Decision> {
    NUMBERS
        .iter()
        .find(|(_, numbers)| numbers.contains(&number))
        .map(|(code, _)| Decision::Taken(*code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_of_the_harness_force_their_answers() {
        assert_eq!(keyword("noresponse"), Some(Decision::Unanswered));
        assert_eq!(keyword("invrep"), Some(Decision::CutOff));
        assert_eq!(
            keyword("20009"),
            Some(Decision::Refused(ResponseCode::PayloadInvalid))
        );
        assert_eq!(
            keyword("30002"),
            Some(Decision::Taken(ResponseCode::PatientUnknown))
        );
        assert_eq!(
            keyword("IB003"),
            Some(Decision::Taken(ResponseCode::PatientLeft))
        );
        assert_eq!(keyword("Bill"), None);
        assert_eq!(
            by_number(9657702445),
            Some(Decision::Taken(ResponseCode::PatientRecentlyDeceased))
        );
        assert_eq!(by_number(9693632109), None);
    }
}
