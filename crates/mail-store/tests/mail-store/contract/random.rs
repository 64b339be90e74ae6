//! Random operations: a backend must answer as the model does, and be in the model's state afterwards.

use mail_store::{
    FailedAs, ListFrom, Message, NewMessage, NewStep, Op, Outcome, Place, QueuedJob, Store,
    StoredStep,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::kit::*;

const MESSAGES: usize = 6;
const MAILBOXES: [&str; 2] = [SENDER, RECIPIENT];

fn any_mailbox() -> impl Strategy<Value = &'static str> {
    prop::sample::select(MAILBOXES.as_slice())
}

fn any_message() -> impl Strategy<Value = usize> {
    1..=MESSAGES
}

fn any_new() -> impl Strategy<Value = Op> {
    (
        any_message(),
        any_mailbox(),
        any_mailbox(),
        0..6,
        0..3_u8,
        2..4_u32,
    )
        .prop_map(|(number, from, to, place, key, chunks)| {
            let to_patient = matches!(place, 1 | 3..);
            let message = NewMessage {
                sender: Some(mailbox(from)),
                recipient: (!to_patient).then(|| mailbox(to)),
                total_chunks: if matches!(place, 2 | 3) { chunks } else { 1 },
                ..new(number)
            };
            let place = match place {
                0 => Place::Inbox,
                1 => Place::Routing(address(key)),
                2 => Place::Uploading(None),
                3 => Place::Uploading(Some(address(key))),
                _ => routed_to(to, key),
            };
            accept(message, place)
        })
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => any_new(),
        1 => (0..4_u8).prop_map(|token| Op::UseToken { token: [token; 16], forget_at: at(9_000) }),
        3 => (any_message(), 1..=3_u32, 0..9_i64).prop_map(|(number, chunk, seconds)| Op::Chunk {
            message: id(number),
            number: chunk,
            body: inline(&vec![7; chunk as usize]),
            at: at(100 + seconds),
        }),
        3 => (any_message(), any_mailbox()).prop_map(|(number, by)| acknowledge(number, by)),
        2 => (any_message(), any_mailbox()).prop_map(|(number, to)| Op::Deliver {
            message: id(number),
            recipient: mailbox(to),
            hidden: number % 2 == 0,
            at: at(300),
        }),
        1 => (any_message(), 0..50_i64).prop_map(|(number, seconds)| Op::Postpone {
            message: id(number),
            attempts: 1,
            next_at: at(seconds),
        }),
        1 => (any_message(), 0..50_i64).prop_map(|(number, seconds)| Op::TryNow {
            message: id(number),
            at: at(seconds),
        }),
        1 => any_message().prop_map(|number| Op::Fail {
            message: id(number),
            failed_as: if number % 2 == 0 { FailedAs::Error } else { FailedAs::Undeliverable },
            failure: failure("14"),
        }),
        1 => any_message().prop_map(|number| Op::Audit {
            at: at(450),
            actor: SENDER.to_owned(),
            action: "noted",
            subject: id(number).to_string(),
            detail: "key=value".to_owned(),
        }),
        1 => (any_message(), 0..9_i64).prop_map(|(number, seconds)| Op::Steps {
            steps: vec![NewStep {
                message: id(number),
                step: StoredStep {
                    at: at(seconds),
                    place: "exchange".to_owned(),
                    what: "step".to_owned(),
                },
            }],
        }),
        1 => any_message().prop_map(|number| Op::Redeliver {
            message: id(number),
            at: at(400),
        }),
        1 => prop::collection::vec(any_message(), 1..3).prop_map(|numbers| Op::Purge {
            messages: numbers.into_iter().map(id).collect(),
            at: at(5_500),
        }),
        1 => (0..9_i64, 1..4_u32).prop_map(|(seconds, limit)| Op::Forget {
            before: at(seconds),
            limit,
            at: at(5_000),
        }),
    ]
}

