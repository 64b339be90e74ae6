//! What only several messages, or a message and what the exchange knows, can show.

use std::collections::HashMap;

use jiff::SignedDuration;

use super::super::arrival::Arrival;
use super::super::run::Run;
use super::super::scripts::OWN_PATIENT;
use super::{Breaches, add, is_judged};

/// How far the clocks of sender and exchange may differ.
const CLOCKS: SignedDuration = SignedDuration::from_secs(120);

/// Adds what speaks against a row in the run as a whole.
pub(super) fn add_all(run: &Run, breaches: &mut Breaches) {
    for arrival in run.counted() {
        alone(run, arrival, breaches);
    }
    references(run, breaches);
    versions(run, breaches);
}

fn alone(run: &Run, arrival: &Arrival, breaches: &mut Breaches) {
    let number = arrival.number;
    let say = |breaches: &mut Breaches, row, text: String| add(breaches, row, number, text);
    if !is_judged(arrival) {
        let text = "a number in the message or its address is not a test patient's: nothing of the message was kept";
        say(breaches, "GPCM-SD-035", text.to_owned());
    }
    if arrival.patient() == Some(OWN_PATIENT) {
        let text = "a message was sent for the patient registered with the sender";
        say(breaches, "GPCM-SD-083", text.to_owned());
    }
    let partner = &run.settings.partner;
    match (&arrival.failure, &arrival.routed) {
        (Some(code), _) if arrival.patient() != Some(OWN_PATIENT) => {
            let text = format!("the exchange could not deliver it: {code}");
            say(breaches, "GPCM-SD-056", text);
        }
        (None, Some(practice)) if practice != partner && arrival.patient() != Some(OWN_PATIENT) => {
            let text = format!("expected the exchange to find {partner}, found {practice}");
            say(breaches, "GPCM-SD-056", text);
        }
        _ => {}
    }
    let endpoint = arrival.received.as_ref();
    let endpoint = endpoint.and_then(|it| it.sender_mailbox.as_deref());
    if endpoint.is_some_and(|it| !it.eq_ignore_ascii_case(&arrival.arrived.mailbox)) {
        let text = "MessageHeader.source.endpoint is not the mailbox that sent";
        say(breaches, "GPCM-SD-046", text.to_owned());
    }
    let latest = arrival.arrived.at.saturating_add(CLOCKS).ok();
    if arrival.made_at > latest && latest.is_some() {
        let text = "MessageHeader.timestamp is later than the message's arrival";
        say(breaches, "GPCM-SD-048", text.to_owned());
    }
}

/// Two activities have two references.
fn references(run: &Run, breaches: &mut Breaches) {
    let mut first: HashMap<&str, u32> = HashMap::new();
    for arrival in run.counted() {
        let Some(received) = &arrival.received else {
            continue;
        };
        let is_first = arrival.version() == 1 && arrival.replaces().is_none();
        let Some(reference) = received.sender_reference.as_deref().filter(|_| is_first) else {
            continue;
        };
        match first.get(reference) {
            None => {
                first.insert(reference, arrival.number);
            }
            Some(known) => {
                let text =
                    format!("SenderReference is that of message {known}, another activity's");
                add(breaches, "GPCM-SD-042", arrival.number, text);
            }
        }
    }
}

/// Each version follows one before it of the same patient: the last, or, where that was refused, the one before that.
fn versions(run: &Run, breaches: &mut Breaches) {
    let mut chains: HashMap<u64, Vec<&Arrival>> = HashMap::new();
    for arrival in run.counted() {
        let Some(patient) = arrival.patient() else {
            continue;
        };
        let chain = chains.entry(patient).or_default();
        if let Some(target) = arrival.replaces() {
            follows(arrival, target, chain, breaches);
        }
        chain.push(arrival);
    }
}

fn follows(arrival: &Arrival, target: &str, chain: &[&Arrival], breaches: &mut Breaches) {
    let number = arrival.number;
    let Some(last) = chain.last() else {
        let text = "it replaces a document of which no message came before";
        return add(breaches, "GPCM-SD-123", number, text);
    };
    let refused = chain.iter().rev().take_while(|it| is_refused(it)).count();
    let allowed: Vec<&&Arrival> = chain.iter().rev().take(refused + 1).collect();
    let named = allowed.iter().find(|it| it.is_named_by(target));
    let before = named.map_or(*last, |it| **it);
    if named.is_none() {
        let row = if before.replaces().is_some() {
            "GPCM-SD-129"
        } else {
            "GPCM-SD-123"
        };
        let text = format!(
            "expected relatesTo to name the document of message {}, found another identifier; name the document's identifier, \
             not the message's",
            before.number
        );
        add(breaches, row, number, text);
    }
    let (expected, version) = (before.version() + 1, arrival.version());
    if version != expected {
        let text = format!(
            "expected version {expected} after message {}, found {version}",
            before.number
        );
        add(breaches, "GPCM-SD-098", number, text);
    }
}

/// Whether the partner said no.
fn is_refused(arrival: &Arrival) -> bool {
    let is_positive = |code: &&str| matches!(*code, "20013" | "30001");
    arrival.codes().iter().any(|code| !is_positive(code))
}
