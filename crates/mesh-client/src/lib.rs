//! The MESH API client, and the agent that serves a mailbox's directories.
//!
//! [`api`] is a client library of its own: [`api::Connection`] holds the TLS connection to one
//! server, [`api::MeshClient`] speaks for one mailbox. [`agent`] is what a site runs in place of the
//! Java client: it takes `.dat`/`.ctl` pairs from OUT, sends them, and puts what arrives into IN.
//!
//! ```no_run
//! use std::sync::Arc;
//! use mesh::SendHeaders;
//! use mesh_client::api::{Connection, ConnectionSettings};
//! use nhs::{MailboxId, SystemClock, SystemRandomness, WorkflowId};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let settings = ConnectionSettings::plain("http://127.0.0.1:8700", "TestKey".into());
//! let connection =
//!     Connection::new(&settings, Arc::new(SystemClock), Arc::new(SystemRandomness))?;
//! let client = connection.mailbox(MailboxId::parse("X26ABC1")?, "password".into());
//! client.handshake().await?;
//! let headers = SendHeaders::new("X26ABC2", WorkflowId::parse("TEST_WORKFLOW")?);
//! let id = client.send(headers, &b"the message"[..]).await?;
//! println!("sent as {id}");
//! for waiting in client.list_inbox().await? {
//!     let mut file = tokio::fs::File::create("received.dat").await?;
//!     let headers = client.download(&waiting, &mut file).await?;
//!     println!("{} came from {:?}", headers.message_id, headers.sender);
//!     client.acknowledge(&waiting).await?;
//! }
//! # Ok(()) }
//! ```

pub mod agent;
mod alert;
pub mod api;
pub mod config;
mod error;
pub mod ladder;

pub use agent::{Agent, Cycle, Observer};
pub use config::{AgentConfig, MailboxConfig};
pub use error::{ClientError, Refusal};
