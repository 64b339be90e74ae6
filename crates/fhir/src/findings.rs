//! How many findings are kept: a hostile document has no end of them.

use std::collections::{HashMap, HashSet};

use crate::{Finding, Severity};

/// Counts findings by rule and severity and says which are kept: of each rule the first hundred, of
/// warnings and of errors the first thousand each, so that warnings never crowd out an error; and of
/// every rule at least one, which then tells of the others.
#[derive(Debug, Default)]
pub struct Tally {
    rules: HashMap<(&'static str, Severity), Count>,
    warnings: usize,
    errors: usize,
}

#[derive(Debug, Default)]
struct Count {
    found: usize,
    kept: usize,
}

/// A finding that can tell of others.
pub trait Tallied {
    /// Its rule and severity.
    fn rule(&self) -> (&'static str, Severity);
    /// Its text.
    fn what(&mut self) -> &mut String;
}

impl Tally {
    /// Most findings of one rule.
    pub const OF_A_RULE: usize = 100;
    /// Most findings of one severity.
    pub const IN_ALL: usize = 1_000;

    /// Counts a finding; whether it is to be kept.
    pub fn keeps(&mut self, id: &'static str, severity: Severity) -> bool {
        let all = match severity {
            Severity::Warning => &mut self.warnings,
            Severity::Error => &mut self.errors,
        };
        let count = self.rules.entry((id, severity)).or_default();
        count.found += 1;
        let keeps = count.found == 1 || (count.found <= Self::OF_A_RULE && *all < Self::IN_ALL);
        if keeps {
            count.kept += 1;
            *all += 1;
        }
        keeps
    }

    /// Lets the last finding of each rule say how many more there were.
    pub fn tell(&self, kept: &mut [impl Tallied]) {
        let mut told = HashSet::new();
        for finding in kept.iter_mut().rev() {
            let rule = finding.rule();
            let Some(count) = self
                .rules
                .get(&rule)
                .filter(|count| count.found > count.kept)
            else {
                continue;
            };
            if told.insert(rule) {
                let more = count.found - count.kept;
                finding
                    .what()
                    .push_str(&format!(" (and {more} more like it)"));
            }
        }
    }
}

impl Tallied for Finding {
    fn rule(&self) -> (&'static str, Severity) {
        (self.id, self.severity)
    }

    fn what(&mut self) -> &mut String {
        &mut self.what
    }
}

/// Findings as they are gathered.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    tally: Tally,
}

impl Findings {
    /// Keeps the finding, which is made only if it is kept.
    pub(crate) fn add(
        &mut self,
        id: &'static str,
        severity: Severity,
        make: impl FnOnce() -> Finding,
    ) {
        if self.tally.keeps(id, severity) {
            self.list.push(make());
        }
    }

    pub(crate) fn push(&mut self, finding: Finding) {
        self.add(finding.id, finding.severity, || finding);
    }

    pub(crate) fn extend(&mut self, more: Findings) {
        more.into_list()
            .into_iter()
            .for_each(|finding| self.push(finding));
    }

    pub(crate) fn into_list(mut self) -> Vec<Finding> {
        self.tally.tell(&mut self.list);
        self.list
    }
}
