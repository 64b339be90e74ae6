//! Where each script stands.

use send_document::Ruleset;

use super::super::arrival::Arrival;
use super::super::evidence::files_of;
use super::super::run::Run;
use super::super::scripts::{SCRIPTS, Script, codes_to};
use super::super::standing::State;
use super::{Breaches, ScriptResult};
use crate::{CaseResult, Verdict};

pub(super) fn judge(run: &Run, breaches: &Breaches, ended: bool) -> Vec<ScriptResult> {
    let each = SCRIPTS.iter().map(|script| {
        let looked = Looked::at(run, script, breaches);
        result(script, looked, ended)
    });
    each.collect()
}

/// What was found of a script.
struct Looked<'a> {
    messages: Vec<&'a Arrival>,
    state: State,
    note: String,
    finding: Option<String>,
    done: usize,
    to_come: Vec<&'static str>,
}

fn result(script: &'static Script, looked: Looked<'_>, ended: bool) -> ScriptResult {
    let verdict = match looked.state {
        State::Passed => Verdict::Pass,
        State::Watching if ended => Verdict::Pass,
        State::Failed => Verdict::Fail,
        State::NotApplicable => Verdict::NotApplicable,
        _ => Verdict::Open,
    };
    let note = match (looked.state, ended) {
        (State::Watching, true) => "Nothing arrived, as it should be.".to_owned(),
        _ => looked.note,
    };
    let evidence = looked.messages.iter().copied().take(3).flat_map(files_of);
    ScriptResult {
        result: CaseResult {
            id: script.id.to_owned(),
            title: script.title.to_owned(),
            class: script.class,
            verdict,
            note,
            messages: looked.messages.iter().map(|it| it.number).collect(),
            findings: usize::from(looked.finding.is_some()),
            first_finding: looked.finding,
            evidence: evidence.collect(),
            person_needed: script.picture.map(str::to_owned),
        },
        script,
        state: looked.state,
        done: looked.done,
        to_come: looked.to_come,
    }
}

impl<'a> Looked<'a> {
    fn at(run: &'a Run, script: &'static Script, breaches: &Breaches) -> Self {
        let mut looked = Self::begin(run, script);
        if let Some(reason) = reason_against(run, script) {
            looked.state = State::NotApplicable;
            looked.note = reason;
            return looked;
        }
        if script.is_watched(run.settings.ruleset) {
            looked.watch();
            return looked;
        }
        if let Some(finding) = finding(&looked.messages, breaches) {
            looked.fail("A message of this script breaks a rule.", finding);
            return looked;
        }
        if script.keywords.is_empty() {
            looked.state = State::Open;
            looked.note = "A person shows it.".to_owned();
            return looked;
        }
        looked.count_keywords(script);
        if looked.state == State::Passed {
            looked.look_closer(run, script);
        }
        looked
    }

    fn begin(run: &'a Run, script: &'static Script) -> Self {
        let messages = match script.patient {
            Some(_) => run.of_script(script.number),
            None => run.counted().take(1).collect(),
        };
        Self {
            messages,
            state: State::ToDo,
            note: "Not seen yet.".to_owned(),
            finding: None,
            done: 0,
            to_come: script.keywords.to_vec(),
        }
    }

    fn fail(&mut self, note: &str, finding: String) {
        self.state = State::Failed;
        self.note = note.to_owned();
        self.finding = Some(finding);
    }

    /// Nothing may arrive.
    fn watch(&mut self) {
        self.to_come.clear();
        if let Some(first) = self.messages.first() {
            let finding = format!("Message {} arrived", first.number);
            self.fail("A message arrived where none may.", finding);
        } else {
            self.state = State::Watching;
            self.note = "Nothing arrived so far, as it should be.".to_owned();
        }
    }

    /// One message for each given name, answered as that asks.
    fn count_keywords(&mut self, script: &'static Script) {
        let mut free: Vec<&Arrival> = self.messages.clone();
        let mut to_come = Vec::new();
        let mut waiting = 0;
        for keyword in script.keywords {
            let is_it = |it: &&Arrival| match &it.keyword {
                Some(own) => own.eq_ignore_ascii_case(keyword),
                // where nobody asked for an answer, any that is given will do
                None => script.keywords.len() < 3 && *keyword == "IB001",
            };
            let Some(index) = free.iter().position(is_it) else {
                to_come.push(*keyword);
                continue;
            };
            let message = free.remove(index);
            let asked = message.keyword.is_some();
            if let Some(wrong) = answered_otherwise(message, keyword).filter(|_| asked) {
                self.fail("It was answered otherwise than was asked for.", wrong);
                return;
            }
            if message.answers.len() < codes_to(keyword).len() {
                waiting += 1;
            }
        }
        let all = script.keywords.len();
        self.done = all - to_come.len() - waiting;
        self.to_come = to_come;
        (self.state, self.note) = if self.done == all {
            (State::Passed, format!("{all} of {all} seen and answered."))
        } else if self.messages.is_empty() {
            (State::ToDo, "Not seen yet.".to_owned())
        } else {
            let note = format!("{} of {all} seen and answered.", self.done);
            (State::UnderWay, note)
        };
    }

