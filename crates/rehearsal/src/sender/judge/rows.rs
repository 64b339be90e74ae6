//! The verdict on each row.

use super::super::arrival::{Arrival, Way};
use super::super::evidence::files_of;
use super::super::rows::{ROWS, Row};
use super::super::run::Run;
use super::super::scripts::SCRIPTS;
use super::{Breach, Breaches};
use crate::{CaseResult, Class, Verdict};

/// Files named as evidence of one row.
const FILES: usize = 6;

pub(super) fn judge(run: &Run, breaches: &Breaches) -> Vec<CaseResult> {
    let none = Vec::new();
    let each = ROWS.iter().enumerate().map(|(index, row)| {
        let against = breaches.get(&index).unwrap_or(&none);
        result(run, row, against)
    });
    each.collect()
}

fn result(run: &Run, row: &'static Row, against: &[Breach]) -> CaseResult {
    let seen = Seen::of(run, row);
    let first = against.first();
    let (verdict, note) = match (seen.not_applicable, first) {
        (Some(reason), _) => (Verdict::NotApplicable, reason),
        (None, Some(first)) => (
            Verdict::Fail,
            format!("Message {}; {} findings.", first.number, against.len()),
        ),
        (None, None) => open_or_pass(row.class, seen.what),
    };
    let numbers: Vec<u32> = match first {
        Some(_) => against.iter().map(|it| it.number).collect(),
        None => seen.messages,
    };
    let mut numbers = numbers;
    numbers.dedup();
    let shown = numbers.iter().take(2);
    let arrivals = run.arrivals();
    let evidence = shown.filter_map(|number| arrivals.get(*number as usize - 1));
    CaseResult {
        id: row.id.to_owned(),
        title: row.text.to_owned(),
        class: row.class,
        verdict,
        note,
        findings: against.len(),
        first_finding: first.map(|it| it.text.clone()),
        evidence: evidence.flat_map(files_of).take(FILES).collect(),
        messages: numbers,
        person_needed: row.person.map(str::to_owned),
    }
}

/// `Ok` says what was seen and is right, `Err` what was not seen yet.
fn open_or_pass(class: Class, seen: Result<String, String>) -> (Verdict, String) {
    match (class, seen) {
        (Class::Person, _) => (Verdict::Open, "A person shows it.".to_owned()),
        (_, Err(missing)) => (Verdict::Open, missing),
        (class, Ok(seen)) if class.needs_person() => {
            (Verdict::Open, format!("{seen} A person shows the rest."))
        }
        (_, Ok(seen)) => (Verdict::Pass, seen),
    }
}

/// What of a row was seen.
struct Seen {
    messages: Vec<u32>,
    what: Result<String, String>,
    not_applicable: Option<String>,
}

impl Seen {
    fn of(run: &Run, row: &Row) -> Self {
        let all: Vec<&Arrival> = run.counted().filter(|it| !it.withheld).collect();
        let way = match row.id {
            "GPCM-SD-059" | "GPCM-SD-060" | "GPCM-SD-061" => Some(Way::Client),
            "GPCM-SD-062" | "GPCM-SD-063" | "GPCM-SD-064" => Some(Way::Api),
            _ => None,
        };
        let of_way: Vec<&Arrival> = all
            .iter()
            .filter(|it| way.is_none_or(|way| it.arrived.way == way))
            .copied()
            .collect();
        let not_applicable = (!all.is_empty() && of_way.is_empty()).then(|| not_for(way));
        let (shown, what) = shown(run, row.id, of_way);
        Self {
            messages: shown.iter().map(|it| it.number).collect(),
            what,
            not_applicable,
        }
    }
}

fn not_for(way: Option<Way>) -> String {
    match way {
        Some(Way::Client) => {
            "For senders that use a MESH client. This one uses the MESH API and is judged by 062, 063 and 064."
        }
        _ => {
            "For senders that use the MESH API. This one uses a MESH client and is judged by 059, 060 and 061."
        }
    }
    .to_owned()
}

