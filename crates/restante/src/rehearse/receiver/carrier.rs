//! How messages go to the system on trial, and answers come back: through two directories, or through MESH.

use std::time::Duration;

use jiff::Timestamp;
use rehearsal::receiver::{Incoming, Plan, Planned};

use crate::error::Error;

use super::Arguments;
use super::directories::Directories;
use super::mesh::{self, Mesh};
use super::own::Own;
use super::planning::Planning;

/// Bytes of the longest answer that is read; a good one has under ten thousand.
pub const LONGEST_ANSWER: u64 = 2 * 1024 * 1024;

/// What came where answers come.
pub enum Came {
    /// Something with content.
    Incoming(Incoming),
    /// A message could not be delivered, and why.
    NotDelivered { number: u32, why: String },
    /// Something that cannot be looked into, on which workflow where that is known, and why.
    Unusable {
        workflow: Option<String>,
        why: &'static str,
    },
}

/// One way to and fro.
pub enum Carrier {
    Directories(Directories),
    Mesh(Mesh),
    /// Our own exchange and practice, through MESH.
    Own(Box<Own>),
}

impl Carrier {
    /// The one that was asked for.
    ///
    /// # Errors
    ///
    /// When directories cannot be made, a configuration is wrong, or our own parts cannot be started.
    pub async fn open(args: &Arguments, planning: &Planning, plan: &Plan) -> Result<Self, Error> {
        if let Some(dir) = &args.directories {
            return Ok(Self::Directories(Directories::open(dir, planning)?));
        }
        if let Some(config) = &planning.config {
            let pace = (args.by_patient, mesh::PAUSE);
            return Ok(Self::Mesh(Mesh::of(config, planning, pace).await?));
        }
        Ok(Self::Own(Box::new(Own::start(args, planning, plan).await?)))
    }

    /// For the pack.
    pub fn way(&self) -> &'static str {
        match self {
            Self::Directories(_) => "through two directories, without MESH",
            Self::Mesh(_) => "through MESH",
            Self::Own(_) => "through Restante's own exchange",
        }
    }

    /// Between two looks for answers.
    pub fn pause(&self) -> Duration {
        match self {
            Self::Directories(_) => Duration::from_millis(500),
            Self::Mesh(mesh) => mesh.pause(),
            Self::Own(_) => Duration::from_millis(100),
        }
    }

    /// Hands a message over.
    ///
    /// # Errors
    ///
    /// Why it could not be, without patient data.
    pub async fn place(&mut self, planned: &Planned) -> Result<(), String> {
        match self {
            Self::Directories(it) => tokio::task::block_in_place(|| it.place(planned)),
            Self::Mesh(it) => it.place(planned).await,
            Self::Own(it) => it.mesh.place(planned).await,
        }
    }

    /// What came since the last look.
    ///
    /// # Errors
    ///
    /// When it cannot be looked; a later look may do.
    pub async fn collect(&mut self) -> Result<Vec<Came>, Error> {
        match self {
            Self::Directories(it) => tokio::task::block_in_place(|| it.collect()),
            Self::Mesh(it) => it.collect().await,
            Self::Own(it) => it.mesh.collect().await,
        }
    }

    /// What came under this name is an answer of the run, and belongs nowhere else.
    ///
    /// # Errors
    ///
    /// When it cannot be put away.
    pub async fn keep(&mut self, name: &str) -> Result<(), Error> {
        match self {
            Self::Directories(it) => tokio::task::block_in_place(|| it.keep(name)),
            Self::Mesh(it) => it.keep(name).await,
            Self::Own(it) => it.mesh.keep(name).await,
        }
    }

    /// Which of these messages the system on trial has taken, as far as that is visible: MESH does not say when.
    pub fn taken(&self, open: &[u32]) -> Vec<(u32, Timestamp)> {
        match self {
            Self::Directories(it) => it.taken(open),
            Self::Mesh(_) | Self::Own(_) => Vec::new(),
        }
    }

    /// Ends it.
    pub async fn close(self) {
        if let Self::Own(own) = self {
            own.stop().await;
        }
    }
}
