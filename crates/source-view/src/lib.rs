//! A message's source as lines: laid out, as it was sent, and as a tree; with the findings at their values. Whatever a
//! message holds, no more than [`LINES`] lines are drawn at once and none is longer than [`LONGEST_LINE`].

mod as_sent;
mod excerpts;
mod laid_out;
mod places;
mod tree;

pub use as_sent::as_sent;
pub use excerpts::excerpts;
pub use laid_out::laid_out;
pub use places::Places;
pub use tree::tree;

use maud::Markup;
use message_check::Found;
use send_document::Severity;

/// Lines drawn at once.
pub const LINES: usize = 200;
/// Lines before a finding: it is seen without scrolling.
const BEFORE: usize = 15;
/// Characters drawn of one line or value.
pub const LONGEST_LINE: usize = 400;
/// Findings that are marked and listed.
pub const FINDINGS: usize = 200;

/// Part of a source, with the lines there are before and behind it.
pub struct Shown {
    /// An `li` a line.
    pub lines: Markup,
    /// The first line shown, from 1.
    pub first: usize,
    /// The last line shown.
    pub last: usize,
    /// How many lines there are.
    pub all: usize,
}

/// The class of a line with a finding.
fn class(found: &Found) -> &'static str {
    match found.severity {
        Severity::Error => "hit",
        Severity::Warning => "warn",
    }
}

/// The lines to draw, `most` of them: from the one asked for, or around the finding, or from the beginning.
fn window(from: Option<usize>, finding: Option<usize>, all: usize, most: usize) -> (usize, usize) {
    let first = match (from, finding) {
        (Some(from), _) => from.saturating_sub(1),
        (None, Some(line)) => line.saturating_sub(BEFORE.min(most / 2)),
        (None, None) => 0,
    };
    let first = first.min(all.saturating_sub(1));
    (first, (first + most).min(all))
}

/// A text with its end left out where it is too long, and how many characters it has.
fn cut(text: &str) -> String {
    let mut characters = text.chars();
    let shown: String = characters.by_ref().take(LONGEST_LINE).collect();
    match characters.count() {
        0 => shown,
        more => format!("{shown}… ({more} more characters)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_within_the_lines() {
        for (from, finding, all, expected) in [
            (None, None, 0, (0, 0)),
            (None, None, 30, (0, 30)),
            (None, Some(20), 30, (5, 30)),
            (None, Some(700), 1_000, (685, 885)),
            (Some(901), Some(700), 1_000, (900, 1_000)),
            (Some(5_000), None, 1_000, (999, 1_000)),
            (Some(0), None, 10, (0, 10)),
        ] {
            assert_eq!(
                window(from, finding, all, LINES),
                expected,
                "{from:?} {finding:?} {all}"
            );
        }
        assert_eq!(window(None, Some(700), 1_000, 7), (697, 704));
    }
}
