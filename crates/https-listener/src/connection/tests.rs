//! Requests that wait for their answer: what their connection does without, and that it does what any other does.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::routing::get;
use tokio::io::{DuplexStream, ReadBuf, duplex};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;

const DEADLINE: Duration = Duration::from_secs(20);
/// Bytes on the line between client and server, each way.
const LINE: usize = 64;
const LONG: usize = 20_000;

/// The server's end of a connection. Tells when a single byte is asked for, as of a connection whose request waits: HTTP
/// reads thousands.
struct Seen {
    stream: DuplexStream,
    waits: Arc<Notify>,
}

impl AsyncRead for Seen {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buf.remaining() == 1 {
            self.waits.notify_one();
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Seen {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

struct Connection {
    client: DuplexStream,
    waits: Arc<Notify>,
    mail: Arc<Notify>,
    drain: CancellationToken,
    served: JoinHandle<()>,
}

impl Connection {
    fn begin() -> Self {
        let (client, stream) = duplex(LINE);
        let (waits, mail) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let arrives = Arc::clone(&mail);
        let router = Router::new()
            .route("/", get(async || "hello"))
            .route("/long", get(async || "x".repeat(LONG)))
            .route(
                "/wait",
                get(async move || {
                    arrives.notified().await;
                    "mail"
                }),
            );
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let config = ListenerConfig::plain(address);
        let listener = Listener {
            tls: None,
            router,
            admission: Arc::new(Admission::new(&config, 1)),
            config: Arc::new(config),
        };
        let peer = Peer {
            address,
            certificate: None,
        };
        let (drain, abort) = (CancellationToken::new(), CancellationToken::new());
        let ends = Ends {
            drain: drain.clone(),
            abort,
        };
        let seen = Seen {
            stream,
            waits: Arc::clone(&waits),
        };
        let served = tokio::spawn(async move {
            serve_http(seen, Protocol::Http1, peer, None, &listener, &ends).await;
        });
        Self {
            client,
            waits,
            mail,
            drain,
            served,
        }
    }

    async fn ask(&mut self, path: &str, header: &str) {
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\n{header}\r\n\r\n"
        ))
        .await;
    }

    async fn send(&mut self, request: &str) {
        let sent = self.client.write_all(request.as_bytes());
        within_deadline(sent).await.unwrap();
    }

    /// Asks for what is not there yet; returns once the connection does without what HTTP needs.
    async fn wait(&mut self, header: &str) {
        self.ask("/wait", &format!("prefer: wait=50\r\n{header}"))
            .await;
        within_deadline(self.waits.notified()).await;
    }

    /// The head of the next answer, in lower case, and its body.
    async fn answer(&mut self) -> (String, String) {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let byte = within_deadline(self.client.read_u8()).await.unwrap();
            head.push(char::from(byte).to_ascii_lowercase());
        }
        let length = head.split("content-length: ").nth(1).unwrap();
        let length = length.lines().next().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        within_deadline(self.client.read_exact(&mut body))
            .await
            .unwrap();
        assert!(head.starts_with("http/1.1 200 ok"), "{head}");
        (head, String::from_utf8(body).unwrap())
    }

    async fn has_ended(mut self) {
        within_deadline(self.served).await.unwrap();
        let mut left = Vec::new();
        self.client.read_to_end(&mut left).await.unwrap();
        assert_eq!(left, b"");
    }
}

async fn within_deadline<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, what).await.unwrap()
}

#[tokio::test]
async fn a_connection_goes_on_after_each_wait() {
    let mut connection = Connection::begin();
    for _ in 0..2 {
        connection.wait("connection: keep-alive\r\nx: y").await;
        connection.mail.notify_one();
        let (head, body) = connection.answer().await;
        assert_eq!(body, "mail");
        assert!(!head.contains("connection:"), "{head}");
        connection.ask("/", "x: y").await;
        assert_eq!(connection.answer().await.1, "hello");
    }
}

#[tokio::test]
async fn who_asks_more_while_a_request_waits_is_answered_in_order() {
    let mut connection = Connection::begin();
    connection.wait("x: y").await;
    // as much as the line holds, and the byte that is read ahead
    let more = format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", "x".repeat(LINE));
    let (begun, rest) = more.split_at(LINE + 1);
    connection.send(begun).await;
    connection.mail.notify_one();
    assert_eq!(connection.answer().await.1, "mail");
    connection.send(rest).await;
    assert_eq!(connection.answer().await.1, "hello");
}

#[tokio::test]
async fn who_waits_behind_a_long_answer_that_is_read_late_is_given_both() {
    let mut connection = Connection::begin();
    connection.ask("/long", "x: y").await;
    connection.ask("/wait", "prefer: wait=50").await;
    assert_eq!(connection.answer().await.1.len(), LONG);
    within_deadline(connection.waits.notified()).await;
    connection.mail.notify_one();
    assert_eq!(connection.answer().await.1, "mail");
}

#[tokio::test]
async fn who_hangs_up_while_a_request_waits_is_noticed() {
    let mut connection = Connection::begin();
    connection.wait("x: y").await;
    drop(connection.client);
    within_deadline(connection.served).await.unwrap();
}

#[tokio::test]
async fn a_connection_that_is_to_drain_or_to_close_ends_with_the_answer() {
    for is_stopped in [true, false] {
        let mut connection = Connection::begin();
        connection
            .wait(match is_stopped {
                true => "x: y",
                false => "connection: TE, Close",
            })
            .await;
        if is_stopped {
            connection.drain.cancel();
            tokio::task::yield_now().await;
        }
        connection.mail.notify_one();
        let (head, body) = connection.answer().await;
        assert_eq!(body, "mail");
        assert!(head.contains("connection: close"), "{head}");
        connection.has_ended().await;
    }
}
