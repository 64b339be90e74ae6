//! The MESH API, for use as a library without the agent.
//!
//! [`Connection`] holds the connections to one service, [`MeshClient`] speaks for one mailbox over
//! them; both are cheap to clone and made for many tasks at once. Every request carries a token of
//! its own. Requests are repeated on 425, 429, 502, 503, 504 and when the connection fails, with
//! growing and randomised pauses; only the first POST of a message never is, because it would make a
//! second one. Bodies are streams in both directions.
//!
//! | the API's | here |
//! |---|---|
//! | handshake | [`MeshClient::handshake`] |
//! | send, send chunk | [`MeshClient::send`], [`MeshClient::send_chunk`]; a file in chunks: [`MeshClient::begin_upload`], [`MeshClient::continue_upload`] |
//! | inbox, its pages and filter | [`MeshClient::list_inbox`], [`MeshClient::list_inbox_with`], [`MeshClient::inbox_page`] |
//! | count (deprecated) | [`MeshClient::count`] |
//! | message, its chunks, its headers | [`MeshClient::download`], [`MeshClient::chunk`], [`MeshClient::head`] |
//! | acknowledge | [`MeshClient::acknowledge`] |
//! | tracking by id and local id | [`MeshClient::track`], [`MeshClient::track_local_id`] |
//! | rich inbox and outbox | [`MeshClient::rich_inbox`], [`MeshClient::rich_outbox`] |
//! | endpoint lookup, workflow search | [`MeshClient::endpoint_lookup`], [`MeshClient::workflow_search`] |
//!
//! # Connecting
//!
//! The real service wants a client certificate. `roots` are the authorities that may name the
//! server.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use mesh_client::api::{Connection, ConnectionSettings, Identity, MeshClient};
//! # use nhs::{MailboxId, SystemClock, SystemRandomness};
//! fn connect() -> Result<MeshClient, Box<dyn std::error::Error>> {
//!     let shared_key = std::env::var("MESH_SHARED_KEY")?;
//!     let mut settings = ConnectionSettings::plain("https://mesh.example.test", shared_key.into());
//!     settings.roots = Some(std::fs::read("ca.pem")?);
//!     settings.identity = Some(Identity {
//!         certificate: std::fs::read("client.pem")?,
//!         key: std::fs::read("client.key.pem")?,
//!     });
//!     let connection =
//!         Connection::new(&settings, Arc::new(SystemClock), Arc::new(SystemRandomness))?;
//!     Ok(connection.mailbox(MailboxId::parse("A81001OT001")?, "password".into()))
//! }
//! ```
//!
//! # Sending, and knowing whether it arrived
//!
//! A body is whatever can be read: bytes, a file, a socket. When the answer is lost, the error says
//! that sending again is not safe; with a local id of its own a message can be asked about first.
//!
//! ```no_run
//! # use mesh_client::{ClientError, api::MeshClient};
//! # use mesh::{ContentEncoding, SendHeaders};
//! # use nhs::{MessageId, WorkflowId};
//! async fn send(client: &MeshClient, unique: &str) -> Result<MessageId, ClientError> {
//!     let workflow = WorkflowId::parse("TEST_WORKFLOW").expect("a workflow id");
//!     let mut headers = SendHeaders::new("A20047OT001", workflow);
//!     headers.local_id = Some(unique.into());
//!     headers.encoding = ContentEncoding::Gzip; // compressed on the way
//!     match client.send(headers, &b"the message"[..]).await {
//!         Err(error) if !error.is_safe_to_repeat() => {
//!             let tracked = client.track_local_id(unique).await?;
//!             let id = tracked.message_id.as_deref().unwrap_or_default();
//!             MessageId::parse(id).map_err(|_| ClientError::Answer("no message id".into()))
//!         }
//!         sent => sent,
//!     }
//! }
//! ```
//!
//! # Streaming a large file in chunks
//!
//! The state after each chunk is what must be kept to go on after a crash.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use mesh_client::{ClientError, api::{MeshClient, Upload}};
//! # use mesh::SendHeaders;
//! async fn upload(
//!     client: &MeshClient,
//!     headers: SendHeaders,
//!     file: std::fs::File,
//! ) -> Result<(), Box<dyn std::error::Error>> {
//!     let upload = Upload {
//!         length: file.metadata()?.len(),
//!         file: Arc::new(file),
//!         chunk_size: 19 * 1024 * 1024,
//!         position: Arc::default(),
//!     };
//!     let mut state = client.begin_upload(headers, &upload).await?;
//!     while !state.is_complete() {
//!         std::fs::write("upload.json", serde_json::to_vec(&state)?)?;
//!         client.continue_upload(&mut state, &upload).await?;
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Receiving
//!
//! A message is acknowledged once it is safely stored, never before.
//!
//! ```no_run
//! # use mesh_client::api::{InboxQuery, MeshClient};
//! async fn receive(client: &MeshClient) -> Result<(), Box<dyn std::error::Error>> {
//!     let query = InboxQuery {
//!         workflow_filter: Some("GPFED_CONSULT_REPORT*".to_owned()),
//!         ..InboxQuery::default()
//!     };
//!     for id in client.list_inbox_with(&query).await? {
//!         let mut file = tokio::fs::File::create(format!("{id}.dat")).await?;
//!         let headers = client.download(&id, &mut file).await?;
//!         file.sync_all().await?;
//!         println!("{id}: {:?} in {} chunks", headers.message_type, headers.chunk_range.total());
//!         client.acknowledge(&id).await?;
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Tracking and looking up
//!
//! ```no_run
//! # use mesh_client::{ClientError, api::{MeshClient, RichQuery}};
//! # use nhs::{MessageId, OdsCode, WorkflowId};
//! async fn ask(client: &MeshClient, sent: &MessageId) -> Result<(), Box<dyn std::error::Error>> {
//!     println!("{:?}", client.track(sent).await?.status); // accepted, acknowledged, …
//!     let (practice, workflow) = (OdsCode::parse("A20047")?, WorkflowId::parse("TEST_WORKFLOW")?);
//!     for mailbox in client.endpoint_lookup(&practice, &workflow).await? {
//!         println!("{} {}", mailbox.mailbox_id, mailbox.mailbox_name);
//!     }
//!     let newest = client.rich_outbox(&RichQuery::default()).await?;
//!     println!("{} messages in the last 30 days", newest.len());
//!     Ok(())
//! }
//! ```

mod body;
mod certificate;
mod connecting;
mod connection;
mod elliptic;
mod file_slice;
mod first_word;
mod inbox;
mod jks;
mod key_store;
mod long_rsa;
mod lookup;
mod outbox;
mod pem;
mod pkcs12;
mod progress;
mod request;
mod rich;
mod servers;
mod silence;
mod tls;
mod upload;
mod way;

pub(crate) use body::Pieces;
pub(crate) use file_slice::FileSlice;
pub(crate) use servers::{is_this_machine, server_url};
pub(crate) use tls::client_config;
pub(crate) use way::{Greeting, Verdict, Way};

pub(crate) use certificate::CLIENT_CERTIFICATE;
pub use certificate::{Dates, Validity, judge_chain};
pub(crate) use connection::proxies;
pub use connection::{Connection, ConnectionSettings, Identity, MeshClient, ProxySettings, Retry};
pub use inbox::{ChunkBody, InboxPage, InboxQuery};
pub use key_store::KeyStore;
pub use rich::RichQuery;
pub use upload::{Upload, UploadState};
