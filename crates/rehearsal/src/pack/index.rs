//! `index.html`: one file with its style in it, which opens from a disk and prints on A4.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::names;
use crate::{CaseResult, Claim, Counts, Verdict};

/// The style of the page, whose hash a server of it needs for its policy.
pub const STYLE: &str = include_str!("index.css");

/// What the page says.
pub struct Index<'a> {
    /// `rehearsal of a sending system`.
    pub kind: &'a str,
    /// The system on trial, as its supplier calls it.
    pub subject: &'a str,
    /// By what, against what.
    pub claim: &'a Claim,
    /// Rule set, run, messages: name and words.
    pub facts: &'a [(&'a str, String)],
    /// What one line is called: `row`, `case`.
    pub unit: &'a str,
    /// What was to be shown.
    pub results: &'a [CaseResult],
    /// Further lists, such as the scripts.
    pub tables: &'a [Table<'a>],
    /// Tool, clock, registry, audit: name and words.
    pub rests_on: &'a [(&'a str, String)],
    /// Files of the pack to look into next.
    pub files: &'a [&'a str],
}

/// A list of the page. The first cell of a row names it.
pub struct Table<'a> {
    /// Its heading.
    pub title: &'a str,
    /// Its head.
    pub head: &'a [&'a str],
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

/// The page.
pub fn html(index: &Index<'_>) -> String {
    let title = format!("Evidence pack: {}, {}", index.subject, index.claim.rules);
    let page = html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to main content" }
                main id="main" tabindex="-1" { (content(index)) }
            }
        }
    };
    page.into_string()
}

fn content(index: &Index<'_>) -> Markup {
    let of = |verdict| index.results.iter().filter(move |it| it.verdict == verdict);
    let mut number = 0;
    let mut next = || {
        number += 1;
        number
    };
    html! {
        p.hush { "Evidence pack · " (index.kind) }
        h1 { (index.subject) }
        (facts(index.facts))
        p.claim { strong { (index.claim) } " " (Claim::LIMITS) }
        (counts(index))
        (failed(next(), index, &of(Verdict::Fail).collect::<Vec<_>>()))
        (open(next(), index, &of(Verdict::Open).collect::<Vec<_>>()))
        (not_applicable(next(), &of(Verdict::NotApplicable).collect::<Vec<_>>()))
        @for table in index.tables { (listed(next(), table)) }
        section aria-labelledby="rests-on" {
            h2 id="rests-on" { (next()) ". What this rests on" }
            (facts(index.rests_on))
        }
        section aria-labelledby="read-by" {
            h2 id="read-by" { (next()) ". Read by" }
            dl.sign {
                div { dt { "Supplier" } dd { "name, date" } }
                div { dt { "Assessor" } dd { "name, date" } }
            }
            p.hush {
                "Next: "
                @for (i, file) in index.files.iter().enumerate() {
                    @if i > 0 { " · " }
                    a href=(file) { (file) }
                }
            }
        }
        (all(next(), index))
    }
}

fn facts(facts: &[(&str, String)]) -> Markup {
    html! {
        dl.facts { @for (name, words) in facts { dt { (name) } dd { (words) } } }
    }
}

fn counts(index: &Index<'_>) -> Markup {
    let counts = Counts::of(index.results);
    let units = if counts.all == 1 {
        index.unit.to_owned()
    } else {
        format!("{}s", index.unit)
    };
    html! {
        ul.counts {
            li { b { (counts.all) } (units) }
            li { b { (counts.pass) } "passed by machine" }
            li { b { (counts.fail) } "failed" }
            li { b { (counts.open) } "open" }
            li { b { (counts.not_applicable) } "not applicable" }
        }
    }
}

fn failed(number: u32, index: &Index<'_>, results: &[&CaseResult]) -> Markup {
    html! {
        section aria-labelledby="failed" {
            h2 id="failed" { (number) ". Failed" }
            @if results.is_empty() {
                p { "Nothing failed of what a machine decides." }
            } @else {
                table {
                    thead { tr { th scope="col" { (capital(index.unit)) } th scope="col" { "Finding" } th scope="col" { "Where to look" } } }
                    tbody {
                        @for result in results {
                            tr {
                                th scope="row" { (result.id) }
                                td {
                                    strong { (result.title) "." } " " (result.note)
                                    @if let Some(finding) = &result.first_finding { " " (finding) }
                                }
                                td { @for file in &result.evidence { a href=(file) { (file) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn open(number: u32, index: &Index<'_>, results: &[&CaseResult]) -> Markup {
    html! {
        section aria-labelledby="open" {
            h2 id="open" { (number) ". Open: not seen, or for a person to show" }
            @if results.is_empty() {
                p { "Nothing is open." }
            } @else {
                table {
                    thead { tr {
                        th scope="col" { (capital(index.unit)) } th scope="col" { "What must be shown" } th scope="col" { "Add as" }
                    } }
                    tbody {
                        @for result in results {
                            tr {
                                th scope="row" { (result.id) }
                                td {
                                    @match &result.person_needed {
                                        Some(shows) => { (shows) " " span.hush { (result.note) } }
                                        None => (result.note),
                                    }
                                }
                                td { @if result.person_needed.is_some() { span.box { (names::screenshot(&result.id)) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn not_applicable(number: u32, results: &[&CaseResult]) -> Markup {
    html! {
        section aria-labelledby="not-applicable" {
            h2 id="not-applicable" { (number) ". Not applicable" }
            @if results.is_empty() {
                p { "Everything applies." }
            } @else {
                dl.facts { @for result in results { dt { (result.id) } dd { (result.note) } } }
            }
        }
    }
}

fn listed(number: u32, table: &Table<'_>) -> Markup {
    let id = format!("list-{number}");
    html! {
        section.new-page aria-labelledby=(id) {
            h2 id=(id) { (number) ". " (table.title) }
            table {
                thead { tr { @for cell in table.head { th scope="col" { (cell) } } } }
                tbody {
                    @for row in &table.rows {
                        tr {
                            @for (i, cell) in row.iter().enumerate() {
                                @if i == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn all(number: u32, index: &Index<'_>) -> Markup {
    html! {
        section.new-page aria-labelledby="all" {
            h2 id="all" { (number) ". All " (index.results.len()) " " (index.unit) "s" }
            table {
                thead { tr {
                    th scope="col" { (capital(index.unit)) } th scope="col" { "What is shown" }
                    th scope="col" { "Result" } th scope="col" { "Messages" }
                } }
                tbody {
                    @for result in index.results {
                        tr {
                            th scope="row" { (result.id) }
                            td { (result.title) }
                            td { strong { (result.verdict.words()) } " " span.hush { (result.note) } }
                            td { (result.message_list()) }
                        }
                    }
                }
            }
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
