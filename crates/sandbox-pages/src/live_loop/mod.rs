//! The first page of the demo: two practices, the exchange between them, and each message on its way, with its times.

mod example;
mod fault;

pub use example::Example;
pub use fault::Fault;
