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

impl Api {
    pub(crate) fn new(exchange: Exchange, options: Options) -> Self {
        Self {
            exchange,
            limits: Arc::new(Limits::new(&options)),
            downloads: Arc::new(Downloads::new(&options)),
            options: Arc::new(options),
        }
    }
}
