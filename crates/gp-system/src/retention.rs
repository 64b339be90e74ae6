//! How long a practice keeps what it has, and what was removed when that was over.

use std::fmt;

use jiff::civil::Date;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// The shortest time something may be kept: the exchange has a message for 30 days, and may give it
/// once more.
const SHORTEST_DAYS: u32 = 31;
/// Ten years.
const TEN_YEARS: u32 = 3_653;
const TWO_YEARS: u32 = 731;

/// How long something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It is never removed.
    ForEver,
    /// So many days, 31 at least.
    Days(u32),
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForEver => f.write_str("for ever"),
            Self::Days(days) => write!(f, "{days} days"),
        }
    }
}

impl<'de> Deserialize<'de> for Keep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeepVisitor)
    }
}

struct KeepVisitor;

impl Visitor<'_> for KeepVisitor {
    type Value = Keep;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "days, {SHORTEST_DAYS} or more, or \"for ever\"")
    }

    fn visit_i64<E: Error>(self, days: i64) -> Result<Keep, E> {
        match u32::try_from(days) {
            Ok(days) if days >= SHORTEST_DAYS => Ok(Keep::Days(days)),
            _ => Err(E::custom(format_args!(
                "expected {SHORTEST_DAYS} days or more, or \"for ever\""
            ))),
        }
    }

    fn visit_u64<E: Error>(self, days: u64) -> Result<Keep, E> {
        self.visit_i64(i64::try_from(days).unwrap_or(i64::MAX))
    }

    /// An environment variable's text too.
    fn visit_str<E: Error>(self, text: &str) -> Result<Keep, E> {
        match text.trim() {
            "for ever" => Ok(Keep::ForEver),
            text => self.visit_i64(text.parse().unwrap_or_default()),
        }
    }
}

/// The table `[retention]` of `practice.toml`. Open tasks, unfinished consultations, and what an
/// alert is about that nobody has dealt with, are never removed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Tasks that were filed, returned or archived, with their documents, histories, the messages
    /// they came in and the answers these got: from the last thing that happened to them. Default
    /// ten years.
    pub documents_days: Keep,
    /// Messages that raised no task, and the answers they got. Default two years.
    pub refused_days: Keep,
    /// Consultations that are delivered, failed or withdrawn, with their reports and histories: from
    /// the last thing that happened to them. Default for ever.
    pub consultations_days: Keep,
    /// The files of acknowledgements and reports that arrived. Default two years.
    pub answers_days: Keep,
    /// Alerts that were dealt with. Default two years.
    pub alerts_days: Keep,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            documents_days: Keep::Days(TEN_YEARS),
            refused_days: Keep::Days(TWO_YEARS),
            consultations_days: Keep::ForEver,
            answers_days: Keep::Days(TWO_YEARS),
            alerts_days: Keep::Days(TWO_YEARS),
        }
    }
}

/// How much was removed. As text: `2 documents, 1 refused message`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    /// Tasks with their documents.
    pub documents: u32,
    /// Messages that had raised no task.
    pub refused: u32,
    /// Consultations with their reports.
    pub consultations: u32,
    /// Acknowledgements and reports that had arrived.
    pub answers: u32,
    /// Alerts that were dealt with.
    pub alerts: u32,
}

impl Removed {
    /// Whether it is nothing at all.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Removed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.documents, "document"),
            (self.refused, "refused message"),
            (self.consultations, "consultation"),
            (self.answers, "acknowledgement or report"),
            (self.alerts, "alert"),
        ];
        let mut comma = "";
        for (count, what) in counts.into_iter().filter(|(count, _)| *count > 0) {
            let plural = match (count, what) {
                (1, what) => what.to_owned(),
                (_, "acknowledgement or report") => "acknowledgements and reports".to_owned(),
                (_, what) => format!("{what}s"),
            };
            write!(f, "{comma}{count} {plural}")?;
            comma = ", ";
        }
        Ok(())
    }
}

/// What was removed on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// The day, in UTC.
    pub day: Date,
    /// What.
    pub removed: Removed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_for_ever_are_read_and_what_is_too_short_is_refused() {
        let read = |text: &str| serde_json::from_str::<Retention>(text);
        let kept = read(r#"{"documents_days": "for ever", "answers_days": 31}"#).unwrap();
        assert_eq!(
            (kept.documents_days, kept.answers_days),
            (Keep::ForEver, Keep::Days(31))
        );
        assert_eq!(kept.alerts_days, Keep::Days(TWO_YEARS));
        for wrong in ["30", "0", "-1", "\"never\"", "\"\"", "true"] {
            let text = format!("{{\"documents_days\": {wrong}}}");
            assert!(read(&text).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_was_removed_is_said_in_words() {
        let removed = Removed {
            documents: 2,
            answers: 1,
            ..Removed::default()
        };
        assert_eq!(
            removed.to_string(),
            "2 documents, 1 acknowledgement or report"
        );
    }
}
