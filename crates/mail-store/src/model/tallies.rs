//! How much happened.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Model;
use super::state::State;
use crate::StoreError;
use crate::contract::{Amount, Outcome, Span, Tallied, Tallies, Tally};

#[async_trait]
impl Tallies for Model {
    async fn tallies(
        &self,
        span: Span,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<Vec<Tallied>, StoreError> {
        let state = self.state();
        let counted = state.tallies.iter().filter(|((of, began, _), _)| {
            let is_between = *began >= from && *began < before;
            *of == span && is_between
        });
        Ok(counted
            .map(|((_, began, what), amount)| Tallied {
                began: *began,
                what: what.clone(),
                amount: *amount,
            })
            .collect())
    }

    async fn minutes_with(
        &self,
        what: &str,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<Vec<Timestamp>, StoreError> {
        let counted = self.tallies(Span::Minute, from, before).await?;
        let with = counted.iter().filter(|tallied| tallied.what == what);
        Ok(with.map(|tallied| tallied.began).collect())
    }
}

impl State {
    pub(super) fn tally(&mut self, at: Timestamp, tallies: &[Tally]) -> Outcome {
        for span in Span::ALL {
            for Tally { what, amount } in tallies {
                let key = (span, span.began(at), what.clone());
                let kept = self.tallies.entry(key).or_default();
                match amount {
                    Amount::More(more) => *kept += more,
                    Amount::Highest(highest) => *kept = (*kept).max(*highest),
                }
            }
            if let Ok(before) = at.checked_sub(span.kept()) {
                self.tallies
                    .retain(|(of, began, _), _| *of != span || *began >= before);
            }
        }
        Outcome::Done
    }
}
