//! The rehearsal partner: the answer a sender asks to see, in the order of the NHS test harness, whatever
//! the payload (`docs/spec/itk3-payloads.md` §5).
//!
//! A sender asks by a given name of any patient or practitioner in the message: a response code (`20009`,
//! `30002`), `IB0nn` (20013, then 300nn), `noresponse`, or `invrep` (an answer cut off in the middle); or
//! by the NHS number of one of the harness's patients. What is asked for is answered whatever is found in
//! the message, as the harness does; what is found is kept all the same, and what breaks a rule raises no
//! task. What asks for nothing is judged as any message is.

use std::sync::Arc;

use itk3::{Asked, Event, Received, ResponseCode};
use parking_lot::Mutex;

use crate::answer_policy::{AnswerPolicy, Decision, PatientCheck};

/// The policy of a rehearsal: whatever the sender asks to see, else by the list of patients.
pub(crate) struct RehearsalPartner {
    /// Without a list every patient is known.
    pub(crate) has_list: bool,
    /// What breaks a rule is refused before anything else is looked at.
    pub(crate) findings_first: bool,
    /// The given name that the next message is answered by, whatever is in it.
    pub(crate) next: Arc<Mutex<Option<String>>>,
}

impl AnswerPolicy for RehearsalPartner {
    fn asked_for(
        &self,
        document: Option<&Received>,
        asked: Asked,
        is_refused: bool,
    ) -> Option<Decision> {
        if self.findings_first && is_refused {
            return None;
        }
        let document = document?;
        // Of a message of Send Document the harness knows the answers of referrals too.
        let has_all = document.event == Some(Event::SEND_DOCUMENT);
        let next = self.next.lock().take();
        let keywords = next.map_or_else(|| keywords(document), |next| vec![next]);
        by_keyword(&keywords, asked, has_all).or_else(|| {
            let number = document.patient.nhs_number?.value();
            by_number(number, asked, has_all)
        })
    }

    fn decide(&self, document: Option<&Received>, check: &PatientCheck<'_>) -> Decision {
        if self.has_list {
            check.decide(document)
        } else {
            Decision::Taken(ResponseCode::PatientKnown)
        }
    }
}

/// The words of every given name in the message, in capitals.
fn keywords(document: &Received) -> Vec<String> {
    let words = document
        .given_names
        .iter()
        .flat_map(|it| it.split_whitespace());
    words.map(str::to_ascii_uppercase).collect()
}

/// The first rule that fits, not the first name.
fn by_keyword(keywords: &[String], asked: Asked, has_all: bool) -> Option<Decision> {
    let is_there = |keyword: &str| keywords.iter().any(|it| it == keyword);
    if is_there("NORESPONSE") {
        return Some(Decision::Unanswered);
    }
    if is_silent(asked) {
        return None;
    }
    if is_there("INVREP") {
        return Some(Decision::CutOff);
    }
    let mut infrastructure = codes(10_000..30_000);
    if let Some(code) = infrastructure.find(|code| is_there(code.code())) {
        return Some(Decision::Answered(vec![code]));
    }
    let most = if has_all { 30_026 } else { 30_005 };
    let mut business = codes(30_001..most);
    if let Some(code) = business.find(|code| is_there(code.code())) {
        return Some(Decision::Answered(vec![code]));
    }
    let mut business = codes(30_001..most);
    let code = business.find(|code| is_there(&code.code().replacen("30", "IB", 1)))?;
    Some(Decision::Answered(vec![ResponseCode::Success, code]))
}

/// Neither acknowledgement is asked for: then the harness sends none, whatever else is asked for.
fn is_silent(asked: Asked) -> bool {
    asked.infrastructure == Some(false) && asked.business == Some(false)
}

/// The codes of a range that a keyword may ask for: all but 10006, which is retired.
fn codes(range: std::ops::Range<u16>) -> impl Iterator<Item = ResponseCode> {
    let all = ResponseCode::ALL.iter().copied();
    all.filter(move |code| {
        range.contains(&(*code as u16)) && *code != ResponseCode::PriorityUnreadable
    })
}

fn by_number(number: u64, asked: Asked, has_all: bool) -> Option<Decision> {
    if is_silent(asked) {
        return None;
    }
    let most = if has_all { 30_026 } else { 30_005 };
    let is_of = |(_, numbers): &&(ResponseCode, &[u64])| numbers.contains(&number);
    let (code, _) = PATIENTS.iter().find(is_of)?;
    if *code as u16 >= most {
        return None;
    }
    let first = (asked.infrastructure != Some(false)).then_some(ResponseCode::Success);
    let codes = first.into_iter().chain([*code]);
    Some(Decision::Answered(codes.collect()))
}

