//! Whether a part that a store stands on is in trouble, and since when: told by what is asked of it anyway.

use std::fmt::{self, Display};
use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics::{counter, gauge};
use parking_lot::Mutex;

const IN_TROUBLE: &str = "restante_store_part_in_trouble";
const TROUBLES: &str = "restante_store_part_troubles_total";
/// How often the log says the same of a part.
const TOLD_AGAIN: Duration = Duration::from_secs(60);

/// What a store stands on that is another machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// PostgreSQL.
    Database,
    /// The service that speaks S3.
    ObjectStore,
}

impl Part {
    /// Its name in metrics and in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::ObjectStore => "object-store",
        }
    }
}

/// Watches one part. Clones watch the same.
#[derive(Clone)]
pub(crate) struct Watch(Arc<Watched>);

struct Watched {
    part: Part,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    since: Option<Instant>,
    told: Option<Instant>,
}

impl Watch {
    pub(crate) fn over(part: Part) -> Self {
        gauge!(IN_TROUBLE, "part" => part.name()).set(0.0);
        counter!(TROUBLES, "part" => part.name()).increment(0);
        let now = Mutex::default();
        Self(Arc::new(Watched { part, now }))
    }

    pub(crate) fn part(&self) -> Part {
        self.0.part
    }

    /// It did not do what it was asked for. Nothing of what was asked may be in the reason.
    pub(crate) fn fails(&self, reason: &dyn Display) {
        let mut now = self.0.now.lock();
        if now.since.is_some() {
            return;
        }
        let at = Instant::now();
        now.since = Some(at);
        let part = self.part().name();
        gauge!(IN_TROUBLE, "part" => part).set(1.0);
        counter!(TROUBLES, "part" => part).increment(1);
        let was_told = now.told.is_some_and(|told| at - told < TOLD_AGAIN);
        if !was_told {
            now.told = Some(at);
            tracing::warn!(part, %reason, "a part of the store is in trouble; /health says when it is over");
        }
    }

    /// It did what it was asked for.
    pub(crate) fn works(&self) {
        let mut now = self.0.now.lock();
        if let Some(since) = now.since.take() {
            let part = self.part().name();
            gauge!(IN_TROUBLE, "part" => part).set(0.0);
            let seconds = since.elapsed().as_secs();
            tracing::debug!(part, seconds, "a part of the store works again");
        }
    }

    /// For how long it has been in trouble.
    pub(crate) fn in_trouble_for(&self) -> Option<Duration> {
        let since = self.0.now.lock().since;
        since.map(|since| since.elapsed())
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&self.part()).finish()
    }
}
