//! What a rule is: its id, what it says, and what a breach leads to.

use itk3::ResponseCode;

/// One rule of Update Record. The guide has no requirement ids; these are of
/// `docs/spec/update-record.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// `UR-C02`.
    pub id: &'static str,
    /// What it says.
    pub text: &'static str,
    /// How binding the guide makes it.
    pub strength: Strength,
    /// What a breach leads to.
    pub verdict: Verdict,
}

/// How binding the guide makes a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// Must, or must not.
    Must,
    /// Should, or should not.
    Should,
    /// May; or a note.
    May,
}

/// What the worst breach of a rule leads to; a lesser one is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// An error, answered with this code.
    Refused(ResponseCode),
    /// An error in one's own message before it is sent; a receiver takes the message and tells.
    RefusedToSender,
    /// A warning.
    Told,
    /// No message breaks it: it is kept by those who handle messages.
    Kept(Keeper),
}

/// Who keeps a rule that no message can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper {
    /// The sending system and its people.
    Sender,
    /// The receiving system and its people.
    Receiver,
    /// Nobody: it permits something, or says what becomes of another rule's breach.
    Nobody,
}

/// A rule, in one line of its table.
pub(super) const fn rule(
    id: &'static str,
    strength: Strength,
    verdict: Verdict,
    text: &'static str,
) -> Rule {
    Rule {
        id,
        text,
        strength,
        verdict,
    }
}
