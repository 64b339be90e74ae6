//! Messages and lines of the audit trail by what is known of them.

use mail_store::{
    AuditFilter, FailedAs, Kind, MessageFilter, NewMessage, Op, Outcome, Place, Standing, Store,
};

use crate::kit::*;

async fn found(store: &Store, filter: MessageFilter) -> Vec<usize> {
    let lists = store.lists().await.unwrap();
    let (mut before, mut found) = (i64::MAX, Vec::new());
    loop {
        // pages of two: each place is crossed
        let page = lists.search_messages(&filter, before, 2).await.unwrap();
        assert!(page.found.len() <= 2);
        found.extend(page.found.into_iter().map(|message| message.id));
        match page.next {
            Some(next) => before = next,
            None => break,
        }
    }
    let number = |message| (0..20).find(|number| id(*number) == message);
    found.into_iter().map(|id| number(id).unwrap()).collect()
}

/// One of each standing: 1 and 2 taken, 3 waits, 4 is uploaded, 5 routed, 6 failed, and its report 7; 8 comes back.
async fn filled(store: &Store) {
    for number in 1..=3 {
        done(store, into_inbox(number)).await;
    }
    let upload = NewMessage {
        total_chunks: 2,
        ..new(4)
    };
    done(store, accept(upload, Place::Uploading(None))).await;
    done(store, to_patient(5, 1)).await;
    done(store, into_inbox(6)).await;
    done(store, acknowledge(1, RECIPIENT)).await;
    done(store, acknowledge(2, RECIPIENT)).await;
    let mut why = failure("14");
    why.linked = Some(id(7).to_string());
    let fail = Op::Fail {
        message: id(6),
        failed_as: FailedAs::Error,
        failure: why,
    };
    done(store, fail).await;
    let mut linked = failure("14");
    linked.linked = Some(id(6).to_string());
    let report = NewMessage {
        kind: Kind::Report,
        sender: None,
        recipient: Some(mailbox(SENDER)),
        report: Some(linked),
        body: None,
        total_chunks: 0,
        ..new(7)
    };
    done(store, accept(report, Place::Inbox)).await;
    let back = NewMessage {
        sender: Some(mailbox(RECIPIENT)),
        recipient: Some(mailbox(SENDER)),
        workflow: workflow("OTHER_ACK"),
        ..new(8)
    };
    done(store, accept(back, Place::Inbox)).await;
}

pub async fn messages_are_found_by_what_is_known_of_them(backend: Backend) {
    let store = backend.open().await;
    assert_eq!(found(&store, MessageFilter::default()).await, [0; 0]);
    filled(&store).await;
    let all = MessageFilter::default();
    assert_eq!(found(&store, all.clone()).await, [8, 7, 6, 5, 4, 3, 2, 1]);
    for (standing, expected) in [
        (Standing::Uploading, vec![4]),
        (Standing::Routing, vec![5]),
        (Standing::Waiting, vec![8, 7, 3]),
        (Standing::Acknowledged, vec![2, 1]),
        (Standing::Failed, vec![6]),
    ] {
        let standing = Some(standing);
        let filter = MessageFilter {
            standing,
            ..all.clone()
        };
        assert_eq!(found(&store, filter).await, expected, "{standing:?}");
    }
    let kind = Some(Kind::Report);
    let reports = MessageFilter {
        kind,
        ..all.clone()
    };
    assert_eq!(found(&store, reports).await, [7]);
    let of_workflow = MessageFilter {
        workflow: Some(workflow("OTHER_ACK")),
        ..all.clone()
    };
    assert_eq!(found(&store, of_workflow).await, [8]);
    let mut of_mailbox = MessageFilter {
        mailbox: Some(mailbox(RECIPIENT)),
        ..all.clone()
    };
    assert_eq!(found(&store, of_mailbox.clone()).await, [8, 6, 4, 3, 2, 1]);
    of_mailbox.sent_by_it = true;
    assert_eq!(found(&store, of_mailbox).await, [8]);
    let of_time = MessageFilter {
        from: Some(at(2)),
        until: Some(at(6)),
        ..all.clone()
    };
    assert_eq!(found(&store, of_time.clone()).await, [5, 4, 3, 2]);
    let of_both = MessageFilter {
        standing: Some(Standing::Acknowledged),
        workflow: Some(workflow(WORKFLOW)),
        ..of_time
    };
    assert_eq!(found(&store, of_both).await, [2]);
}

