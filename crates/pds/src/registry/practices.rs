//! Practices as ODS describes them.

use std::collections::HashMap;

use jiff::civil::Date;
use nhs::OdsCode;
use serde::{Deserialize, Serialize};

/// A practice as ODS describes it. Public data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Practice {
    /// The ODS code.
    pub code: OdsCode,
    /// The name.
    pub name: String,
    /// Whether ODS calls it active. Proposed, dormant and closed practices are not.
    pub active: bool,
    /// The day it opened.
    pub opened: Option<Date>,
    /// The day it closed.
    pub closed: Option<Date>,
    /// The one practice that took over, where the file says so.
    pub successor: Option<OdsCode>,
}

impl Practice {
    /// Active, opened by that day, and not closed before it.
    pub fn is_open(&self, on: Date) -> bool {
        self.active
            && self.opened.is_none_or(|opened| opened <= on)
            && self.closed.is_none_or(|closed| on <= closed)
    }
}

pub(crate) fn by_code(practices: Vec<Practice>) -> HashMap<OdsCode, Practice> {
    practices
        .into_iter()
        .map(|practice| (practice.code.clone(), practice))
        .collect()
}
