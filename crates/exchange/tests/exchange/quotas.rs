//! What one mailbox may store and send: it takes nothing from the others.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use exchange::{ErrorKind, ExchangeError, Full, QuotaException, QuotaSettings, Settings};
use futures_util::stream;
use jiff::SignedDuration;
use nhs::{MessageId, WorkflowId};
use tokio::sync::mpsc;

use crate::kit::{GARTON, RECEIVER, SENDER, Setup, WORKFLOW, bytes, id, pieces, request, strict};

/// The sender is the one who fills; the receiver may send as well.
async fn limited(quota: QuotaSettings) -> Setup {
    let settings = Settings { quota, ..strict() };
    let setup = Setup::new(settings).await;
    let operator = setup.exchange().operator().unwrap();
    let workflow = WorkflowId::parse(WORKFLOW).unwrap();
    operator
        .allow(&workflow, &[id(RECEIVER)], &[id(SENDER)])
        .unwrap();
    setup.exchange().refresh_directory().await.unwrap();
    setup
}

async fn send_as(
    setup: &Setup,
    from: &str,
    to: &str,
    body: &[u8],
) -> Result<MessageId, ExchangeError> {
    let caller = setup.caller(from).await;
    let sending = setup.exchange();
    sending.send(&caller, request(to, 1), pieces(body)).await
}

async fn acknowledge(setup: &Setup, message: &MessageId) {
    let caller = setup.caller(RECEIVER).await;
    let acknowledged = setup.exchange().acknowledge(&caller, message.as_str());
    acknowledged.await.unwrap();
}

fn is_full(refused: &ExchangeError, of: Full) -> bool {
    matches!(refused, ExchangeError::MailboxFull { full, .. } if *full == of)
}

fn body_files(setup: &Setup) -> usize {
    walk(&setup.path().join("bodies"))
}

fn walk(directory: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { walk(&path) } else { 1 })
        .sum()
}

#[tokio::test]
async fn one_mailbox_fills_its_quota_and_the_sends_of_others_go_on() {
    let mut setup = limited(QuotaSettings {
        stored_bytes: 250_000,
        ..QuotaSettings::none()
    })
    .await;
    let body = bytes(100_000);
    for _ in 0..2 {
        setup.send(RECEIVER, &body).await.unwrap();
    }
    let refused = setup.send(RECEIVER, &body).await.unwrap_err();
    assert!(is_full(&refused, Full::Stored), "{refused}");
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert_eq!(refused.retry_after(), Some(Duration::from_secs(600)));
    assert!(refused.text().contains("take as much room as they may"));
    assert_eq!(body_files(&setup), 2, "nothing of it is kept");
    // what was not kept is not counted: a smaller one fits
    let small = setup.send(RECEIVER, &bytes(40_000)).await.unwrap();
    send_as(&setup, RECEIVER, SENDER, &body).await.unwrap();
    // what is collected is stored all the same, also after a restart
    acknowledge(&setup, &small).await;
    setup.restart().await;
    let refused = setup.send(RECEIVER, &body).await.unwrap_err();
    assert!(is_full(&refused, Full::Stored), "{refused}");
    send_as(&setup, RECEIVER, SENDER, &body).await.unwrap();
    setup.time.pass(SignedDuration::from_hours(31 * 24));
    setup.exchange().tidy().await.unwrap();
    setup.send(RECEIVER, &body).await.unwrap();
}

#[tokio::test]
async fn small_messages_count_with_their_records() {
    let setup = limited(QuotaSettings {
        stored_bytes: 3 * 1_030,
        ..QuotaSettings::none()
    })
    .await;
    for _ in 0..3 {
        setup.send(RECEIVER, b"x").await.unwrap();
    }
    let refused = setup.send(RECEIVER, b"x").await.unwrap_err();
    assert!(is_full(&refused, Full::Stored), "{refused}");
}

#[tokio::test]
async fn messages_that_wait_are_limited_until_they_are_collected() {
    let setup = limited(QuotaSettings {
        waiting_messages: 3,
        ..QuotaSettings::none()
    })
    .await;
    let first = setup.send(RECEIVER, b"1").await.unwrap();
    setup.send(GARTON, b"2").await.unwrap();
    let upload = setup.send_request(request(RECEIVER, 2), b"3").await;
    let upload = upload.unwrap();
    let refused = setup.send(RECEIVER, b"4").await.unwrap_err();
    assert!(is_full(&refused, Full::Waiting), "{refused}");
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    send_as(&setup, RECEIVER, SENDER, b"another's")
        .await
        .expect("the inbox is nobody's to fill");
    // what has begun may end
    setup.send_chunk(&upload, 2, 2, b"3").await.unwrap();
    acknowledge(&setup, &first).await;
    setup.send(RECEIVER, b"5").await.unwrap();
    let refused = setup.send(RECEIVER, b"6").await.unwrap_err();
    assert!(is_full(&refused, Full::Waiting), "{refused}");
}

