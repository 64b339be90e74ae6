//! Checking a message rule by rule: what holds for every ITK3 message, told by the ids of Update Record
//! where they say it, then what Update Record adds.

pub(crate) mod found;
mod general;
mod rules;
pub(crate) mod subject;
mod table;

use fhir::Document;
use itk3::payload::Inner;
use itk3::{Checking, Finding, Kind, Rules, check as itk3_check};

use found::Found;
use subject::Subject;

pub use rules::rules;
pub use table::{Keeper, Rule, Strength, Verdict};

/// Checks a message that should carry an update of a record, with the control file or headers it
/// travelled with when they are known. No errors means that it is taken; a receiver's warnings are for
/// the person who reviews it. Of each rule a hundred findings at most ([`fhir::Tally`]).
pub fn check(message: &Document, checking: &Checking<'_>) -> Vec<Finding> {
    let (root, budget) = (&message.root, checking.budget);
    let rules = Rules {
        kind: Kind::UPDATE_RECORD,
        view: checking.view,
    };
    let mut general = itk3_check::envelope(message, &rules, checking);
    general.extend(itk3_check::payload_within(root, Inner::Document, budget));
    let own = own(message, checking);
    let mut findings = general::told(general, &own, checking);
    findings.extend(own);
    if budget.is_spent() {
        findings.push(itk3_check::out_of_time());
    }
    findings
}

fn own(message: &Document, checking: &Checking<'_>) -> Vec<Finding> {
    let mut found = Found::of(checking.view);
    if checking.budget.goes_on() {
        let subject = Subject::of(&message.root);
        for section in rules::SECTIONS {
            // One section is a walk over the message at most.
            if !checking.budget.goes_on() {
                break;
            }
            section(&subject, checking, &mut found);
        }
    }
    found.into_list()
}
