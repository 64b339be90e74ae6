//! Listing an inbox, downloading, acknowledging.

use crate::kit::{self, RECEIVER, SENDER, Setup, WORKFLOW, request, strict};
use exchange::{
    ErrorKind, Event, InboxPage, InboxQuery, ListQuery, MessageState, Settings, WorkflowFilter,
};
use jiff::{SignedDuration, Timestamp};
use nhs::{MessageId, WorkflowId};

async fn page(setup: &Setup, max_results: usize, from: Option<&str>, filter: &str) -> InboxPage {
    let caller = setup.caller(RECEIVER).await;
    let query = InboxQuery {
        max_results,
        continue_from: from.map(str::to_owned),
        workflow_filter: WorkflowFilter::parse(filter).unwrap(),
    };
    setup.exchange().inbox(&caller, query).await.unwrap()
}

async fn acknowledge(setup: &Setup, message: &MessageId) {
    let caller = setup.caller(RECEIVER).await;
    setup
        .exchange()
        .acknowledge(&caller, message.as_str())
        .await
        .unwrap();
}

#[tokio::test]
async fn pages_go_on_after_a_restart_and_after_their_anchor_was_acknowledged() {
    let mut setup = Setup::new(strict()).await;
    let mut sent = Vec::new();
    for _ in 0..25 {
        sent.push(setup.send(RECEIVER, b"x").await.unwrap());
    }
    let first = page(&setup, 10, None, "").await;
    assert_eq!((&first.ids[..], first.count), (&sent[..10], 25));
    let token = first.next.unwrap();
    assert!((24..=1000).contains(&token.len()));
    for message in &first.ids {
        acknowledge(&setup, message).await;
    }
    setup.restart().await;
    let second = page(&setup, 10, Some(&token), "").await;
    assert_eq!((&second.ids[..], second.count), (&sent[10..20], 15));
    // version 1 goes on after the last id, acknowledged or not
    assert_eq!(
        page(&setup, 10, Some(sent[9].as_str()), "").await.ids,
        second.ids
    );
    let third = page(&setup, 10, second.next.as_deref(), "").await;
    assert_eq!(&third.ids[..], &sent[20..]);
    assert!(third.next.is_none());
    assert!(
        page(&setup, 25, None, "").await.next.is_none(),
        "nothing follows a full last page"
    );
}

#[tokio::test]
async fn a_page_token_is_good_for_one_mailbox_and_one_list_only() {
    let setup = Setup::new(strict()).await;
    for _ in 0..3 {
        setup.send(RECEIVER, b"x").await.unwrap();
    }
    let token = page(&setup, 1, None, "").await.next.unwrap();
    let other = setup.caller(SENDER).await;
    let forged = format!("{}A", token.get(..token.len() - 1).unwrap());
    for anchor in [
        token.as_str(),
        &forged,
        "nonsense",
        "",
        "20261122100000000000_ABCDEF",
    ] {
        let from = Some(anchor.to_owned());
        let query = InboxQuery {
            max_results: 10,
            continue_from: from,
            workflow_filter: None,
        };
        let error = setup.exchange().inbox(&other, query).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{anchor}");
    }
    let caller = setup.caller(RECEIVER).await;
    let query = ListQuery {
        since: Timestamp::MIN,
        max_results: 10,
        continue_from: Some(token),
    };
    let error = setup
        .exchange()
        .rich_inbox(&caller, query)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn the_workflow_filter_in_all_its_forms() {
    let setup = Setup::new(Settings::sandbox()).await;
    for workflow in ["ABC", "ABCD", "XABC", "abc"] {
        let mut sent = request(RECEIVER, 1);
        sent.workflow = WorkflowId::parse(workflow).unwrap();
        setup.send_request(sent, b"x").await.unwrap();
    }
    let cases = [
        ("ABC", 1),
        ("!ABC", 3),
        ("ABC*", 2),
        ("!ABC*", 2),
        ("*ABC*", 3),
        ("!*ABC*", 1),
        ("*ABC", 2),
        ("!*ABC", 2),
        ("  ", 4),
        ("**", 4),
    ];
    for (filter, expected) in cases {
        assert_eq!(
            page(&setup, 10, None, filter).await.ids.len(),
            expected,
            "{filter}"
        );
    }
    for filter in ["A", &"A".repeat(256)] {
        assert_eq!(
            WorkflowFilter::parse(filter).unwrap_err().kind(),
            ErrorKind::Invalid
        );
    }
}

#[tokio::test]
async fn the_observer_is_told_of_each_chunk_that_is_given_out_and_of_no_other() {
    let setup = Setup::new(strict()).await;
    let message = setup.send(RECEIVER, b"x").await.unwrap();
    setup.download(&message, 1).await.unwrap();
    setup.download(&message, 2).await.err().unwrap();
    let events = setup.events();
    assert!(matches!(
        &events[0],
        Event::Accepted { workflow, .. } if workflow.as_str() == kit::WORKFLOW
    ));
    let downloads: Vec<_> = events
        .iter()
        .filter(|event| matches!(event, Event::Downloaded { .. }))
        .collect();
    let expected = Event::Downloaded {
        message,
        by: kit::id(RECEIVER),
        chunk: 1,
    };
    assert_eq!(downloads, [&expected]);
}

#[tokio::test]
async fn acknowledging_takes_a_message_out_once_and_for_all() {
    let mut setup = Setup::new(strict()).await;
    let message = setup.send(RECEIVER, b"x").await.unwrap();
    for _ in 0..2 {
        acknowledge(&setup, &message).await;
        setup.restart().await;
        assert!(setup.inbox(RECEIVER).await.is_empty());
    }
    let told = setup
        .events()
        .into_iter()
        .filter(|e| matches!(e, Event::Acknowledged { .. }));
    assert_eq!(told.count(), 1);
    let caller = setup.caller(RECEIVER).await;
    assert_eq!(setup.exchange().count(&caller).await.unwrap(), 0);
    let error = setup.download(&message, 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);
    let envelope = setup
        .exchange()
        .envelope(&caller, message.as_str())
        .await
        .unwrap();
    assert_eq!(envelope.message.state, MessageState::Acknowledged);
    assert!(envelope.message.acknowledged_at.is_some());
}

#[tokio::test]
async fn the_sandbox_gives_an_acknowledged_message_out_again() {
    let setup = Setup::new(Settings::sandbox()).await;
    let message = setup.send(RECEIVER, b"x").await.unwrap();
    acknowledge(&setup, &message).await;
    assert_eq!(setup.download(&message, 1).await.unwrap(), b"x");
}

#[tokio::test]
async fn nobody_else_gets_at_a_message() {
    let setup = Setup::new(strict()).await;
    setup.add_mailbox("X26OT001", "X26");
    setup.exchange().refresh_directory().await.unwrap();
    let message = setup.send(RECEIVER, b"x").await.unwrap();
    let sender = setup.caller(SENDER).await;
    let exchange = setup.exchange();
    let id = message.as_str();
    assert_eq!(
        exchange
            .download(&sender, id, 1)
            .await
            .err()
            .unwrap()
            .kind(),
        ErrorKind::Forbidden
    );
    assert_eq!(
        exchange.acknowledge(&sender, id).await.unwrap_err().kind(),
        ErrorKind::Forbidden
    );
    assert_eq!(
        exchange.envelope(&sender, id).await.unwrap().message.id,
        message,
        "the sender may look"
    );
    let token = setup.token("X26OT001");
    let stranger = exchange
        .authenticate(
            "X26OT001",
            Some(token.as_bytes()),
            Some(&kit::certificate("X26")),
        )
        .await
        .unwrap();
    let error = exchange.envelope(&stranger, id).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "20"));
    for unknown in ["20261122100000000000_ABCDEF", "a/b", ""] {
        let error = exchange.acknowledge(&sender, unknown).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "20"));
    }
    assert_eq!(setup.inbox(RECEIVER).await, [message]);
}

