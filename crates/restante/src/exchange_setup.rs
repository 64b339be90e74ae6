//! What the console's page of settings shows of `server.toml` and of what it rests on. No secret, no file of one.

use std::path::Path;
use std::sync::Arc;

use exchange_console::{Setup, SetupPart, SetupValue};
use pages::Surroundings;

use crate::config::{ServerConfig, Source};
use crate::last_backup;
use crate::wiring;

/// What is shown of a server's configuration.
pub fn of_server(config: &ServerConfig, surroundings: Surroundings) -> Setup {
    let (data, fixed) = (config.data.clone(), Fixed::of(config));
    let look = move || {
        let mut parts = vec![fixed.rules(), fixed.limits(), fixed.kept(), fixed.pds()];
        parts.insert(0, lists(&data));
        parts.insert(1, backups(&data));
        parts
    };
    Setup {
        surroundings,
        look: Some(Arc::new(look)),
    }
}

/// What does not change while the service runs.
struct Fixed {
    exchange: exchange::Settings,
    source: &'static str,
    fhir: Option<(String, bool, u32)>,
    security_log_days: Option<u32>,
    store: &'static str,
    bodies: &'static str,
}

impl Fixed {
    fn of(config: &ServerConfig) -> Self {
        let pds = &config.demographics;
        Self {
            exchange: config.exchange.clone(),
            source: match pds.source {
                Source::Registry => "the registry on this machine",
                Source::Fhir => "PDS FHIR",
                Source::Chain => "the registry, then PDS FHIR for whom it does not know",
            },
            fhir: pds.fhir.as_ref().map(|fhir| {
                let is_signed = fhir.credentials.is_some();
                (fhir.base_url.clone(), is_signed, fhir.requests_per_second)
            }),
            security_log_days: config.pages.security_log_days,
            store: match config.store.postgresql {
                Some(_) => "PostgreSQL",
                None => "SQLite in the data directory",
            },
            bodies: match config.store.s3 {
                Some(_) => "an S3 bucket",
                None => "files in the data directory",
            },
        }
    }

    fn rules(&self) -> SetupPart {
        let settings = &self.exchange;
        let yes_no = |is: bool| SetupValue::words(if is { "yes" } else { "no" });
        SetupPart {
            id: "exchange",
            title: "Exchange",
            facts: vec![
                ("Records", SetupValue::words(self.store)),
                ("Large bodies", SetupValue::words(self.bodies)),
                (
                    "Clients need a certificate",
                    yes_no(settings.require_certificate),
                ),
                (
                    "Rights to workflows are asked for",
                    yes_no(settings.enforce_workflow_rights),
                ),
                (
                    "A token may be off by",
                    SetupValue::words(format!("{} minutes", settings.token_window_minutes)),
                ),
                (
                    "A token is good for one request",
                    yes_no(settings.single_use_tokens),
                ),
            ],
            words: "",
        }
    }

    fn limits(&self) -> SetupPart {
        let settings = &self.exchange;
        let quota = &settings.quota;
        let of = |limit: u64, unit: &str| {
            SetupValue::words(match limit {
                0 => "no limit".to_owned(),
                limit => format!("{limit}{unit}"),
            })
        };
        SetupPart {
            id: "limits",
            title: "Limits",
            facts: vec![
                (
                    "Longest message",
                    SetupValue::words(in_units(settings.max_message_bytes)),
                ),
                (
                    "Longest request",
                    SetupValue::words(in_units(settings.max_request_bytes)),
                ),
                (
                    "Stored of one mailbox",
                    SetupValue::words(in_units(quota.stored_bytes)),
                ),
                (
                    "Waiting of one mailbox",
                    of(quota.waiting_messages, " messages"),
                ),
                (
                    "Accepted from one mailbox in an hour",
                    SetupValue::words(in_units(quota.bytes_per_hour)),
                ),
                (
                    "Mailboxes with limits of their own",
                    SetupValue::words(quota.mailbox.len()),
                ),
                (
                    "Failed traces a mailbox may cause in an hour",
                    of(u64::from(settings.routing_failures_per_hour), ""),
                ),
            ],
            words: "",
        }
    }

