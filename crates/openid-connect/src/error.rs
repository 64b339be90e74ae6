//! What can go wrong at a sign-in by a provider.

/// What can go wrong at a sign-in by a provider. Holds no token, code or claim's value.
#[derive(Debug, thiserror::Error)]
pub enum OpenIdError {
    /// A setting cannot be used.
    #[error("{setting}: {problem}")]
    Configuration {
        /// The setting, within its table.
        setting: &'static str,
        /// What is wrong with it, and what is expected.
        problem: String,
    },
    /// The provider does not answer.
    #[error("the provider does not answer: {0}")]
    Unreachable(String),
    /// The provider answered something that cannot be used.
    #[error("the provider's {what} cannot be used: {problem}")]
    Answer {
        /// Which answer.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The provider refused, with a code of the specification such as `access_denied`.
    #[error("the provider refused the sign-in: {0}")]
    Refused(String),
    /// What came back does not belong to a sign-in that this browser began.
    #[error("what came back does not belong to a sign-in that this browser began: {0}")]
    Foreign(&'static str),
    /// A token is not good.
    #[error("the provider's token is not good: {0}")]
    Token(&'static str),
    /// A claim that is needed is missing.
    #[error("the provider tells no claim {0}")]
    Claim(String),
    /// Too many sign-ins wait for the provider at this moment.
    #[error("too many sign-ins wait for the provider at this moment; it is safe to try again")]
    Busy,
}

impl OpenIdError {
    /// A stable name, for logs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Configuration { .. } => "openid-configuration",
            Self::Unreachable(_) => "openid-unreachable",
            Self::Answer { .. } => "openid-answer",
            Self::Refused(_) => "openid-refused",
            Self::Foreign(_) => "openid-foreign",
            Self::Token(_) => "openid-token",
            Self::Claim(_) => "openid-claim",
            Self::Busy => "openid-busy",
        }
    }
}
