//! What the messages and answers of a run show, row by row and script by script.

mod attributed;
mod rows;
mod run_rules;
mod scripts;

use std::collections::BTreeMap;

use serde::Serialize;

use super::arrival::Arrival;
use super::patients::Whose;
use super::run::Run;
use super::scripts::Script;
use super::standing::State;
use crate::CaseResult;

/// Everything that is said of a run.
pub struct Outcome {
    /// The 48 rows.
    pub rows: Vec<CaseResult>,
    /// The 13 scripts.
    pub scripts: Vec<ScriptResult>,
}

/// What became of a script.
#[derive(Clone, Serialize)]
pub struct ScriptResult {
    /// As a line of the pack.
    pub result: CaseResult,
    /// Which it is.
    #[serde(skip)]
    pub script: &'static Script,
    /// Where it stands.
    pub state: State,
    /// How many of its messages were seen as they should be.
    pub done: usize,
    /// The given names that are still to come, in their order.
    pub to_come: Vec<&'static str>,
}

/// Something that speaks against a row.
#[derive(Clone)]
struct Breach {
    /// The message.
    number: u32,
    /// Rule, place and words.
    text: String,
}

/// Everything that speaks against the rows, by the place of the row.
type Breaches = BTreeMap<usize, Vec<Breach>>;

impl Run {
    /// What is known now; `ended` where nothing more will come.
    pub fn judge(&self, ended: bool) -> Outcome {
        let mut breaches = Breaches::new();
        for arrival in self.counted().filter(|it| is_judged(it)) {
            attributed::add(arrival, &mut breaches);
        }
        run_rules::add_all(self, &mut breaches);
        Outcome {
            scripts: scripts::judge(self, &breaches, ended),
            rows: rows::judge(self, &breaches),
        }
    }
}

/// A message that is withheld for want of a number breaks the rules that it breaks; of a person's nothing is said.
fn is_judged(arrival: &Arrival) -> bool {
    !arrival.withheld || arrival.whose == Whose::Unknown
}

fn add(breaches: &mut Breaches, row: &str, number: u32, text: impl Into<String>) {
    if let Some(index) = super::rows::find(row) {
        let text = text.into();
        breaches
            .entry(index)
            .or_default()
            .push(Breach { number, text });
    }
}
