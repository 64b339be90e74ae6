//! What can go wrong between a mailbox's directories and the server.

use std::io;
use std::path::PathBuf;

use mesh::MeshError;
use mesh::api::ReceivedError;

use crate::alert::{advice, refused_certificate};

/// What can go wrong between a mailbox's directories and the server. No text holds a URL, a header
/// value or a body.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A setting is missing or wrong; nothing was sent.
    #[error("configuration: {0}")]
    Configuration(String),
    /// A settings file or a secret cannot be used; nothing was sent.
    #[error("configuration: {0}")]
    Settings(#[from] settings::SettingsError),
    /// Another client serves this directory.
    #[error("another client holds the lock in {}; stop it first", .0.display())]
    Locked(PathBuf),
    /// The server could not be reached, so it got nothing. Sending again is safe.
    #[error("the server could not be reached; sending again is safe")]
    Unreachable(#[source] reqwest::Error),
    /// The server's certificate is of no trusted authority, of another name or expired, so the
    /// server got nothing. Sending again is safe.
    #[error("the server's certificate is not trusted; sending again is safe")]
    ServerCertificate(#[source] reqwest::Error),
    /// The server refused the client's certificate in the TLS handshake, so it got nothing over that connection.
    #[error(
        "the server refused the client certificate ({alert}); {}: {}",
        if *in_doubt {
            "a message that was sent before may have arrived; what to do"
        } else {
            "no message was sent, and sending again is safe once this is cured"
        },
        advice(alert)
    )]
    ClientCertificate {
        /// The name of the TLS alert, as RFC 8446 has it.
        alert: &'static str,
        /// Whether the request may have gone out before: over a connection whose end was not explained, or to a
        /// server that stayed silent.
        in_doubt: bool,
        /// What the transport said, if anything.
        #[source]
        source: Option<reqwest::Error>,
    },
    /// A gateway in front of the server took the TLS connection and refused the client certificate by an HTTP status, as
    /// nginx does. The server got nothing.
    #[error(
        "a gateway in front of the server refused the client certificate (status {0}); no message was sent, and sending \
         again is safe once this is cured: look at its dates, and use the one issued for this server"
    )]
    CertificateAtGateway(u16),
    /// No connection took the request up: the one it was meant for ended before, or none was made or had room for it in
    /// time. Sending again is safe.
    #[error("the request was not sent, for no connection took it up; sending again is safe")]
    NotSent,
    /// The connection broke or the time ran out while a request was under way. Sending a message
    /// again may make a second one; everything else is safe to repeat.
    #[error("{}; a message may have arrived", broken(.0))]
    Interrupted(#[source] reqwest::Error),
    /// For as long as the configuration allows, the server took nothing of a request and gave
    /// nothing of an answer. Sending a message again may make a second one.
    #[error("the server stayed silent for too long; a message may have arrived")]
    Silent,
    /// The server answered with an error status.
    #[error("the server refused: {0}")]
    Refused(Box<Refusal>),
    /// The server answered with something that is not the API's.
    #[error("the server's answer could not be read: {0}")]
    Answer(String),
    /// A value cannot travel in a header. Nothing was sent.
    #[error(transparent)]
    Mesh(#[from] MeshError),
    /// A file could not be read or written.
    #[error("{0}: {1}")]
    File(&'static str, #[source] io::Error),
    /// A received message is larger than the configured limit.
    #[error("the message is larger than the configured limit of {0} bytes")]
    TooLarge(u64),
    /// A received body, compressed as gzip, expands to more than this many times its size.
    #[error("the message's body expands to more than {0} times its compressed size")]
    ExpandsTooMuch(u64),
    /// A received body is said to be gzip and is not, or is damaged. Fetching it again gives the same.
    #[error("the message's body is damaged and cannot be expanded: {0}")]
    Damaged(String),
    /// A message would leave less free room than the file system's reserve.
    #[error(
        "only {free} bytes are free in the mailbox's file system, and {reserve} are kept in reserve; free \
         some room, nothing was lost"
    )]
    NoRoom {
        /// Bytes that are free.
        free: u64,
        /// Bytes that are not used up.
        reserve: u64,
    },
}

