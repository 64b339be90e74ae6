//! The client's certificate as it grows old: in every status, in the log once a day, in a metric.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::status::CertificateStatus;
use crate::api::{CLIENT_CERTIFICATE, Dates, Identity, Validity, judge_chain};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The validities of the chain that the client shows, its own first; none when it shows none.
#[derive(Debug, Clone, Default)]
pub(super) struct OwnCertificate(Arc<[Validity]>);

impl OwnCertificate {
    pub fn of(identity: Option<&Identity>) -> Self {
        let chain = identity.map(Identity::validity).unwrap_or_default();
        Self(chain.into())
    }

    fn dates(&self, now: Timestamp) -> Dates {
        judge_chain(CLIENT_CERTIFICATE, &self.0, now)
    }

    pub fn status(&self, now: Timestamp) -> Option<CertificateStatus> {
        let validity = *self.0.first()?;
        let warning = self.dates(now).words().map(str::to_owned);
        Some(CertificateStatus { validity, warning })
    }
}

/// Says it in the log: at the start, when another certificate is used, and once a day.
#[derive(Debug, Default)]
pub(super) struct CertificateLog {
    said: Option<(Timestamp, Arc<[Validity]>)>,
}

impl CertificateLog {
    /// Looks at the certificate; what the log is told, which is nothing when it was told today.
    pub fn look(&mut self, own: &OwnCertificate, now: Timestamp) -> Option<Dates> {
        let is_said = |(at, chain): &(Timestamp, Arc<[Validity]>)| {
            *chain == own.0 && now.duration_since(*at) < DAY
        };
        if self.said.as_ref().is_some_and(is_said) {
            return None;
        }
        self.said = Some((now, own.0.clone()));
        let ends = own.0.iter().map(|validity| validity.not_after).min()?;
        metrics::gauge!("restante_client_certificate_expires_timestamp_seconds")
            .set(ends.as_second() as f64);
        let dates = own.dates(now);
        match &dates {
            Dates::Good => {}
            Dates::EndSoon(words) => tracing::warn!("{words}"),
            Dates::Wrong(words) => tracing::error!("{words}"),
        }
        Some(dates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_told_at_the_start_once_a_day_and_of_a_new_certificate() {
        let start: Timestamp = "2026-12-10T00:00:00Z".parse().unwrap();
        let until = |until: &str| {
            let validity = Validity {
                not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
                not_after: until.parse().unwrap(),
            };
            OwnCertificate([validity].into())
        };
        let after = |hours| start + SignedDuration::from_hours(hours);
        let (old, new) = (until("2026-12-31T00:00:00Z"), until("2036-12-31T00:00:00Z"));
        let mut log = CertificateLog::default();
        assert!(matches!(log.look(&old, start), Some(Dates::EndSoon(_))));
        assert_eq!(log.look(&old, after(23)), None);
        assert!(matches!(log.look(&old, after(24)), Some(Dates::EndSoon(_))));
        assert!(matches!(
            log.look(&old, after(24 * 30)),
            Some(Dates::Wrong(_))
        ));
        assert_eq!(log.look(&new, after(24 * 30)), Some(Dates::Good));
        assert_eq!(log.look(&OwnCertificate::default(), start), None);
    }
}
