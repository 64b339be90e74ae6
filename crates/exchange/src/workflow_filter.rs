use nhs::WorkflowId;

use crate::ExchangeError;

/// The inbox list's `workflow_filter`: `W` equal, `W*` begins with, `*W*` contains, each turned
/// round by a leading `!`; case matters. (mesh-sandbox drops the last letter of `*W`; here `*W`
/// means *ends with*.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowFilter {
    negated: bool,
    text: String,
    open_start: bool,
    open_end: bool,
}

impl WorkflowFilter {
    /// Reads 2 to 255 characters; blank is no filter.
    pub fn parse(text: &str) -> Result<Option<Self>, ExchangeError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if !(2..=255).contains(&text.chars().count()) {
            return Err(ExchangeError::WorkflowFilter);
        }
        let (negated, text) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (open_start, text) = match text.strip_prefix('*') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (open_end, text) = match text.strip_suffix('*') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        Ok(Some(Self {
            negated,
            text: text.to_owned(),
            open_start,
            open_end,
        }))
    }

    pub(crate) fn accepts(&self, workflow: &WorkflowId) -> bool {
        let workflow = workflow.as_str();
        let found = match (self.open_start, self.open_end) {
            (false, false) => workflow == self.text,
            (false, true) => workflow.starts_with(&self.text),
            (true, false) => workflow.ends_with(&self.text),
            (true, true) => workflow.contains(&self.text),
        };
        found != self.negated
    }
}
