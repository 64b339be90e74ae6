//! A small MESH server that fails where it is told to.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use mesh::{AuthorizationToken, ChunkRange, HeaderText, Leniency, ReceivedHeaders, SendHeaders};
use nhs::MessageId;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// Answers this status, nothing else happens.
    Status(u16),
    /// Breaks the connection; nothing else happens.
    BreakBefore,
    /// Never answers.
    Hang,
    /// Does the work when the test lets it.
    Hold,
    /// Does the work, then breaks the connection instead of answering.
    BreakAfter,
    /// Answers half the body, then breaks the connection.
    HalfBody,
}

#[derive(Default)]
pub struct Mail {
    pub messages: Vec<Message>,
    /// Method, end of the path, what to do; each once, in order.
    pub faults: Vec<(Method, &'static str, Fault)>,
    pub tokens: Vec<[u8; 32]>,
    /// What the answers say the time is.
    pub date: Option<String>,
    /// Requests that are never answered.
    pub hanging: usize,
    /// Method and path of each request that was worked on.
    pub requests: Vec<String>,
    /// Whether lists wait for mail where that is preferred.
    pub waits: bool,
    /// It says that it waits, and answers each list at once.
    pub never_waits_long: bool,
    /// What each list preferred.
    pub preferred: Vec<Option<u32>>,
    /// Lists that wait now.
    pub waiting: usize,
}

pub struct Message {
    pub id: MessageId,
    pub headers: SendHeaders,
    pub chunks: Vec<Bytes>,
    pub total: usize,
    pub acknowledged: usize,
    pub sent_at: jiff::Timestamp,
    /// A report has a status and no body.
    pub report: Option<mesh::StatusRecord>,
}

#[derive(Clone)]
pub struct Server {
    pub url: String,
    pub mail: Arc<Mutex<Mail>>,
    /// Lets go one request that is held.
    pub gate: Arc<tokio::sync::Notify>,
    /// Notified of messages, to whomever they are.
    pub arrived: Arc<tokio::sync::Notify>,
}

impl Server {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self {
            url,
            mail: Arc::default(),
            gate: Arc::default(),
            arrived: Arc::default(),
        };
        let router = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    pub fn fail(&self, method: Method, path: &'static str, fault: Fault) {
        self.mail.lock().unwrap().faults.push((method, path, fault));
    }

    pub fn count(&self) -> usize {
        self.mail.lock().unwrap().messages.len()
    }
}

async fn answer(
    State(server): State<Server>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let fault = server.next_fault(&method, uri.path());
    if matches!(fault, Some(Fault::Hang | Fault::Hold)) {
        server.mail.lock().unwrap().hanging += 1;
        if fault == Some(Fault::Hang) {
            std::future::pending::<()>().await;
        }
        server.gate.notified().await;
    }
    let waited = match method == Method::GET && uri.path().ends_with("/inbox") {
        true => server.wait(&uri, &headers).await,
        false => None,
    };
    let mut answer = server.handle(fault, &method, &uri, &headers, body);
    if let Some(seconds) = waited {
        let applied = mesh::prefer::wait(seconds).parse().unwrap();
        answer.headers_mut().insert("preference-applied", applied);
    }
    if let Some(date) = server.mail.lock().unwrap().date.clone() {
        answer.headers_mut().insert("date", date.parse().unwrap());
    }
    answer
}

/// A list waits, until it is answered or nobody asks any more.
struct Waiting<'a>(&'a Server);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.mail.lock().unwrap().waiting -= 1;
    }
}

impl Server {
    /// Waits where that is preferred and this server does; for how long it was prepared to.
    async fn wait(&self, uri: &Uri, headers: &HeaderMap) -> Option<u32> {
        let preferred = mesh::prefer::preferred_wait(headers);
        let mailbox = uri.path().split('/').nth(2).unwrap().to_owned();
        let query = uri.query().unwrap_or_default().to_owned();
        {
            let mut mail = self.mail.lock().unwrap();
            mail.preferred.push(preferred);
            if !mail.waits {
                return None;
            }
            if mail.never_waits_long {
                return preferred.map(|_| 0);
            }
            mail.waiting += usize::from(preferred? > 0);
        }
        let seconds = preferred?;
        if seconds == 0 {
            return Some(0);
        }
        let _waiting = Waiting(self);
        loop {
            let arrived = self.arrived.notified();
            if !listed(&self.mail.lock().unwrap(), &mailbox, &query).is_empty() {
                return Some(seconds);
            }
            arrived.await;
        }
    }

