//! Writes what came of a rehearsal.

use nhs::{Clock, SystemClock};
use rehearsal::receiver::{self, Facts, Outcome, PayloadName};
use rehearsal::{CaseResult, Claim, Counts, Pack, Verdict};

use crate::error::Error;

use super::Arguments;
use super::driving::Driven;
use super::planning::Planning;

/// What came of a rehearsal.
pub struct Finished {
    pub counts: Counts,
    pub is_good: bool,
    pub files: usize,
    pub seed: u64,
    pub failed: Vec<CaseResult>,
    pub missing: Vec<&'static str>,
    /// What was still waited for when the run was ended.
    pub waiting: Vec<&'static str>,
    pub claim: Claim,
    pub trouble: Option<String>,
}

/// Writes the pack.
///
/// # Errors
///
/// When it cannot be written.
pub fn write(
    args: &Arguments,
    planning: &Planning,
    driven: &Driven,
    way: &'static str,
    pack: Pack,
) -> Result<Finished, Error> {
    let run = &driven.run;
    let command = command(args);
    let list = planning.patient_list();
    let facts = Facts {
        claim: claim(planning.payloads),
        subject: subject(args),
        command: &command,
        way,
        payloads: planning.payloads,
        ended: SystemClock.now(),
        patients: &planning.patients,
        patient_list: &list,
    };
    let files = tokio::task::block_in_place(|| receiver::write(run, &facts, pack))?;
    let outcome: Outcome = run.judge(facts.ended, true);
    let counts = outcome.counts();
    let failed = outcome
        .cases
        .iter()
        .filter(|it| it.verdict == Verdict::Fail);
    Ok(Finished {
        is_good: counts.fail == 0 && driven.trouble.is_none(),
        counts,
        files,
        seed: planning.seed,
        failed: failed.cloned().collect(),
        missing: outcome.missing,
        waiting: outcome.waiting,
        claim: facts.claim,
        trouble: driven.trouble.clone(),
    })
}

/// What the messages and answers are held against.
pub fn claim(payloads: &[PayloadName]) -> Claim {
    let titles: Vec<&str> = payloads.iter().map(|it| it.title()).collect();
    Claim {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        rules: format!("the 52 cases of a receiving system ({})", titles.join(", ")),
    }
}

pub fn subject(args: &Arguments) -> &str {
    match &args.name_of_system {
        Some(name) => name,
        None if args.own => "Restante's own receiving system",
        None => "A receiving system",
    }
}

/// How it was started, without paths of this machine.
fn command(args: &Arguments) -> String {
    let mut words = vec!["restante rehearse receiver".to_owned()];
    let flags = [
        (args.own, "--self"),
        (args.directories.is_some(), "--directories DIR"),
        (args.config.is_some(), "--config client.toml"),
        (args.by_patient, "--by-patient"),
        (args.patients.is_some(), "--patients FILE.csv"),
        (args.any_number, "--any-number"),
        (args.update_record_off, "--update-record-off"),
    ];
    words.extend(flags.iter().filter(|it| it.0).map(|it| it.1.to_owned()));
    words.extend(args.case.iter().map(|it| format!("--case {it}")));
    words.extend(args.limit.map(|it| format!("--limit {it}")));
    words.extend(args.unshown.as_ref().map(|it| format!("--unshown {it}")));
    words.join(" ")
}
