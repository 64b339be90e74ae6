//! The way to the server: name, socket, TLS, the client's certificate, login, what the mailbox may do.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use nhs::{Clock, Randomness};
use rustls::CertificateError;
use tokio::time::timeout;

use super::Rung;
use crate::ClientError;
use crate::alert;
use crate::api::{Connection, InboxQuery, MeshClient};
use crate::api::{Greeting, Verdict, Way, client_config, proxies, server_url};
use crate::config::AgentConfig;

/// Each step of the network, at most.
const STEP: Duration = Duration::from_secs(15);
/// The service refuses tokens two hours off.
const MOST_SKEW_MINUTES: i64 = 120;
/// Said well before.
const NOTEWORTHY_MINUTES: i64 = 5;

/// The rungs `dns`, `tcp`, `tls`, `certificate`, `login`, `clock` and `rights`, as far as they can be tried. Logs each
/// mailbox in and lists its inbox; takes nothing.
pub async fn server(
    config: &AgentConfig,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
) -> Vec<Rung> {
    let mut rungs = Vec::new();
    let Ok(mut settings) = config.connection_settings() else {
        return rungs;
    };
    settings.retry.tries = 1;
    let Ok(connection) = Connection::new(&settings, clock.clone(), randomness) else {
        return rungs;
    };
    let way = (server_url(&settings.base_url).ok())
        .zip(proxies(&settings).ok())
        .and_then(|(url, proxies)| Way::to(&url, &proxies));
    if let Some(way) = way {
        let tls = client_config(&settings).ok();
        let reached = reach(&way, tls.as_ref(), &mut rungs).await;
        if !reached {
            return rungs;
        }
    }
    login(config, &connection, &mut rungs).await;
    rungs
}

/// Name, socket and TLS. False when a login cannot be tried.
async fn reach(way: &Way, tls: Option<&rustls::ClientConfig>, rungs: &mut Vec<Rung>) -> bool {
    let (host, port) = way.next_hop();
    let place = match way.proxy {
        Some(_) => format!("the proxy {host}"),
        None => host.to_owned(),
    };
    let resolved = in_time(way.resolve()).await;
    let addresses = match resolved {
        Ok(addresses) if !addresses.is_empty() => addresses,
        found => {
            let why = found
                .err()
                .map_or("it has no address".to_owned(), |error| error.to_string());
            rungs.push(Rung::fails(
                "dns",
                format!("the name {place} is not known: {why}"),
                "look at the host in url (or in the proxy's settings) for a typing mistake, and ask whoever runs this \
                 network whether its name servers know it",
            ));
            return false;
        }
    };
    let shown: Vec<_> = addresses
        .iter()
        .take(4)
        .map(|at| at.ip().to_string())
        .collect();
    rungs.push(Rung::holds(
        "dns",
        format!("{place} is {}", shown.join(", ")),
    ));
    let stream = match in_time(way.connect(&addresses)).await {
        Ok(stream) => stream,
        Err(error) => {
            rungs.push(socket_fault(way, &place, port, &error));
            return false;
        }
    };
    rungs.push(Rung::holds(
        "tcp",
        format!("{place} takes connections on port {port}"),
    ));
    let Some(tls) = tls.filter(|_| way.is_tls) else {
        rungs.push(Rung::holds(
            "tls",
            "none: the URL is http://, and what is sent can be read on the way",
        ));
        return true;
    };
    match in_time(way.greet(stream, tls)).await {
        Ok(greeting) => {
            let valid = greeting.server.map(|server| {
                format!(
                    "; the server's certificate is trusted, and valid until {}",
                    server.not_after
                )
            });
            let what = format!("{}{}", greeting.version, valid.unwrap_or_default());
            rungs.push(Rung::holds("tls", what));
            let certificate = certificate(&greeting, tls.client_auth_cert_resolver.has_certs());
            let is_taken = certificate.ok;
            rungs.push(certificate);
            is_taken
        }
        Err(error) => {
            rungs.push(tls_fault(way, &error));
            false
        }
    }
}

fn socket_fault(way: &Way, place: &str, port: u16, error: &io::Error) -> Rung {
    let what = format!("no connection to {place}, port {port}: {error}");
    let cure = match (error.kind(), &way.proxy) {
        (io::ErrorKind::ConnectionRefused, None) => {
            "nothing listens there: look at the port in url, and whether the server runs"
        }
        (io::ErrorKind::ConnectionRefused, Some(_)) => {
            "nothing listens there: look at the proxy's port"
        }
        (io::ErrorKind::Other, Some(_)) => {
            "look at user and password of the proxy, and ask whoever runs it whether it lets this machine reach the \
             server"
        }
        _ => {
            "a firewall may keep it out: ask for outgoing connections to this host and port, or name the proxy that \
             leads out in [server.proxy]"
        }
    };
    Rung::fails("tcp", what, cure)
}

fn tls_fault(way: &Way, error: &io::Error) -> Rung {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let cure = match inner {
        Some(rustls::Error::InvalidCertificate(reason)) => match reason {
            // another authority of the same name makes a bad signature
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "trust (or the key store, or this machine) lacks the authority that signed the server's certificate; \
                 or a proxy opens TLS, whose authority would have to be trusted"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the server's certificate is for another name: write that name into url"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the server's certificate has expired: tell whoever runs the server, and look whether this machine's \
                 clock is right"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the server's certificate is not valid yet: look whether this machine's clock is right"
            }
            _ => "the server's certificate cannot be used: tell whoever runs the server",
        },
        Some(rustls::Error::InvalidMessage(_)) => {
            "what answers there speaks no TLS: look at the port, or write http:// into url where that is meant"
        }
        _ if error.kind() == io::ErrorKind::TimedOut => {
            "what listens there may speak no TLS: look at the port; or something on the way holds TLS back"
        }
        _ if alert::received(error).is_some_and(|name| name == "ProtocolVersion") => {
            "the server speaks only versions of TLS before 1.2: tell whoever runs it"
        }
        _ => "look whether host and port are those of the MESH server, and ask whoever runs it",
    };
    Rung::fails("tls", format!("no TLS with {}: {error}", way.host), cure)
}

