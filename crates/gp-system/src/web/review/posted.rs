//! The form as it was posted.

use std::collections::BTreeMap;

use pages::components::Errors;
use update_record::{Decision, Record};

use super::choice::{Choice, What};
use crate::ReviewThen;
use crate::web::inbox::letter::confirm::YES;

/// What somebody posted: what they saw, what they chose, what is to come of it.
pub(super) struct Posted {
    pub(super) seen: u32,
    pub(super) page: usize,
    pub(super) choices: BTreeMap<usize, Choice>,
    /// Why the whole is refused.
    pub(super) refusal: String,
    /// Whether letter and list were compared, and it is this patient's.
    pub(super) confirmed: bool,
    then: String,
}

impl Posted {
    /// Reads the fields by their names, `NAME-PLACE` for those of an entry. What names no entry of the
    /// record is as if it were not there.
    pub(super) fn read(fields: Vec<(String, String)>, record: &Record) -> Self {
        let mut posted = Self {
            seen: 0,
            page: 1,
            choices: BTreeMap::new(),
            refusal: String::new(),
            confirmed: false,
            then: String::new(),
        };
        for (name, value) in fields {
            match name.as_str() {
                "revision" => posted.seen = value.parse().unwrap_or_default(),
                "page" => posted.page = value.parse().unwrap_or(1),
                "refusal" => posted.refusal = value,
                "patient" => posted.confirmed = value == YES,
                "do" => posted.then = value,
                name => posted.set(name, value, record),
            }
        }
        posted
    }

    fn set(&mut self, name: &str, value: String, record: &Record) {
        let Some((name, place)) = name.rsplit_once('-') else {
            return;
        };
        let Ok(place) = place.parse::<usize>() else {
            return;
        };
        let Some(entry) = record.entries.get(place) else {
            return;
        };
        let unchosen = || Choice::of(entry, None);
        let choice = self.choices.entry(place).or_insert_with(unchosen);
        match name {
            "entry" => choice.what = What::parse(&value),
            "code" => choice.code = value,
            "meaning" => choice.meaning = value,
            "text" => choice.text = value,
            "dosage" => choice.dosage = value,
            "reason" => choice.reason = value,
            _ => {}
        }
    }

    /// What is to come of it; without a known button, the decisions are kept for later.
    pub(super) fn then(&self) -> ReviewThen {
        match self.then.as_str() {
            "rest" => ReviewThen::AcceptRest,
            "file" => ReviewThen::File,
            "refuse" => ReviewThen::Refuse(self.refusal.clone()),
            _ => ReviewThen::Save,
        }
    }

    /// The decisions, or what has to be corrected.
    pub(super) fn decisions(&self, record: &Record) -> Result<Vec<(usize, Decision)>, Errors> {
        let mut errors = Errors::new();
        let mut decisions = Vec::new();
        for (place, entry) in super::groups::ordered(record) {
            let Some(choice) = self.choices.get(&place) else {
                continue;
            };
            match choice.decision(entry) {
                Ok(decision) => decisions.extend(decision.map(|decision| (place, decision))),
                Err((field, words)) => {
                    let name = super::groups::name(entry);
                    errors.add(format!("{field}-{place}"), format!("{words} ({name})"));
                }
            }
        }
        if self.then == "refuse" && self.refusal.trim().is_empty() {
            errors.add("refusal", "Enter why the whole update is refused");
        }
        if errors.is_empty() {
            Ok(decisions)
        } else {
            Err(errors)
        }
    }
}
