//! The MESH API, for use as a library without the agent.
//!
//! Every request carries a token of its own. Requests are repeated on 425, 429, 502, 503, 504 and
//! when the connection fails, with growing and randomised pauses; only the first POST of a message
//! never is, because it would make a second one. Bodies are streams in both directions.

mod body;
mod connection;
mod inbox;
mod jks;
mod key_store;
mod lookup;
mod outbox;
mod request;
mod rich;
mod servers;
mod silence;
mod upload;

pub use connection::{Connection, ConnectionSettings, Identity, MeshClient, ProxySettings, Retry};
pub use inbox::{ChunkBody, InboxPage, InboxQuery};
pub use key_store::KeyStore;
pub use rich::RichQuery;
pub use upload::{Upload, UploadState};
