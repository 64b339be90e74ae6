//! The run: messages and answers as they come, each put to the script it belongs to.

use std::collections::BTreeSet;

use jiff::Timestamp;
use nhs::OdsCode;
use send_document::Ruleset;

use super::arrival::{Answer, Arrival, Step};
use super::patients::Whose;
use super::scripts::{SCRIPTS, Script};

/// Messages of a run at most; what comes after them is counted and not kept.
const MOST: usize = 1_000;
/// Steps kept of one message.
const STEPS: usize = 60;

/// What a run is judged by.
pub struct RunSettings {
    /// The release.
    pub ruleset: Ruleset,
    /// The practice that receives.
    pub partner: OdsCode,
    /// Scripts that are not asked for, by number.
    pub left_out: BTreeSet<u8>,
    /// Numbers outside the test ranges are taken as well.
    pub any_number: bool,
    /// When it began.
    pub started: Timestamp,
}

/// A run of a sending system.
pub struct Run {
    pub(super) settings: RunSettings,
    pub(super) arrivals: Vec<Arrival>,
    /// Messages that were not kept, for there are too many.
    pub(super) beyond: u32,
    /// Answers that answer none of the messages.
    pub(super) strays: u32,
    /// Scripts that the tester says do not apply, with the reason.
    pub(super) not_applicable: Vec<(u8, String)>,
    next_keyword: Option<String>,
}

impl Run {
    /// One that begins.
    pub fn new(settings: RunSettings) -> Self {
        Self {
            settings,
            arrivals: Vec::new(),
            beyond: 0,
            strays: 0,
            not_applicable: Vec::new(),
            next_keyword: None,
        }
    }

    /// What it is judged by.
    pub fn settings(&self) -> &RunSettings {
        &self.settings
    }

    /// The messages in the order in which they came.
    pub fn arrivals(&self) -> &[Arrival] {
        &self.arrivals
    }

    /// How many answers were sent.
    pub fn answers(&self) -> usize {
        self.arrivals.iter().map(|it| it.answers.len()).sum()
    }

    /// The next message is answered as though the clinician had this given name.
    pub fn answer_next_as(&mut self, keyword: &str) {
        self.next_keyword = Some(keyword.to_owned());
    }

    /// The given name the next message is answered by, where that was asked for.
    pub fn asked_for_next(&self) -> Option<&str> {
        self.next_keyword.as_deref()
    }

    /// The same, and it is asked for no more: a message came.
    pub fn take_asked(&mut self) -> Option<String> {
        self.next_keyword.take()
    }

    /// Takes a message in, which was read and checked before, for that may take seconds. Says its number; none when there
    /// is no room.
    pub fn arrived(&mut self, mut arrival: Arrival) -> Option<u32> {
        if self.arrivals.len() >= MOST {
            self.beyond += 1;
            return None;
        }
        let number = u32::try_from(self.arrivals.len() + 1).ok()?;
        arrival.number = number;
        arrival.keyword = keyword_of(&arrival);
        if !self.settings.any_number && arrival.whose != Whose::Test {
            arrival.withhold();
        }
        arrival.script = self.script_of(&arrival);
        self.arrivals.push(arrival);
        Some(number)
    }

    /// The exchange found the patient's practice.
    pub fn routed(&mut self, message_id: &str, practice: &OdsCode, at: Timestamp) {
        if let Some(arrival) = self.find(message_id) {
            arrival.routed = Some(practice.clone());
        }
        self.step(message_id, at, "routed", practice.to_string());
    }

    /// The exchange could not deliver it.
    pub fn failed(&mut self, message_id: &str, code: &str, at: Timestamp) {
        if let Some(arrival) = self.find(message_id) {
            arrival.failure = Some(code.to_owned());
        }
        self.step(message_id, at, "not delivered", code.to_owned());
    }

    /// Another moment of its way.
    pub fn step(&mut self, message_id: &str, at: Timestamp, what: &'static str, detail: String) {
        if let Some(arrival) = self.find(message_id)
            && arrival.steps.len() < STEPS
        {
            arrival.steps.push(Step { at, what, detail });
        }
    }

    /// The partner answered; `header_id` is that of the message's header.
    pub fn answered(&mut self, header_id: Option<&str>, mut answer: Answer, at: Timestamp) {
        let is_of = |arrival: &&mut Arrival| {
            let own = arrival.header_id.as_deref();
            matches!((own, header_id), (Some(own), Some(id)) if itk3::same_id(own, id))
        };
        // the latest, for a message may be sent twice
        let Some(arrival) = self.arrivals.iter_mut().rev().find(is_of) else {
            self.strays += 1;
            return;
        };
        let is_known = arrival
            .answers
            .iter()
            .any(|known| known.message_id == answer.message_id);
        if is_known || arrival.answers.len() >= 10 {
            return;
        }
        if arrival.steps.len() < STEPS {
            arrival.steps.push(Step {
                at,
                what: "answered",
                detail: answer.code.clone(),
            });
        }
        // it may name the patient of what it answers
        if arrival.withheld {
            answer.bytes = Vec::new();
        }
        arrival.answers.push(answer);
    }

