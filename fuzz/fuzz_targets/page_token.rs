//! `continue_from`: the only texts that continue an inbox list are the tokens it gave out and the
//! ids of its own messages, and each continues where it should.
#![no_main]

use exchange::{ErrorKind, InboxQuery};
use libfuzzer_sys::fuzz_target;

mod inbox;
use inbox::Inbox;

fuzz_target!(|text: &str| {
    let inbox = Inbox::opened();
    let page = inbox.page(InboxQuery {
        max_results: 100,
        continue_from: Some(text.to_owned()),
        workflow_filter: None,
    });
    let id = text.trim().to_ascii_uppercase();
    let after = inbox
        .tokens()
        .iter()
        .position(|token| token == text.trim_end_matches('='))
        .or_else(|| {
            inbox
                .messages()
                .position(|(_, message)| message.as_str() == id)
        });
    match (page, after) {
        (Ok(page), Some(after)) => {
            let rest: Vec<_> = inbox.messages().skip(after + 1).map(|(_, id)| id).collect();
            assert_eq!(page.ids.iter().collect::<Vec<_>>(), rest);
        }
        (Ok(_), None) => panic!("a text that was never given out continues the list"),
        (Err(_), Some(after)) => panic!("the token after message {after} is refused"),
        (Err(error), None) => assert_eq!(error.kind(), ErrorKind::Invalid),
    }
});
