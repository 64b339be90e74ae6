//! Templates of a practice's own for clinical notes: `[[practice.templates]]` in `practice.toml`.

use serde::Deserialize;

use crate::PracticeError;

/// Templates of a practice, notes of a template, characters of a name or title, characters of a text.
const MOST: (usize, usize, usize, usize) = (50, 20, 80, 4_000);

/// What the notes of a kind of consultation begin with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// What it is chosen by, such as `Minor injury`.
    pub name: String,
    /// The notes in their order.
    pub notes: Vec<TemplateNote>,
}

/// A heading of a template, and the text that stands under it to begin with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateNote {
    /// The heading.
    pub title: String,
    /// Plain text; may be empty.
    #[serde(default)]
    pub text: String,
}

/// Refuses templates that no form could offer.
pub(crate) fn check(templates: &[Template]) -> Result<(), PracticeError> {
    let (most, notes, short, long) = MOST;
    let is_short = |text: &str| !text.trim().is_empty() && text.chars().count() <= short;
    let is_good = |template: &Template| {
        is_short(&template.name)
            && (1..=notes).contains(&template.notes.len())
            && template
                .notes
                .iter()
                .all(|note| is_short(&note.title) && note.text.chars().count() <= long)
    };
    if templates.len() <= most && templates.iter().all(is_good) {
        return Ok(());
    }
    Err(PracticeError::Configuration {
        setting: "templates",
        expected: "50 templates at most, each with a name and 1 to 20 notes; names and titles of 1 to 80 \
                   characters, texts of 4,000 at most",
    })
}
