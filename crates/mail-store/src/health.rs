//! Whether a store can take mail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;

use crate::StoreError;
use crate::operation::{Job, Outcome};
use crate::records::Writer;

/// Why a store takes no mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// A write failed in a way after which the files must not be trusted until reopened.
    #[error("the mail store takes no messages after a failed write; restart the server")]
    Halted,
    /// The database does not answer.
    #[error("the records cannot be reached; PostgreSQL does not answer")]
    OutOfReach,
}

/// Set for good once a writer has failed so.
#[derive(Clone, Default)]
pub(crate) struct Halted(Arc<AtomicBool>);

impl Halted {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// A writer whose failures are noted.
    pub(crate) fn watch(&self, writer: Box<dyn Writer>) -> Box<dyn Writer> {
        let halted = self.clone();
        Box::new(Watched { writer, halted })
    }
}

struct Watched {
    writer: Box<dyn Writer>,
    halted: Halted,
}

#[async_trait]
impl Writer for Watched {
    fn needs_io(&self) -> bool {
        self.writer.needs_io()
    }

    async fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Vec<Outcome>>, StoreError> {
        let outcomes = self.writer.commit(jobs).await;
        if let Err(error) = &outcomes
            && matches!(StoreError::of_commit(error), StoreError::Halted)
        {
            self.halted.0.store(true, Ordering::Relaxed);
        }
        outcomes
    }
}
