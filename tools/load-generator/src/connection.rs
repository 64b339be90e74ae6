//! One keep-alive HTTP/1.1 connection, plain or over mutual TLS, and the signing of each request.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt};
use http::header::{ACCEPT, AUTHORIZATION, HOST};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use mesh::AuthorizationToken;
use nhs::{Clock, MailboxId, SystemClock, SystemRandomness, uuid_v4};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use secrecy::SecretString;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::large::Part;
use crate::{Error, Options};

/// How long a server may take to be reached at all.
const PROBE: Duration = Duration::from_secs(10);
/// Between two tries to reach a server that is gone.
const PAUSE: Duration = Duration::from_millis(100);

/// Small and in memory, or made while it is sent.
type Body = Either<Full<Bytes>, Part>;

/// The server under load and who we are to it.
pub struct Target {
    host: String,
    port: u16,
    host_header: HeaderValue,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    password: SecretString,
    shared_key: SecretString,
}

/// Who is given the bytes of an answer.
type Taker<'a> = &'a mut (dyn FnMut(Bytes) + Send);

/// An answer: status, headers, body.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A request that got no answer.
#[derive(Debug, thiserror::Error)]
#[error("no answer: {0}")]
pub struct NoAnswer(String);

impl Target {
    pub fn new(options: &Options) -> Result<Self, Error> {
        let uri: http::Uri = whole(&options.url).parse().map_err(|_| Error::NotAUrl)?;
        let host = uri.host().ok_or(Error::NoHost)?.to_owned();
        let secure = uri.scheme_str() == Some("https");
        let tls = if secure {
            let name = ServerName::try_from(host.clone()).map_err(|_| Error::NoHost)?;
            Some((connector(options)?, name))
        } else {
            None
        };
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let host_header =
            HeaderValue::try_from(format!("{host}:{port}")).map_err(|_| Error::NoHost)?;
        Ok(Self {
            host,
            port,
            host_header,
            tls,
            password: options.password.clone().into(),
            shared_key: options.shared_key.clone().into(),
        })
    }

    /// Asks once whether a MESH server is there, so that one that is not is told once.
    ///
    /// # Errors
    /// [`Error::Unreachable`].
    pub async fn probe(&self) -> Result<(), Error> {
        let asking = tokio::time::timeout(PROBE, self.ping()).await;
        let seconds = PROBE.as_secs();
        let asked = asking.unwrap_or_else(|_| Err(NoAnswer(format!("none within {seconds} s"))));
        asked.map_err(|NoAnswer(reason)| Error::Unreachable {
            address: format!("{}:{}", self.host, self.port),
            reason,
            hint: match self.tls {
                Some(_) => ", --ca, --cert and --key",
                None => "; if it speaks TLS, give an https:// URL",
            },
        })
    }

    /// Any answer in HTTP will do.
    async fn ping(&self) -> Result<(), NoAnswer> {
        let request = Request::builder()
            .uri("/messageexchange/_ping")
            .header(HOST, self.host_header.clone())
            .body(Either::Left(Full::default()))
            .map_err(|error| NoAnswer(error.to_string()))?;
        let answer = self.connect().await?.exchange(request, None).await;
        answer
            .map(drop)
            .map_err(|error| NoAnswer(error.to_string()))
    }

    async fn connect(&self) -> Result<Open, NoAnswer> {
        let io = |error: std::io::Error| NoAnswer(error.to_string());
        let stream = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(io)?;
        stream.set_nodelay(true).map_err(io)?;
        match &self.tls {
            None => Open::new(stream).await,
            Some((connector, name)) => {
                Open::new(connector.connect(name.clone(), stream).await.map_err(io)?).await
            }
        }
    }
}

/// A URL as people shorten it.
fn whole(url: &str) -> String {
    let is_port = url.bytes().all(|byte| byte.is_ascii_digit());
    match url.strip_prefix(':') {
        _ if url.contains("://") => url.to_owned(),
        Some(port) => format!("http://127.0.0.1:{port}"),
        None if is_port => format!("http://127.0.0.1:{url}"),
        None => format!("http://{url}"),
    }
}

fn connector(options: &Options) -> Result<TlsConnector, Error> {
    let (Some(ca), Some(cert), Some(key)) = (&options.ca, &options.cert, &options.key) else {
        return Err(Error::CertificatesNeeded);
    };
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |error| Error::Certificate { path, error }
    };
    let mut roots = rustls::RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(ca).map_err(unreadable(ca))? {
        roots.add(root.map_err(unreadable(ca))?)?;
    }
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(cert))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
    let config = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)?;
    Ok(TlsConnector::from(Arc::new(config)))
}

/// A connection that is made again when it breaks.
pub struct Connection {
    target: Arc<Target>,
    open: Option<Open>,
    nonce: String,
    count: u64,
}

/// What requests go into, and what moves the connection's bytes. Both run on the task that asks, so
/// that no request waits for another task to be woken.
struct Open {
    sender: SendRequest<Body>,
    moving: BoxFuture<'static, hyper::Result<()>>,
}

impl Connection {
    pub fn new(target: Arc<Target>) -> Self {
        let nonce = uuid_v4(&SystemRandomness).to_string();
        Self {
            target,
            open: None,
            nonce,
            count: 0,
        }
    }

