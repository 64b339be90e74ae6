//! Messages in chunks.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream::{self, Stream};

use crate::kit::{self, RECEIVER, SENDER, Setup, bytes, pieces, request, strict};
use exchange::{ErrorKind, ExchangeError, MessageState, Settings, Track};
use mesh::{ChunkHeaders, ChunkRange, ContentEncoding};
use nhs::MessageId;

async fn state(setup: &Setup, message: &MessageId) -> (MessageState, u64) {
    let caller = setup.caller(SENDER).await;
    let tracked = setup
        .exchange()
        .track(&caller, Track::Message(message.as_str()))
        .await
        .unwrap();
    (tracked.message.state, tracked.message.size)
}

#[tokio::test]
async fn chunks_in_any_order_with_restarts_between_arrive_whole() {
    let mut setup = Setup::new(strict()).await;
    let chunks = [bytes(40_000), bytes(70_000), bytes(10), bytes(1_200_000)];
    let first = setup
        .send_request(request(RECEIVER, 4), &chunks[0])
        .await
        .unwrap();
    for number in [4, 2, 3] {
        setup.restart().await;
        assert!(
            setup.inbox(RECEIVER).await.is_empty(),
            "nothing is seen before the last chunk"
        );
        assert_eq!(state(&setup, &first).await, (MessageState::Uploading, 0));
        let body = &chunks[number as usize - 1];
        setup.send_chunk(&first, number, 4, body).await.unwrap();
    }
    setup.restart().await;
    assert_eq!(setup.inbox(RECEIVER).await, std::slice::from_ref(&first));
    let size = chunks.iter().map(|chunk| chunk.len() as u64).sum();
    assert_eq!(state(&setup, &first).await, (MessageState::Accepted, size));
    for (number, chunk) in (1..).zip(&chunks) {
        assert_eq!(&setup.download(&first, number).await.unwrap(), chunk);
    }
    for number in [0, 5] {
        let error = setup.download(&first, number).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "20"));
    }
}

#[tokio::test]
async fn the_last_number_alone_does_not_complete_a_message() {
    let setup = Setup::new(strict()).await;
    let message = setup
        .send_request(request(RECEIVER, 3), b"1")
        .await
        .unwrap();
    setup.send_chunk(&message, 3, 3, b"3").await.unwrap();
    assert!(setup.inbox(RECEIVER).await.is_empty());
    let caller = setup.caller(RECEIVER).await;
    let error = setup
        .exchange()
        .envelope(&caller, message.as_str())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);
    let error = setup.download(&message, 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);
    setup.send_chunk(&message, 2, 3, b"2").await.unwrap();
    assert_eq!(setup.inbox(RECEIVER).await, [message]);
}

#[tokio::test]
async fn a_chunk_sent_again_replaces_the_one_before() {
    let setup = Setup::new(strict()).await;
    let message = setup
        .send_request(request(RECEIVER, 3), b"1")
        .await
        .unwrap();
    setup
        .send_chunk(&message, 2, 3, &bytes(50_000))
        .await
        .unwrap();
    setup.send_chunk(&message, 2, 3, b"two").await.unwrap();
    setup.send_chunk(&message, 1, 3, b"one").await.unwrap();
    assert!(setup.inbox(RECEIVER).await.is_empty());
    setup.send_chunk(&message, 3, 3, b"three").await.unwrap();
    assert_eq!(state(&setup, &message).await, (MessageState::Accepted, 11));
    assert_eq!(setup.download(&message, 1).await.unwrap(), b"one");
    assert_eq!(setup.download(&message, 2).await.unwrap(), b"two");
    setup.exchange().tidy().await.unwrap();
    assert!(!kit::contains(
        &kit::all_bytes(&setup.path().join("bodies")),
        &bytes(50_000)[..64]
    ));
}

