//! The way of a message in typed steps: what happened to it at the exchange and at the two practices,
//! from the pair in OUT to the acknowledgements that answer it.
//!
//! An exchange tells an [`Observer`] each [`Event`] once it is durable; a practice's events are
//! turned into the same ones by whoever runs it. Traces, the operator's console and the demo read
//! them, so that each step is known in one place. Events hold ids and codes, never patient data.

mod event;
mod step;
mod text;

pub use event::{AnswerClass, Event, Observer, Work};
pub use step::{Place, Step};