    /// The system on trial took an answer out of its inbox.
    pub fn collected(&mut self, answer_id: &str, at: Timestamp) {
        for arrival in &mut self.arrivals {
            let mut answers = arrival.answers.iter_mut();
            if let Some(answer) = answers.find(|it| it.message_id == answer_id) {
                answer.collected.get_or_insert(at);
                let detail = format!("answer {}", answer.code);
                arrival.steps.push(Step {
                    at,
                    what: "answer collected",
                    detail,
                });
                return;
            }
        }
    }

    /// The system on trial knows which of its messages an answer belongs to.
    pub fn matched(&mut self, message_id: &str, code: &str, at: Timestamp) {
        if let Some(arrival) = self.find(message_id) {
            let mut answers = arrival.answers.iter_mut();
            if let Some(answer) = answers.find(|it| it.code == code) {
                answer.matched = Some(true);
            }
        }
        self.step(message_id, at, "matched", code.to_owned());
    }

    /// The messages of a script count no more: it is tried again. Of a chain of versions all scripts behind it begin
    /// anew with it.
    pub fn again(&mut self, script: u8) {
        let chain = [8, 9, 12];
        let of_chain = chain.contains(&script);
        for arrival in &mut self.arrivals {
            let Some(own) = arrival.script else { continue };
            if own == script || (of_chain && chain.contains(&own) && own >= script) {
                arrival.set_aside = true;
            }
        }
        self.not_applicable.retain(|(number, _)| *number != script);
    }

    /// The tester says that a script does not apply.
    pub fn leave_out(&mut self, script: u8, reason: &str) {
        self.not_applicable.retain(|(number, _)| *number != script);
        let reason: String = reason.chars().take(200).collect();
        self.not_applicable.push((script, reason));
    }

    /// The messages of a script that count.
    pub(super) fn of_script(&self, number: u8) -> Vec<&Arrival> {
        let counts = |it: &&Arrival| it.script == Some(number) && !it.set_aside;
        self.arrivals.iter().filter(counts).collect()
    }

    /// All messages that count.
    pub(super) fn counted(&self) -> impl Iterator<Item = &Arrival> {
        self.arrivals.iter().filter(|it| !it.set_aside)
    }

    fn find(&mut self, message_id: &str) -> Option<&mut Arrival> {
        let mut all = self.arrivals.iter_mut().rev();
        all.find(|it| it.arrived.message_id == message_id)
    }

    fn script_of(&self, arrival: &Arrival) -> Option<u8> {
        let patient = arrival.patient()?;
        let of_patient = |script: &&Script| script.patient == Some(patient);
        let scripts: Vec<u8> = SCRIPTS
            .iter()
            .filter(of_patient)
            .map(|it| it.number)
            .collect();
        if scripts.len() < 2 {
            return scripts.first().copied();
        }
        Some(self.script_of_chain(arrival))
    }

    /// Of the patient with several scripts: by what was asked for, then by the version.
    fn script_of_chain(&self, arrival: &Arrival) -> u8 {
        let keyword = arrival.keyword.as_deref();
        if matches!(keyword, Some("30003" | "20014")) {
            return 12;
        }
        let has_chain = !self.of_script(8).is_empty();
        let is_new = arrival.version() == 1 && arrival.replaces().is_none();
        match (is_new, arrival.version()) {
            (true, _) if has_chain && self.settings.ruleset == Ruleset::V1_3 => 11,
            (true, _) | (false, 0..=2) => 8,
            (false, _) => 9,
        }
    }
}

/// The given name that decides the answer: that of the page, else the first of the message that is a keyword.
fn keyword_of(arrival: &Arrival) -> Option<String> {
    if let Some(asked) = &arrival.arrived.asked_at_page {
        return Some(asked.clone());
    }
    let received = arrival.received.as_ref()?;
    let words = received
        .given_names
        .iter()
        .flat_map(|it| it.split_whitespace());
    let mut keywords = words.filter(|word| is_keyword(word));
    keywords.next().map(str::to_owned)
}

fn is_keyword(word: &str) -> bool {
    let upper = word.to_ascii_uppercase();
    let is_code = upper.len() == 5 && upper.bytes().all(|byte| byte.is_ascii_digit());
    let is_business = upper
        .strip_prefix("IB")
        .is_some_and(|last| last.len() == 3 && last.bytes().all(|byte| byte.is_ascii_digit()));
    is_code || is_business || upper == "NORESPONSE" || upper == "INVREP"
}
