//! Which edition of the rules a message is built or checked by.

use clap::ValueEnum;
use send_document::Ruleset;

/// Which edition of the rules.
#[derive(Clone, Copy, ValueEnum)]
pub enum Profile {
    /// GP Connect Messaging 1.3 (GPFED_CONSULT_REPORT)
    #[value(name = "1.3")]
    V1_3,
    /// Send Document 2.0 (GPCONNECT_SEND_DOCUMENT)
    #[value(name = "2.0")]
    V2_0,
}

impl From<Profile> for Ruleset {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::V1_3 => Self::V1_3,
            Profile::V2_0 => Self::V2_0,
        }
    }
}
