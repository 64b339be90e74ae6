//! What to load, and how: the arguments of `restante bench`.

use std::path::PathBuf;

use nhs::{MailboxId, WorkflowId};

use crate::{Nation, Profile};

// The comments below are the command's help: no words of this type's own may reach it.
#[allow(missing_docs)]
#[derive(clap::Args)]
pub struct Options {
    /// The server, as far as the port: http://HOST:PORT, https://HOST:PORT, HOST:PORT or PORT
    #[arg(long)]
    pub url: String,
    /// The mailbox that sends
    #[arg(long, default_value = "X26ABC1")]
    pub mailbox: MailboxId,
    /// The mailbox that receives
    #[arg(long, default_value = "X26ABC2")]
    pub to: MailboxId,
    /// The password of both
    #[arg(
        long,
        env = "MESH_PASSWORD",
        default_value = "password",
        hide_env_values = true
    )]
    pub password: String,
    /// The environment's shared key
    #[arg(
        long,
        env = "SHARED_KEY",
        default_value = "TestKey",
        hide_env_values = true
    )]
    pub shared_key: String,
    /// The workflow of the messages
    #[arg(long, default_value = "TEST_WORKFLOW")]
    pub workflow: WorkflowId,
    /// The work of each connection
    #[arg(long, value_enum, default_value = "send")]
    pub profile: Profile,
    /// Connections kept open side by side
    #[arg(long, default_value_t = 16)]
    pub connections: usize,
    /// Requests due each second over all connections [default: as many as are answered]
    #[arg(long)]
    pub rate: Option<f64>,
    /// How long to go on; `large` ends with its message
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Bytes of a small message
    #[arg(long, default_value_t = 1024)]
    pub size: usize,
    /// Bytes of the message of `large`
    #[arg(long, default_value_t = 1_000_000_000)]
    pub large_size: u64,
    /// Bytes of its chunks, but the last
    #[arg(long, default_value_t = 20_000_000)]
    pub chunk_size: u64,
    /// The authority of the server's certificate (PEM), for https
    #[arg(long)]
    pub ca: Option<PathBuf>,
    /// Our certificate (PEM), for https
    #[arg(long)]
    pub cert: Option<PathBuf>,
    /// Our key (PEM), for https
    #[arg(long)]
    pub key: Option<PathBuf>,
    #[command(flatten)]
    pub nation: Nation,
}
