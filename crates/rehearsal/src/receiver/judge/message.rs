//! One message: what it had to be answered with beside what came.

use itk3::{Class, ResponseCode};

use super::super::answer::Answer;
use super::super::cases::Group;
use super::super::correlate::is_wanted;
use super::super::expected::ExpectedAnswer;
use super::super::run::{Message, State};

/// What is said of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Everything came as it should.
    Right,
    /// It could not be placed: no fault of the receiving system's, and nothing that it showed.
    NotPlaced,
    /// It was not placed yet, or there is time left for its answers, or was when the run ended.
    Waiting,
    /// Nothing, or not all, came in time.
    Missing,
    /// Something else came.
    Wrong,
}

impl Mark {
    /// As it stands in the list of messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotPlaced => "not-placed",
            Self::Right => "right",
            Self::Waiting => "waiting",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
        }
    }
}

/// What is said of a message, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The number of the message.
    pub number: u32,
    /// What is said of it.
    pub mark: Mark,
    /// What is wrong or missing: one sentence, without patient data.
    pub what: Option<String>,
    /// Why something passes that is not what was wanted.
    pub remarks: Vec<String>,
}

/// `is_given_up` where the time for its answers passed, `ended` where the run is over, whether it passed or not.
pub(super) fn judge(message: &Message, is_given_up: bool, ended: bool) -> Judged {
    let mut remarks = Vec::new();
    let (mark, what) = match &message.state {
        State::ToPlace => (Mark::Waiting, Some("It was not placed.".to_owned())),
        State::NotPlaced(why) => (
            Mark::NotPlaced,
            Some(format!("It could not be placed: {why}")),
        ),
        State::Placed(_) => placed(message, is_given_up, ended, &mut remarks),
    };
    Judged {
        number: message.planned.number,
        mark,
        what,
        remarks,
    }
}

fn placed(
    message: &Message,
    is_given_up: bool,
    ended: bool,
    remarks: &mut Vec<String>,
) -> (Mark, Option<String>) {
    let expected = &message.planned.expected;
    let infrastructure: Vec<&Answer> = message.of_class(Class::Infrastructure).collect();
    let business: Vec<&Answer> = message.of_class(Class::Business).collect();
    if let Some(what) = against_the_order(message, &infrastructure, &business) {
        return (Mark::Wrong, Some(what));
    }
    let mut missing = Vec::new();
    let refused = infrastructure
        .first()
        .is_some_and(|it| !it.read.code.is_positive());
    let kinds = [
        ("infrastructure", &expected.infrastructure, &infrastructure),
        ("business", &expected.business, &business),
    ];
    for (kind, expected, came) in kinds {
        match (one(kind, expected, came), came.is_empty()) {
            (Ok(remark), _) => remarks.extend(remark),
            // the sheet asks for nothing that an answer could be held against
            (Err(wrong), false) if message.planned.case.group == Group::Distributor => {
                remarks.push(wrong);
            }
            (Err(wrong), false) => return (Mark::Wrong, Some(wrong)),
            // what a refusal ends is not missing
            (Err(_), true) if kind == "business" && refused => {}
            (Err(wanted), true) => missing.push((wanted, kind, expected)),
        }
    }
    let waits_for_silence = !is_wanted(&expected.infrastructure)
        && !is_wanted(&expected.business)
        && message.answers.is_empty();
    let (mark, what) = match (missing.first(), is_given_up) {
        (Some((wanted, ..)), true) => (Mark::Missing, wanted.clone()),
        (Some((_, kind, expected)), false) if ended => {
            let wanted = words(expected);
            let what =
                format!("The {kind} answer {wanted} was still waited for when the run ended.");
            (Mark::Waiting, what)
        }
        (Some(_), false) => (
            Mark::Waiting,
            "There is time left for its answers.".to_owned(),
        ),
        (None, false) if waits_for_silence => {
            let end = if ended {
                "had come: one was still waited for when the run ended."
            } else {
                "has come yet."
            };
            (Mark::Waiting, format!("No answer may come, and none {end}"))
        }
        (None, _) => return (Mark::Right, None),
    };
    (mark, Some(what))
}

/// Rules that hold whatever was to be answered.
fn against_the_order(
    message: &Message,
    infrastructure: &[&Answer],
    business: &[&Answer],
) -> Option<String> {
    for (kind, answers) in [("infrastructure", infrastructure), ("business", business)] {
        if answers.len() > 1 || message.beyond > 0 {
            let codes: Vec<String> = answers.iter().map(|it| it.code_text()).collect();
            return Some(format!(
                "Expected one {kind} answer, found {}: {}.",
                answers.len() + message.beyond as usize,
                codes.join(", ")
            ));
        }
    }
    let (first, second) = (infrastructure.first()?, business.first()?);
    if !first.read.code.is_positive() {
        return Some(format!(
            "Expected no business answer after the refusal {}, found {}.",
            first.code_text(),
            second.code_text()
        ));
    }
    (second.incoming.turn < first.incoming.turn).then(|| {
        format!(
            "Expected the infrastructure answer first, found {} before {}.",
            second.code_text(),
            first.code_text()
        )
    })
}

/// `Ok` with the remark it passes with, `Err` with what is wrong or missing.
fn one(kind: &str, expected: &ExpectedAnswer, came: &[&Answer]) -> Result<Option<String>, String> {
    let answer = came.first();
    let code: Option<ResponseCode> = answer.and_then(|it| it.code());
    let passes = match (answer, code) {
        // of a code that nobody knows nothing passes
        (Some(_), None) => None,
        _ => expected.judge(code),
    };
    let legacy = answer.and_then(|it| it.legacy_remark());
    match passes {
        Some(remark) => {
            let words: Vec<&str> = [remark]
                .into_iter()
                .chain(legacy)
                .filter(|it| !it.is_empty())
                .collect();
            let code = answer.map_or("no answer".to_owned(), |it| it.code_text());
            Ok((!words.is_empty()).then(|| format!("{kind} {code}: {}", words.join("; "))))
        }
        None => Err(match answer {
            Some(answer) => format!(
                "Expected {} as {kind} answer, found {}.",
                words(expected),
                answer.code_text()
            ),
            None => format!(
                "The {kind} answer {} did not come in time.",
                words(expected)
            ),
        }),
    }
}

fn words(expected: &ExpectedAnswer) -> String {
    match expected.to_string().as_str() {
        "-" => "nothing".to_owned(),
        text => text.to_owned(),
    }
}