    /// What the messages of a script must show beyond being right.
    fn look_closer(&mut self, run: &Run, script: &Script) {
        let wrong = match script.number {
            2 => not_confidential(&self.messages),
            3 => do_not_differ(&self.messages),
            7 => late(run, &self.messages),
            11 => confidential(&self.messages),
            13 => too_few_files(&self.messages),
            _ => None,
        };
        if let Some(wrong) = wrong {
            self.fail("The messages do not show it.", wrong);
        }
    }
}

fn reason_against(run: &Run, script: &Script) -> Option<String> {
    let said = run.not_applicable.iter();
    let mut said = said.filter(|(number, _)| *number == script.number);
    if let Some((_, reason)) = said.next() {
        return Some(format!("Said by the tester: {reason}"));
    }
    if run.settings.left_out.contains(&script.number) {
        return Some("Not in the features that were given".to_owned());
    }
    script
        .superseded(run.settings.ruleset)
        .map(|reason| reason.to_owned())
}

/// The first thing that speaks against a message of a script.
fn finding(messages: &[&Arrival], breaches: &Breaches) -> Option<String> {
    if let Some(failed) = messages.iter().find(|it| it.failure.is_some()) {
        let code = failed.failure.as_deref().unwrap_or_default();
        return Some(format!(
            "Message {} was not delivered: {code}",
            failed.number
        ));
    }
    let mut all = breaches.iter().flat_map(|(row, breaches)| {
        let row = super::super::rows::ROWS.get(*row).map_or("", |row| row.id);
        breaches.iter().map(move |breach| (row, breach))
    });
    let (row, breach) =
        all.find(|(_, breach)| messages.iter().any(|it| it.number == breach.number))?;
    Some(format!("{row}, message {}: {}", breach.number, breach.text))
}

fn answered_otherwise(message: &Arrival, keyword: &str) -> Option<String> {
    let expected = codes_to(keyword);
    let given = message.codes();
    let fits = given
        .iter()
        .all(|code| expected.iter().any(|it| it == code));
    (!fits).then(|| {
        format!(
            "Message {} with {keyword} was answered {}",
            message.number,
            given.join(", ")
        )
    })
}

fn not_confidential(messages: &[&Arrival]) -> Option<String> {
    let is_open = |it: &&&Arrival| it.received.as_ref().is_some_and(|it| !it.confidential);
    let open = messages.iter().find(is_open)?;
    Some(format!(
        "Message {}: expected Composition.confidentiality R",
        open.number
    ))
}

fn confidential(messages: &[&Arrival]) -> Option<String> {
    let is_closed = |it: &&&Arrival| it.received.as_ref().is_some_and(|it| it.confidential);
    let closed = messages.iter().find(is_closed)?;
    Some(format!(
        "Message {}: expected Composition.confidentiality N",
        closed.number
    ))
}

fn do_not_differ(messages: &[&Arrival]) -> Option<String> {
    let [first, .., last] = messages else {
        return None;
    };
    let (one, other) = (first.received.as_ref()?, last.received.as_ref()?);
    let same = [
        ("practice", one.custodian_ods == other.custodian_ods),
        (
            "clinician",
            one.practitioner_name == other.practitioner_name,
        ),
    ];
    let (what, _) = same.into_iter().find(|(_, same)| *same)?;
    Some(format!(
        "Messages {} and {} are of the same {what}",
        first.number, last.number
    ))
}

/// Only under 1.3 is it a fault; the feature of 2026 says "ideally".
fn late(run: &Run, messages: &[&Arrival]) -> Option<String> {
    let first = messages.first()?;
    let made = first.made_at?;
    let waited = first.arrived.at.duration_since(made);
    (run.settings.ruleset == Ruleset::V1_3 && waited.as_hours() >= 3).then(|| {
        format!(
            "Message {} arrived {} minutes after it was made",
            first.number,
            waited.as_mins()
        )
    })
}

fn too_few_files(messages: &[&Arrival]) -> Option<String> {
    let files = |it: &&&Arrival| it.received.as_ref().map_or(0, |it| it.attachments.len());
    let last = messages.last()?;
    (files(&last) < 2).then(|| {
        format!(
            "Message {}: expected the report and further documents, found {}",
            last.number,
            files(&last)
        )
    })
}
