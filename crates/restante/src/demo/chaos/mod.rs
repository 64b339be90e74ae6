//! What can be made to go wrong in the demo, while it runs: each fault is real, and acts where it would act outside. The
//! line in front of the exchange is slow or cut (`line`), its answers are 503 or a letter is taken twice (`answers`), PDS
//! does not answer (`pds_switch`), and the sending practice's certificate has expired (`certificate`).

mod answers;
mod certificate;
mod line;
mod pds_switch;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use nhs::Clock;
use sandbox_pages::live_loop::Fault;
use tokio::sync::watch;

pub use answers::{Sender, with_faults};
pub use certificate::follow as follow_certificate;
pub use line::Line;
pub use pds_switch::SwitchedPds;

/// How many faults there are.
const FAULTS: usize = Fault::ALL.len();

/// Since when each fault is on, in the order of [`Fault::ALL`].
type Since = [Option<Timestamp>; FAULTS];

/// The switches. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Chaos(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    since: watch::Sender<Since>,
    effects: [AtomicU64; FAULTS],
}

/// How one switch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultState {
    /// Which.
    pub fault: Fault,
    /// Since when it is on; `None` when it is off.
    pub since: Option<Timestamp>,
    /// How often it had an effect since the demo started: traces not answered, requests answered 503 or taken twice,
    /// pieces held back, connections cut or refused.
    pub effects: u64,
}

impl Chaos {
    /// All off.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            clock,
            since: watch::Sender::new([None; FAULTS]),
            effects: Default::default(),
        }))
    }

    /// Switches a fault on or off; one that stands so already stays as it is.
    pub fn set(&self, fault: Fault, on: bool) {
        let now = self.0.clock.now();
        self.0.since.send_if_modified(|since| {
            let Some(place) = since.get_mut(fault as usize) else {
                return false;
            };
            let changes = place.is_some() != on;
            if changes {
                *place = on.then_some(now);
            }
            changes
        });
        tracing::info!(fault = fault.name(), on, "a fault was switched");
    }

    /// Whether a fault is on.
    pub fn is_on(&self, fault: Fault) -> bool {
        let since = self.0.since.borrow();
        since.get(fault as usize).is_some_and(Option::is_some)
    }

    /// How each stands, in the order of [`Fault::ALL`].
    pub fn states(&self) -> [FaultState; FAULTS] {
        let since = *self.0.since.borrow();
        Fault::ALL.map(|fault| FaultState {
            fault,
            since: since.get(fault as usize).copied().flatten(),
            effects: self
                .effects_of(fault)
                .map_or(0, |count| count.load(Ordering::Relaxed)),
        })
    }

    /// Hears of every switch.
    pub fn changes(&self) -> watch::Receiver<Since> {
        self.0.since.subscribe()
    }

    /// Counts one effect of a fault.
    fn count(&self, fault: Fault) {
        tracing::info!(fault = fault.name(), "a fault had an effect");
        if let Some(count) = self.effects_of(fault) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn effects_of(&self, fault: Fault) -> Option<&AtomicU64> {
        self.0.effects.get(fault as usize)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use test_kit::ManualClock;

    use super::*;

    #[test]
    fn a_switch_tells_since_when_it_is_on() {
        let start = Timestamp::UNIX_EPOCH;
        let clock = Arc::new(ManualClock::new(start));
        let chaos = Chaos::new(clock.clone());
        assert!(chaos.states().iter().all(|state| state.since.is_none()));
        chaos.set(Fault::CutLine, true);
        clock.pass(jiff::SignedDuration::from_secs(9));
        chaos.set(Fault::CutLine, true);
        chaos.set(Fault::PdsAway, true);
        chaos.set(Fault::PdsAway, false);
        let on = chaos.states().into_iter().filter(|it| it.since.is_some());
        let expected = FaultState {
            fault: Fault::CutLine,
            since: Some(start),
            effects: 0,
        };
        assert_eq!(on.collect::<Vec<_>>(), [expected]);
        assert!(chaos.is_on(Fault::CutLine) && !chaos.is_on(Fault::PdsAway));
    }
}
