//! `Debug` output of fields that may identify a patient.

use std::fmt;

/// Shows whether a field is there, never what it holds.
pub(crate) struct Redacted(pub bool);

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "redacted" } else { "absent" })
    }
}
