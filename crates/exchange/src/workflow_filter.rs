//! The `workflow_filter` of an inbox list.

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
    ///
    /// # Errors
    ///
    /// [`ExchangeError::WorkflowFilter`] for one character, and for more than 255.
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn accepts(filter: &str, workflow: &str) -> bool {
        let filter = WorkflowFilter::parse(filter).unwrap().unwrap();
        filter.accepts(&WorkflowId::parse(workflow).unwrap())
    }

    proptest! {
        #[test]
        fn any_text_is_a_filter_none_or_refused(text in "\\PC{0,300}") {
            let length = text.trim().chars().count();
            match WorkflowFilter::parse(&text) {
                Ok(None) => prop_assert_eq!(length, 0),
                Ok(Some(_)) => prop_assert!((2..=255).contains(&length)),
                Err(_) => prop_assert!(length == 1 || length > 255),
            }
        }

        #[test]
        fn each_form_means_what_it_says(left in "[A-Z_]{1,8}", middle in "[A-Z_]{2,8}", right in "[A-Z_]{1,8}") {
            let whole = format!("{left}{middle}{right}");
            prop_assert!(accepts(&whole, &whole));
            let forms = [format!("{left}{middle}*"), format!("*{middle}{right}"), format!("*{middle}*")];
            for form in forms {
                prop_assert!(accepts(&form, &whole));
                let turned_round = format!("!{form}");
                prop_assert!(!accepts(&turned_round, &whole));
            }
            prop_assert!(!accepts(&middle, &whole));
        }
    }
}
