//! What can be made to go wrong in the demo, while it runs: each fault is real, and acts where it would act outside. The
//! line in front of the exchange is slow or cut (`line`), its answers are 503 or a letter is taken twice (`answers`), PDS
//! does not answer (`pds_switch`), and the sending practice's certificate has expired (`certificate`).

mod answers;
mod certificate;
mod line;
mod pds_switch;

use std::sync::Arc;

use sandbox_pages::live_loop::Fault;
use tokio::sync::watch;

pub use answers::{Sender, with_faults};
pub use certificate::follow as follow_certificate;
pub use line::Line;
pub use pds_switch::SwitchedPds;

/// How many faults there are.
const FAULTS: usize = Fault::ALL.len();

/// Whether each fault is on, in the order of [`Fault::ALL`].
type Switches = [bool; FAULTS];

/// The switches. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Chaos(Arc<watch::Sender<Switches>>);

impl Chaos {
    /// All off.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new([false; FAULTS])))
    }

    /// Switches a fault on or off; one that stands so already stays as it is.
    pub fn set(&self, fault: Fault, on: bool) {
        self.0.send_if_modified(|switches| {
            let place = switches.get_mut(fault as usize);
            place.is_some_and(|place| std::mem::replace(place, on) != on)
        });
        tracing::info!(fault = fault.name(), on, "a fault was switched");
    }

    /// Whether a fault is on.
    pub fn is_on(&self, fault: Fault) -> bool {
        let switches = self.0.borrow();
        switches.get(fault as usize).copied().unwrap_or_default()
    }

    /// Hears of every switch.
    pub fn changes(&self) -> watch::Receiver<Switches> {
        self.0.subscribe()
    }

    /// Says that a fault had an effect.
    fn note_effect(&self, fault: Fault) {
        tracing::info!(fault = fault.name(), "a fault had an effect");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_stands_as_it_was_put_and_is_heard_of_when_it_changes() {
        let chaos = Chaos::new();
        let mut changes = chaos.changes();
        chaos.set(Fault::CutLine, true);
        assert!(changes.has_changed().is_ok_and(|changed| changed));
        changes.mark_unchanged();
        chaos.set(Fault::CutLine, true);
        assert!(changes.has_changed().is_ok_and(|changed| !changed));
        chaos.set(Fault::PdsAway, true);
        chaos.set(Fault::PdsAway, false);
        let on = |fault: &Fault| chaos.is_on(*fault);
        assert!(Fault::ALL.into_iter().filter(on).eq([Fault::CutLine]));
    }
}
