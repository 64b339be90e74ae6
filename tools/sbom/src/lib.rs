//! The bill of materials of the product, in CycloneDX's JSON (1.5), from what `cargo metadata` and `Cargo.lock` say:
//! every package that is compiled into it, what builds it (scope `excluded`), and what is embedded and no
//! package. The same commit gives the same bill, to the byte.

mod bill;
mod cargo;
mod embedded;
mod error;
mod graph;

pub use bill::{Moment, bill};
pub use cargo::{Lock, Metadata};
pub use embedded::{Embedded, embedded};
pub use error::Error;
