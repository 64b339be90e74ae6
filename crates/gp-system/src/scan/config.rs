//! The table `[scan]` of `practice.toml`.

use std::path::PathBuf;

use serde::Deserialize;

/// What looks for malware in received documents.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Table")]
pub struct Scan {
    /// Who looks.
    pub by: ScannedBy,
    /// Seconds it may take for one attachment: 1 to 600, default 60.
    pub timeout_seconds: u32,
    /// Minutes after which a document that waits for the scanner is told in an alert. Default 15.
    pub alert_after_minutes: u32,
}

/// Who looks for malware.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScannedBy {
    /// clamd, by its INSTREAM command.
    Clamd(Address),
    /// A program and its arguments: it gets an attachment on its standard input, and exits with 0
    /// for clean, 1 for infected, anything else when it could not look.
    Command(Vec<String>),
}

/// Where clamd listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A socket on this machine.
    Unix(PathBuf),
    /// `host:port`, in clear.
    Tcp(String),
}

/// The table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    clamd: Option<String>,
    command: Option<Vec<String>>,
    #[serde(default = "default_timeout")]
    timeout_seconds: u32,
    #[serde(default = "default_patience")]
    alert_after_minutes: u32,
}

fn default_timeout() -> u32 {
    60
}

fn default_patience() -> u32 {
    15
}

impl TryFrom<Table> for Scan {
    type Error = &'static str;

    fn try_from(table: Table) -> Result<Self, Self::Error> {
        let by = match (table.clamd, table.command) {
            (Some(clamd), None) => ScannedBy::Clamd(address(&clamd)?),
            (None, Some(words)) if words.first().is_some_and(|word| !word.is_empty()) => {
                ScannedBy::Command(words)
            }
            (None, Some(_)) => return Err("command: expected a program and its arguments"),
            _ => return Err("expected either clamd or command"),
        };
        if !(1..=600).contains(&table.timeout_seconds) {
            return Err("timeout_seconds: expected 1 to 600");
        }
        Ok(Self {
            by,
            timeout_seconds: table.timeout_seconds,
            alert_after_minutes: table.alert_after_minutes,
        })
    }
}

fn address(text: &str) -> Result<Address, &'static str> {
    const EXPECTED: &str = "clamd: expected \"unix:/path/of/its/socket\" or \"host:port\"";
    if let Some(path) = text.strip_prefix("unix:") {
        return if cfg!(unix) && path.starts_with('/') {
            Ok(Address::Unix(PathBuf::from(path)))
        } else {
            Err(EXPECTED)
        };
    }
    let (host, port) = text.rsplit_once(':').ok_or(EXPECTED)?;
    match port.parse::<u16>() {
        Ok(1..) if !host.is_empty() => Ok(Address::Tcp(text.to_owned())),
        _ => Err(EXPECTED),
    }
}

impl Scan {
    /// Scanning by this, with the other settings at their defaults.
    pub fn new(by: ScannedBy) -> Self {
        Self {
            by,
            timeout_seconds: default_timeout(),
            alert_after_minutes: default_patience(),
        }
    }

    /// The host that documents are sent to in clear, where it is not a socket or program here.
    pub fn plain_host(&self) -> Option<&str> {
        match &self.by {
            ScannedBy::Clamd(Address::Tcp(address)) => address.rsplit_once(':').map(|it| it.0),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_clamd_or_a_command_is_read_with_its_defaults() {
        let read = |text: &str| serde_json::from_str::<Scan>(text);
        let scan = read(r#"{"clamd": "unix:/run/clamd"}"#).unwrap();
        let socket = Address::Unix(PathBuf::from("/run/clamd"));
        assert_eq!(scan, Scan::new(ScannedBy::Clamd(socket)));
        assert_eq!((scan.timeout_seconds, scan.alert_after_minutes), (60, 15));
        let scan = read(r#"{"clamd": "[::1]:3310", "timeout_seconds": 5}"#).unwrap();
        assert_eq!(scan.plain_host(), Some("[::1]"));
        assert!(read(r#"{"command": ["clamscan", "-"]}"#).is_ok());
        for wrong in [
            "{}",
            r#"{"clamd": "a:1", "command": ["b"]}"#,
            r#"{"clamd": "unix:relative"}"#,
            r#"{"clamd": "localhost"}"#,
            r#"{"clamd": "localhost:0"}"#,
            r#"{"clamd": ":3310"}"#,
            r#"{"command": []}"#,
            r#"{"command": [""]}"#,
            r#"{"clamd": "a:1", "timeout_seconds": 0}"#,
            r#"{"clamd": "a:1", "timeout": 1}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
