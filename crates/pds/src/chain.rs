//! Asking several sources in turn.

use std::sync::Arc;

use async_trait::async_trait;
use nhs::OdsCode;

use crate::{Demographics, PdsError, Trace, TraceQuery};

/// Asks one source after the other: the registry first, then PDS.
///
/// The first `Registered` is the answer. Anything else may only mean that this source is out of
/// date, so the next one is asked, and the last one's word stands. When the last one fails, its
/// error stands: an older "not found" must not turn into a report while PDS cannot be asked.
#[derive(Clone)]
pub struct Chain {
    links: Vec<Arc<dyn Demographics>>,
}

impl Chain {
    /// A chain in the order of asking.
    pub fn new(links: Vec<Arc<dyn Demographics>>) -> Self {
        Self { links }
    }
}

#[async_trait]
impl Demographics for Chain {
    async fn trace(&self, query: &TraceQuery) -> Result<Trace, PdsError> {
        let mut last = Err(PdsError::unavailable(
            "no source of demographics is configured",
        ));
        for link in &self.links {
            last = link.trace(query).await;
            if let Err(error) = &last {
                tracing::warn!(code = error.code(), "a source of demographics failed");
            }
            if matches!(last, Ok(Trace::Registered { .. })) {
                break;
            }
        }
        last
    }

    /// As far as every source up to the answer is on this machine.
    fn trace_here(&self, query: &TraceQuery) -> Option<Trace> {
        let mut last = None;
        for link in &self.links {
            let answer = link.trace_here(query)?;
            if matches!(answer, Trace::Registered { .. }) {
                return Some(answer);
            }
            last = Some(answer);
        }
        last
    }

    /// What the narrowest source takes.
    fn at_once(&self) -> Option<usize> {
        self.links.iter().filter_map(|link| link.at_once()).min()
    }

    fn successor(&self, practice: &OdsCode) -> Option<OdsCode> {
        self.links.iter().find_map(|link| link.successor(practice))
    }
}