#[tokio::test]
async fn wrong_chunks_are_told_apart() {
    let setup = Setup::new(strict()).await;
    let message = setup
        .send_request(request(RECEIVER, 3), b"1")
        .await
        .unwrap();
    let send = async |message: &str, number, range: Option<&str>, encoding| {
        let caller = setup.caller(SENDER).await;
        let headers = range.map(|range| ChunkHeaders {
            range: ChunkRange::parse(range).unwrap(),
            encoding,
            length: None,
        });
        setup
            .exchange()
            .send_chunk(&caller, message, number, headers, pieces(b"x"))
            .await
            .unwrap_err()
    };
    let (plain, gzip) = (ContentEncoding::Identity, ContentEncoding::Gzip);
    let this = message.as_str();
    let cases = [
        (this, 2, None, plain, ErrorKind::Unacceptable),
        (this, 2, Some("3:3"), plain, ErrorKind::Unacceptable),
        (this, 0, Some("1:3"), plain, ErrorKind::Unacceptable),
        (this, 2, Some("2:4"), plain, ErrorKind::Unacceptable),
        (this, 4, Some("4:4"), plain, ErrorKind::NotExpected),
        (this, 2, Some("2:3"), gzip, ErrorKind::Unacceptable),
        (
            "20261122100000000000_ABCDEF",
            2,
            Some("2:3"),
            plain,
            ErrorKind::NotFound,
        ),
    ];
    for (message, number, range, encoding, kind) in cases {
        assert_eq!(
            send(message, number, range, encoding).await.kind(),
            kind,
            "{number} {range:?}"
        );
    }
    assert!(matches!(
        send(this, 2, None, plain).await,
        ExchangeError::InvalidChunkRange(Some(_))
    ));
    assert!(matches!(
        send(this, 2, Some("2:3"), gzip).await,
        ExchangeError::EncodingChanged(_)
    ));

    let other = setup.caller(RECEIVER).await;
    let error = setup
        .exchange()
        .send_chunk(&other, this, 2, kit::chunk(2, 3), pieces(b"x"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);

    setup.send_chunk(&message, 2, 3, b"2").await.unwrap();
    setup.send_chunk(&message, 3, 3, b"3").await.unwrap();
    let error = setup.send_chunk(&message, 2, 3, b"2").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Uploaded);
}

#[tokio::test]
async fn messages_and_unfinished_uploads_are_limited() {
    let settings = Settings {
        max_message_bytes: 100,
        max_uploads_per_mailbox: 2,
        ..strict()
    };
    let setup = Setup::new(settings).await;
    let message = setup
        .send_request(request(RECEIVER, 2), &bytes(60))
        .await
        .unwrap();
    let error = setup
        .send_chunk(&message, 2, 2, &bytes(41))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    setup
        .send_request(request(RECEIVER, 2), b"1")
        .await
        .unwrap();
    let error = setup
        .send_request(request(RECEIVER, 2), b"1")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    setup.send_chunk(&message, 2, 2, &bytes(40)).await.unwrap();
    setup
        .send_request(request(RECEIVER, 2), b"1")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_chunked_message_to_a_patient_is_routed_when_complete() {
    let mut setup = Setup::new(strict()).await;
    let message = setup
        .send_request(request(kit::GARTON, 2), b"1")
        .await
        .unwrap();
    assert_eq!(setup.exchange().route_due().await.unwrap(), 0);
    setup.restart().await;
    setup.send_chunk(&message, 2, 2, b"2").await.unwrap();
    setup.restart().await;
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    assert_eq!(setup.inbox(RECEIVER).await, [message]);
}

/// How many files lie below a directory.
fn files(directory: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { files(&path) } else { 1 })
        .sum()
}

/// A body that goes on once as many others are as far, so that all passed the checks before it.
fn together(
    barrier: &std::sync::Arc<tokio::sync::Barrier>,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + Unpin + use<> {
    let barrier = std::sync::Arc::clone(barrier);
    Box::pin(stream::once(async move {
        barrier.wait().await;
        Ok(Bytes::from(bytes(70_000)))
    }))
}

#[tokio::test]
async fn a_body_taken_in_and_then_refused_is_deleted_at_once() {
    const SENDS: usize = 12;
    let setup = Setup::new(strict()).await;
    let bodies = setup.path().join("bodies");
    let first = bytes(40_000);
    let first = setup.send_request(request(RECEIVER, 2), &first).await;
    let message = first.unwrap();
    assert_eq!(files(&bodies), 1);

    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(SENDS));
    let mut callers = Vec::new();
    for _ in 0..SENDS {
        callers.push(setup.caller(SENDER).await);
    }
    let sends = callers.iter().map(|caller| {
        let (headers, body) = (kit::chunk(2, 2), together(&barrier));
        setup
            .exchange()
            .send_chunk(caller, message.as_str(), 2, headers, body)
    });
    let answers = futures_util::future::join_all(sends).await;
    let refused: Vec<ErrorKind> = answers
        .iter()
        .filter_map(|answer| Some(answer.as_ref().err()?.kind()))
        .collect();
    assert_eq!(refused, [ErrorKind::Uploaded; SENDS - 1]);
    assert_eq!(files(&bodies), 2, "the two chunks of the message");
    assert_eq!(setup.download(&message, 2).await.unwrap(), bytes(70_000));
}
