//! Settings that weaken protection: refused, or allowed by a key that says so. What is allowed is warned of by name at
//! every start and counted (`restante_weakened`).

use std::net::SocketAddr;

use https_listener::ListenerConfig;
use mesh_client::AgentConfig;
use serde::Deserialize;

use crate::config::{PracticeFile, ServerConfig};
use crate::error::Error;

const PAGES: &str = "listen on 127.0.0.1, or name the proxy that ends TLS in [pages] \
    (trusted_proxies, behind_tls_proxy = true)";

/// A listener of `server.toml`, as `behind_proxy` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlainListener {
    Listener,
    Operations,
}

/// A URL of `server.toml`, as `allow_http` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum PlainUrl {
    #[serde(rename = "demographics.fhir.base_url")]
    Pds,
    #[serde(rename = "demographics.fhir.credentials.token_url")]
    PdsToken,
    #[serde(rename = "store.s3.endpoint")]
    S3,
}

/// A setting that weakens protection.
pub struct Weakening {
    /// As docs/reference/configuration.md names it.
    setting: &'static str,
    /// What it opens.
    effect: String,
    /// Whether the service starts with it.
    verdict: Verdict,
}

enum Verdict {
    Allowed,
    /// What to do instead.
    Refused(String),
}

/// The weakenings that a service started with, by the names of their settings.
#[derive(Debug)]
pub struct Weakened(Vec<&'static str>);

impl Weakened {
    /// Counts them, once the process has metrics.
    pub fn count(&self) {
        for setting in &self.0 {
            metrics::gauge!("restante_weakened", "setting" => *setting).set(1.0);
        }
    }
}

/// Warns of each weakening that is allowed.
///
/// # Errors
///
/// Names every one that is refused.
pub fn admit(found: Vec<Weakening>) -> Result<Weakened, Error> {
    let mut admitted = Vec::new();
    let mut refused = Vec::new();
    for weakening in found {
        let Weakening {
            setting, effect, ..
        } = weakening;
        match weakening.verdict {
            Verdict::Allowed => {
                tracing::warn!(setting, "protection is weakened by {setting}: {effect}");
                admitted.push(setting);
            }
            Verdict::Refused(remedy) => refused.push(format!("{setting}: {effect}; {remedy}")),
        }
    }
    if refused.is_empty() {
        return Ok(Weakened(admitted));
    }
    Err(Error::Usage(format!(
        "not started, since settings would leave it unprotected (docs/reference/configuration.md)\n  {}",
        refused.join("\n  ")
    )))
}

/// What would keep a service from starting, of what weakens it.
pub fn refusals(found: Vec<Weakening>) -> Vec<String> {
    let refused = found
        .into_iter()
        .filter_map(|weakening| match weakening.verdict {
            Verdict::Allowed => None,
            Verdict::Refused(remedy) => Some(format!(
                "{}: {}; {remedy}",
                weakening.setting, weakening.effect
            )),
        });
    refused.collect()
}

/// What weakens an exchange.
pub fn of_server(config: &ServerConfig) -> Vec<Weakening> {
    let mut found = sandbox(config);
    found.extend(callers(config));
    found.extend(listeners(config));
    found.extend(urls(config));
    let postgresql = config.store.postgresql.as_ref();
    if postgresql.is_some_and(mail_store::PostgresOptions::is_sent_in_clear) {
        let effect = "records, its password too, go to PostgreSQL without TLS and can be read and altered on the way";
        found.push(allowed("store.postgresql.ca_file", effect));
    }
    found
}

/// What weakens a practice.
pub fn of_practice(file: &PracticeFile) -> Vec<Weakening> {
    let address = file.tls.is_none().then_some(file.listen);
    let remedy = format!("give [tls], {PAGES}");
    let plain =
        address.and_then(|address| plain("listen", address, file.pages.behind_tls_proxy, &remedy));
    let mut found: Vec<_> = plain.into_iter().collect();
    if let Some(address) = beyond_this_machine(file.operations) {
        let effect = format!("health and metrics are served on {address} without TLS");
        found.push(allowed("operations", &effect));
    }
    if file.practice.rehearsal {
        let effect = "senders choose the answers they get; never with real patients";
        found.push(allowed("practice.rehearsal", effect));
    }
    let scanner = file.scan.as_ref().and_then(gp_system::Scan::plain_host);
    if scanner.is_some_and(|host| !settings::is_this_machine(host)) {
        let effect = "patients' documents go to clamd on another machine in clear";
        found.push(allowed("scan.clamd", effect));
    }
    found
}

/// What weakens a client that starts; what it does not start with is a fault of its configuration.
pub fn of_client(config: &AgentConfig) -> Vec<Weakening> {
    let mut found = Vec::new();
    if config.server.is_sent_in_clear() {
        let effect =
            "tokens and messages sent to an http:// address can be read and altered on the way";
        found.push(allowed("server.allow_http", effect));
    }
    if beyond_this_machine(config.operations).is_some() {
        let effect = "health and metrics are served without TLS beyond this machine";
        found.push(allowed("operations", effect));
    }
    found
}

fn beyond_this_machine(address: Option<SocketAddr>) -> Option<SocketAddr> {
    address.filter(|it| !settings::is_loopback(it.ip()))
}

/// What weakens `restante server --sandbox`: nothing that is meant for this machine only. `page` is where its page
/// listens, and whether it was said that others may reach it.
pub fn of_sandbox(listen: SocketAddr, page: Option<(SocketAddr, bool)>) -> Vec<Weakening> {
    let effect = format!(
        "whoever reaches {listen} can read, send and empty every mailbox: passwords and key are mesh-sandbox's, the \
         admin routes ask for neither"
    );
    let is_open = !settings::is_loopback(listen.ip());
    let api = is_open.then(|| allowed("--sandbox", &effect));
    api.into_iter().chain(page.and_then(of_page)).collect()
}

fn of_page((listen, may_be_open): (SocketAddr, bool)) -> Option<Weakening> {
    let is_open = !settings::is_loopback(listen.ip());
    let remedy = "listen on 127.0.0.1, or give --ui-open if everybody who reaches it may";
    is_open.then(|| Weakening {
        setting: "--ui",
        effect: format!(
            "whoever reaches {listen} can read, send and delete every message: the page has no sign-in"
        ),
        verdict: unless(may_be_open, remedy.to_owned()),
    })
}

/// What weakens `restante pds serve`.
pub fn of_stand_in(listen: SocketAddr, behind_proxy: bool) -> Vec<Weakening> {
    let remedy = "listen on 127.0.0.1, or give --behind-proxy if a proxy ends TLS before it";
    plain("--listen", listen, behind_proxy, remedy)
        .into_iter()
        .collect()
}

fn allowed(setting: &'static str, effect: &str) -> Weakening {
    Weakening {
        setting,
        effect: effect.to_owned(),
        verdict: Verdict::Allowed,
    }
}

fn unless(given: bool, remedy: String) -> Verdict {
    if given {
        Verdict::Allowed
    } else {
        Verdict::Refused(remedy)
    }
}

/// There is one switch for mesh-sandbox's manners, and it is no setting.
fn sandbox(config: &ServerConfig) -> Vec<Weakening> {
    let effect = |setting| match setting {
        "api.sandbox" => ("anybody could empty mailboxes", config.api.sandbox),
        _ => (
            "strangers would learn why they are refused",
            config.exchange.sandbox,
        ),
    };
    let mut found = Vec::new();
    for setting in config.sandbox_keys.iter().copied() {
        let (effect, is_on) = effect(setting);
        if is_on {
            let remedy = "take the key out, and use `restante server --sandbox` for tests";
            found.push(Weakening {
                setting,
                effect: effect.to_owned(),
                verdict: Verdict::Refused(remedy.to_owned()),
            });
        } else {
            tracing::warn!("{setting} has no effect since 0.2: take the key out");
        }
    }
    found
}

/// Whom the exchange believes.
fn callers(config: &ServerConfig) -> Vec<Weakening> {
    let exchange = &config.exchange;
    let mut found = Vec::new();
    let tls = config.listener.tls.as_ref();
    if exchange.require_certificate && tls.is_none_or(|tls| tls.client_ca.is_none()) {
        let remedy = "give client_ca in [listener.tls] (docs/reference/configuration.md shows how to make the files), or, for \
                      tests, require_certificate = false";
        found.push(Weakening {
            setting: "exchange.require_certificate",
            effect:
                "without client_ca nobody could show a certificate, and everybody would be refused"
                    .to_owned(),
            verdict: Verdict::Refused(remedy.to_owned()),
        });
    }
    let settings = [
        (
            !exchange.require_certificate,
            "exchange.require_certificate",
            "a mailbox's password and the shared key open it from anywhere",
        ),
        (
            !exchange.enforce_workflow_rights,
            "exchange.enforce_workflow_rights",
            "every mailbox may send and receive every workflow",
        ),
        (
            exchange.token_window_minutes == 0,
            "exchange.token_window_minutes",
            "a token of any age is good",
        ),
        (
            !exchange.single_use_tokens,
            "exchange.single_use_tokens",
            "a token that somebody copied is good again",
        ),
    ];
    let set = settings.into_iter().filter(|(is_set, ..)| *is_set);
    found.extend(set.map(|(_, setting, effect)| allowed(setting, effect)));
    found
}

fn listeners(config: &ServerConfig) -> impl Iterator<Item = Weakening> {
    let is_plain = |listener: &ListenerConfig| listener.tls.is_none().then_some(listener.listen);
    let named = |name, address, which, instead| {
        let remedy = format!(
            "{instead}, or write behind_proxy = [\"{name}\"] at the top of server.toml if a proxy ends TLS before \
             it or its network is its own"
        );
        plain(
            name,
            address?,
            config.behind_proxy.contains(&which),
            &remedy,
        )
    };
    let api = is_plain(&config.listener);
    let api = named(
        "listener",
        api,
        PlainListener::Listener,
        "give [listener.tls]",
    );
    let operations = config.operations;
    let operations = named(
        "operations",
        operations,
        PlainListener::Operations,
        "listen on 127.0.0.1",
    );
    let console = config
        .console
        .as_ref()
        .and_then(is_plain)
        .and_then(|address| {
            let behind_proxy = config.pages.behind_tls_proxy;
            plain(
                "console",
                address,
                behind_proxy,
                &format!("give [console.tls], {PAGES}"),
            )
        });
    [api, operations, console].into_iter().flatten()
}

fn plain(
    setting: &'static str,
    address: SocketAddr,
    behind_proxy: bool,
    remedy: &str,
) -> Option<Weakening> {
    (!settings::is_loopback(address.ip())).then(|| Weakening {
        setting,
        effect: format!("plain HTTP on {address} can be read and altered on the way"),
        verdict: unless(behind_proxy, remedy.to_owned()),
    })
}

fn urls(config: &ServerConfig) -> impl Iterator<Item = Weakening> {
    let fhir = config.demographics.fhir.as_ref();
    let credentials = fhir.and_then(|fhir| fhir.credentials.as_ref());
    let s3 = config.store.s3.as_ref();
    let urls = [
        (
            PlainUrl::Pds,
            "demographics.fhir.base_url",
            fhir.map(|fhir| fhir.base_url.as_str()),
        ),
        (
            PlainUrl::PdsToken,
            "demographics.fhir.credentials.token_url",
            credentials.map(|credentials| credentials.token_url.as_str()),
        ),
        (
            PlainUrl::S3,
            "store.s3.endpoint",
            s3.and_then(|s3| s3.endpoint.as_deref()),
        ),
    ];
    let clear = |(which, setting, url): (PlainUrl, &'static str, Option<&str>)| {
        url.filter(|url| settings::is_sent_in_clear(url))
            .map(|_| Weakening {
                setting,
                effect: "what is sent to an http:// address can be read and altered on the way".to_owned(),
                verdict: unless(
                    config.allow_http.contains(&which),
                    format!("give an https:// address, or write allow_http = [\"{setting}\"] at the top of server.toml"),
                ),
            })
    };
    urls.map(clear).into_iter().flatten()
}
