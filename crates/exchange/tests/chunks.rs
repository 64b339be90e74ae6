#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use common::{House, RECEIVER, SENDER, bytes, pieces, request, strict};
use exchange::{ChunkRequest, ErrorKind, ExchangeError, Settings, State, Track};
use nhs::MessageId;

async fn state(house: &House, message: &MessageId) -> (State, u64) {
    let caller = house.caller(SENDER).await;
    let tracked = house
        .exchange()
        .track(&caller, Track::Message(message.as_str()))
        .await
        .unwrap();
    (tracked.state, tracked.size)
}

#[tokio::test]
async fn chunks_in_any_order_with_restarts_between_arrive_whole() {
    let mut house = House::new(strict()).await;
    let chunks = [bytes(40_000), bytes(70_000), bytes(10), bytes(1_200_000)];
    let first = house
        .send_request(request(RECEIVER, 4), &chunks[0])
        .await
        .unwrap();
    for number in [4, 2, 3] {
        house.restart().await;
        assert!(
            house.inbox(RECEIVER).await.is_empty(),
            "nothing is seen before the last chunk"
        );
        assert_eq!(state(&house, &first).await, (State::Uploading, 0));
        let body = &chunks[number as usize - 1];
        house.send_chunk(&first, number, 4, body).await.unwrap();
    }
    house.restart().await;
    assert_eq!(house.inbox(RECEIVER).await, std::slice::from_ref(&first));
    let size = chunks.iter().map(|chunk| chunk.len() as u64).sum();
    assert_eq!(state(&house, &first).await, (State::Accepted, size));
    for (number, chunk) in (1..).zip(&chunks) {
        assert_eq!(&house.download(&first, number).await.unwrap(), chunk);
    }
    for number in [0, 5] {
        let error = house.download(&first, number).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, "20"));
    }
}

#[tokio::test]
async fn the_last_number_alone_does_not_complete_a_message() {
    let house = House::new(strict()).await;
    let message = house
        .send_request(request(RECEIVER, 3), b"1")
        .await
        .unwrap();
    house.send_chunk(&message, 3, 3, b"3").await.unwrap();
    assert!(house.inbox(RECEIVER).await.is_empty());
    let caller = house.caller(RECEIVER).await;
    let error = house
        .exchange()
        .envelope(&caller, message.as_str())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);
    let error = house.download(&message, 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);
    house.send_chunk(&message, 2, 3, b"2").await.unwrap();
    assert_eq!(house.inbox(RECEIVER).await, [message]);
}

#[tokio::test]
async fn a_chunk_sent_again_replaces_the_one_before() {
    let house = House::new(strict()).await;
    let message = house
        .send_request(request(RECEIVER, 3), b"1")
        .await
        .unwrap();
    house
        .send_chunk(&message, 2, 3, &bytes(50_000))
        .await
        .unwrap();
    house.send_chunk(&message, 2, 3, b"two").await.unwrap();
    house.send_chunk(&message, 1, 3, b"one").await.unwrap();
    assert!(house.inbox(RECEIVER).await.is_empty());
    house.send_chunk(&message, 3, 3, b"three").await.unwrap();
    assert_eq!(state(&house, &message).await, (State::Accepted, 11));
    assert_eq!(house.download(&message, 1).await.unwrap(), b"one");
    assert_eq!(house.download(&message, 2).await.unwrap(), b"two");
    house.exchange().tidy().await.unwrap();
    assert!(!common::contains(
        &common::all_bytes(&house.path().join("bodies")),
        &bytes(50_000)[..64]
    ));
}

#[tokio::test]
async fn wrong_chunks_are_told_apart() {
    let house = House::new(strict()).await;
    let message = house
        .send_request(request(RECEIVER, 3), b"1")
        .await
        .unwrap();
    let send = async |message: &str, number, range, gzip| {
        let caller = house.caller(SENDER).await;
        let request = ChunkRequest {
            message: message.to_owned(),
            number,
            range,
            gzip,
        };
        house
            .exchange()
            .send_chunk(&caller, request, pieces(b"x"))
            .await
            .unwrap_err()
    };
    let this = message.as_str();
    let cases = [
        (this, 2, None, false, ErrorKind::Unacceptable),
        (this, 2, Some((3, 3)), false, ErrorKind::Unacceptable),
        (this, 0, Some((0, 3)), false, ErrorKind::Unacceptable),
        (this, 3, Some((3, 2)), false, ErrorKind::Unacceptable),
        (this, 2, Some((2, 4)), false, ErrorKind::Unacceptable),
        (this, 4, Some((4, 4)), false, ErrorKind::NotExpected),
        (this, 2, Some((2, 3)), true, ErrorKind::Unacceptable),
        (
            "20261122100000000000_ABCDEF",
            2,
            Some((2, 3)),
            false,
            ErrorKind::NotFound,
        ),
    ];
    for (message, number, range, gzip, kind) in cases {
        assert_eq!(
            send(message, number, range, gzip).await.kind(),
            kind,
            "{number} {range:?}"
        );
    }
    assert!(matches!(
        send(this, 2, None, false).await,
        ExchangeError::InvalidChunkRange(Some(_))
    ));
    assert!(matches!(
        send(this, 2, Some((2, 3)), true).await,
        ExchangeError::EncodingChanged(_)
    ));

    let other = house.caller(RECEIVER).await;
    let range = Some((2, 3));
    let request = ChunkRequest {
        message: this.to_owned(),
        number: 2,
        range,
        gzip: false,
    };
    let error = house
        .exchange()
        .send_chunk(&other, request, pieces(b"x"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);

    house.send_chunk(&message, 2, 3, b"2").await.unwrap();
    house.send_chunk(&message, 3, 3, b"3").await.unwrap();
    let error = house.send_chunk(&message, 2, 3, b"2").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Uploaded);
}

#[tokio::test]
async fn messages_and_unfinished_uploads_are_limited() {
    let settings = Settings {
        max_message_bytes: 100,
        max_uploads_per_mailbox: 2,
        ..strict()
    };
    let house = House::new(settings).await;
    let message = house
        .send_request(request(RECEIVER, 2), &bytes(60))
        .await
        .unwrap();
    let error = house
        .send_chunk(&message, 2, 2, &bytes(41))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    house
        .send_request(request(RECEIVER, 2), b"1")
        .await
        .unwrap();
    let error = house
        .send_request(request(RECEIVER, 2), b"1")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    house.send_chunk(&message, 2, 2, &bytes(40)).await.unwrap();
    house
        .send_request(request(RECEIVER, 2), b"1")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_chunked_message_to_a_patient_is_routed_when_complete() {
    let mut house = House::new(strict()).await;
    let message = house
        .send_request(request(common::GARTON, 2), b"1")
        .await
        .unwrap();
    assert_eq!(house.exchange().route_due().await.unwrap(), 0);
    house.restart().await;
    house.send_chunk(&message, 2, 2, b"2").await.unwrap();
    house.restart().await;
    assert_eq!(house.exchange().route_due().await.unwrap(), 1);
    assert_eq!(house.inbox(RECEIVER).await, [message]);
}
