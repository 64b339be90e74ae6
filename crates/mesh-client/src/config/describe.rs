//! What a configuration says, in words, and what is wrong with it.

use std::sync::Arc;

use jiff::Timestamp;
use nhs::{SystemClock, SystemRandomness};

use super::{AgentConfig, MailboxConfig, seconds};
use crate::ClientError;
use crate::api::{CLIENT_CERTIFICATE, Connection, Dates, is_this_machine, judge_chain, server_url};

impl AgentConfig {
    /// What would keep an agent from starting, as far as files, secrets and numbers tell: nothing is
    /// connected, no directory made.
    ///
    /// The certificate's dates are told by [`Self::certificate_dates`].
    pub fn faults(&self) -> Vec<ClientError> {
        let connection = self.connection_settings().and_then(|settings| {
            Connection::new(&settings, Arc::new(SystemClock), Arc::new(SystemRandomness))?;
            Ok(())
        });
        let options = &self.options;
        let times = [
            options.poll_seconds,
            options.settle_seconds,
            options.lone_control_file_seconds,
            options.lone_data_file_seconds,
            options.stop_seconds,
        ];
        let times = times.into_iter().map(|value| seconds(value).map(|_| ()));
        let passwords = self.mailboxes.iter().map(|mailbox| {
            let resolved = mailbox.password.resolve();
            resolved.map(drop).map_err(ClientError::from)
        });
        std::iter::once(connection)
            .chain(times)
            .chain(passwords)
            .filter_map(Result::err)
            .collect()
    }
}

impl AgentConfig {
    /// What is wrong with the settings by themselves, whatever the files that they name.
    pub(crate) fn faults_of_settings(&self) -> Vec<String> {
        let server = &self.server;
        let mut faults = Vec::new();
        let mut note = |result: Result<(), ClientError>| {
            faults.extend(result.err().map(|error| error.to_string()));
        };
        note(server.check_protection());
        note(server_url(&server.url).map(drop));
        let second = server.secondary_url.as_deref();
        note(second.map_or(Ok(()), |url| server_url(url).map(drop)));
        note(server.check_pairs());
        let options = &self.options;
        for value in [
            options.poll_seconds,
            options.settle_seconds,
            options.lone_control_file_seconds,
            options.lone_data_file_seconds,
            options.stop_seconds,
            server.timeout_seconds,
            server.retry_pause_seconds,
        ] {
            note(seconds(value).map(drop));
        }
        let mut ids: Vec<_> = self.mailboxes.iter().map(|mailbox| &mailbox.id).collect();
        ids.sort();
        for pair in ids.windows(2) {
            if let [one, other] = pair
                && one == other
            {
                note(Err(ClientError::Configuration(format!(
                    "mailbox {one} is configured twice"
                ))));
            }
        }
        faults
    }

    /// What the dates of the client's certificate and of those above it mean now; good when there is none, or
    /// none that can be read.
    pub fn certificate_dates(&self, now: Timestamp) -> Dates {
        let settings = self.connection_settings().ok();
        let identity = settings.and_then(|settings| settings.identity);
        let chain = identity.map(|identity| identity.validity());
        judge_chain(CLIENT_CERTIFICATE, &chain.unwrap_or_default(), now)
    }
}

/// What was understood, as pairs of a name and words, for people to check before they start the
/// agent. Secrets are told by where they come from.
pub fn describe(config: &AgentConfig) -> Vec<(String, String)> {
    let mut lines = server(config);
    lines.extend(options(config));
    lines.extend(config.mailboxes.iter().map(mailbox));
    lines
}

