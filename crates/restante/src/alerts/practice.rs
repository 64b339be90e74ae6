//! The alerts of a practice: rows of its records, which say what left.

use alerting::{Channel, Open, Source, SourceError};
use async_trait::async_trait;
use gp_system::{AlertKind, Practice};
use jiff::Timestamp;

/// Where they are listed.
const PAGE: &str = "/alerts";

/// The alerts of a practice.
pub struct PracticeAlerts(pub Practice);

#[async_trait]
impl Source for PracticeAlerts {
    async fn unsent(&self, channel: Channel, _now: Timestamp) -> Result<Vec<Open>, SourceError> {
        let unsent = self.0.unsent_alerts(channel.as_str()).await?;
        let open = unsent.into_iter().map(|alerts| Open {
            kind: alerts.kind.as_str(),
            what: alerts.kind.what(),
            count: u64::from(alerts.count),
            since: alerts.since,
            page: PAGE,
            concerns: Vec::new(),
            mark: alerts.up_to,
            last_sent: alerts.last_sent,
        });
        Ok(open.collect())
    }

    async fn sent(&self, channel: Channel, open: &Open, _at: Timestamp) -> Result<(), SourceError> {
        let kinds = AlertKind::ALL.into_iter();
        for kind in kinds.filter(|kind| kind.as_str() == open.kind) {
            let practice = &self.0;
            practice
                .note_alerts_sent(channel.as_str(), kind, open.mark)
                .await?;
        }
        Ok(())
    }
}
