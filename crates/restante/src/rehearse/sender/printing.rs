//! What a terminal shows of a rehearsal: how to connect, each script as it is decided, the result.

use std::collections::HashMap;
use std::io::{IsTerminal, Write};

use rehearsal::sender::{Standing, State};
use rehearsal::{Claim, Counts};
use serde::Serialize;

use crate::error::Error;
use crate::output::{self, Format};
use crate::rehearse::Failed;

use super::Arguments;
use super::finishing::{Finished, claim, subject};
use super::running::Running;

/// What was told of each script.
#[derive(Default)]
pub struct Told {
    scripts: HashMap<u8, (State, usize)>,
    next: Option<(u8, Option<&'static str>)>,
}

pub fn opening(args: &Arguments, running: &Running) -> Result<(), Error> {
    if args.format == Format::Json {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "Rehearsal of {}: 13 scripts, 48 rows, {}",
        subject(args),
        claim(args.ruleset).rules
    )?;
    if !args.own {
        writeln!(out, "\n  MESH API     {}", running.mesh)?;
        writeln!(out, "  mailbox      {}", running.trial)?;
        writeln!(out, "  all you need {}", running.connect.display())?;
        if let Some(page) = &running.page {
            writeln!(out, "  live page    {}", page.link)?;
        }
        writeln!(
            out,
            "\nConnect your system, or put pairs into {}\nwith `restante client --config {}`.",
            running.connect.join("mailbox").join("OUT").display(),
            running.connect.join("client.toml").display()
        )?;
        writeln!(
            out,
            "Ctrl-C ends it and writes the pack to {}.\n",
            args.out.display()
        )?;
    }
    Ok(out.flush()?)
}

impl Told {
    /// Tells what changed since the last time.
    pub fn tell(&mut self, args: &Arguments, standing: &Standing) -> Result<(), Error> {
        if args.format == Format::Json {
            return Ok(());
        }
        let mut out = std::io::stdout().lock();
        let colours = Colours::of(out.is_terminal());
        for script in &standing.outcome.scripts {
            let now = (script.state, script.done);
            let before = self.scripts.insert(script.script.number, now);
            let is_news = match script.state {
                State::ToDo => false,
                State::UnderWay => script.done > 0,
                _ => true,
            };
            if before == Some(now) || !is_news {
                continue;
            }
            let state = match script.state {
                State::UnderWay => format!("{} of {}", script.done, script.script.keywords.len()),
                state => state.words().to_owned(),
            };
            let why = match (&script.result.first_finding, script.state) {
                (Some(finding), State::Failed) => finding.as_str(),
                _ => "",
            };
            let line = format!(
                " {}{:<14}{} {}  {:<32} {}",
                colours.of_state(script.state),
                state,
                colours.plain,
                script.script.short(),
                script.script.title,
                why
            );
            writeln!(out, "{}", output::harmless(line.trim_end()))?;
        }
        self.tell_next(args, standing, &mut out)?;
        Ok(out.flush()?)
    }

    fn tell_next(
        &mut self,
        args: &Arguments,
        standing: &Standing,
        out: &mut impl Write,
    ) -> Result<(), Error> {
        let next = standing.next(None).filter(|_| !args.own);
        let key = next.map(|next| (next.script.number, next.keyword));
        if key == self.next {
            return Ok(());
        }
        self.next = key;
        let Some(next) = next else {
            return Ok(());
        };
        let patient = next
            .script
            .patient
            .map_or("any patient".to_owned(), |it| it.to_string());
        let keyword = next
            .keyword
            .map_or(String::new(), |it| format!(", clinician's given name {it}"));
        writeln!(
            out,
            "   next: {} patient {patient}{keyword}. {}",
            next.script.short(),
            next.script.todo
        )?;
        Ok(())
    }
}

struct Colours {
    good: &'static str,
    bad: &'static str,
    plain: &'static str,
}

impl Colours {
    fn of(is_terminal: bool) -> Self {
        if is_terminal {
            Self {
                good: "\x1b[1;32m",
                bad: "\x1b[1;31m",
                plain: "\x1b[0m",
            }
        } else {
            Self {
                good: "",
                bad: "",
                plain: "",
            }
        }
    }

    fn of_state(&self, state: State) -> &'static str {
        match state {
            State::Passed => self.good,
            State::Failed => self.bad,
            _ => "",
        }
    }
}

#[derive(Serialize)]
struct Summary<'a> {
    good: bool,
    claim: String,
    limits: &'static str,
    pack: String,
    files: usize,
    rows: Counts,
    failed: Vec<Failed<'a>>,
}

pub fn closing(args: &Arguments, finished: &Finished) -> Result<(), Error> {
    let failed = finished.failed.iter().map(Failed::from);
    let result = Summary {
        good: finished.is_good,
        claim: finished.claim.to_string(),
        limits: Claim::LIMITS,
        pack: args.out.display().to_string(),
        files: finished.files,
        rows: finished.counts,
        failed: failed.collect(),
    };
    output::print(args.format, &result, |out| {
        let rows = &result.rows;
        writeln!(
            out,
            "\n{} rows: {} passed, {} failed, {} open, {} not applicable",
            rows.all, rows.pass, rows.fail, rows.open, rows.not_applicable
        )?;
        for failed in &result.failed {
            writeln!(
                out,
                "  failed {}  {}",
                failed.id,
                failed.finding.unwrap_or(failed.note)
            )?;
        }
        writeln!(out, "{} {}", result.claim, result.limits)?;
        writeln!(
            out,
            "The pack: {} ({} files); open index.html",
            result.pack, result.files
        )
    })
}
