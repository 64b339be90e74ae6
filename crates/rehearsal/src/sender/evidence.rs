//! The pack of a sending system.

use fhir::Severity;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::arrival::{Arrival, Way};
use super::judge::{Outcome, ScriptResult};
use super::patients::{TestPatient, Whose, is_test_number};
use super::rows::ROWS;
use super::run::Run;
use super::scripts::codes_to;
use super::standing::Standing;
use crate::pack::index::{self, Index, Table};
use crate::pack::junit::{self, Suite};
use crate::pack::{names, screenshots, table};
use crate::{Claim, Pack, RehearsalError};

/// What a pack says of the run beside its messages.
pub struct Facts<'a> {
    /// By what, against what.
    pub claim: Claim,
    /// The system on trial, as its supplier calls it.
    pub subject: &'a str,
    /// How it was started.
    pub command: &'a str,
    /// The mailbox on trial.
    pub mailbox: &'a str,
    /// When it ended.
    pub ended: Timestamp,
    /// Whose details the registry held.
    pub patients: &'a [TestPatient],
    /// The features that were read, by name.
    pub features: &'a [String],
    /// The lines of the partner's audit trail, one JSON object a line.
    pub audit: &'a [u8],
    /// How many there are, and the hash of the last.
    pub audit_head: &'a str,
}

/// The files of the pack that show a message.
pub(super) fn files_of(arrival: &Arrival) -> Vec<String> {
    let ending = if arrival.withheld { "txt" } else { "xml" };
    vec![
        message_file(arrival, ending),
        names::findings(arrival.number),
    ]
}

fn message_file(arrival: &Arrival, ending: &str) -> String {
    let script = arrival.script.map(|number| format!("TST-{number:02}"));
    names::message(
        arrival.number,
        script.as_deref(),
        &arrival.arrived.sent.local_id,
        ending,
    )
}

/// Writes the pack. Says how many files it has.
///
/// # Errors
///
/// [`RehearsalError`].
pub fn write(run: &Run, facts: &Facts<'_>, mut pack: Pack) -> Result<usize, RehearsalError> {
    let standing = Standing::of(run, true);
    let outcome = &standing.outcome;
    for arrival in run.arrivals() {
        put_message(&mut pack, arrival)?;
    }
    pack.put("audit.jsonl", facts.audit)?;
    pack.put_json("environment.json", &environment(run, facts))?;
    pack.put("scal.csv", &scal(outcome)?)?;
    pack.put("scripts.csv", &scripts(run, outcome)?)?;
    let script_results: Vec<_> = outcome.scripts.iter().map(|it| it.result.clone()).collect();
    let suites = [
        Suite {
            name: "rows",
            results: &outcome.rows,
        },
        Suite {
            name: "scripts",
            results: &script_results,
        },
    ];
    pack.put(
        "junit.xml",
        &junit::xml("restante rehearse sender", &suites)?,
    )?;
    let all: Vec<_> = outcome
        .rows
        .iter()
        .chain(&script_results)
        .cloned()
        .collect();
    let readme = screenshots::readme(&facts.claim, &all);
    pack.put("screenshots/README.md", readme.as_bytes())?;
    pack.put("index.html", page(run, facts, &standing).as_bytes())?;
    pack.finish()
}

