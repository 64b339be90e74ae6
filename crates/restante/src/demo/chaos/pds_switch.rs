//! PDS that can be switched off.

use async_trait::async_trait;
use nhs::OdsCode;
use pds::{Demographics, PdsError, Registry, Trace, TraceQuery};
use sandbox_pages::live_loop::Fault;

use super::Chaos;

/// The demo's registry, which does not answer while [`Fault::PdsAway`] is on.
pub struct SwitchedPds {
    pub registry: Registry,
    pub chaos: Chaos,
}

#[async_trait]
impl Demographics for SwitchedPds {
    async fn trace(&self, query: &TraceQuery) -> Result<Trace, PdsError> {
        if self.chaos.is_on(Fault::PdsAway) {
            self.chaos.count(Fault::PdsAway);
            return Err(PdsError::Unavailable {
                retry_after: None,
                reason: "switched off in the demo",
            });
        }
        self.registry.trace(query).await
    }

    fn at_once(&self) -> Option<usize> {
        self.registry.at_once()
    }

    fn successor(&self, practice: &OdsCode) -> Option<OdsCode> {
        self.registry.successor(practice)
    }
}
