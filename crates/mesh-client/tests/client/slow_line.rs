//! A line so slow that a body takes longer than the server may stay silent, and a server that does
//! stay silent.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mesh::SendHeaders;
use mesh_client::ClientError;
use mesh_client::api::{Connection, ConnectionSettings, MeshClient};
use nhs::{MailboxId, SystemClock, SystemRandomness, WorkflowId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

const SILENCE: Duration = Duration::from_millis(1500);
/// More than a slow line and the buffers on the way take in twice that time.
const BODY: u64 = 40_000_000;
/// So many bytes, then a rest: some 3 MB a second.
const STEP: usize = 64 * 1024;
const REST: Duration = Duration::from_millis(20);

/// Listens with a small buffer, so that little of a body is on its way unread.
fn listen() -> (TcpListener, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(STEP as u32).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

fn client(url: &str) -> MeshClient {
    let mut settings = ConnectionSettings::plain(url, "TestKey".into());
    settings.read_timeout = SILENCE;
    let connection = Connection::new(&settings, Arc::new(SystemClock), Arc::new(SystemRandomness));
    let mailbox = MailboxId::parse("A81001OT001").unwrap();
    connection.unwrap().mailbox(mailbox, "password".into())
}

fn headers() -> SendHeaders {
    SendHeaders::new("A20047OT001", WorkflowId::parse("TEST_WORKFLOW").unwrap())
}

/// Reads a request up to the end of its transfer chunks: slowly for longer than it may be silent,
/// then the rest, which lies in buffers for the most part.
async fn read_slowly(stream: &mut TcpStream) {
    let mut tail = Vec::new();
    let mut buffer = vec![0; STEP];
    let began = Instant::now();
    while !tail.ends_with(b"\r\n0\r\n\r\n") {
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(read > 0, "the client gave up");
        tail.extend_from_slice(&buffer[..read]);
        tail.drain(..tail.len().saturating_sub(16));
        if began.elapsed() < 2 * SILENCE {
            tokio::time::sleep(REST).await;
        }
    }
}

#[tokio::test]
async fn a_body_may_take_longer_than_the_server_may_stay_silent() {
    let (listener, url) = listen();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_slowly(&mut stream).await;
        let answer = b"HTTP/1.1 202 Accepted\r\ncontent-length: 20\r\n\r\n{\"message_id\":\"ID1\"}";
        stream.write_all(answer).await.unwrap();
        stream
    });
    let sent = client(&url)
        .send(headers(), tokio::io::repeat(0).take(BODY))
        .await;
    assert_eq!(sent.unwrap().as_str(), "ID1");
    server.await.unwrap();
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_and_the_message_in_doubt() {
    let (listener, url) = listen();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let error = client(&url)
        .send(headers(), &b"the message"[..])
        .await
        .unwrap_err();
    assert!(
        !error.is_safe_to_repeat() && error.is_temporary(),
        "{error}"
    );
    assert!(!matches!(error, ClientError::Unreachable(_)));
    server.await.unwrap();
}

#[tokio::test]
async fn a_server_that_stops_reading_is_given_up() {
    let (listener, url) = listen();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_exact(&mut [0; 1000]).await.unwrap();
        stream
    });
    let error = client(&url)
        .send(headers(), tokio::io::repeat(0).take(BODY))
        .await;
    let error = error.unwrap_err();
    assert!(
        !error.is_safe_to_repeat() && error.is_temporary(),
        "{error}"
    );
    server.await.unwrap();
}
