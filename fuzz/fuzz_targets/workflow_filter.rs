//! The inbox list's `workflow_filter`: lists exactly the workflows that the plain reading of `W`,
//! `W*`, `*W`, `*W*` and a leading `!` names.
#![no_main]

use exchange::{InboxQuery, WorkflowFilter};
use libfuzzer_sys::fuzz_target;

mod inbox;
use inbox::{Inbox, WORKFLOWS};

fuzz_target!(|text: &str| {
    let trimmed = text.trim();
    let length = trimmed.chars().count();
    let filter = match WorkflowFilter::parse(text) {
        Ok(Some(filter)) => filter,
        Ok(None) => return assert_eq!(length, 0, "no filter though one is given"),
        Err(_) => {
            return assert!(
                length == 1 || length > 255,
                "refused though 2 to 255 characters"
            );
        }
    };
    assert!((2..=255).contains(&length));
    let (negated, pattern) = match trimmed.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, trimmed),
    };
    let query = InboxQuery {
        max_results: 100,
        continue_from: None,
        workflow_filter: Some(filter),
    };
    let page = Inbox::opened().page(query).expect("a filtered list");
    assert_eq!(
        page.count,
        WORKFLOWS.len() as u64,
        "the count is the whole inbox's"
    );
    let expected: Vec<_> = Inbox::opened()
        .messages()
        .filter(|(workflow, _)| matches(pattern, workflow) != negated)
        .map(|(_, id)| id)
        .collect();
    assert_eq!(page.ids.iter().collect::<Vec<_>>(), expected);
});

fn matches(pattern: &str, workflow: &str) -> bool {
    let (open_start, pattern) = match pattern.strip_prefix('*') {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let (open_end, text) = match pattern.strip_suffix('*') {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    // Any place at which the text stands, as long as nothing is left over at a closed end.
    let places = workflow.char_indices().map(|(at, _)| at);
    places.chain([workflow.len()]).any(|at| {
        let (before, here) = workflow.split_at(at);
        here.strip_prefix(text).is_some_and(|after| {
            (open_start || before.is_empty()) && (open_end || after.is_empty())
        })
    })
}