#[tokio::test]
async fn rich_lists_show_every_state_newest_first() {
    let mut setup = Setup::new(strict()).await;
    let mut sent = Vec::new();
    for _ in 0..5 {
        setup.time.pass(SignedDuration::from_secs(60));
        sent.push(setup.send(RECEIVER, b"x").await.unwrap());
    }
    acknowledge(&setup, &sent[0]).await;
    setup.restart().await;
    sent.reverse();
    for (mailbox, outbox) in [(SENDER, true), (RECEIVER, false)] {
        let caller = setup.caller(mailbox).await;
        let mut query = ListQuery {
            since: Timestamp::MIN,
            max_results: 2,
            continue_from: None,
        };
        let mut found = Vec::new();
        loop {
            let page = if outbox {
                setup
                    .exchange()
                    .rich_outbox(&caller, query.clone())
                    .await
                    .unwrap()
            } else {
                setup
                    .exchange()
                    .rich_inbox(&caller, query.clone())
                    .await
                    .unwrap()
            };
            found.extend(page.messages.into_iter().map(|listed| listed.message.id));
            query.continue_from = page.next;
            if query.continue_from.is_none() {
                break;
            }
        }
        assert_eq!(found, sent);
        let since = nhs::Clock::now(setup.time.as_ref())
            .checked_sub(SignedDuration::from_secs(61))
            .unwrap();
        let query = ListQuery {
            since,
            max_results: 10,
            continue_from: None,
        };
        let page = setup.exchange().rich_outbox(&caller, query).await.unwrap();
        assert_eq!(page.messages.len(), if outbox { 2 } else { 0 });
    }
}

#[tokio::test]
async fn the_lookup_finds_active_receivers() {
    let setup = Setup::new(strict()).await;
    let exchange = setup.exchange();
    let found = exchange.endpoint_lookup("A20047", WORKFLOW);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].id.as_str(), found[0].name.as_str()),
        (RECEIVER, "A20047OT001 name")
    );
    assert!(
        exchange.endpoint_lookup("A81001", WORKFLOW).is_empty(),
        "senders are not receivers"
    );
    assert!(
        exchange
            .endpoint_lookup("A20047", "gpfed_consult_report")
            .is_empty()
    );
    assert!(exchange.endpoint_lookup("", "").is_empty());
    assert_eq!(exchange.workflow_search(WORKFLOW).len(), 1);
}