fn server(config: &AgentConfig) -> Vec<(String, String)> {
    let server = &config.server;
    let path = |path: &std::path::Path| path.display().to_string();
    let identity = match (&server.certificate, &server.private_key, &server.key_store) {
        (Some(certificate), Some(key), _) => {
            let opened = server.key_password.as_ref();
            let opened = opened.map(|password| format!(", its password: {}", password.source()));
            format!(
                "{}, its key {}{}",
                path(certificate),
                path(key),
                opened.unwrap_or_default()
            )
        }
        (_, _, Some(store)) => format!("from the key store {}", path(store)),
        _ => "none: the server must not ask for one".to_owned(),
    };
    let trust = match (&server.trust, &server.key_store) {
        (Some(trust), _) => format!("only the authorities in {}", path(trust)),
        (None, Some(_)) => {
            "the authorities in the key store, or the machine's when it has none".to_owned()
        }
        (None, None) => "the machine's authorities".to_owned(),
    };
    let proxy = match &server.proxy {
        Some(proxy) => match (&proxy.url, &proxy.file) {
            (Some(url), _) => without_credentials(url),
            (None, Some(file)) if file.is_file() => format!("as {} says", path(file)),
            (None, Some(file)) => format!("none: {} is not there", path(file)),
            (None, None) => "none".to_owned(),
        },
        None if is_this_machine(&server.url) => "none: the server is on this machine".to_owned(),
        None => "as HTTPS_PROXY and NO_PROXY say".to_owned(),
    };
    let mut lines = vec![line("server", &with_protection(&server.url))];
    if let Some(second) = &server.secondary_url {
        lines.push(line("second URL", &with_protection(second)));
    }
    lines.extend([
        line("shared key", &server.shared_key.source()),
        line("client certificate", &identity),
        line("trust", &trust),
        line("proxy", &proxy),
        (
            "requests".to_owned(),
            format!(
                "{} tries, {} s before the second, given up after {} s of silence",
                server.tries, server.retry_pause_seconds, server.timeout_seconds
            ),
        ),
    ]);
    if let Some(work_path) = &config.work_path {
        lines.push(line("lock", &format!("one client for {}", path(work_path))));
    }
    if let Some(log_path) = &config.log_path {
        lines.push(line("log files", &path(log_path)));
    }
    if let Some(operations) = config.operations {
        lines.push(line(
            "operations",
            &format!("http://{operations}/health and /metrics"),
        ));
    }
    lines
}

fn options(config: &AgentConfig) -> Vec<(String, String)> {
    let options = &config.options;
    let zone = if options.utc { "UTC" } else { "UK local time" };
    let poll = config
        .poll_period()
        .map_or(options.poll_seconds, |it| it.as_secs_f64());
    vec![
        (
            "polling".to_owned(),
            format!(
                "every {poll} s, {} messages at a time{}",
                options.max_messages,
                match options.wait_seconds {
                    0 => String::new(),
                    seconds => format!("; where the server waits for mail, {seconds} s at a time"),
                }
            ),
        ),
        (
            "OUT".to_owned(),
            format!(
                "a pair is taken when it has rested for {} s; a control file alone fails after \
                 {} s, data alone after {} s",
                options.settle_seconds,
                options.lone_control_file_seconds,
                options.lone_data_file_seconds
            ),
        ),
        (
            "sending".to_owned(),
            format!(
                "requests of at most {} bytes, chunks of {} bytes, messages of at most {} bytes, \
                 given up after {} hours",
                options.request_limit,
                options.chunk_size,
                options.message_limit,
                options.give_up_hours
            ),
        ),
        (
            "at once".to_owned(),
            format!(
                "{} messages over all mailboxes, {} in chunks in each",
                options.max_transfers, options.large_transfers
            ),
        ),
        line("times in control files", zone),
    ]
}

fn mailbox(mailbox: &MailboxConfig) -> (String, String) {
    let reports = [
        (mailbox.collect_report, "collect"),
        (mailbox.transfer_report, "transfer"),
        (mailbox.delay_report, "delay"),
        (mailbox.poll_report, "poll"),
    ];
    let wanted: Vec<_> = reports
        .iter()
        .filter_map(|(wanted, name)| wanted.then_some(*name))
        .collect();
    let wanted = if wanted.is_empty() {
        "of failures only".to_owned()
    } else {
        format!("of failures, {}", wanted.join(", "))
    };
    let sent = if mailbox.save_sent {
        "kept"
    } else {
        "not kept"
    };
    let at_once = match mailbox.messages_at_once {
        0 | 1 => String::new(),
        several => format!("; {several} messages at once, in no order"),
    };
    (
        format!("mailbox {}", mailbox.id),
        format!(
            "{}; password {}; reports {wanted}; what was sent is {sent}{at_once}",
            mailbox.directory.display(),
            mailbox.password.source()
        ),
    )
}

fn line(name: &str, words: &str) -> (String, String) {
    (name.to_owned(), words.to_owned())
}

fn with_protection(url: &str) -> String {
    let shown = without_credentials(url);
    if settings::is_sent_in_clear(url) {
        return format!("{shown}, WITHOUT TLS: what is sent can be read and altered on the way");
    }
    if shown.starts_with("http://") {
        return format!("{shown}, without TLS, on this machine");
    }
    shown
}

/// A URL may hold a user and a password, which are nobody's business here.
fn without_credentials(url: &str) -> String {
    match reqwest::Url::parse(url) {
        Ok(mut url) => {
            let _ = url.set_password(None);
            let _ = url.set_username("");
            url.as_str().trim_end_matches('/').to_owned()
        }
        Err(_) => "not a URL".to_owned(),
    }
}
