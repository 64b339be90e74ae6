//! New messages: kept as they were given, once.

use futures_util::future::join_all;
use mail_store::{Details, Kind, MessageState, NewMessage, Op, Outcome, Place};

use crate::kit::*;

pub async fn what_was_accepted_comes_back_as_it_was(backend: Backend) {
    let store = backend.open().await;
    let details = Details {
        local_id: Some(b"local \xfc".to_vec()),
        subject: Some(Vec::new()),
        file_name: None,
        partner_id: Some("Müller".as_bytes().to_vec()),
        checksum: Some(b"md5 \x00".to_vec()),
        content_type: Some(b"application/xml".to_vec()),
        gzip: true,
        compressed: false,
        encrypted: true,
    };
    let given = NewMessage {
        details: details.clone(),
        ..new(1)
    };
    done(&store, accept(given, Place::Inbox)).await;
    let found = message(&store, 1).await;
    assert_eq!(found.details, details);
    assert_eq!(found.sender, Some(mailbox(SENDER)));
    assert_eq!(found.recipient, Some(mailbox(RECIPIENT)));
    assert_eq!(found.workflow, workflow(WORKFLOW));
    assert_eq!(
        (found.kind, found.total_chunks, found.size),
        (Kind::Data, 1, 6)
    );
    assert_eq!(
        (found.state, found.state_at),
        (MessageState::Accepted, at(1))
    );
    assert_eq!((found.sent_at, found.accepted_at), (at(1), Some(at(1))));
    assert!(!found.recipient_hidden && found.report.is_none() && found.failure.is_none());
    assert!(store.message(&id(2)).await.unwrap().is_none());
}

pub async fn an_id_is_accepted_once(backend: Backend) {
    let store = backend.open().await;
    done(&store, into_inbox(1)).await;
    assert_eq!(outcome(&store, into_inbox(1)).await, Outcome::Duplicate);
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1]));
}

pub async fn a_job_ends_at_the_first_operation_that_is_not_done(backend: Backend) {
    let store = backend.open().await;
    done(&store, into_inbox(1)).await;
    let job = vec![into_inbox(2), into_inbox(1), into_inbox(3)];
    let outcomes = store.commit(job).await.unwrap();
    assert_eq!(outcomes, [Outcome::Done, Outcome::Duplicate]);
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1, 2]));
}

pub async fn a_report_has_no_body(backend: Backend) {
    let store = backend.open().await;
    let report = NewMessage {
        kind: Kind::Report,
        sender: None,
        total_chunks: 0,
        body: None,
        report: Some(failure("EPL-151")),
        ..new(1)
    };
    done(&store, accept(report, Place::Inbox)).await;
    let found = message(&store, 1).await;
    let told = found.report.expect("what it reports");
    assert_eq!(
        (told.code.as_str(), told.event.as_str()),
        ("EPL-151", "SEND")
    );
    assert_eq!(told.linked, failure("").linked);
    assert_eq!(
        (found.kind, found.sender, found.size),
        (Kind::Report, None, 0)
    );
    assert!(store.chunk(found.seq, 1).await.unwrap().is_none());
}

/// Each job takes a token, accepts two messages and takes one of them out again; every third token
/// is one used before, every fifth id exists.
pub async fn many_jobs_at_once_each_get_their_own_outcomes(backend: Backend) {
    let store = backend.open().await;
    let job = |number: usize| {
        let token = if number.is_multiple_of(3) {
            0
        } else {
            number as u8
        };
        let second = if number.is_multiple_of(5) {
            1_000
        } else {
            500 + number
        };
        vec![
            Op::UseToken {
                token: [token; 16],
                forget_at: at(9_000),
            },
            into_inbox(number),
            into_inbox(second),
            acknowledge(number, RECIPIENT),
        ]
    };
    let jobs = (1..=60).map(|number| store.commit(job(number)));
    let outcomes: Vec<_> = join_all(jobs)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    use Outcome::{Done, Duplicate};
    let with_token: Vec<usize> = (1..=60)
        .filter(|number| outcomes[number - 1][0] == Done)
        .collect();
    let of_three = with_token.iter().filter(|number| number.is_multiple_of(3));
    assert_eq!(of_three.count(), 1, "a token is used once");
    assert_eq!(with_token.len(), 41);
    let mut repeated = 0;
    for (number, outcomes) in (1_usize..).zip(&outcomes) {
        match outcomes.as_slice() {
            [Duplicate] => assert!(number.is_multiple_of(3)),
            [Done, Done, Duplicate] => assert!(number.is_multiple_of(5)),
            [Done, Done, Done, Done] => repeated += usize::from(number.is_multiple_of(5)),
            other => panic!("job {number}: {other:?}"),
        }
    }
    assert_eq!(repeated, 1, "an id is accepted once");
    // waiting: the second messages of jobs that went through, the first of those that did not
    let waiting = inbox(&store, RECIPIENT).await.len();
    assert_eq!(waiting, with_token.len());
}

pub async fn what_was_committed_is_there_after_opening_again(backend: Backend) {
    let store = backend.open().await;
    for number in 1..=3 {
        done(&store, into_inbox(number)).await;
    }
    let token = Op::UseToken {
        token: [1; 16],
        forget_at: at(9_000),
    };
    done(&store, token.clone()).await;
    done(&store, acknowledge(2, RECIPIENT)).await;
    done(&store, to_patient(4, 1)).await;
    if !backend.is_durable() {
        return;
    }
    drop(store);
    let store = backend.open().await;
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1, 3]));
    assert_eq!(message(&store, 2).await.state, MessageState::Acknowledged);
    assert_eq!(due_ids(&store, 4_000).await, ids([4]));
    assert_eq!(outcome(&store, token).await, Outcome::Duplicate);
    done(&store, into_inbox(5)).await;
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1, 3, 5]));
}
