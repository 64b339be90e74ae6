//! A proxy between client and server that breaks the exchange of one request where it is told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::message::Message;

/// How far a message gets before the connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    HalfTheHead,
    Head,
    HalfTheBody,
    /// All but its last byte: in a body sent in transfer chunks, within the mark of its end.
    AllButOne,
}

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The server gets nothing.
    NothingForwarded,
    /// The server gets this much.
    RequestCut(Part),
    /// The server gets all of it, and the connection is gone before it can answer.
    CutBeforeAnswer,
    /// The server's answer never arrives.
    AnswerLost,
    /// This much of the answer arrives.
    AnswerCut(Part),
    /// The answer is held back until the client gives up.
    AnswerHeld,
    /// The request reaches the server only after the client gave up.
    RequestLate,
    /// The server gets the request twice; the first answer is passed on.
    Repeated,
    /// The server gets the request twice; the second answer is passed on: 403, for its token was used.
    RepeatAnswered,
    /// A gateway answers 503 itself.
    Busy,
    /// A gateway passes the request on and answers 502.
    BadGateway,
    /// Something else answers: 200 and a page.
    Stranger,
}

pub const PARTS: [Part; 4] = [
    Part::HalfTheHead,
    Part::Head,
    Part::HalfTheBody,
    Part::AllButOne,
];

/// Every fault there is.
pub fn every_fault() -> Vec<Fault> {
    let mut faults = vec![Fault::NothingForwarded];
    faults.extend(PARTS.map(Fault::RequestCut));
    faults.extend([Fault::CutBeforeAnswer, Fault::AnswerLost]);
    faults.extend(PARTS.map(Fault::AnswerCut));
    faults.extend([Fault::AnswerHeld, Fault::RequestLate]);
    faults.extend([Fault::Repeated, Fault::RepeatAnswered]);
    faults.extend([Fault::Busy, Fault::BadGateway, Fault::Stranger]);
    faults
}

type Choice = Box<dyn FnMut(usize, &str) -> Option<Fault> + Send>;

struct Plan {
    seen: Vec<String>,
    choose: Choice,
}

struct Shared {
    server: SocketAddr,
    plan: Mutex<Plan>,
    under_way: watch::Sender<usize>,
}

pub struct Proxy {
    pub url: String,
    shared: Arc<Shared>,
}

impl Proxy {
    pub async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let plan = Plan {
            seen: Vec::new(),
            choose: Box::new(|_, _| None),
        };
        let shared = Arc::new(Shared {
            server,
            plan: Mutex::new(plan),
            under_way: watch::Sender::new(0),
        });
        tokio::spawn(accept(listener, shared.clone()));
        Self { url, shared }
    }

    /// From now on the `n`-th request from here (the first is 0) meets the fault chosen for `n` and its first
    /// line.
    pub fn choose(&self, choose: impl FnMut(usize, &str) -> Option<Fault> + Send + 'static) {
        let mut plan = self.shared.plan.lock().unwrap();
        plan.seen.clear();
        plan.choose = Box::new(choose);
    }

    /// The first lines of the requests since the last choice.
    pub fn seen(&self) -> Vec<String> {
        self.shared.plan.lock().unwrap().seen.clone()
    }

    /// Waits until no request is on its way any more.
    pub async fn at_rest(&self) {
        let mut under_way = self.shared.under_way.subscribe();
        let at_rest = under_way.wait_for(|count| *count == 0);
        let waited = tokio::time::timeout(Duration::from_secs(30), at_rest).await;
        drop(waited.expect("requests come to an end").unwrap());
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        tokio::spawn(serve(client, shared.clone()));
    }
}

async fn serve(mut client: TcpStream, shared: Arc<Shared>) {
    let mut rest = Vec::new();
    while let Some(request) = Message::read(&mut client, &mut rest).await {
        shared.under_way.send_modify(|count| *count += 1);
        let fault = shared.plan.lock().unwrap().next(&request);
        let goes_on = shared.pass(&mut client, &request, fault).await.is_ok() && fault.is_none();
        shared.under_way.send_modify(|count| *count -= 1);
        if !goes_on {
            return;
        }
    }
}

impl Plan {
    fn next(&mut self, request: &Message) -> Option<Fault> {
        let n = self.seen.len();
        let line = request.first_line();
        let fault = (self.choose)(n, &line);
        self.seen.push(line);
        fault
    }
}

impl Shared {
    async fn pass(
        &self,
        client: &mut TcpStream,
        request: &Message,
        fault: Option<Fault>,
    ) -> std::io::Result<()> {
        match fault {
            None => client.write_all(&self.forward(request).await?.bytes).await,
            Some(Fault::NothingForwarded) => Ok(()),
            Some(Fault::RequestCut(part)) => self.give_up_after(client, part.of(request)).await,
            Some(Fault::CutBeforeAnswer) => self.give_up_after(client, &request.bytes).await,
            Some(Fault::AnswerLost) => self.forward(request).await.map(drop),
            Some(Fault::AnswerCut(part)) => {
                let answer = self.forward(request).await?;
                client.write_all(part.of(&answer)).await
            }
            Some(Fault::AnswerHeld) => {
                let answer = self.forward(request).await?;
                gone(client).await?;
                client.write_all(&answer.bytes).await
            }
            Some(Fault::RequestLate) => {
                gone(client).await?;
                self.forward(request).await.map(drop)
            }
            Some(Fault::Repeated) => {
                let answer = self.forward(request).await?;
                self.forward(request).await?;
                client.write_all(&answer.bytes).await
            }
            Some(Fault::RepeatAnswered) => {
                self.forward(request).await?;
                let answer = self.forward(request).await?;
                client.write_all(&answer.bytes).await
            }
            Some(Fault::Busy) => client.write_all(&page("503 Busy")).await,
            Some(Fault::BadGateway) => {
                self.forward(request).await?;
                client.write_all(&page("502 Bad Gateway")).await
            }
            Some(Fault::Stranger) => client.write_all(&page("200 OK")).await,
        }
    }

    async fn forward(&self, request: &Message) -> std::io::Result<Message> {
        let mut server = TcpStream::connect(self.server).await?;
        server.write_all(&request.bytes).await?;
        let answer = Message::read(&mut server, &mut Vec::new()).await;
        answer.ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
    }

    /// Sends these bytes and leaves; the client is cut off at once.
    async fn give_up_after(&self, client: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
        let mut server = TcpStream::connect(self.server).await?;
        server.write_all(bytes).await?;
        client.shutdown().await?;
        server.shutdown().await?;
        server.read_to_end(&mut Vec::new()).await.map(drop)
    }
}

impl Part {
    fn of(self, message: &Message) -> &[u8] {
        let (head, whole) = (message.head, message.bytes.len());
        let end = match self {
            Self::HalfTheHead => head / 2,
            Self::Head => head,
            Self::HalfTheBody => (head + whole) / 2,
            Self::AllButOne => whole - 1,
        };
        &message.bytes[..end]
    }
}

/// Waits until the client closed the connection.
async fn gone(client: &mut TcpStream) -> std::io::Result<()> {
    let _ = client.read_to_end(&mut Vec::new()).await;
    Ok(())
}

fn page(status: &str) -> Vec<u8> {
    let body = "<html>Please log in to the network</html>";
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
        .into_bytes()
}
