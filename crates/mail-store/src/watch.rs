//! Whether a part that a store stands on is in trouble, and since when: told by what is asked of it anyway.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics::{Counter, Gauge, counter, gauge};
use parking_lot::Mutex;

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

    fn in_trouble(self) -> Gauge {
        gauge!("restante_store_part_in_trouble", "part" => self.name())
    }

    fn troubles(self) -> Counter {
        counter!("restante_store_part_troubles_total", "part" => self.name())
    }
}

/// What a part was asked for. One that is full gives what it has and takes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Reading,
    Writing,
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
    /// Since when it does not give, and does not take.
    reading: Option<Instant>,
    writing: Option<Instant>,
    /// Why it does not, as it was last found.
    reason: String,
    /// When the log was told of it last, and why it was then.
    told: Option<(Instant, String)>,
}

impl Now {
    fn of(&mut self, asked: Asked) -> &mut Option<Instant> {
        match asked {
            Asked::Reading => &mut self.reading,
            Asked::Writing => &mut self.writing,
        }
    }

    fn since(&self) -> Option<Instant> {
        self.reading.into_iter().chain(self.writing).min()
    }
}

impl Watch {
    pub(crate) fn over(part: Part) -> Self {
        part.in_trouble().set(0.0);
        part.troubles().increment(0);
        let now = Mutex::default();
        Self(Arc::new(Watched { part, now }))
    }

    pub(crate) fn part(&self) -> Part {
        self.0.part
    }

    /// It did not do what it was asked for. Nothing of what was asked may be in the reason. The log has the first, and
    /// another one once a minute at most.
    pub(crate) fn fails(&self, asked: Asked, reason: String) {
        let mut now = self.0.now.lock();
        let at = Instant::now();
        let was_in_trouble = now.since().is_some();
        now.of(asked).get_or_insert(at);
        let part = self.part();
        if !was_in_trouble {
            part.in_trouble().set(1.0);
            part.troubles().increment(1);
        }
        let told = now.told.as_ref();
        let is_news = !was_in_trouble || told.is_some_and(|(_, told)| *told != reason);
        let just_told = told.is_some_and(|(told, _)| at - *told < TOLD_AGAIN);
        now.reason.clone_from(&reason);
        if is_news && !just_told {
            now.told = Some((at, reason.clone()));
            tracing::warn!(part = part.name(), %reason, "a part of the store is in trouble; /health says when it is over");
        }
    }

    /// It did what it was asked for.
    pub(crate) fn works(&self, asked: Asked) {
        let mut now = self.0.now.lock();
        if let Some(since) = now.of(asked).take()
            && now.since().is_none()
        {
            let part = self.part();
            part.in_trouble().set(0.0);
            let seconds = since.elapsed().as_secs();
            tracing::debug!(
                part = part.name(),
                seconds,
                "a part of the store works again"
            );
        }
    }

    /// Whether it did not do the last that it was asked for of this kind.
    pub(crate) fn is_failing(&self, asked: Asked) -> bool {
        self.0.now.lock().of(asked).is_some()
    }

    /// Why it is in trouble, as it was last found.
    pub(crate) fn reason(&self) -> Option<String> {
        let now = self.0.now.lock();
        now.since().map(|_| now.reason.clone())
    }

    /// For how long it has been in trouble.
    pub(crate) fn in_trouble_for(&self) -> Option<Duration> {
        let since = self.0.now.lock().since();
        since.map(|since| since.elapsed())
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&self.part()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_read_but_takes_nothing_is_in_trouble() {
        let watch = Watch::over(Part::ObjectStore);
        watch.fails(Asked::Writing, "full".to_owned());
        assert_eq!(watch.reason().as_deref(), Some("full"));
        watch.works(Asked::Reading);
        assert!(watch.in_trouble_for().is_some());
        watch.works(Asked::Writing);
        assert!(watch.in_trouble_for().is_none() && watch.reason().is_none());
    }
}
