//! A connection to a mail server: TLS before anything is said in confidence, and a bound on what the server says.

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::extension::ClientId;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::AlertingError;
use crate::error::printable;
use crate::settings::TlsMode;

/// Bytes that a server may say in one connection.
const MOST_SAID: usize = 64 * 1024;
/// Bytes of a line before TLS.
const LONGEST_LINE: u64 = 1024;
/// Lines of an answer before TLS.
const MOST_LINES: usize = 64;

/// A mail server, and how it is spoken to.
pub(crate) struct Server {
    pub host: String,
    pub port: u16,
    pub tls: TlsMode,
    pub config: Arc<ClientConfig>,
    pub login: Option<Credentials>,
}

impl Server {
    /// Connects, encrypts and signs in, as the settings say. Never without TLS where they ask for it.
    pub async fn connect(&self) -> Result<AsyncSmtpConnection, AlertingError> {
        let io = |error: io::Error| AlertingError::unreachable(&self.host, &error);
        let tcp = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(io)?;
        let peer = tcp.peer_addr().map_err(io)?;
        let stream: Box<dyn AsyncTokioStream> = match self.tls {
            TlsMode::None => Box::new(Bounded::new(tcp, peer, b"")),
            TlsMode::Tls => Box::new(Bounded::new(self.encrypt(tcp).await?, peer, b"")),
            TlsMode::StartTls => {
                let tcp = self.start_tls(tcp).await?;
                // The server greets only once; the library waits for a greeting on each stream it is given.
                Box::new(Bounded::new(self.encrypt(tcp).await?, peer, b"220 TLS\r\n"))
            }
        };
        let mut connection = AsyncSmtpConnection::connect_with_transport(stream, &hello())
            .await
            .map_err(|error| self.failed(&error))?;
        if let Some(login) = &self.login {
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], login)
                .await
                .map_err(|error| self.failed(&error))?;
        }
        Ok(connection)
    }

    /// What an error of the connection means.
    pub fn failed(&self, error: &lettre::transport::smtp::Error) -> AlertingError {
        let was_answered = error.status().is_some() || error.is_response() || error.is_client();
        match was_answered {
            true => self.refused(error.to_string().as_bytes()),
            false => AlertingError::unreachable(&self.host, error),
        }
    }

    async fn encrypt(
        &self,
        tcp: TcpStream,
    ) -> Result<tokio_rustls::client::TlsStream<TcpStream>, AlertingError> {
        let name = ServerName::try_from(self.host.clone())
            .map_err(|error| AlertingError::unreachable(&self.host, &error))?;
        let connector = TlsConnector::from(Arc::clone(&self.config));
        let encrypted = connector.connect(name, tcp).await;
        encrypted.map_err(|error| AlertingError::unreachable(&self.host, &error))
    }

    /// Asks for TLS. What a server says before it, somebody on the way may have said: nothing of it is kept, and a
    /// server that says more than was asked is left.
    async fn start_tls(&self, tcp: TcpStream) -> Result<TcpStream, AlertingError> {
        let mut plain = BufReader::new(tcp);
        self.answer(&mut plain, "220").await?;
        self.say(&mut plain, &format!("EHLO {}\r\n", hello()))
            .await?;
        let offers = self.answer(&mut plain, "250").await?;
        let is_offered = |line: &String| {
            line.get(4..)
                .is_some_and(|word| word.trim().eq_ignore_ascii_case("STARTTLS"))
        };
        if !offers.iter().any(is_offered) {
            return Err(self.refused(b"it does not offer STARTTLS; nothing is sent without TLS"));
        }
        self.say(&mut plain, "STARTTLS\r\n").await?;
        self.answer(&mut plain, "220").await?;
        if !plain.buffer().is_empty() {
            return Err(self.refused(b"it said more before TLS than it was asked"));
        }
        Ok(plain.into_inner())
    }

    async fn say(&self, plain: &mut BufReader<TcpStream>, what: &str) -> Result<(), AlertingError> {
        plain
            .get_mut()
            .write_all(what.as_bytes())
            .await
            .map_err(|error| AlertingError::unreachable(&self.host, &error))
    }

    /// The lines of an answer that begins with the code.
    async fn answer(
        &self,
        plain: &mut BufReader<TcpStream>,
        code: &str,
    ) -> Result<Vec<String>, AlertingError> {
        let mut lines = Vec::new();
        while lines.len() < MOST_LINES {
            let mut line = Vec::new();
            let read = plain.take(LONGEST_LINE).read_until(b'\n', &mut line).await;
            read.map_err(|error| AlertingError::unreachable(&self.host, &error))?;
            if !line.ends_with(b"\n") || !line.starts_with(code.as_bytes()) {
                return Err(self.refused(&line));
            }
            let is_last = line.get(3) != Some(&b'-');
            lines.push(printable(&line));
            if is_last {
                return Ok(lines);
            }
        }
        Err(self.refused(b"its answer has no end"))
    }

    fn refused(&self, said: &[u8]) -> AlertingError {
        AlertingError::Refused {
            host: self.host.clone(),
            answer: match printable(said) {
                said if said.is_empty() => "it said nothing".to_owned(),
                said => said,
            },
        }
    }
}

/// By which name we introduce ourselves.
fn hello() -> ClientId {
    let name = hostname::get()
        .ok()
        .and_then(|name| name.into_string().ok());
    let is_name = |name: &String| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        !name.is_empty() && name.bytes().all(plain)
    };
    name.filter(is_name)
        .map_or_else(ClientId::default, ClientId::Domain)
}

/// A stream of which only so much is read, after a beginning that is ours.
#[derive(Debug)]
struct Bounded<S> {
    stream: S,
    peer: SocketAddr,
    beginning: &'static [u8],
    left: usize,
}

impl<S> Bounded<S> {
    fn new(stream: S, peer: SocketAddr, beginning: &'static [u8]) -> Self {
        Self {
            stream,
            peer,
            beginning,
            left: MOST_SAID,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.beginning.is_empty() {
            let length = self.beginning.len().min(buffer.remaining());
            let (now, later) = self.beginning.split_at(length);
            buffer.put_slice(now);
            self.beginning = later;
            return Poll::Ready(Ok(()));
        }
        if self.left == 0 {
            return Poll::Ready(Err(io::Error::other("it says more than a mail server may")));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let read = buffer.filled().len().saturating_sub(before);
        self.left = self.left.saturating_sub(read);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin + Debug> AsyncTokioStream for Bounded<S> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}
