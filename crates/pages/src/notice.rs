//! What a person is told once, after a form.

/// What a person is told once, on the next page they see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub(crate) good: bool,
    pub(crate) words: String,
}

impl Notice {
    /// It is done.
    pub fn success(words: impl Into<String>) -> Self {
        Self {
            good: true,
            words: words.into(),
        }
    }

    /// It was not done, or more is to do.
    pub fn important(words: impl Into<String>) -> Self {
        Self {
            good: false,
            words: words.into(),
        }
    }
}