/// The page of the pack, as it would be now.
pub fn page(run: &Run, facts: &Facts<'_>, standing: &Standing) -> String {
    let outcome = &standing.outcome;
    let settings = run.settings();
    let findings: usize = outcome.rows.iter().map(|it| it.findings).sum();
    let time = |at: Timestamp| at.strftime("%-d %b %Y, %H:%M:%S UTC").to_string();
    let head = [
        (
            "Rule set",
            format!(
                "{}, conformance list of {} rows, {} scripts",
                facts.claim.rules,
                ROWS.len(),
                outcome.scripts.len()
            ),
        ),
        (
            "Run",
            format!(
                "{} to {}, {}, mailbox {}",
                time(settings.started),
                time(facts.ended),
                way(run),
                facts.mailbox
            ),
        ),
        (
            "Messages",
            format!(
                "{} received, {} answers sent, {findings} findings",
                run.arrivals().len(),
                run.answers()
            ),
        ),
    ];
    let by_page = run
        .arrivals()
        .iter()
        .filter(|it| it.arrived.asked_at_page.is_some())
        .count();
    let mut rests_on = vec![
        (
            "Tool",
            format!(
                "Restante {}, started as {}",
                facts.claim.version, facts.command
            ),
        ),
        (
            "Clock",
            "that of the machine the rehearsal ran on; times are UTC".to_owned(),
        ),
        ("Registry", registry(facts.patients)),
        (
            "Answers",
            format!("{by_page} asked for at the page, the others by the given name in the message"),
        ),
        ("Audit", format!("{}, in audit.jsonl", facts.audit_head)),
        (
            "Files",
            "hashes in SHA256SUMS; check with sha256sum -c SHA256SUMS".to_owned(),
        ),
    ];
    if !facts.features.is_empty() {
        rests_on.push(("Features", facts.features.join(", ")));
    }
    let scripts = Table {
        title: "Scripts",
        head: &["Script", "What is shown", "Result", "Messages"],
        rows: outcome.scripts.iter().map(script_cells).collect(),
    };
    index::html(&Index {
        kind: "rehearsal of a sending system",
        subject: facts.subject,
        claim: &facts.claim,
        facts: &head,
        unit: "row",
        results: &outcome.rows,
        tables: &[scripts],
        rests_on: &rests_on,
        files: &[
            "scal.csv",
            "scripts.csv",
            "junit.xml",
            "environment.json",
            "screenshots/README.md",
        ],
    })
}

fn script_cells(script: &ScriptResult) -> Vec<String> {
    let result = &script.result;
    vec![
        script.script.short().to_owned(),
        result.title.clone(),
        format!("{}. {}", result.verdict.words(), result.note),
        result.message_list(),
    ]
}

fn registry(patients: &[TestPatient]) -> String {
    let invented = patients.iter().filter(|it| it.invented).count();
    let (test, others) = by_number(patients);
    let test = format!(
        "{} test patients, {invented} of them with invented details; the list is in environment.json",
        test.len()
    );
    match others {
        0 => test,
        _ => format!("{test}. {others} more with numbers outside the test ranges are in no list"),
    }
}

/// Those with test numbers, and how many others there are.
fn by_number(patients: &[TestPatient]) -> (Vec<&TestPatient>, usize) {
    let is_test = |it: &&TestPatient| is_test_number(it.number.value());
    let test: Vec<_> = patients.iter().filter(is_test).collect();
    let others = patients.len() - test.len();
    (test, others)
}

fn way(run: &Run) -> &'static str {
    let mut ways = run.arrivals().iter().map(|it| it.arrived.way);
    match (
        ways.clone().any(|it| it == Way::Client),
        ways.any(|it| it == Way::Api),
    ) {
        (true, true) => "through a MESH client and the MESH API",
        (true, false) => "through a MESH client",
        (false, true) => "through the MESH API",
        (false, false) => "nothing came",
    }
}

fn put_message(pack: &mut Pack, arrival: &Arrival) -> Result<(), RehearsalError> {
    let number = arrival.number;
    if arrival.withheld {
        let note = "Not kept: no number of a test patient was read in the message, or one in it or in its address is outside the test ranges.\n";
        pack.put(&message_file(arrival, "txt"), note.as_bytes())?;
    } else {
        pack.put(&message_file(arrival, "xml"), &arrival.arrived.bytes)?;
        let ending = match arrival.arrived.way {
            Way::Client => "ctl",
            Way::Api => "txt",
        };
        pack.put(&message_file(arrival, ending), &arrival.arrived.control)?;
    }
    pack.put_json(&names::findings(number), &findings(arrival))?;
    pack.put_json(&names::journey(number), &journey(arrival))?;
    for answer in arrival.answers.iter().filter(|_| !arrival.withheld) {
        pack.put(
            &names::answer(number, answer.kind, &answer.code),
            &answer.bytes,
        )?;
    }
    Ok(())
}

fn findings(arrival: &Arrival) -> Value {
    let each = arrival.findings.iter().map(|finding| {
        json!({
            "id": finding.id,
            "path": if arrival.withheld { "" } else { &finding.path },
            "severity": match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            "text": if arrival.withheld { Arrival::NO_WORDS } else { &finding.what },
            "remedy": finding.remedy,
        })
    });
    json!({
        "message": arrival.number,
        "script": arrival.script.map(|number| format!("GPCM-SD-TST-{number:02}")),
        "findings": each.collect::<Vec<_>>(),
    })
}

