//! A form as it was filled in.

use std::collections::HashMap;

use super::seen;
use crate::TypedForm;

/// Fields that lead the form and are not part of what was typed.
const LEADING: [&str; 5] = ["token", "draft", seen::REVISION, "updates", "template"];

/// The form as it was filled in, by field. Holds patient data and has no `Debug`.
#[derive(Clone, Default)]
pub(super) struct Fields(HashMap<String, String>);

impl From<Vec<(String, String)>> for Fields {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl From<TypedForm> for Fields {
    fn from(form: TypedForm) -> Self {
        Self(form.into_iter().collect())
    }
}

impl Fields {
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }

    /// The revision of the draft that the page showed.
    pub(super) fn seen(&self) -> u32 {
        seen::parse(self.get(seen::REVISION))
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    pub(super) fn optional(&self, name: &str) -> Option<String> {
        Some(self.get(name).to_owned()).filter(|text| !text.is_empty())
    }

    pub(super) fn words(&self, name: &str) -> Vec<String> {
        self.get(name)
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    }

    /// What was typed, to be kept as it is.
    pub(super) fn typed(&self) -> TypedForm {
        let typed = self
            .0
            .iter()
            .filter(|(name, value)| !LEADING.contains(&name.as_str()) && !value.is_empty());
        typed
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}
