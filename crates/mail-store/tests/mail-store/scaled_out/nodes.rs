//! Several servers on one PostgreSQL.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::Span;
use mail_store::{Op, Outcome, Part, Store, StoreError, Trouble};

use crate::contract::bodies::{bytes, stored};
use crate::kit::*;

async fn two_nodes() -> (Backend, Store, Store) {
    let backend = Backend::scaled_out().await;
    let (first, second) = (backend.node(1).await, backend.node(2).await);
    (backend, first, second)
}

/// On servers that may be stopped.
async fn two_nodes_apart() -> (ScaledOut, Store, Store) {
    let scaled_out = ScaledOut::start().await;
    let backend = scaled_out.named("rule_0");
    let (first, second) = (backend.node(1).await, backend.node(2).await);
    (scaled_out, first, second)
}

#[tokio::test]
async fn what_one_node_commits_the_other_sees() {
    let (_backend, first, second) = two_nodes().await;
    done(&first, into_inbox(1)).await;
    assert_eq!(inbox(&second, RECIPIENT).await, ids([1]));
    done(&second, acknowledge(1, RECIPIENT)).await;
    assert_eq!(inbox(&first, RECIPIENT).await, []);
    assert_eq!(
        outcome(&first, acknowledge(1, RECIPIENT)).await,
        Outcome::NotFound
    );
}

