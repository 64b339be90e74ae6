//! Messages that are more than a mailbox can take: too large, expanding without end, damaged. Each is given up,
//! reported once, and leaves nothing behind.

use async_compression::tokio::bufread::GzipEncoder;
use mesh_client::Cycle;
use mesh_client::agent::inspect;
use tokio::io::AsyncReadExt;

use crate::kit::server::Server;
use crate::kit::{Practice, names, noise, read_control};

const A: &str = "A81001OT001";

async fn gzip(data: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    GzipEncoder::new(data)
        .read_to_end(&mut compressed)
        .await
        .unwrap();
    compressed
}

/// Collects twice: the first message in the inbox is given up, the one behind it arrives.
async fn is_given_up(practice: &Practice, server: &Server, why: &str) {
    server.deliver(A, &[b"behind it"], None);
    let agent = practice.agent();
    let cycle = agent.run_once().await.unwrap();
    let expected = Cycle {
        received: 1,
        acknowledged: 1,
        not_received: 1,
        ..Cycle::default()
    };
    assert_eq!(cycle, expected);
    let inbox = names(&practice.path("IN"));
    assert_eq!(inbox.len(), 3, "{inbox:?}");
    let report = inbox
        .iter()
        .find(|name| name.starts_with("ID0000_COLLECT_"));
    let report = read_control(&practice.path("IN").join(report.unwrap()));
    assert_eq!(report.dts_id.as_deref(), Some("ID0000"));
    let record = report.status.unwrap();
    assert_eq!(
        (record.event.as_str(), record.code.as_str()),
        ("COLLECT", "02")
    );
    assert!(record.description.contains(why), "{}", record.description);
    let temp = names(&practice.path("TEMP"));
    assert!(!temp.iter().any(|name| name.starts_with("in-")), "{temp:?}");

    // Neither the next poll nor the next start fetches it again, or reports it again.
    let asked = server.asked("GET", "/inbox/ID0000");
    let expected = Cycle {
        not_received: 1,
        ..Cycle::default()
    };
    assert_eq!(agent.run_once().await.unwrap(), expected);
    drop(agent);
    assert_eq!(practice.agent().run_once().await.unwrap(), expected);
    assert_eq!(server.asked("GET", "/inbox/ID0000"), asked);
    assert_eq!(names(&practice.path("IN")), inbox);
    let found = inspect(&practice.config.mailboxes[0], jiff::Timestamp::now()).unwrap();
    let not_received = found.agent.unwrap().not_received;
    assert_eq!(not_received[0].message.as_str(), "ID0000");
    assert!(not_received[0].why.contains(why), "{not_received:?}");
}

#[tokio::test]
async fn a_body_that_expands_a_thousandfold_is_given_up() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    server.deliver_gzip(A, &gzip(&vec![0; 64_000_000]).await);
    is_given_up(&practice, &server, "expands").await;
}

#[tokio::test]
async fn a_message_beyond_the_limit_is_given_up_until_the_limit_is_raised() {
    let server = Server::start().await;
    let mut practice = Practice::new(&server.url, A);
    practice.config.options.message_limit = 10_000;
    let data = noise(25_000);
    let chunks: Vec<_> = data.chunks(8_000).collect();
    server.deliver(A, &chunks, None);
    is_given_up(&practice, &server, "larger").await;
    practice.config.options.message_limit = 100_000;
    assert_eq!(practice.agent().run_once().await.unwrap().received, 1);
    assert!(std::fs::read(practice.path("IN/ID0000.dat")).unwrap() == data);
}

#[tokio::test]
async fn a_damaged_body_is_given_up() {
    let good = gzip(&b"results ".repeat(200)).await;
    let mut wrong_sum = good.clone();
    let place = wrong_sum.len() - 6;
    wrong_sum[place] ^= 255;
    let mut padded = good.clone();
    padded.extend([0; 512]);
    for body in [
        &good[..good.len() - 9],
        &wrong_sum,
        &padded,
        b"no gzip at all",
    ] {
        let server = Server::start().await;
        let practice = Practice::new(&server.url, A);
        server.deliver_gzip(A, body);
        is_given_up(&practice, &server, "cannot be expanded").await;
    }
}

#[tokio::test]
async fn a_body_of_ordinary_text_is_expanded() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    let text: String = (0..200_000)
        .map(|n| format!("<line number=\"{n}\">the same words in each line</line>\n"))
        .collect();
    server.deliver_gzip(A, &gzip(text.as_bytes()).await);
    assert_eq!(practice.agent().run_once().await.unwrap().received, 1);
    assert!(std::fs::read(practice.path("IN/ID0000.dat")).unwrap() == text.as_bytes());
}
