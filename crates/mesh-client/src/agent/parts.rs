//! What sending and collecting of one mailbox are both made of.

use std::sync::Arc;

use super::disk::Disk;
use super::environment::Environment;
use super::live_status::LiveStatus;
use super::reports::Reports;
use super::turns::Turns;
use crate::api::MeshClient;
use crate::config::{MailboxConfig, Options};

/// Handles on one mailbox, each cheap to clone; sending and collecting take those they need.
pub(super) struct Parts {
    pub mailbox: MailboxConfig,
    pub options: Arc<Options>,
    pub client: MeshClient,
    pub disk: Disk,
    pub reports: Reports,
    pub live: Arc<LiveStatus>,
    pub turns: Turns,
    pub environment: Environment,
}
