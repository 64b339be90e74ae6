//! Where large bodies lie, and their way there and back.

mod hashing;
mod noting;
mod object;
mod objects;
mod read_ahead;
mod room;
mod s3;
mod sink;
mod staged;
mod stream;

pub(crate) use objects::{Bodies, day_of};
pub use s3::S3Options;
pub use sink::{BodySink, INLINE_LIMIT};
pub use stream::BodyStream;