    fn next_fault(&self, method: &Method, path: &str) -> Option<Fault> {
        let mut mail = self.mail.lock().unwrap();
        let place = mail
            .faults
            .iter()
            .position(|(m, end, _)| m == method && path.ends_with(end));
        place.map(|place| mail.faults.remove(place).2)
    }

    fn handle(
        &self,
        fault: Option<Fault>,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Response<Body> {
        let path = uri.path().to_owned();
        let mut mail = self.mail.lock().unwrap();
        match fault {
            Some(Fault::Status(status)) => return status_only(status),
            Some(Fault::BreakBefore) => return broken(Bytes::new()),
            _ => {}
        }
        let token = headers["authorization"].as_bytes();
        let token = AuthorizationToken::parse(token, Leniency::Strict).unwrap();
        assert!(token.verify(&"password".into(), &"TestKey".into()));
        assert!(
            !mail.tokens.contains(&token.replay_key()),
            "a token was used twice"
        );
        mail.tokens.push(token.replay_key());
        let parts: Vec<_> = path
            .trim_start_matches("/messageexchange/")
            .split('/')
            .collect();
        mail.requests.push(format!("{method} {path}"));
        let query = uri.query().unwrap_or_default();
        let answer = work(&mut mail, method, &parts, query, headers, body);
        match fault {
            Some(Fault::BreakAfter) => broken(Bytes::new()),
            Some(Fault::HalfBody) => {
                let (head, body) = answer.into_parts();
                let mut cut = broken(body.slice(..body.len() / 2));
                *cut.headers_mut() = head.headers;
                cut
            }
            _ => answer.map(Body::from),
        }
    }

    /// Requests of this method to paths that end so.
    pub fn asked(&self, method: &str, end: &str) -> usize {
        let mail = self.mail.lock().unwrap();
        let fits = |line: &&String| line.starts_with(method) && line.ends_with(end);
        mail.requests.iter().filter(fits).count()
    }

    /// Puts a message into a mailbox whose one body is gzip, or said to be.
    pub fn deliver_gzip(&self, to: &str, body: &[u8]) {
        self.deliver(to, &[body], None);
        let mut mail = self.mail.lock().unwrap();
        let message = mail.messages.last_mut().unwrap();
        message.headers.encoding = mesh::ContentEncoding::Gzip;
    }

    /// Puts a message into a mailbox; with a record it is a report.
    pub fn deliver(&self, to: &str, chunks: &[&[u8]], report: Option<mesh::StatusRecord>) {
        let mut mail = self.mail.lock().unwrap();
        let id = MessageId::parse(&format!("ID{:04}", mail.messages.len())).unwrap();
        let workflow = nhs::WorkflowId::parse("TEST_WORKFLOW").unwrap();
        mail.messages.push(Message {
            id,
            headers: SendHeaders::new(to, workflow),
            chunks: chunks
                .iter()
                .map(|chunk| Bytes::copy_from_slice(chunk))
                .collect(),
            total: chunks.len(),
            acknowledged: 0,
            sent_at: jiff::Timestamp::now(),
            report,
        });
        drop(mail);
        self.arrived.notify_waiters();
    }
}

fn work(
    mail: &mut Mail,
    method: &Method,
    parts: &[&str],
    query: &str,
    headers: &HeaderMap,
    body: Bytes,
) -> Response<Bytes> {
    let mailbox = parts[0];
    let find = |mail: &mut Mail, id: &str| {
        mail.messages
            .iter()
            .position(|message| message.id.as_str() == id)
            .unwrap()
    };
    match (method.as_str(), &parts[1..]) {
        ("POST", []) => reply(200, ""),
        ("POST", ["outbox"]) => {
            let headers = SendHeaders::read(headers).unwrap();
            let id = MessageId::parse(&format!("ID{:04}", mail.messages.len())).unwrap();
            let total = headers.chunk_range.map_or(1, |range| range.total()) as usize;
            let answer = format!("{{\"message_id\":\"{id}\"}}");
            let chunks = vec![body];
            mail.messages.push(Message {
                id,
                headers,
                chunks,
                total,
                acknowledged: 0,
                sent_at: jiff::Timestamp::now(),
                report: None,
            });
            reply(202, &answer)
        }
        ("POST", ["outbox", id, index]) => {
            let place = find(mail, id);
            let message = &mut mail.messages[place];
            let index: usize = index.parse().unwrap();
            assert!(index <= message.chunks.len() + 1, "a chunk was left out");
            message.chunks.truncate(index - 1);
            message.chunks.push(body);
            reply(202, "null")
        }
        ("GET", ["outbox", "tracking", local_id]) => {
            let known = |message: &&Message| message.headers.local_id.as_deref() == Some(*local_id);
            let found: Vec<_> = mail.messages.iter().filter(known).collect();
            match found.as_slice() {
                [] => reply(404, ""),
                [message] => json(&mesh::api::TrackingV1 {
                    message_id: Some(message.id.to_string()),
                    workflow_id: Some(message.headers.workflow.to_string()),
                    file_name: message
                        .headers
                        .file_name
                        .clone()
                        .map(HeaderText::into_string),
                    upload_timestamp: Some(digits(message.sent_at)),
                    status: Some(message.status().to_owned()),
                    chunk_count: Some(message.total as u32),
                    ..Default::default()
                }),
                _ => reply(300, ""),
            }
        }
        ("GET", ["outbox", "tracking"]) => {
            let place = find(mail, query.trim_start_matches("messageID="));
            let message = &mail.messages[place];
            json(&mesh::api::TrackingV2 {
                message_id: message.id.to_string(),
                workflow_id: Some(message.headers.workflow.to_string()),
                filename: message
                    .headers
                    .file_name
                    .clone()
                    .map(HeaderText::into_string),
                status: Some(message.status().to_ascii_lowercase()),
                ..Default::default()
            })
        }
        ("GET", ["outbox", "rich"]) => {
            let messages = mail.messages.iter().map(|message| mesh::api::RichMessage {
                message_id: message.id.to_string(),
                local_id: message
                    .headers
                    .local_id
                    .clone()
                    .map(HeaderText::into_string),
                workflow_id: Some(message.headers.workflow.to_string()),
                total_chunks: Some(message.total as u32),
                ..Default::default()
            });
            json(&mesh::api::RichList {
                valid_at: None,
                messages: messages.collect(),
                links: Default::default(),
            })
        }
        ("GET", ["inbox"]) => {
            let ids = listed(mail, mailbox, query);
            reply(
                200,
                &format!("{{\"messages\":[{}],\"links\":{{}}}}", ids.join(",")),
            )
        }
        ("GET" | "HEAD", ["inbox", id, rest @ ..]) => {
            let place = find(mail, id);
            let message = &mail.messages[place];
            let index: usize = rest.first().map_or(1, |index| index.parse().unwrap());
            let range = ChunkRange::new(index as u32, message.total as u32).unwrap();
            let mut received = ReceivedHeaders::new(message.id.clone(), range);
            received.subject = message.headers.subject.clone().map(HeaderText::into_string);
            received.status.clone_from(&message.report);
            if message.report.is_some() {
                received.message_type = mesh::MessageType::Report;
            }
            let mut answer = Response::new(message.chunks[index - 1].clone());
            received.write(answer.headers_mut()).unwrap();
            if message.headers.encoding == mesh::ContentEncoding::Gzip {
                let gzip = axum::http::HeaderValue::from_static("gzip");
                answer.headers_mut().insert("content-encoding", gzip);
            }
            answer
        }
        ("PUT", ["inbox", id, ..]) => {
            let place = find(mail, id);
            mail.messages[place].acknowledged += 1;
            reply(200, "")
        }
        other => panic!("unexpected request {other:?}"),
    }
}

/// The ids of a page of an inbox, in quotes.
fn listed(mail: &Mail, mailbox: &str, query: &str) -> Vec<String> {
    let given = |name: &str| query.split('&').find_map(|it| it.strip_prefix(name));
    let page: usize = given("max_results=").map_or(500, |page| page.parse().unwrap());
    let after = given("continue_from=").unwrap_or_default();
    let waiting = mail.messages.iter().filter(|message| {
        message.headers.recipient == mailbox
            && message.acknowledged == 0
            && message.chunks.len() == message.total
            && message.id.as_str() > after
    });
    let ids = waiting.map(|message| format!("\"{}\"", message.id));
    ids.take(page).collect()
}

impl Message {
    fn status(&self) -> &'static str {
        if self.chunks.len() == self.total {
            "Accepted"
        } else {
            "Uploading"
        }
    }
}

fn digits(at: jiff::Timestamp) -> String {
    mesh::status::format_time(at.to_zoned(jiff::tz::TimeZone::UTC).datetime())
}

fn json(body: &impl serde::Serialize) -> Response<Bytes> {
    reply(200, &serde_json::to_string(body).unwrap())
}

fn reply(status: u16, body: &str) -> Response<Bytes> {
    let answer = Response::builder().status(status);
    answer
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .unwrap()
}

fn status_only(status: u16) -> Response<Body> {
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .body(Body::empty())
        .unwrap()
}

/// A body that ends in an error, which makes the server break the connection.
fn broken(start: Bytes) -> Response<Body> {
    let parts = [Ok(start), Err(std::io::Error::other("cut"))];
    Response::new(Body::from_stream(futures_util::stream::iter(parts)))
}
