//! What a pack says of itself, in the same words everywhere. It never says that a system is assured.

use std::fmt;

/// By what a pack was checked, and against what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The version of this tool.
    pub version: String,
    /// The rules and their release: `Send Document 2.0.2`.
    pub rules: String,
}

impl Claim {
    /// What this is not, for people.
    pub const LIMITS: &str = "This is not an NHS assurance and replaces none of its steps. Patients are invented or published \
                              test patients; no Spine service took part.";
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Machine-checked by Restante {} against {}.",
            self.version, self.rules
        )
    }
}
