//! The page itself.

use std::fmt::Write;

use send_document::{Enforced, Party, Requirement, Severity, requirements};

use super::itk3_and_fhir;
use super::proofs::{self, PEOPLE};
use super::sources::{Sources, Test};

const RULES: &str = "crates/send-document/src/check/rules";

pub fn write(sources: &Sources) -> String {
    let rows: Vec<Requirement> = requirements().collect();
    let mut page = String::from(
        "# Requirements\n\n\
         Generated from the table in `crates/send-document/src/check/rules/` and from the tests; \
         do not edit by hand:\n\
         `RESTANTE_WRITE=1 cargo test -p send-document requirements_page`.\n\n",
    );
    page.push_str(&counts(&rows));
    page.push_str(
        "\nThe text is ours. \"1.3\" and \"2.0\" say what a breach is under GP Connect Messaging \
         1.3.0 and Send\nDocument 2.0.2: refused with the code given, told as a warning, or not a \
         rule. Source: the requirement\nlist of 1.3.0 unless \"2.0.2\" says that its conformance \
         list has it too.\n\n## GP Connect Send Document\n\n\
         | id | binds | requirement | source | 1.3 | 2.0 | enforced by | proved by |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for row in &rows {
        page.push_str(&line(sources, row));
    }
    page.push_str(&scal(sources));
    page.push_str(&itk3_and_fhir::write(sources));
    page
}

fn counts(rows: &[Requirement]) -> String {
    let count = |test: &dyn Fn(&Requirement) -> bool| rows.iter().filter(|row| test(row)).count();
    let places = |row: &Requirement, starts: &[&str]| match row.enforced {
        Enforced::Elsewhere(place) => starts.iter().any(|start| place.starts_with(start)),
        _ => false,
    };
    let documents = ["crates/send-document", "crates/itk3"];
    let checked = count(&|row| !matches!(row.enforced, Enforced::Elsewhere(_)));
    let built = count(&|row| places(row, &documents));
    let people = count(&|row| places(row, &[PEOPLE]));
    let process = rows.len() - checked - built - people;
    format!(
        "| rows | checked on the message by machine | seen to by the builder | by the practice's \
         process | by people |\n|---|---|---|---|---|\n| {} | {checked} | {built} | {process} | \
         {people} |\n",
        rows.len()
    )
}

fn line(sources: &Sources, row: &Requirement) -> String {
    let binds: Vec<&str> = row.binds.iter().map(|party| word(*party)).collect();
    let source = if row.source.contains("2.0.2") {
        "1.3.0, 2.0.2"
    } else if row.source.contains("1.3.0") {
        "1.3.0"
    } else {
        row.source
    };
    let tests = proofs::tests(sources, row);
    let proof = match proofs::untested(row) {
        Some(reason) => reason.to_owned(),
        None => links(&tests),
    };
    format!(
        "| {} | {} | {} | {source} | {} | {} | {} | {proof} |\n",
        row.id,
        binds.join(", "),
        row.text,
        breach(row, row.v1_3),
        breach(row, row.v2_0),
        place(sources, row),
    )
}

fn word(party: Party) -> &'static str {
    match party {
        Party::Sender => "sender",
        Party::Receiver => "receiver",
        Party::Acknowledger => "acknowledger",
        Party::Transport => "transport",
        Party::Process => "process",
    }
}

fn breach(row: &Requirement, severity: Option<Severity>) -> String {
    match (severity, row.enforced) {
        (None, _) => "no rule".to_owned(),
        (_, Enforced::Elsewhere(_)) => "rule".to_owned(),
        (Some(Severity::Warning), _) => "warning".to_owned(),
        (Some(Severity::Error), _) => row
            .response
            .map_or_else(|| "error".to_owned(), |code| code.to_string()),
    }
}

fn place(sources: &Sources, row: &Requirement) -> String {
    match row.enforced {
        Enforced::Message | Enforced::Transport => {
            let function = row.id.to_lowercase().replace('-', "_");
            let file = sources.file_of(RULES, &function);
            format!("[`{function}`](../../{file})")
        }
        Enforced::With(other) => format!("as {other}"),
        Enforced::Elsewhere(place) => match place.split_once(": ") {
            _ if place.starts_with(PEOPLE) => place.to_owned(),
            Some((file, function)) => format!("[`{function}`](../../{file})"),
            None => format!("[`{}`](../../{place})", place.trim_start_matches("crates/")),
        },
    }
}

pub fn links(tests: &[&Test]) -> String {
    let mut list = String::new();
    for test in tests {
        let comma = if list.is_empty() { "" } else { ", " };
        write!(list, "{comma}[`{}`](../../{})", test.name, test.file).unwrap();
    }
    list
}

fn scal(sources: &Sources) -> String {
    let mut list = String::from(
        "\n## SCAL test cases\n\nEnd to end between two practices.\n\n| case | test |\n|---|---|\n",
    );
    for number in 1..=13 {
        let case = format!("{number:02}");
        let is_case = |test: &&Test| {
            let numbers = test.name.strip_prefix("gpcm_sd_tst_").unwrap_or_default();
            let mut words = numbers.split('_').take_while(|word| {
                *word == "and" || word.bytes().all(|byte| byte.is_ascii_digit())
            });
            words.any(|word| word == case)
        };
        let tests: Vec<&Test> = sources.tests.iter().filter(is_case).collect();
        assert!(!tests.is_empty(), "no test of GPCM-SD-TST-{case}");
        writeln!(list, "| GPCM-SD-TST-{case} | {} |", links(&tests)).unwrap();
    }
    list
}
