//! A mail server: as much of RFC 5321 as a client's message needs, with TLS, STARTTLS and AUTH PLAIN.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// When a server speaks TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    Never,
    Always,
    WhenAsked,
    /// It puts lines behind the answer to STARTTLS, as somebody on the way could.
    WhenAskedAndMeddledWith,
}

#[derive(Debug, Clone, Default)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    pub text: String,
    /// Whether it came over TLS, and who signed in.
    pub encrypted: bool,
    pub user: Option<String>,
}

#[derive(Clone)]
pub struct MailServer {
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    tls: Tls,
    acceptor: TlsAcceptor,
    mails: Mutex<Vec<Mail>>,
    /// Addresses that are refused, and whether every message is.
    refused: Mutex<Vec<String>>,
    is_greedy: Mutex<bool>,
}

impl MailServer {
    pub async fn start(tls: Tls, config: Arc<rustls::ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            tls,
            acceptor: TlsAcceptor::from(config),
            mails: Mutex::default(),
            refused: Mutex::default(),
            is_greedy: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(Arc::clone(&serving), stream));
            }
        });
        Self { port, shared }
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.shared.mails.lock().clone()
    }

    pub fn refuse(&self, address: &str) {
        self.shared.refused.lock().push(address.to_owned());
    }

    /// From now on it answers EHLO with a line without end.
    pub fn talk_without_end(&self) {
        *self.shared.is_greedy.lock() = true;
    }
}

async fn serve(shared: Arc<Shared>, stream: TcpStream) -> Option<()> {
    if shared.tls == Tls::Always {
        let stream = shared.acceptor.accept(stream).await.ok()?;
        speak(&shared, stream, true, true).await?;
        return None;
    }
    let stream = speak(&shared, stream, false, true).await??;
    let stream = shared.acceptor.accept(stream).await.ok()?;
    speak(&shared, stream, true, false).await?;
    None
}

/// Speaks until the connection ends; gives the stream when TLS was asked for.
async fn speak<S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared,
    stream: S,
    encrypted: bool,
    greets: bool,
) -> Option<Option<S>> {
    let mut stream = BufReader::new(stream);
    if greets {
        say(&mut stream, "220 mail.example ESMTP").await?;
    }
    let mut mail = Mail::default();
    let mut user = None;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => {
                while *shared.is_greedy.lock() {
                    stream.get_mut().write_all(&[b'2'; 4096]).await.ok()?;
                }
                let starts = matches!(shared.tls, Tls::WhenAsked | Tls::WhenAskedAndMeddledWith);
                let offer = if starts && !encrypted {
                    "250-STARTTLS\r\n"
                } else {
                    ""
                };
                format!("250-mail.example\r\n{offer}250 AUTH PLAIN")
            }
            "STARTTLS" if shared.tls == Tls::WhenAskedAndMeddledWith => {
                say(
                    &mut stream,
                    "220 go on\r\n250-mail.example\r\n250 AUTH PLAIN",
                )
                .await?;
                return Some(Some(stream.into_inner()));
            }
            "STARTTLS" => {
                say(&mut stream, "220 go on").await?;
                return Some(Some(stream.into_inner()));
            }
            "AUTH" => {
                let words = STANDARD.decode(line.rsplit(' ').next()?).ok()?;
                let words = String::from_utf8(words).ok()?;
                let mut words = words.split('\0').skip(1);
                user = words.next().map(str::to_owned);
                match words.next() {
                    Some("pass word") => "235 in".to_owned(),
                    _ => "535 5.7.8 authentication failed".to_owned(),
                }
            }
            "MAIL" => {
                mail.from = line.to_owned();
                "250 ok".to_owned()
            }
            "RCPT" if shared.refused.lock().iter().any(|it| line.contains(it)) => {
                "550 5.1.1 nobody here\u{1b}[31m of that name".to_owned()
            }
            "RCPT" => {
                mail.to.push(line.to_owned());
                "250 ok".to_owned()
            }
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                mail.text = data(&mut stream).await?;
                mail.encrypted = encrypted;
                mail.user = user.clone();
                shared.mails.lock().push(std::mem::take(&mut mail));
                "250 2.0.0 queued as 4711".to_owned()
            }
            "QUIT" => {
                say(&mut stream, "221 bye").await?;
                return None;
            }
            _ => "500 what?".to_owned(),
        };
        say(&mut stream, &answer).await?;
    }
}

async fn data<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if line == ".\r\n" {
            return Some(text);
        }
        text.push_str(&line);
    }
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    what: &str,
) -> Option<()> {
    let line = format!("{what}\r\n");
    stream.get_mut().write_all(line.as_bytes()).await.ok()?;
    stream.get_mut().flush().await.ok()
}
