//! How long the receiving system took (RX-A03).

use itk3::Class;
use jiff::Timestamp;

use super::run::{Message, Run, State};

/// Seconds to the answers of one message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seconds {
    /// To the infrastructure answer.
    pub infrastructure: Option<f64>,
    /// To the business answer.
    pub business: Option<f64>,
}

impl Message {
    /// From when it was taken or, where that was not seen, placed.
    pub fn seconds(&self) -> Seconds {
        let first = |class| self.of_class(class).next().map(|it| it.incoming.at);
        let to = |class| Some(seconds(self.since(first(class)?)?, first(class)?));
        Seconds {
            infrastructure: to(Class::Infrastructure),
            business: to(Class::Business),
        }
    }

    fn since(&self, until: Timestamp) -> Option<Timestamp> {
        let State::Placed(at) = self.state else {
            return None;
        };
        let taken = self.taken.filter(|taken| *taken <= until);
        Some(taken.map_or(at, |taken| taken.max(at)))
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}

/// Of all messages of a run.
pub struct Times {
    infrastructure: Vec<f64>,
    business: Vec<f64>,
    taken: usize,
}

impl Times {
    /// As far as they were measured.
    pub fn of(run: &Run) -> Self {
        let all = run.messages().iter().map(Message::seconds);
        let sorted = |mut times: Vec<f64>| {
            times.sort_by(f64::total_cmp);
            times
        };
        Self {
            infrastructure: sorted(all.clone().filter_map(|it| it.infrastructure).collect()),
            business: sorted(all.filter_map(|it| it.business).collect()),
            taken: run
                .messages()
                .iter()
                .filter(|it| it.taken.is_some())
                .count(),
        }
    }

    /// For the case and the page.
    pub fn sentence(&self) -> String {
        let from = if self.taken > 0 {
            "when a message was seen to be taken, else placed"
        } else {
            "when a message was placed"
        };
        format!(
            "Measured from {from}; no limit is published. Infrastructure: {}. Business: {}.",
            words(&self.infrastructure),
            words(&self.business)
        )
    }
}

/// Sorted times in words.
fn words(times: &[f64]) -> String {
    let (Some(median), Some(longest)) = (times.get(times.len() / 2), times.last()) else {
        return "none came".to_owned();
    };
    format!("median {median:.1} s, longest {longest:.1} s")
}