/// The messages that show a row, and what they show.
fn shown<'a>(
    run: &Run,
    id: &str,
    all: Vec<&'a Arrival>,
) -> (Vec<&'a Arrival>, Result<String, String>) {
    let of = |messages: Vec<&'a Arrival>, missing: &str, seen: &str| {
        let what = if messages.is_empty() {
            Err(missing.to_owned())
        } else {
            Ok(format!("{seen} ({}).", messages.len()))
        };
        (messages, what)
    };
    let with =
        |is_it: &dyn Fn(&&Arrival) -> bool| all.iter().filter(|it| is_it(it)).copied().collect();
    match id {
        "GPCM-SD-056" => of(
            with(&|it| it.routed.as_ref() == Some(&run.settings.partner)),
            "No message was routed yet.",
            "Found the practice by the address",
        ),
        "GPCM-SD-098" | "GPCM-SD-123" => of(
            with(&|it| it.replaces().is_some()),
            "No replacement was seen yet (TST-08).",
            "Replacements seen",
        ),
        "GPCM-SD-129" => of(
            with(&|it| it.version() > 2),
            "No second replacement was seen yet (TST-09).",
            "Further replacements seen",
        ),
        "GPCM-SD-128" => of(
            with(&|it| it.script == Some(12) && it.codes().contains(&"20014")),
            "20014 was not answered to a replacement yet (TST-12).",
            "20014 was answered",
        ),
        "GPCM-SD-083" => (
            Vec::new(),
            Ok("No message for the patient registered with the sender.".to_owned()),
        ),
        "GPCM-SD-094" => refusals(with(&|it| it.script == Some(4))),
        "GPCM-SD-095" => of(
            with(&|it| it.script == Some(5)),
            "No message without an answer yet (TST-05).",
            "Left without an answer",
        ),
        "GPCM-SD-096" => arrival_time(all),
        "GPCM-C-1" => of(all, "No message was seen yet.", "Accepted by the exchange"),
        "GPCM-C-2" => answers(all),
        "GPCM-SD-088" => {
            let count = |it: &&Arrival| it.received.as_ref().map_or(0, |it| it.attachments.len());
            let most = all.iter().map(count).max().unwrap_or(0);
            of(
                all,
                "No message was seen yet.",
                &format!("Most files in one message {most}; messages"),
            )
        }
        _ => of(all, "No message was seen yet.", "Right in every message"),
    }
}

fn refusals(messages: Vec<&Arrival>) -> (Vec<&Arrival>, Result<String, String>) {
    let expected = SCRIPTS.get(3).map_or(0, |script| script.keywords.len());
    let mut codes: Vec<&str> = messages.iter().flat_map(|it| it.codes()).collect();
    codes.sort_unstable();
    codes.dedup();
    let text = format!("{} of {expected} refusals answered.", codes.len());
    let what = if codes.len() < expected {
        Err(text)
    } else {
        Ok(text)
    };
    (messages, what)
}

fn answers(messages: Vec<&Arrival>) -> (Vec<&Arrival>, Result<String, String>) {
    let all: Vec<_> = messages.iter().flat_map(|it| &it.answers).collect();
    let collected = all.iter().filter(|it| it.collected.is_some()).count();
    let what = if messages.is_empty() {
        Err("No message was seen yet.".to_owned())
    } else {
        Ok(format!(
            "No message breaks a rule of ITK3 or FHIR; {collected} of {} answers collected.",
            all.len()
        ))
    };
    (messages, what)
}

fn arrival_time(messages: Vec<&Arrival>) -> (Vec<&Arrival>, Result<String, String>) {
    let first = messages.first().copied();
    let what = match first {
        None => Err("No message was seen yet (TST-07).".to_owned()),
        Some(first) => Ok(format!(
            "Message {} arrived at {}.",
            first.number,
            first.arrived.at.strftime("%Y-%m-%d %H:%M:%S UTC")
        )),
    };
    (first.into_iter().collect(), what)
}
