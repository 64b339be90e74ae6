//! A large body goes in and out without ever being held.

use crate::kit::{self, Api, json};
use futures_util::{StreamExt, stream};

const PIECE: usize = 64 * 1024;
const PIECES: usize = 960;

/// The most memory this process ever had resident, in KiB.
#[cfg(target_os = "linux")]
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn sixty_megabytes_pass_in_constant_memory() {
    let test = "streaming::sixty_megabytes_pass_in_constant_memory";
    kit::alone(test, in_and_out());
}

#[cfg(target_os = "linux")]
async fn in_and_out() {
    let api = Api::sandbox().await;
    let id = api.send("X26ABC1", "X26ABC2", "warm").await;
    api.get("X26ABC2", &format!("/inbox/{id}")).await;
    let before = peak();
    let piece = |number: usize| vec![(number % 251) as u8; PIECE];
    let pieces =
        stream::iter((0..PIECES).map(move |number| Ok::<_, std::io::Error>(piece(number))));
    let request = api
        .sending("X26ABC1", "X26ABC2")
        .body(reqwest::Body::wrap_stream(pieces));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let id = json(answer).await["message_id"]
        .as_str()
        .unwrap()
        .to_owned();

    let mut received = 0;
    let mut body = api
        .get("X26ABC2", &format!("/inbox/{id}"))
        .await
        .bytes_stream();
    while let Some(bytes) = body.next().await {
        for byte in bytes.unwrap() {
            assert_eq!(byte, (received / PIECE % 251) as u8);
            received += 1;
        }
    }
    assert_eq!(received, PIECE * PIECES);
    let grown = peak() - before;
    println!("{} KiB through {} KiB of memory", received / 1024, grown);
    assert!(grown < 40 * 1024, "{grown} KiB more than before");
    api.stop().await;
}
