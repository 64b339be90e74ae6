//! `environment.json`: by what, with whom, and under which conditions a run was made.

use serde_json::{Value, json};

use super::super::judge::Outcome;
use super::super::payload::PayloadName;
use super::super::run::Run;
use super::Facts;
use crate::Claim;

pub(super) fn environment(
    run: &Run,
    facts: &Facts<'_>,
    outcome: &Outcome,
    audit_head: &str,
) -> Value {
    let settings = run.settings();
    let all = facts.patients.all();
    let (test, others): (Vec<_>, Vec<_>) = all.iter().partition(|it| it.is_test());
    let patients = test.iter().map(|it| {
        json!({
            "nhs_number": it.number.digits(), "family_name": it.family.as_str(), "given_names": it.given,
            "date_of_birth": it.born.iso(), "standing": it.standing.as_str(), "invented": it.invented,
        })
    });
    let payloads: Vec<_> = facts
        .payloads
        .iter()
        .map(|it: &PayloadName| it.as_str())
        .collect();
    json!({
        "claim": facts.claim.to_string(),
        "limits": Claim::LIMITS,
        "tool": "Restante",
        "version": facts.claim.version,
        "rules": facts.claim.rules,
        "command": facts.command,
        "subject": facts.subject,
        "payloads": payloads,
        "seed": settings.seed,
        "started": settings.started,
        "ended": facts.ended,
        "answer_within_seconds": settings.answer_within.as_secs(),
        "clock": "the clock of the machine the rehearsal ran on",
        "way": facts.way,
        "sender_mailbox": settings.sender.to_string(),
        "receiver_mailbox": settings.receiver.to_string(),
        "spine": "No Spine service took part.",
        "patients_are_test_patients": others.is_empty(),
        "patients_outside_test_ranges": others.len(),
        "patients": patients.collect::<Vec<_>>(),
        "audit_head": audit_head,
        "missing": outcome.missing,
        "waiting": outcome.waiting,
        "answers_of_no_message": run.strays().len(),
    })
}
