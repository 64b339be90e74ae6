//! What a terminal shows of a rehearsal: what must be there, each case as it is decided, what is missing, the result.

use std::collections::HashMap;
use std::io::{IsTerminal, Write};

use rehearsal::receiver::{Case, Mark, Outcome, Plan, Run, State};
use rehearsal::{CaseResult, Claim, Counts, Verdict};
use serde::Serialize;

use crate::error::Error;
use crate::output::{self, Format};
use crate::rehearse::Failed;

use super::Arguments;
use super::finishing::{Finished, claim, subject};
use super::planning::Planning;

/// What was told of each case. Once standard output is closed nothing more is told; the run goes on, for its pack.
#[derive(Default)]
pub struct Told {
    cases: HashMap<String, (Verdict, String)>,
    is_closed: bool,
}

/// The patients, as CSV.
pub fn patients(planning: &Planning) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    out.write_all(planning.patient_list().as_bytes())?;
    Ok(out.flush()?)
}

/// What a run begins with.
pub fn opening(args: &Arguments, planning: &Planning, plan: &Plan) -> Told {
    Told {
        is_closed: write_opening(args, planning, plan).is_err(),
        ..Told::default()
    }
}

fn write_opening(args: &Arguments, planning: &Planning, plan: &Plan) -> std::io::Result<()> {
    if args.format == Format::Json {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    let rules = claim(planning.payloads).rules;
    writeln!(out, "Rehearsal of {}: {rules}", subject(args))?;
    writeln!(
        out,
        "\n  messages     {}, seed {}\n  from         {}\n  into         {}",
        plan.messages.len(),
        planning.seed,
        planning.sender.mailbox,
        planning.receiver.mailbox
    )?;
    if let Some(dir) = &args.directories {
        writeln!(out, "  put into     {}", dir.join("IN").display())?;
        writeln!(out, "  answers from {}", dir.join("OUT").display())?;
    }
    if !args.own {
        writeln!(
            out,
            "\nYour system must know the test patients that `restante rehearse receiver --list-patients` prints\n\
             (with --patients, your own); without them it cannot answer rightly. Ctrl-C ends it and writes the pack.\n"
        )?;
    }
    out.flush()
}

impl Told {
    /// Tells what changed since the last time.
    pub fn tell(&mut self, args: &Arguments, run: &Run, outcome: &Outcome) {
        if args.format != Format::Json && !self.is_closed {
            self.is_closed = self.write(run, outcome).is_err();
        }
    }

    fn write(&mut self, run: &Run, outcome: &Outcome) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        let colours = Colours::of(out.is_terminal());
        let mut is_news = false;
        for case in outcome.cases.iter().filter(|it| is_decided(it, outcome)) {
            let now = (case.verdict, word(case, outcome).to_owned());
            if self.cases.get(&case.id) == Some(&now) {
                continue;
            }
            let (colour, why) = match case.verdict {
                Verdict::Fail => (
                    colours.bad,
                    case.first_finding.as_deref().unwrap_or_default(),
                ),
                Verdict::Open if now.1 != "Right" => (colours.bad, case.note.as_str()),
                _ => (colours.good, ""),
            };
            let line = format!(
                " {colour}{:<9}{} {}  {:<48} {why}",
                now.1, colours.plain, case.id, case.title
            );
            writeln!(out, "{}", output::harmless(line.trim_end()))?;
            self.cases.insert(case.id.clone(), now);
            is_news = true;
        }
        if is_news {
            let placed = run
                .messages()
                .iter()
                .filter(|it| matches!(it.state, State::Placed(_)));
            let answers: usize = run.messages().iter().map(|it| it.answers.len()).sum();
            let all = run.messages().len();
            writeln!(
                out,
                "   {} of {all} messages placed, {answers} answers",
                placed.count()
            )?;
        }
        out.flush()
    }
}

/// Cases over all answers are decided at the end alone, the others once nothing more of them is waited for.
fn is_decided(case: &CaseResult, outcome: &Outcome) -> bool {
    let id = case.id.as_str();
    let is_over_all = Case::find(id).is_none_or(Case::is_over_all);
    match case.verdict {
        Verdict::NotApplicable => false,
        Verdict::Fail => true,
        Verdict::Pass | Verdict::Open => !is_over_all && !outcome.waiting.contains(&id),
    }
}

fn word(case: &CaseResult, outcome: &Outcome) -> &'static str {
    let mut own = outcome
        .messages
        .iter()
        .filter(|it| case.messages.contains(&it.number));
    let is_right = own.any(|it| it.mark == Mark::Right);
    match case.verdict {
        Verdict::Open if outcome.missing.contains(&case.id.as_str()) => "Missing",
        Verdict::Open if is_right => "Right",
        Verdict::Open => "Not sent",
        verdict => verdict.words(),
    }
}

struct Colours {
    good: &'static str,
    bad: &'static str,
    plain: &'static str,
}

impl Colours {
    fn of(is_terminal: bool) -> Self {
        let (good, bad, plain) = if is_terminal {
            ("\x1b[1;32m", "\x1b[1;31m", "\x1b[0m")
        } else {
            ("", "", "")
        };
        Self { good, bad, plain }
    }
}

#[derive(Serialize)]
struct Summary<'a> {
    good: bool,
    claim: String,
    limits: &'static str,
    pack: String,
    files: usize,
    seed: u64,
    cases: Counts,
    missing: &'a [&'static str],
    waiting: &'a [&'static str],
    failed: Vec<Failed<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<&'a str>,
}

pub fn closing(args: &Arguments, finished: &Finished) -> Result<(), Error> {
    let failed = finished.failed.iter().map(Failed::from);
    let out = args.out.as_deref();
    let result = Summary {
        good: finished.is_good,
        claim: finished.claim.to_string(),
        limits: Claim::LIMITS,
        pack: out.map(|it| it.display().to_string()).unwrap_or_default(),
        files: finished.files,
        seed: finished.seed,
        cases: finished.counts,
        missing: &finished.missing,
        waiting: &finished.waiting,
        failed: failed.collect(),
        trouble: finished.trouble.as_deref(),
    };
    output::print(args.format, &result, |out| {
        let cases = &result.cases;
        writeln!(
            out,
            "\n{} cases: {} passed, {} failed, {} open ({} of them missing an answer), {} not applicable",
            cases.all,
            cases.pass,
            cases.fail,
            cases.open,
            result.missing.len(),
            cases.not_applicable
        )?;
        if !result.missing.is_empty() {
            writeln!(out, "  missing {}", result.missing.join(", "))?;
        }
        if !result.waiting.is_empty() {
            writeln!(
                out,
                "  still waited for when it ended {}",
                result.waiting.join(", ")
            )?;
        }
        for failed in &result.failed {
            let why = failed.finding.unwrap_or(failed.note);
            writeln!(out, "  failed {}  {why}", failed.id)?;
        }
        if let Some(trouble) = result.trouble {
            writeln!(out, "It ended before its time: {trouble}")?;
        }
        writeln!(out, "{} {}", result.claim, result.limits)?;
        writeln!(
            out,
            "The pack: {} ({} files); open index.html",
            result.pack, result.files
        )
    })
}
