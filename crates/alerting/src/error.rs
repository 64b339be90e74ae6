//! Why an alert could not be sent.

use std::time::Duration;

/// Why alerts cannot be sent. Nothing is lost: the alert stays with its source, and sending again is safe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AlertingError {
    /// A setting cannot be used.
    #[error("[alerting] {setting}: {problem}")]
    Configuration {
        /// The setting with its table.
        setting: &'static str,
        /// What was expected and what was found.
        problem: String,
    },
    /// It took too long.
    #[error("{host} did not answer within {} seconds", after.as_secs())]
    TimedOut {
        /// Whom it was sent to.
        host: String,
        /// How long was waited.
        after: Duration,
    },
    /// No connection, or it broke.
    #[error("{host} cannot be reached: {problem}")]
    Unreachable {
        /// Whom it was sent to.
        host: String,
        /// What went wrong.
        problem: String,
    },
    /// It was answered, and not taken.
    #[error("{host} did not take it: {answer}")]
    Refused {
        /// Whom it was sent to.
        host: String,
        /// The status and the beginning of what was said, printable ASCII.
        answer: String,
    },
    /// The message could not be written.
    #[error("the message cannot be written: {0}")]
    Message(String),
}

impl AlertingError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Configuration { .. } => "alerting.configuration",
            Self::TimedOut { .. } => "alerting.timed-out",
            Self::Unreachable { .. } => "alerting.unreachable",
            Self::Refused { .. } => "alerting.refused",
            Self::Message(_) => "alerting.message",
        }
    }

    pub(crate) fn unreachable(host: &str, error: &dyn std::error::Error) -> Self {
        Self::Unreachable {
            host: host.to_owned(),
            problem: printable(innermost(error).as_bytes()),
        }
    }
}

/// What lies at the bottom of an error: what is above repeats that something failed.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

/// Characters of what a stranger said that are shown.
const SHOWN: usize = 200;

/// The beginning of what a stranger said, on one line, in printable ASCII.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let plain = |byte: &u8| match byte {
        b' '..=b'~' => char::from(*byte),
        _ => ' ',
    };
    let text: String = bytes.iter().take(SHOWN).map(plain).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_said_is_one_short_line() {
        let said = format!("no\r\n\x1b[31mway\u{202e} {}", "x".repeat(1_000));
        let shown = printable(said.as_bytes());
        assert!(shown.starts_with("no [31mway xxx"), "{shown}");
        assert!(shown.len() <= SHOWN);
    }
}
