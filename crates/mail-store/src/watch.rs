//! Whether a part that a store stands on is in trouble, and since when: told by what is asked of it anyway.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics::{Counter, Gauge, counter, gauge};
use parking_lot::Mutex;

/// A commit that another machine's database has not answered by then is told of.
pub(crate) const LONGEST_COMMIT: Duration = Duration::from_secs(10);

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
    /// Whether that was of the trouble that is now.
    is_told: bool,
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

    /// Whether the log is to be told why it does not, now. Of each trouble that lasts it is, be it later because it was just
    /// told of the one before.
    fn is_to_be_told(&mut self, at: Instant) -> bool {
        let told = self.told.as_ref();
        let is_news = !self.is_told || told.is_none_or(|(_, reason)| *reason != self.reason);
        let just_told = told.is_some_and(|(told, _)| at - *told < TOLD_AGAIN);
        if just_told || !is_news {
            return false;
        }
        self.is_told = true;
        self.told = Some((at, self.reason.clone()));
        true
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
            now.is_told = false;
        }
        now.reason.clone_from(&reason);
        if now.is_to_be_told(at) {
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

    /// Waits for what it was asked for; when that is not done in time, it is in trouble until it is.
    pub(crate) async fn in_time<T>(
        &self,
        asked: Asked,
        longest: Duration,
        late: &str,
        doing: impl Future<Output = T>,
    ) -> T {
        let mut doing = pin!(doing);
        if let Ok(done) = tokio::time::timeout(longest, &mut doing).await {
            return done;
        }
        self.fails(asked, late.to_owned());
        doing.await
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

    #[test]
    fn each_trouble_that_lasts_is_told_of_once_a_minute_at_most() {
        let begun = Instant::now();
        let after = |seconds| begun + Duration::from_secs(seconds);
        let mut now = Now {
            reason: "no answer".to_owned(),
            ..Now::default()
        };
        assert!(now.is_to_be_told(begun));
        assert!(!now.is_to_be_told(after(90)));
        // it works, and soon after does not again
        now.told = Some((after(100), now.reason.clone()));
        now.is_told = false;
        assert!(!now.is_to_be_told(after(110)));
        assert!(now.is_to_be_told(after(170)));
        assert!(!now.is_to_be_told(after(300)));
        now.reason = "full".to_owned();
        assert!(now.is_to_be_told(after(300)));
    }

    #[tokio::test]
    async fn what_is_late_is_trouble_until_it_is_done() {
        let watch = Watch::over(Part::Database);
        let (end, ended) = tokio::sync::oneshot::channel();
        let doing = watch.in_time(Asked::Writing, Duration::ZERO, "late", ended);
        let (done, ()) = tokio::join!(doing, async {
            while watch.in_trouble_for().is_none() {
                tokio::task::yield_now().await;
            }
            // whoever reads is served meanwhile
            watch.works(Asked::Reading);
            assert_eq!(watch.reason().as_deref(), Some("late"));
            end.send(()).unwrap();
        });
        assert!(done.is_ok() && watch.is_failing(Asked::Writing));
    }
}