/// The token, its message and everything else of the job in one transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_replayed_on_the_other_node_is_refused() {
    let (_backend, first, second) = two_nodes().await;
    let job = |number: usize| {
        let token = Op::UseToken {
            token: [(number / 2) as u8; 16],
            forget_at: at(9_000),
        };
        vec![token, into_inbox(number)]
    };
    let jobs = (0..200).map(|number| {
        let node = if number % 2 == 0 { &first } else { &second };
        node.commit(job(number))
    });
    let outcomes = join_all(jobs).await;
    for pair in outcomes.chunks(2) {
        let mut lengths: Vec<_> = pair.iter().map(|o| o.as_ref().unwrap().len()).collect();
        lengths.sort_unstable();
        assert_eq!(lengths, [1, 2], "one of two uses of a token is refused");
    }
    assert_eq!(inbox(&first, RECIPIENT).await.len(), 100);
    assert!(second.token_is_used(&[7; 16]).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledgement_and_a_delivery_count_once() {
    let (_backend, first, second) = two_nodes().await;
    for number in 0..100 {
        done(&first, into_inbox(number)).await;
        done(&first, to_patient(100 + number, number as u8)).await;
    }
    let both = |number: usize| {
        [&first, &second]
            .map(|node| node.commit(vec![deliver(100 + number), acknowledge(number, RECIPIENT)]))
    };
    let outcomes = join_all((0..100).flat_map(both)).await;
    let done = outcomes.iter().flatten().filter(|o| o.len() == 2).count();
    assert_eq!(done, 100, "each job is done on one node");
    assert_eq!(inbox(&second, RECIPIENT).await.len(), 100);
}

#[tokio::test]
async fn a_job_is_one_nodes_until_its_lease_runs_out() {
    let (_backend, first, second) = two_nodes().await;
    done(&first, to_patient(1, 1)).await;
    done(&first, to_patient(2, 2)).await;
    assert_eq!(due_ids(&first, 10).await, ids([1, 2]));
    assert_eq!(due_ids(&second, 11).await, []);
    done(&second, to_patient(3, 1)).await;
    assert_eq!(
        due_ids(&second, 12).await,
        [],
        "3 waits for 1, whoever holds it"
    );
    done(&first, deliver(1)).await;
    assert_eq!(due_ids(&second, 13).await, ids([3]));
    // the first node is killed; its lease of 2 ends ten minutes after it was taken
    drop(first);
    assert_eq!(due_ids(&second, 609).await, ids([3]));
    assert_eq!(due_ids(&second, 610).await, ids([2, 3]));
    done(&second, deliver(2)).await;
    assert_eq!(inbox(&second, RECIPIENT).await, ids([1, 2]));
}

/// How often everybody who waits on a node is woken in the test below, at most: when it has its connection, and when
/// it is told to.
const EVERYBODY_WOKEN: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_much_is_said_while_everybody_is_woken_arrivals_are_told() {
    let (backend, first, second) = two_nodes().await;
    let Backend::ScaledOut {
        schema, servers, ..
    } = &backend
    else {
        panic!("not scaled out")
    };
    // whatever wakes them, they listen
    told_to_each_other(&first, &second, 0).await;
    // to wake so many takes seconds
    let many: Vec<_> = (0..10_000)
        .map(|number| mailbox(&format!("X{number:05}")))
        .map(|waits| first.arrivals().subscribe(&waits))
        .collect();
    let say = format!("SELECT pg_notify('restante_arrivals', '{schema} ' || ");
    servers.postgresql.sql(&format!(
        "{say} '*'); {say} 'Y' || n) FROM generate_series(1, 2000) n"
    ));
    for round in 1..=EVERYBODY_WOKEN + 1 {
        told_to_each_other(&first, &second, round).await;
    }
    drop(many);
}

async fn told_to_each_other(first: &Store, second: &Store, round: usize) {
    for (direction, from, to) in [(0, first, second), (1, second, first)] {
        let waits = to.arrivals().subscribe(&mailbox(RECIPIENT));
        let told = waits.next();
        done(from, into_inbox(2 * round + direction)).await;
        // far beyond what it takes: only who is never told is late
        let told = tokio::time::timeout(Duration::from_secs(60), told).await;
        assert!(told.is_ok(), "round {round}, direction {direction}");
    }
}

#[tokio::test]
async fn a_lease_asked_for_again_is_renewed() {
    let (_backend, first, second) = two_nodes().await;
    done(&first, to_patient(1, 1)).await;
    assert_eq!(due_ids(&first, 10).await, ids([1]));
    assert_eq!(due_ids(&first, 400).await, ids([1]));
    assert_eq!(due_ids(&second, 700).await, []);
    assert_eq!(due_ids(&second, 1_001).await, ids([1]));
    assert_eq!(
        outcome(&first, deliver(1)).await,
        Outcome::Done,
        "whoever is first"
    );
    assert_eq!(outcome(&second, deliver(1)).await, Outcome::NotFound);
}

#[tokio::test]
async fn one_node_keeps_house_until_it_is_gone() {
    let (_backend, first, second) = two_nodes().await;
    assert!(first.claim_housekeeping(at(0), at(300)).await.unwrap());
    assert!(!second.claim_housekeeping(at(60), at(360)).await.unwrap());
    assert!(first.claim_housekeeping(at(60), at(360)).await.unwrap());
    assert!(!second.claim_housekeeping(at(359), at(659)).await.unwrap());
    assert!(second.claim_housekeeping(at(360), at(660)).await.unwrap());
    assert!(!first.claim_housekeeping(at(361), at(661)).await.unwrap());
}

#[tokio::test]
async fn without_the_database_everything_is_worth_retrying_and_heals() {
    let (servers, first, second) = two_nodes_apart().await;
    done(&first, into_inbox(1)).await;
    done(&second, into_inbox(2)).await;
    servers.0.postgresql.stop();
    let refused: [Option<StoreError>; 4] = [
        first.commit(vec![into_inbox(3)]).await.err(),
        first.message(&id(1)).await.err(),
        second.count(&mailbox(RECIPIENT)).await.err(),
        second.routing_due(at(1), at(2), 1).await.err(),
    ];
    for error in refused {
        let error = error.expect("an error without a database");
        assert!(error.is_worth_retrying(), "{error}");
    }
    assert_eq!(first.trouble().await, Some(Trouble::OutOfReach));
    servers.0.postgresql.start_again();
    assert_eq!(first.trouble().await, None);
    done(&first, into_inbox(3)).await;
    done(&second, into_inbox(4)).await;
    assert_eq!(inbox(&first, RECIPIENT).await, ids([1, 2, 3, 4]));
    assert_eq!(inbox(&second, RECIPIENT).await, ids([1, 2, 3, 4]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_commit_holds_is_waited_for_by_another_node() {
    let (servers, first, second) = two_nodes_apart().await;
    let server = &servers.0.postgresql;
    done(&first, into_inbox(1)).await;
    let (ten, long) = (Duration::from_secs(10), Duration::from_secs(60));
    assert!(second.writes_end_within(long).await.unwrap());
    server.hold_commits();
    let (kept, ()) = tokio::join!(first.commit(vec![into_inbox(2)]), async {
        while !server.holds_a_commit() {}
        assert!(second.message(&id(2)).await.unwrap().is_none());
        assert!(!second.writes_end_within(ten).await.unwrap());
        // although all that is read is answered
        let told = (first.trouble().await, parts_in_trouble(&first));
        let of_the_other = parts_in_trouble(&second);
        // several ask at once, and one looks for all
        let several = join_all([long; 20].map(|long| second.writes_end_within(long)));
        let (ended, ()) = tokio::join!(several, async { server.let_commits_go() });
        assert!(ended.into_iter().all(Result::unwrap));
        assert!(second.message(&id(2)).await.unwrap().is_some());
        assert_eq!(told, (Some(Trouble::NotWritten), vec![Part::Database]));
        assert_eq!(of_the_other, []);
    });
    assert_eq!(kept.unwrap(), [Outcome::Done]);
    assert_eq!(
        (first.trouble().await, parts_in_trouble(&first)),
        (None, vec![])
    );
}

/// A full disk refuses single statements as long as the log of PostgreSQL has room.
#[tokio::test]
async fn a_database_whose_disk_is_full_is_in_trouble_until_it_takes_a_message() {
    let (servers, first, _second) = two_nodes_apart().await;
    let server = &servers.0.postgresql;
    server.sql(
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$;
         CREATE TRIGGER no_room BEFORE INSERT ON rule_0.message EXECUTE FUNCTION no_room()",
    );
    let refused = first.commit(vec![into_inbox(1)]).await;
    assert!(matches!(refused, Err(StoreError::DiskFull)), "{refused:?}");
    assert_eq!(parts_in_trouble(&first), [Part::Database]);
    server.sql("DROP TRIGGER no_room ON rule_0.message");
    done(&first, into_inbox(1)).await;
    assert_eq!(parts_in_trouble(&first), []);
}

fn parts_in_trouble(store: &Store) -> Vec<Part> {
    let parts = store.parts_in_trouble().into_iter();
    parts.map(|(part, _)| part).collect()
}

#[tokio::test]
async fn a_bucket_that_is_away_damages_no_message() {
    let (servers, first, _second) = two_nodes_apart().await;
    let with_body = mail_store::NewMessage {
        body: Some(stored(&first, 1, &bytes(40_000)).await),
        ..new(1)
    };
    done(&first, accept(with_body, mail_store::Place::Inbox)).await;
    let objects = servers.0.s3.objects();
    std::fs::rename(objects.join("rule-0"), objects.join("elsewhere")).unwrap();
    let body = first.chunk(message(&first, 1).await.seq, 1).await.unwrap();
    let error = first.read(body.clone().unwrap()).await.err().unwrap();
    assert!(!error.is_worth_retrying() && !error.is_damage(), "{error}");
    assert!(error.to_string().contains("[store.s3]"), "{error}");
    std::fs::rename(objects.join("elsewhere"), objects.join("rule-0")).unwrap();
    assert!(first.read(body.unwrap()).await.is_ok());
}

#[tokio::test]
async fn the_bucket_is_listed_whole_once_a_day_and_by_days_each_hour() {
    let (servers, first, second) = two_nodes_apart().await;
    let s3 = &servers.0.s3;
    let later = |minutes: i64| {
        let hours = Span::new().hours(500_000).minutes(minutes);
        start().checked_add(hours).unwrap()
    };
    stored(&first, 1, &bytes(40_000)).await;
    assert_eq!(first.sweep(later(0)).await.unwrap(), 1);
    assert_eq!(s3.lists().len(), 1);
    for minute in 1..60 {
        assert_eq!(first.sweep(later(minute)).await.unwrap(), 0);
    }
    assert!(s3.lists().is_empty());
    first.sweep(later(60)).await.unwrap();
    let by_days = s3.lists();
    assert!((2..=3).contains(&by_days.len()), "{by_days:?}");
    assert!(by_days.iter().all(|query| query.contains("prefix=")));
    // the first node is gone; the second follows its whole look, until a day has passed
    stored(&second, 2, &bytes(40_000)).await;
    second.sweep(later(120)).await.unwrap();
    assert!(s3.lists().iter().all(|query| query.contains("prefix=")));
    assert_eq!(second.sweep(later(24 * 60)).await.unwrap(), 1);
    let whole = s3.lists();
    assert!(
        whole.len() == 1 && !whole[0].contains("prefix="),
        "{whole:?}"
    );
}