/// The harness's patients, by the answer each of them asks for.
const PATIENTS: &[(ResponseCode, &[u64])] = &[
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
    (ResponseCode::ReferralOpen, &[9691375753, 9657702011]),
    (ResponseCode::ReferralCompleted, &[9691375761, 9657702038]),
    (ResponseCode::ReferralEscalated, &[9691375788, 9657702046]),
    (ResponseCode::SignpostedToGp, &[9691375796, 9657702054]),
    (
        ResponseCode::EscalatedToUrgentCare,
        &[9691376024, 9657702062],
    ),
    (
        ResponseCode::EscalatedToEmergency,
        &[9691376032, 9657702070],
    ),
    (ResponseCode::AdvisedElsewhere, &[9691376040, 9657702089]),
    (ResponseCode::PatientNotReached, &[9691376059, 9657702097]),
    (ResponseCode::ClosedNotNeeded, &[9691375818, 9657702100]),
    (ResponseCode::ClosedNotAccepted, &[9691375826, 9657702119]),
    (ResponseCode::ClosedDuplicate, &[9691375834, 9657702127]),
    (ResponseCode::ReferralAccepted, &[9691375842, 9657702135]),
    (ResponseCode::ReferralRejected, &[9691376067, 9657702143]),
    (ResponseCode::DidNotAttend, &[9691376075, 9657702151]),
    (
        ResponseCode::RegistrationAccepted,
        &[9691376083, 9657702453],
    ),
    (ResponseCode::RegistrationPending, &[9691376091, 9657702461]),
    (ResponseCode::RegistrationAlready, &[9691375850, 9657702488]),
    (
        ResponseCode::RegistrationAtCapacity,
        &[9691375869, 9657702496],
    ),
    (
        ResponseCode::RegistrationOutOfBoundary,
        &[9691375877, 9657702186],
    ),
    (
        ResponseCode::RegistrationRemovedHere,
        &[9691376105, 9657702194],
    ),
    (
        ResponseCode::RegistrationRemovedElsewhere,
        &[9691376113, 9657702208],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Asked = Asked {
        infrastructure: Some(true),
        business: Some(true),
    };
    const NEITHER: Asked = Asked {
        infrastructure: Some(false),
        business: Some(false),
    };
    const BUSINESS: Asked = Asked {
        infrastructure: Some(false),
        business: Some(true),
    };

    /// The codes answered to these given names; none where nothing is asked for.
    fn answered(names: &[&str], asked: Asked, has_all: bool) -> Option<Vec<u16>> {
        let names: Vec<_> = names.iter().map(|name| name.to_ascii_uppercase()).collect();
        numbers(by_keyword(&names, asked, has_all)?)
    }

    fn numbers(decision: Decision) -> Option<Vec<u16>> {
        match decision {
            Decision::Answered(codes) => Some(codes.iter().map(|code| *code as u16).collect()),
            _ => None,
        }
    }

    #[test]
    fn every_keyword_of_the_table_is_answered_with_its_code() {
        let infrastructure = (10_001..=10_005)
            .chain(10_007..=10_010)
            .chain(20_001..=20_015);
        for code in infrastructure.chain(30_001..=30_025) {
            let given = code.to_string();
            assert_eq!(answered(&[&given], BOTH, true), Some(vec![code]));
            let other = answered(&[&given], BOTH, false);
            assert_eq!(
                other.is_some(),
                code < 30_005,
                "only of Send Document: {code}"
            );
        }
        for last in 1..=25_u16 {
            let given = format!("IB{last:03}");
            let code = 30_000 + last;
            assert_eq!(answered(&[&given], BOTH, true), Some(vec![20_013, code]));
            assert_eq!(answered(&[&given], BOTH, false).is_some(), last < 5);
        }
        for none in ["10006", "Bill", "30026", "IB026", "IB1", "3000"] {
            assert_eq!(by_keyword(&[none.to_owned()], BOTH, true), None, "{none}");
        }
    }

    #[test]
    fn the_first_rule_that_fits_wins_and_not_the_first_name() {
        let of = |names: &[&str], asked| {
            let names: Vec<_> = names.iter().map(|name| name.to_ascii_uppercase()).collect();
            by_keyword(&names, asked, true)
        };
        assert_eq!(
            of(&["IB002", "20009", "invrep", "noresponse"], BOTH),
            Some(Decision::Unanswered)
        );
        assert_eq!(
            of(&["IB002", "20009", "invrep"], BOTH),
            Some(Decision::CutOff)
        );
        assert_eq!(
            answered(&["IB002", "30002", "20009", "10001"], BOTH, true),
            Some(vec![10_001])
        );
        assert_eq!(
            answered(&["IB002", "30003"], BOTH, true),
            Some(vec![30_003])
        );
        // Both flags false silence all but the first.
        assert_eq!(of(&["20009", "invrep"], NEITHER), None);
        assert_eq!(of(&["noresponse"], NEITHER), Some(Decision::Unanswered));
        // One flag false changes nothing of what a name asks for.
        assert_eq!(
            answered(&["IB002"], BUSINESS, true),
            Some(vec![20_013, 30_002])
        );
    }

    #[test]
    fn the_harness_patients_are_answered_by_number_as_the_flags_ask() {
        let of = |number, asked, has_all| by_number(number, asked, has_all).and_then(numbers);
        assert_eq!(of(9_657_702_445, BOTH, false), Some(vec![20_013, 30_004]));
        assert_eq!(of(9_657_702_445, BUSINESS, false), Some(vec![30_004]));
        assert_eq!(of(9_657_702_445, NEITHER, false), None);
        assert_eq!(of(9_691_376_113, BOTH, true), Some(vec![20_013, 30_025]));
        assert_eq!(of(9_691_376_113, BOTH, false), None);
        assert_eq!(of(9_693_632_109, BOTH, true), None);
        let all = PATIENTS.iter().flat_map(|(_, numbers)| numbers.iter());
        let mut all: Vec<_> = all.collect();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "each asks for one answer");
    }
}