fn certificate(greeting: &Greeting, shown: bool) -> Rung {
    match (greeting.verdict, greeting.asks, shown) {
        (Verdict::Refused(name), _, _) => Rung::fails(
            "certificate",
            format!("the server refused the client certificate ({name})"),
            alert::advice(name),
        ),
        (Verdict::Closed, true, false) => Rung::fails(
            "certificate",
            "the server wants a client certificate and closed the connection, for none was shown",
            "set certificate and private_key, or key_store",
        ),
        (Verdict::Closed, _, _) => Rung::fails(
            "certificate",
            "the server closed the connection behind the handshake without a reason",
            "a server that does so mostly refuses the client certificate: use the one issued for it",
        ),
        (Verdict::Accepted, true, true) => {
            Rung::holds("certificate", "the server took the client certificate")
        }
        (Verdict::Accepted, true, false) => Rung::holds(
            "certificate",
            "the server asks for a client certificate and goes on without one",
        ),
        (Verdict::Accepted, false, _) => {
            Rung::holds("certificate", "the server asks for no client certificate")
        }
    }
}

async fn login(config: &AgentConfig, connection: &Connection, rungs: &mut Vec<Rung>) {
    let (mut refused, mut denied, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
    let mut skew = None;
    for mailbox in &config.mailboxes {
        let Ok(password) = mailbox.password.resolve() else {
            continue;
        };
        let client = connection.mailbox(mailbox.id.clone(), password);
        let logged_in = in_time_of(client.handshake()).await;
        skew = skew.or(client.clock_skew());
        match logged_in {
            Err(error) => refused.push((format!("{}: {}", mailbox.id, words(&error)), error)),
            Ok(()) => match in_time_of(inbox(&client)).await {
                Ok(count) => waiting.push(format!("{}: {count} in its inbox", mailbox.id)),
                Err(error) => denied.push(format!("{}: {}", mailbox.id, words(&error))),
            },
        }
    }
    let minutes = skew.map(|skew| skew.as_mins());
    let is_off = minutes.is_some_and(|minutes| minutes.abs() >= MOST_SKEW_MINUTES);
    rungs.extend(minutes.map(clock));
    // Tokens of a clock that is off are refused, whatever the password.
    if !is_off || refused.is_empty() {
        let first = refused.first().map(|(_, error)| cure_of_login(error));
        let faults: Vec<_> = refused.iter().map(|(words, _)| words.clone()).collect();
        let good = match config.mailboxes.len() {
            1 => "the mailbox was let in".to_owned(),
            count => format!("{count} mailboxes were let in"),
        };
        rungs.push(Rung::of("login", &faults, good, first.unwrap_or_default()));
    }
    if !denied.is_empty() || !waiting.is_empty() {
        rungs.push(Rung::of(
            "rights",
            &denied,
            format!("each inbox can be listed ({})", waiting.join(", ")),
            "ask whoever runs the server whether the mailbox is enabled and may receive",
        ));
    }
}

fn clock(minutes: i64) -> Rung {
    let way = if minutes > 0 { "behind" } else { "ahead of" };
    let what = match minutes.abs() {
        0 => "this machine's clock agrees with the server's to the minute".to_owned(),
        off => format!("this machine's clock is {off} minutes {way} the server's"),
    };
    if minutes.abs() >= NOTEWORTHY_MINUTES {
        let cure = "set the clock, best by a time service: the server refuses tokens more than two hours off";
        Rung::fails("clock", what, cure)
    } else {
        Rung::holds("clock", what)
    }
}

fn cure_of_login(error: &ClientError) -> &'static str {
    match error.status().map(StatusCode::from_u16) {
        Some(Ok(StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED)) => {
            "look at mailbox id, password and shared key, each of which is for one environment only; and whether the \
             certificate is the one issued for this mailbox"
        }
        Some(Ok(StatusCode::NOT_FOUND)) => {
            "what answers there is no MESH server, or the prefix behind the host in url is wrong"
        }
        Some(_) => "ask whoever runs the server; the status says what it makes of the request",
        None => "look whether what answers there is a MESH server, and try again",
    }
}

/// How many messages wait.
async fn inbox(client: &MeshClient) -> Result<u64, ClientError> {
    let query = InboxQuery {
        max_results: Some(10),
        workflow_filter: None,
    };
    let page = client.inbox_page(&query).await?;
    let listed = page.messages.len() as u64;
    Ok(page.waiting.unwrap_or(listed))
}

fn words(error: &ClientError) -> String {
    error.with_causes()
}

async fn in_time<T>(step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, "no answer within 15 s");
    timeout(STEP, step).await.map_err(late)?
}

async fn in_time_of<T>(
    call: impl Future<Output = Result<T, ClientError>>,
) -> Result<T, ClientError> {
    timeout(STEP, call)
        .await
        .unwrap_or(Err(ClientError::Silent))
}