#[tokio::test]
async fn bytes_within_an_hour_are_limited_and_the_hour_passes() {
    let setup = limited(QuotaSettings {
        bytes_per_hour: 100_000,
        ..QuotaSettings::none()
    })
    .await;
    setup.send(RECEIVER, &bytes(60_000)).await.unwrap();
    setup.time.pass(SignedDuration::from_mins(20));
    setup.send(RECEIVER, &bytes(40_000)).await.unwrap();
    let refused = setup.send(RECEIVER, b"x").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Busy);
    let ExchangeError::TooManyBytes { limit, retry_after } = refused else {
        panic!("{refused}")
    };
    assert_eq!(limit, 100_000);
    assert_eq!(retry_after, Duration::from_secs(40 * 60));
    send_as(&setup, RECEIVER, SENDER, &bytes(60_000))
        .await
        .unwrap();
    let retry_after = SignedDuration::try_from(retry_after).unwrap();
    setup.time.pass(retry_after);
    setup.send(RECEIVER, &bytes(60_000)).await.unwrap();
    let refused = setup.send(RECEIVER, b"x").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Busy);
}

#[tokio::test]
async fn later_chunks_count_as_well() {
    let setup = limited(QuotaSettings {
        stored_bytes: 100_000,
        ..QuotaSettings::none()
    })
    .await;
    let message = setup
        .send_request(request(RECEIVER, 3), &bytes(40_000))
        .await
        .unwrap();
    setup
        .send_chunk(&message, 2, 3, &bytes(40_000))
        .await
        .unwrap();
    let refused = setup.send_chunk(&message, 3, 3, &bytes(40_000)).await;
    let refused = refused.unwrap_err();
    assert!(is_full(&refused, Full::Stored), "{refused}");
    assert_eq!(body_files(&setup), 2);
    setup
        .send_chunk(&message, 3, 3, &bytes(10_000))
        .await
        .unwrap();
    assert_eq!(setup.inbox(RECEIVER).await, [message]);
}

/// Bodies under way are not stored yet; many at once must not pass where one would not.
#[tokio::test]
async fn what_is_under_way_counts_until_it_ends() {
    let setup = limited(QuotaSettings {
        stored_bytes: 100_000,
        ..QuotaSettings::none()
    })
    .await;
    let (feed, mut fed) = mpsc::channel::<Bytes>(1);
    let taken = Box::pin(stream::poll_fn(move |context| {
        fed.poll_recv(context)
            .map(|piece| piece.map(Ok::<_, Infallible>))
    }));
    let (exchange, caller) = (setup.exchange().clone(), setup.caller(SENDER).await);
    let sending =
        tokio::spawn(async move { exchange.send(&caller, request(RECEIVER, 1), taken).await });
    for _ in 0..7 {
        feed.send(bytes(10_000).into()).await.unwrap();
    }
    // one more place in the channel: all before it are taken in
    feed.reserve().await.unwrap();
    let refused = setup.send(RECEIVER, &bytes(50_000)).await.unwrap_err();
    assert!(is_full(&refused, Full::Stored), "{refused}");
    sending.abort();
    sending.await.unwrap_err();
    setup.send(RECEIVER, &bytes(50_000)).await.unwrap();
}

#[tokio::test]
async fn a_mailbox_may_have_limits_of_its_own() {
    let exception = QuotaException {
        waiting_messages: Some(0),
        ..QuotaException::default()
    };
    let setup = limited(QuotaSettings {
        waiting_messages: 1,
        mailbox: [(id(RECEIVER), exception)].into(),
        ..QuotaSettings::none()
    })
    .await;
    for _ in 0..3 {
        send_as(&setup, RECEIVER, SENDER, b"x").await.unwrap();
    }
    setup.send(RECEIVER, b"x").await.unwrap();
    let refused = setup.send(RECEIVER, b"x").await.unwrap_err();
    assert!(is_full(&refused, Full::Waiting), "{refused}");
}
