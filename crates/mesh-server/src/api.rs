//! What every layer and handler may use.

use std::ops::Deref;
use std::sync::Arc;

use exchange::Exchange;

use crate::downloads::Downloads;
use crate::limits::Limits;
use crate::meters::Meters;
use crate::options::Options;
use crate::waits::Waits;

/// The state of the router. Every layer of every request copies it: it is one pointer.
#[derive(Clone)]
pub(crate) struct Api(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) exchange: Exchange,
    pub(crate) options: Options,
    pub(crate) limits: Limits,
    pub(crate) downloads: Downloads,
    pub(crate) meters: Meters,
    pub(crate) waits: Arc<Waits>,
}

impl Api {
    pub(crate) fn new(exchange: Exchange, options: Options) -> Self {
        Self(Arc::new(Parts {
            exchange,
            limits: Limits::new(&options),
            downloads: Downloads::new(&options),
            meters: Meters::default(),
            waits: Arc::new(Waits::new(&options)),
            options,
        }))
    }
}

impl Deref for Api {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
