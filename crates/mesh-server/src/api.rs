//! What every layer and handler may use.

use std::sync::Arc;

use exchange::Exchange;

use crate::downloads::Downloads;
use crate::limits::Limits;
use crate::options::Options;

/// The state of the router. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) exchange: Exchange,
    pub(crate) options: Arc<Options>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) downloads: Arc<Downloads>,
}