    fn kept(&self) -> SetupPart {
        let settings = &self.exchange;
        let days = |days: u32| SetupValue::words(format!("{days} days"));
        let log = match self.security_log_days {
            Some(kept) => days(kept),
            None => SetupValue::words("for ever"),
        };
        SetupPart {
            id: "retention",
            title: "How long things are kept",
            facts: vec![
                (
                    "A message that is not collected, until its sender is told",
                    days(settings.inbox_expiry_days),
                ),
                (
                    "A message, since it was sent",
                    days(settings.message_expiry_days),
                ),
                ("The audit trail", SetupValue::words("for ever")),
                ("The security log of these pages", log),
            ],
            words: "",
        }
    }

    fn pds(&self) -> SetupPart {
        let mut facts = vec![("Asked", SetupValue::words(self.source))];
        if let Some((url, is_signed, rate)) = &self.fhir {
            let access = if *is_signed {
                "as an application, with a signed key"
            } else {
                "without credentials"
            };
            facts.push(("API", SetupValue::words(url)));
            facts.push(("Access", SetupValue::words(access)));
            facts.push(("Requests a second", SetupValue::words(rate)));
        }
        let hours = self.exchange.routing_deadline_hours;
        facts.push((
            "Tried, without an answer, for",
            SetupValue::words(format!("{hours} hours")),
        ));
        SetupPart {
            id: "pds",
            title: "Who knows where patients are registered (PDS)",
            facts,
            words: "",
        }
    }
}

/// The registry's lists, with the rows that were refused.
fn lists(data: &Path) -> SetupPart {
    let mut facts = Vec::new();
    match pds::status(&wiring::registry_directory(data)) {
        Ok(status) => {
            let parts = [(status.patients, PATIENTS), (status.practices, PRACTICES)];
            for (part, [name, when, refused]) in parts {
                let Some(part) = part else {
                    facts.push((name, SetupValue::words("none imported")));
                    continue;
                };
                let taken = format!("{} rows of {}", part.rows, part.kind);
                facts.push((name, SetupValue::Words(taken)));
                facts.push((when, SetupValue::Moment(part.as_of)));
                facts.push((refused, SetupValue::words(part.refused)));
            }
        }
        Err(error) => {
            tracing::warn!(%error, "the registry's status cannot be read");
            facts.push(("Lists", SetupValue::words("cannot be read: see the log")));
        }
    }
    SetupPart {
        id: "lists",
        title: "Lists of the registry",
        facts,
        words: "The lines that were refused and why are told by the import itself (restante registry import), never with content.",
    }
}

const PATIENTS: [&str; 3] = ["Patients", "Patients read", "Patients' rows refused"];
const PRACTICES: [&str; 3] = ["Practices", "Practices read", "Practices' rows refused"];

fn backups(data: &Path) -> SetupPart {
    let facts = match last_backup::read(data) {
        Some(last) => vec![
            ("Last", SetupValue::Moment(last.at)),
            ("Messages", SetupValue::words(last.messages)),
            ("Damaged bodies found", SetupValue::words(last.damaged)),
        ],
        None => vec![("Last", SetupValue::words("none that is known here"))],
    };
    SetupPart {
        id: "backups",
        title: "Backups",
        facts,
        words: "What restante backup made. Copies made by other means are not known here.",
    }
}

fn in_units(bytes: u64) -> String {
    const GIB: u64 = 1024 * 1024 * 1024;
    const MIB: u64 = 1024 * 1024;
    match bytes {
        0 => "no limit".to_owned(),
        bytes if bytes >= GIB => format!("{} GiB", bytes / GIB),
        bytes if bytes >= MIB => format!("{} MiB", bytes / MIB),
        bytes => format!("{bytes} bytes"),
    }
}