pub async fn what_was_forgotten_is_found_no_more(backend: Backend) {
    let store = backend.open().await;
    filled(&store).await;
    store.lists().await.unwrap();
    let purge = Op::Purge {
        messages: ids([1, 8]),
        at: at(50),
    };
    assert_eq!(outcome(&store, purge).await, Outcome::Counted(2));
    let of_workflow = |name| MessageFilter {
        workflow: Some(workflow(name)),
        ..MessageFilter::default()
    };
    assert_eq!(found(&store, of_workflow("OTHER_ACK")).await, [0; 0]);
    let rest = found(&store, of_workflow(WORKFLOW)).await;
    assert_eq!(rest, [7, 6, 5, 4, 3, 2]);
}

async fn lines(store: &Store, filter: &AuditFilter) -> Vec<i64> {
    let lists = store.lists().await.unwrap();
    let (mut before, mut found) = (i64::MAX, Vec::new());
    loop {
        let page = lists.search_audit(filter, before, 2).await.unwrap();
        assert!(page.found.len() <= 2);
        found.extend(page.found.into_iter().map(|line| line.number));
        match page.next {
            Some(next) => before = next,
            None => return found,
        }
    }
}

pub async fn lines_are_found_by_what_they_say(backend: Backend) {
    let store = backend.open().await;
    filled(&store).await;
    let all = AuditFilter::default();
    // 1 to 6 accepted, 7 and 8 acknowledged, 9 failed, 10 reported, 11 accepted
    assert_eq!(
        lines(&store, &all).await,
        (1..=11).rev().collect::<Vec<_>>()
    );
    let of = |subject: &str| AuditFilter {
        subject: Some(subject.to_owned()),
        ..all.clone()
    };
    assert_eq!(lines(&store, &of(id(6).as_str())).await, [10, 9, 6]);
    assert_eq!(lines(&store, &of("nothing")).await, [0; 0]);
    let action = Some("acknowledged".to_owned());
    let acknowledged = AuditFilter {
        action,
        ..all.clone()
    };
    assert_eq!(lines(&store, &acknowledged).await, [8, 7]);
    let actor = Some("exchange".to_owned());
    let by_exchange = AuditFilter {
        actor,
        ..all.clone()
    };
    assert_eq!(lines(&store, &by_exchange).await, [10, 9]);
    let mailbox = Some(mailbox(RECIPIENT));
    let of_mailbox = AuditFilter {
        mailbox,
        ..all.clone()
    };
    assert_eq!(lines(&store, &of_mailbox).await, [11, 8, 7]);
    let of_time = AuditFilter {
        from: Some(at(2)),
        until: Some(at(4)),
        ..all.clone()
    };
    let within = lines(&store, &of_time).await;
    assert!(within.contains(&2) && within.contains(&3), "{within:?}");
    assert!(!within.contains(&1) && !within.contains(&4), "{within:?}");
}

pub async fn the_chain_is_read_with_its_hashes(backend: Backend) {
    let store = backend.open().await;
    let (beginning, last) = store.audit_ends().await.unwrap();
    assert_eq!((beginning.number, last), (0, beginning));
    filled(&store).await;
    let (_, last) = store.audit_ends().await.unwrap();
    let (mut previous, mut number) = (beginning.hash, 0);
    loop {
        let step = store.audit_chain(number, 4).await.unwrap();
        assert!(step.len() <= 4);
        for hashed in &step {
            number += 1;
            assert_eq!(hashed.line.number, number);
            previous = hashed.line.hash(&previous);
            assert_eq!(hashed.hash, Some(previous));
        }
        if step.is_empty() {
            break;
        }
    }
    assert_eq!((number, previous), (last.number, last.hash));
}

pub async fn history_is_read_beside_a_running_server(backend: Backend) {
    let store = backend.open().await;
    filled(&store).await;
    let (options, directory) = backend.options();
    let history = options.history(directory).await.unwrap();
    let message = history.message(&id(1)).await.unwrap().unwrap();
    assert_eq!(Standing::of(&message), Standing::Acknowledged);
    assert_eq!(history.steps(message.seq).await.unwrap(), []);
    assert_eq!(history.audit_chain(0, 99).await.unwrap().len(), 11);
    done(&store, into_inbox(9)).await;
    assert_eq!(history.audit_ends().await.unwrap().1.number, 12);
}
