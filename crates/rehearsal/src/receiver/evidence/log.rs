//! What happened when, of one message and of the run.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::plan::Transport;
use super::super::run::{Message, Run, State};

pub(super) fn transport(transport: Transport) -> &'static str {
    match transport {
        Transport::Plain => "plain",
        Transport::Gzip => "gzip",
        Transport::Chunked => "chunks",
    }
}

/// The moments of a message's way, in their order.
pub(super) fn steps(message: &Message) -> Vec<Value> {
    let each = moments(message).into_iter();
    each.map(|(at, what, detail)| json!({ "at": at, "what": what, "detail": detail }))
        .collect()
}

fn moments(message: &Message) -> Vec<(Timestamp, &'static str, String)> {
    let mut moments = Vec::new();
    if let State::Placed(at) = message.state {
        moments.push((at, "placed", String::new()));
    }
    moments.extend(message.taken.map(|at| (at, "taken", String::new())));
    let answers = message.answers.iter();
    moments.extend(answers.map(|it| (it.incoming.at, "answered", it.code_text())));
    moments.sort_by_key(|(at, _, _)| *at);
    moments
}

/// Everything that happened, in its order: the lines of the run's log.
pub(super) fn events(run: &Run) -> Vec<Value> {
    let mut all: Vec<(Timestamp, u32, &str, String)> = Vec::new();
    for message in &run.messages {
        let number = message.planned.number;
        let moments = moments(message).into_iter();
        all.extend(moments.map(|(at, what, detail)| (at, number, what, detail)));
    }
    all.sort_by_key(|event| (event.0, event.1));
    let lines = all.into_iter().zip(1_u64..).map(|((at, message, what, detail), number)| {
        json!({ "number": number, "at": at, "message": message, "what": what, "detail": detail })
    });
    lines.collect()
}
