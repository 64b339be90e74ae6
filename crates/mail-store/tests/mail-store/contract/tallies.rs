//! How much happened, by the minute and by the hour.

use jiff::SignedDuration;
use mail_store::{Amount, Op, Span, Store, Tallied, Tally};

use crate::kit::*;

fn tally(seconds: i64, tallies: &[(&str, Amount)]) -> Op {
    let tally = |(what, amount): &(&str, Amount)| Tally {
        what: (*what).to_owned(),
        amount: *amount,
    };
    Op::Tally {
        at: at(seconds),
        tallies: tallies.iter().map(tally).collect(),
    }
}

/// Everything of a span, each with the seconds since the start.
async fn counted(store: &Store, span: Span) -> Vec<(i64, String, u64)> {
    let (from, before) = (at(-900_000_000), at(900_000_000));
    let counted = store.tallies(span, from, before).await.unwrap();
    let told =
        |Tallied {
             began,
             what,
             amount,
         }: Tallied| { (began.duration_since(start()).as_secs(), what, amount) };
    counted.into_iter().map(told).collect()
}

fn expected(rows: &[(i64, &str, u64)]) -> Vec<(i64, String, u64)> {
    let own = |(seconds, what, amount): &(i64, &str, u64)| (*seconds, (*what).to_owned(), *amount);
    rows.iter().map(own).collect()
}

pub async fn what_is_counted_adds_up_by_minute_and_hour(backend: Backend) {
    use Amount::{Highest, More};
    let store = backend.open().await;
    assert_eq!(counted(&store, Span::Minute).await, []);
    done(
        &store,
        tally(0, &[("sent", More(2)), ("oldest", Highest(7))]),
    )
    .await;
    // another server, or the same one again
    done(
        &store,
        tally(59, &[("oldest", Highest(5)), ("sent", More(3))]),
    )
    .await;
    done(
        &store,
        tally(60, &[("sent", More(1)), ("oldest", Highest(9))]),
    )
    .await;
    done(&store, tally(3_600, &[("other", More(4))])).await;
    let minutes = expected(&[
        (0, "oldest", 7),
        (0, "sent", 5),
        (60, "oldest", 9),
        (60, "sent", 1),
        (3_600, "other", 4),
    ]);
    assert_eq!(counted(&store, Span::Minute).await, minutes);
    let hours = expected(&[(0, "oldest", 9), (0, "sent", 6), (3_600, "other", 4)]);
    assert_eq!(counted(&store, Span::Hour).await, hours);
    let second = store
        .tallies(Span::Minute, at(60), at(3_600))
        .await
        .unwrap();
    let whats: Vec<_> = second.iter().map(|tallied| tallied.what.as_str()).collect();
    assert_eq!(whats, ["oldest", "sent"]);
    let with = store.minutes_with("sent", at(0), at(3_600)).await.unwrap();
    assert_eq!(with, [at(0), at(60)]);
    let with = store.minutes_with("sent", at(1), at(60)).await.unwrap();
    assert_eq!(with, []);
}

pub async fn old_minutes_go_before_old_hours(backend: Backend) {
    let store = backend.open().await;
    done(&store, tally(0, &[("sent", Amount::More(1))])).await;
    let (minutes, hours) = (Span::Minute.kept(), Span::Hour.kept());
    for (passed, left) in [
        (minutes, [true, true]),
        (minutes + SignedDuration::from_mins(1), [false, true]),
        (hours, [false, true]),
        (hours + SignedDuration::from_mins(1), [false, false]),
    ] {
        let later = tally(passed.as_secs(), &[("later", Amount::More(1))]);
        done(&store, later).await;
        for (span, left) in Span::ALL.into_iter().zip(left) {
            let counted = counted(&store, span).await;
            let sent = counted.iter().any(|(_, what, _)| what == "sent");
            assert_eq!(sent, left, "{span:?} after {passed:?}");
        }
    }
}

pub async fn what_was_counted_is_in_a_backup(backend: Backend) {
    let store = backend.open().await;
    done(&store, into_inbox(1)).await;
    done(&store, tally(5, &[("sent", Amount::More(2))])).await;
    let copies = tempfile::tempdir().unwrap();
    let (copy, key) = (copies.path().join("copy"), copies.path().join("key"));
    std::fs::write(&key, "a key").unwrap();
    let (options, directory) = backend.options();
    let beside = [(key.as_path(), "key")];
    let copied = options.back_up(directory, &copy, &beside, &[]).await;
    copied.unwrap();
    let elsewhere = backend.restored(&copy).await;
    let restored = elsewhere.open().await;
    for span in Span::ALL {
        assert_eq!(counted(&restored, span).await, expected(&[(0, "sent", 2)]));
    }
    drop(store);
    let again = backend.open().await;
    done(&again, tally(6, &[("sent", Amount::More(1))])).await;
    assert_eq!(
        counted(&again, Span::Hour).await,
        expected(&[(0, "sent", 3)])
    );
}