/// Everything that may be seen of a store, but for numbers a backend gives as it likes.
async fn seen(store: &Store) -> Vec<String> {
    let mut seen = Vec::new();
    for number in 1..=MESSAGES {
        let found = store.message(&id(number)).await.unwrap();
        seen.push(format!("{:?}", found.as_ref().map(told)));
        if let Some(message) = found {
            seen.push(format!("{:?}", store.steps(message.seq).await.unwrap()));
            for chunk in 1..=3 {
                let body = store.chunk(message.seq, chunk).await.unwrap();
                seen.push(format!("{chunk}: {body:?}"));
            }
            seen.push(format!(
                "{}",
                store.uploaded_bytes(message.seq).await.unwrap()
            ));
        }
    }
    for of in MAILBOXES {
        seen.push(format!("{of}: {:?}", inbox(store, of).await));
        seen.push(format!("{}", store.uploads_of(&mailbox(of)).await.unwrap()));
        seen.push(format!("{:?}", store.usage(&mailbox(of)).await.unwrap()));
        for from in [ListFrom::Sent, ListFrom::Received] {
            let listed = store
                .lists()
                .await
                .unwrap()
                .newest(from, &mailbox(of), start(), i64::MAX, 99)
                .await;
            let listed: Vec<_> = listed.unwrap().into_iter().map(|m| m.id).collect();
            seen.push(format!("{from:?} {listed:?}"));
        }
    }
    seen.push(format!("{:?}", store.total_usage().await.unwrap()));
    for seconds in [5, 25, 900] {
        for job in store
            .routing_due(at(seconds), at(seconds), 99)
            .await
            .unwrap()
        {
            let QueuedJob::Due(job) = job else {
                panic!("a damaged job")
            };
            seen.push(format!(
                "{} {} {:?}",
                job.message.id, job.attempts, job.since
            ));
        }
    }
    for line in store.audit_page(None, 999).await.unwrap() {
        seen.push(format!("{line:?}"));
    }
    seen.push(format!("{:?}", store.uploads(99).await.unwrap()));
    seen.push(format!("{:?}", store.routing_queue(99).await.unwrap()));
    seen
}

fn told(message: &Message) -> String {
    let Message {
        id,
        recipient,
        recipient_hidden,
        size,
        state,
        state_at,
        accepted_at,
        acknowledged_at,
        failure,
        ..
    } = message;
    let failure = failure.as_ref().map(|failure| (&failure.code, failure.at));
    format!(
        "{id} {recipient:?} {recipient_hidden} {size} {state:?} {state_at} {accepted_at:?} \
         {acknowledged_at:?} {failure:?}"
    )
}

async fn compare(backend: &Backend, jobs: &[Vec<Op>]) {
    let (model, store) = (Store::model().unwrap(), backend.open().await);
    for job in jobs {
        let expected: Vec<Outcome> = model.commit(job.clone()).await.unwrap();
        assert_eq!(
            store.commit(job.clone()).await.unwrap(),
            expected,
            "{job:?}"
        );
    }
    assert_eq!(seen(&store).await, seen(&model).await);
    if backend.is_durable() {
        drop(store);
        let store = backend.open().await;
        assert_eq!(
            seen(&store).await,
            seen(&model).await,
            "after opening again"
        );
    }
}

fn run(cases: u32, backend: impl Fn() -> Backend, runtime: &tokio::runtime::Runtime) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let jobs = prop::collection::vec(prop::collection::vec(any_op(), 1..4), 1..25);
    TestRunner::new(config)
        .run(&jobs, |jobs| {
            runtime.block_on(compare(&backend(), &jobs));
            Ok(())
        })
        .unwrap();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().unwrap()
}

#[test]
fn sqlite_does_as_the_model_does() {
    run(48, Backend::sqlite, &runtime());
}

#[test]
fn postgresql_does_as_the_model_does() {
    let runtime = runtime();
    run(12, || runtime.block_on(Backend::scaled_out()), &runtime);
}