fn journey(arrival: &Arrival) -> Value {
    let mut steps = arrival.steps.clone();
    steps.sort_by_key(|step| step.at);
    let asked = arrival.arrived.asked_at_page.is_some();
    json!({
        "message": arrival.number,
        "message_id": arrival.arrived.message_id,
        "way": arrival.arrived.way,
        "keyword": arrival.keyword,
        "keyword_given": if asked { "at the page" } else { "in the message" },
        "set_aside": arrival.set_aside,
        "steps": steps,
    })
}

fn environment(run: &Run, facts: &Facts<'_>) -> Value {
    let settings = run.settings();
    let (test, others) = by_number(facts.patients);
    let is_tests = |it: &Arrival| it.whose == Whose::Test;
    let all_test = others == 0 && run.arrivals().iter().all(is_tests);
    let withheld = run.arrivals().iter().filter(|it| it.withheld).count();
    let patients = test.iter().map(|it| {
        json!({
            "nhs_number": it.number.digits(), "family_name": it.family, "given_names": it.given,
            "date_of_birth": it.born, "invented": it.invented,
        })
    });
    json!({
        "claim": facts.claim.to_string(),
        "limits": Claim::LIMITS,
        "tool": "Restante",
        "version": facts.claim.version,
        "rules": facts.claim.rules,
        "ruleset": settings.ruleset.as_str(),
        "command": facts.command,
        "subject": facts.subject,
        "started": settings.started,
        "ended": facts.ended,
        "clock": "the clock of the machine the rehearsal ran on",
        "mailbox": facts.mailbox,
        "partner": settings.partner.to_string(),
        "way": way(run),
        "features": facts.features,
        "spine": "No Spine service took part.",
        "patients_are_test_patients": all_test,
        "patients_outside_test_ranges": others,
        "patients": patients.collect::<Vec<_>>(),
        "audit_head": facts.audit_head,
        "messages_withheld": withheld,
        "messages_not_kept": run.beyond,
        "answers_of_no_message": run.strays,
    })
}

fn scal(outcome: &Outcome) -> Result<Vec<u8>, RehearsalError> {
    let head = [
        "identifier",
        "use_case",
        "type",
        "description",
        "test_cases",
        "evidence_required",
        "class",
        "verdict",
        "messages",
        "findings",
        "first_finding",
        "evidence_files",
        "person_needed",
        "note",
    ];
    let rows = outcome.rows.iter().zip(&ROWS).map(|(result, row)| {
        vec![
            result.id.clone(),
            row.use_case.to_owned(),
            "sender".to_owned(),
            row.text.to_owned(),
            row.scripts.to_owned(),
            row.evidence.to_owned(),
            result.class.as_str().to_owned(),
            result.verdict.as_str().to_owned(),
            result.message_list(),
            result.findings.to_string(),
            result.first_finding.clone().unwrap_or_default(),
            result.evidence.join(" "),
            result.person_needed.clone().unwrap_or_default(),
            result.note.clone(),
        ]
    });
    table::csv("scal.csv", &head, &rows.collect::<Vec<_>>())
}

fn scripts(run: &Run, outcome: &Outcome) -> Result<Vec<u8>, RehearsalError> {
    let head = [
        "script",
        "patient",
        "keyword",
        "messages",
        "expected_answers",
        "received_answers",
        "matched_by_sender",
        "verdict",
        "note",
    ];
    let rows = outcome.scripts.iter().map(|script| {
        let result = &script.result;
        let messages: Vec<&Arrival> = run
            .arrivals()
            .iter()
            .filter(|it| result.messages.contains(&it.number))
            .collect();
        let expected: Vec<String> = script
            .script
            .keywords
            .iter()
            .flat_map(|it| codes_to(it))
            .collect();
        let received: Vec<&str> = messages.iter().flat_map(|it| it.codes()).collect();
        vec![
            result.id.clone(),
            script
                .script
                .patient
                .map_or("any".to_owned(), |it| it.to_string()),
            script.script.keywords.join(" "),
            result.message_list(),
            expected.join(" "),
            received.join(" "),
            matched(&messages).to_owned(),
            result.verdict.as_str().to_owned(),
            result.note.clone(),
        ]
    });
    table::csv("scripts.csv", &head, &rows.collect::<Vec<_>>())
}

/// Whether the system on trial knows which message each answer belongs to, where that is visible.
fn matched(messages: &[&Arrival]) -> &'static str {
    let answers: Vec<_> = messages.iter().flat_map(|it| &it.answers).collect();
    if !answers.is_empty() && answers.iter().all(|it| it.matched == Some(true)) {
        "yes"
    } else {
        "unknown"
    }
}