    /// Sends one signed request of `mailbox` and reads the whole answer.
    pub async fn request(
        &mut self,
        mailbox: &MailboxId,
        method: Method,
        path: &str,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Answer, NoAnswer> {
        let request = self.build(mailbox, method, path, headers, Either::Left(body.into()))?;
        self.timely(request, None).await
    }

    /// Sends a part of a large message.
    pub async fn upload(
        &mut self,
        mailbox: &MailboxId,
        path: &str,
        headers: &HeaderMap,
        part: Part,
    ) -> Result<Answer, NoAnswer> {
        let request = self.build(mailbox, Method::POST, path, headers, Either::Right(part))?;
        self.timely(request, None).await
    }

    /// Gives the bytes of an answer away as they come; the answer itself has none.
    pub async fn download(
        &mut self,
        mailbox: &MailboxId,
        path: &str,
        mut take: impl FnMut(Bytes) + Send,
    ) -> Result<Answer, NoAnswer> {
        let nothing = Either::Left(Full::default());
        let request = self.build(mailbox, Method::GET, path, &HeaderMap::new(), nothing)?;
        self.timely(request, Some(&mut take)).await
    }

    async fn timely(
        &mut self,
        request: Request<Body>,
        take: Option<Taker<'_>>,
    ) -> Result<Answer, NoAnswer> {
        let exchanged = self.exchange(request, take);
        let exchanged = tokio::time::timeout(Duration::from_secs(60), exchanged).await;
        exchanged.unwrap_or_else(|_| Err(NoAnswer("60 s have passed".to_owned())))
    }

    fn build(
        &mut self,
        mailbox: &MailboxId,
        method: Method,
        path: &str,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Request<Body>, NoAnswer> {
        self.count += 1;
        let token = AuthorizationToken::sign(
            mailbox,
            &self.target.password,
            &self.target.shared_key,
            &self.nonce,
            self.count,
            SystemClock.now(),
        );
        let token = HeaderValue::try_from(token).map_err(|error| NoAnswer(error.to_string()))?;
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/messageexchange/{mailbox}{path}"))
            .body(body)
            .map_err(|error| NoAnswer(error.to_string()))?;
        *request.headers_mut() = headers.clone();
        let accept = HeaderValue::from_static("application/vnd.mesh.v2+json");
        let own = [
            (HOST, self.target.host_header.clone()),
            (AUTHORIZATION, token),
            (ACCEPT, accept),
        ];
        request.headers_mut().extend(own);
        Ok(request)
    }

    /// The connection is kept for the next request only when this one went well.
    async fn exchange(
        &mut self,
        request: Request<Body>,
        take: Option<Taker<'_>>,
    ) -> Result<Answer, NoAnswer> {
        let mut kept = self.open.take();
        if kept.as_mut().is_some_and(Open::has_ended) {
            kept = None;
        }
        let mut open = match kept {
            Some(open) => open,
            None => match self.target.connect().await {
                Ok(open) => open,
                Err(error) => {
                    tokio::time::sleep(PAUSE).await;
                    return Err(error);
                }
            },
        };
        let answer = open.exchange(request, take).await;
        let answer = answer.map_err(|error| NoAnswer(error.to_string()))?;
        self.open = Some(open);
        Ok(answer)
    }
}

impl Open {
    async fn new<S>(stream: S) -> Result<Self, NoAnswer>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| NoAnswer(error.to_string()))?;
        Ok(Self {
            sender,
            moving: Box::pin(connection),
        })
    }

    /// Whether the server closed it, of which nothing is noticed between two requests.
    fn has_ended(&mut self) -> bool {
        (&mut self.moving).now_or_never().is_some() || self.sender.is_closed()
    }

    async fn exchange(
        &mut self,
        request: Request<Body>,
        take: Option<Taker<'_>>,
    ) -> hyper::Result<Answer> {
        let sender = &mut self.sender;
        let asked = async {
            sender.ready().await?;
            let mut response = sender.send_request(request).await?;
            let status = response.status();
            let headers = std::mem::take(response.headers_mut());
            let body = match take {
                Some(take) => read(response, take).await?,
                None => response.into_body().collect().await?.to_bytes(),
            };
            Ok(Answer {
                status,
                headers,
                body,
            })
        };
        tokio::pin!(asked);
        tokio::select! {
            biased;
            answer = asked.as_mut() => answer,
            // closed by the server, after the answer or instead of it; what it did not take up is given back when it is dropped
            _ = &mut self.moving => {
                self.moving = Box::pin(std::future::ready(Ok(())));
                asked.await
            }
        }
    }
}

async fn read(response: Response<Incoming>, take: Taker<'_>) -> hyper::Result<Bytes> {
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        if let Ok(bytes) = frame?.into_data() {
            take(bytes);
        }
    }
    Ok(Bytes::new())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        options: Options,
    }

    /// As a server does with one that was idle for long.
    #[tokio::test]
    async fn a_connection_that_the_server_closed_after_an_answer_is_made_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let options = Command::parse_from(["bench", "--url", &address]).options;
        let mut connection = Connection::new(Arc::new(Target::new(&options).unwrap()));
        let mailbox = MailboxId::parse("A81001OT001").unwrap();
        for _ in 0..3 {
            let nothing = HeaderMap::new();
            let asked = connection.request(&mailbox, Method::GET, "", &nothing, Bytes::new());
            let served = async {
                let (mut stream, _) = listener.accept().await.unwrap();
                assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                stream.write_all(answer).await.unwrap();
                stream
            };
            let (answer, stream) = tokio::join!(asked, served);
            assert!(answer.unwrap().status.is_success());
            drop(stream);
            let noticed = async {
                while !connection.open.as_mut().unwrap().has_ended() {
                    tokio::task::yield_now().await;
                }
            };
            let in_time = tokio::time::timeout(Duration::from_secs(20), noticed);
            in_time.await.unwrap();
        }
    }
}
