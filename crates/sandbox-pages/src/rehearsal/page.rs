//! The page put together: score, what to do now, the scripts, how to connect.

use jiff::Timestamp;
use maud::{Markup, html};
use pages::work::{self, State as Look};
use rehearsal::sender::{Run, ScriptResult, Standing, State};

use super::now;
use super::site::{Connection, View};

/// All that the page shows, at one moment.
pub(super) struct Shown<'a> {
    pub(super) standing: Standing,
    pub(super) run: &'a Run,
    pub(super) asked: Option<u8>,
    pub(super) connection: &'a Connection,
    pub(super) last_asked: Option<Timestamp>,
}

impl Shown<'_> {
    /// What the browser's tab says.
    pub(super) fn tab(&self) -> String {
        let counts = &self.standing.counts;
        format!("{} passed, {} failed · Rehearsal", counts.pass, counts.fail)
    }
}

pub(super) fn content(shown: &Shown<'_>, view: &View) -> Markup {
    html! {
        div.rehearsal-lead {
            h1 { "Rehearse a sending system" }
            p.small { (shown.connection.subject) " · " (shown.connection.rules) ". Work down the list; it ticks off what arrives." }
            span #connected data-live {
                @match shown.last_asked {
                    Some(at) => { span.small { "Connected: " (shown.connection.mailbox) " asked at " (at.strftime("%H:%M:%S UTC")) } }
                    None => { span.small { "Nothing is connected yet" } }
                }
            }
        }
        (score(shown, view))
        div.rehearsal {
            div.stack #now data-live {
                @if shown.last_asked.is_none() { (connect(shown.connection)) }
                (now::content(shown, view))
            }
            (scripts(shown))
        }
    }
}

fn score(shown: &Shown<'_>, view: &View) -> Markup {
    let counts = &shown.standing.counts;
    let by_person = counts.open - shown.standing.unseen;
    html! {
        section.sheet aria-label="Score" {
            div.sheet-in.row {
                span.row #score data-live {
                    span { b { (counts.all) } " rows" }
                    span { b { (counts.pass) } " passed" }
                    span { b { (counts.fail) } " failed" }
                    span { b { (by_person) } " open, a person shows them" }
                    span { b { (shown.standing.unseen) } " not seen yet" }
                    span { b { (counts.not_applicable) } " not applicable" }
                }
                a.btn.btn-sm href="/pack" { "Pack so far" }
                (view.form("/end", html! { button.btn.btn-sm.btn-main type="submit" { "End and write the pack" } }))
            }
        }
    }
}

fn connect(connection: &Connection) -> Markup {
    let directory = connection.directory.display().to_string();
    html! {
        section.sheet aria-labelledby="plug" {
            div.sheet-head { h2 #plug { "Connect your system" } }
            div.sheet-in.stack {
                (work::facts(&[
                    ("MESH API", html! { code { (connection.url) } }),
                    ("Mailbox", html! { code { (connection.mailbox) } }),
                    ("Certificates, password", html! { code { (directory) } }),
                ]))
                p.small { "Or let Restante's client serve the directories that your system writes into:" }
                div.copy { code tabindex="0" { "restante client --config " (directory) "/client.toml" } }
            }
        }
    }
}

fn scripts(shown: &Shown<'_>) -> Markup {
    html! {
        section.sheet #scripts data-live aria-labelledby="scripts-heading" {
            h2.unseen #scripts-heading { "Scripts" }
            table.rehearsal-scripts {
                thead { tr {
                    th scope="col" { "Script" } th scope="col" { "What is shown" } th scope="col" { "Patient" }
                    th scope="col" { "Given name" } th scope="col" { "State" }
                } }
                tbody { @for script in &shown.standing.outcome.scripts { (row(script)) } }
            }
        }
    }
}

fn row(script: &ScriptResult) -> Markup {
    let known = script.script;
    let keyword = script.to_come.first().or(known.keywords.first());
    html! {
        tr {
            th scope="row" { a href=(format!("/?script={}#now-heading", known.number)) { (known.short()) } }
            td {
                b { (known.title) }
                @if script.state == State::Failed {
                    span.small { (script.result.first_finding.as_deref().unwrap_or(&script.result.note)) }
                } @else {
                    span.small { (script.result.note) }
                }
            }
            td { (known.patient.map_or("any".to_owned(), spaced)) }
            td { @match keyword { Some(keyword) => code { (keyword) }, None => "none" } }
            td { (state(script)) }
        }
    }
}

/// The state in a word or two.
pub(super) fn state(script: &ScriptResult) -> Markup {
    let look = match script.state {
        State::Passed => Look::Good,
        State::Failed => Look::Bad,
        State::Open => Look::Warning,
        State::UnderWay => Look::Going,
        State::ToDo | State::Watching | State::NotApplicable => Look::Quiet,
    };
    let words = match script.state {
        State::UnderWay => format!("{} of {}", script.done, script.script.keywords.len()),
        state => state.words().to_owned(),
    };
    work::tag(look, &words)
}

/// An NHS number as people write it.
pub(super) fn spaced(number: u64) -> String {
    let digits = format!("{number:010}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("{} {} {}", part(0, 3), part(3, 6), part(6, 10))
}