/// An error status with the triple of its body, as far as it has one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", in_words(*status, error))]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// What the body says.
    pub error: ReceivedError,
}

impl ClientError {
    /// The HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    /// Whether the failed request surely had no effect, so that sending the message again cannot
    /// make a second one.
    pub fn is_safe_to_repeat(&self) -> bool {
        match self {
            Self::Interrupted(_) | Self::Silent | Self::Answer(_) => false,
            Self::ClientCertificate { in_doubt, .. } => !in_doubt,
            // 403 is also the answer to a token used before: the same request may have come twice.
            Self::Refused(refusal) => !matches!(refusal.status, 403 | 500 | 502 | 504),
            _ => true,
        }
    }

    /// Whether waiting may help: the server was away, busy or broken.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::ServerCertificate(_)
            | Self::ClientCertificate { .. }
            | Self::CertificateAtGateway(_)
            | Self::NotSent
            | Self::Interrupted(_)
            | Self::Silent
            | Self::Answer(_) => true,
            Self::Refused(refusal) => {
                refusal.status >= 500 || matches!(refusal.status, 408 | 425 | 429)
            }
            _ => false,
        }
    }

    /// The error with its causes, for logs and people: transport errors say little by themselves.
    /// No cause holds a URL.
    pub fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let words = error.to_string();
            if !text.ends_with(&words) {
                text = format!("{text}: {words}");
            }
            cause = error.source();
        }
        text
    }

    /// Whether the server, or what stands before it, does not take the client's certificate.
    pub(crate) fn is_refused_certificate(&self) -> bool {
        matches!(
            self,
            Self::ClientCertificate { .. } | Self::CertificateAtGateway(_)
        )
    }

    /// Whether the server may have refused the client's certificate: it is silent, or the connection was cut, by
    /// whoever; no time-out, no refused socket.
    pub(crate) fn may_be_a_refused_certificate(&self) -> bool {
        let error = match self {
            Self::NotSent | Self::Silent => return true,
            Self::Interrupted(error) | Self::Unreachable(error) => error,
            _ => return false,
        };
        if error.is_timeout() {
            return false;
        }
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return error.kind() != io::ErrorKind::ConnectionRefused;
            }
            cause = error.source();
        }
        matches!(self, Self::Interrupted(_))
    }

    pub(crate) fn from_transport(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let tls = tls_error(&error);
        if matches!(tls, Some(rustls::Error::InvalidCertificate(_))) {
            Self::ServerCertificate(error)
        } else if let Some(alert) = refused_certificate(&error) {
            Self::ClientCertificate {
                alert,
                in_doubt: false,
                source: Some(error),
            }
        } else if error.is_connect() || error.is_builder() {
            Self::Unreachable(error)
        } else {
            Self::Interrupted(error)
        }
    }
}

/// What a broken connection looks like; one that ended in an answer that is no HTTP has a likely reason.
fn broken(error: &reqwest::Error) -> &'static str {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error
            .downcast_ref::<hyper::Error>()
            .is_some_and(hyper::Error::is_parse)
        {
            return "the server's answer is not HTTP: if it speaks TLS, give an https:// URL";
        }
        cause = error.source();
    }
    "the connection broke while a request was under way"
}

/// A refusal as far as its body says what it is.
fn in_words(status: u16, error: &ReceivedError) -> String {
    let ReceivedError { event, code, .. } = error;
    let said = match (event.is_empty(), code.is_empty()) {
        (true, true) => String::new(),
        _ => format!(", event '{event}', code '{code}'"),
    };
    let meaning = match status {
        401 | 403 => {
            ": mailbox, password, shared key, certificate or this machine's clock is not accepted; the server \
             does not say which, restante doctor looks at each"
        }
        _ => "",
    };
    format!("status {status}{said}{meaning}")
}

fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(tls);
        }
        // The source of an I/O error is that of the error it wraps, not that error itself.
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(|error| error.get_ref());
        cause = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}
