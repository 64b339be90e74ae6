//! PDS that can be switched off.

use async_trait::async_trait;
use nhs::OdsCode;
use pds::{Demographics, PdsError, Registry, Trace, TraceQuery};
use sandbox_pages::live_loop::Fault;

use super::Chaos;
use crate::demo::registry::holds_test_patients_only;

/// The demo's registry, which does not answer while [`Fault::PdsAway`] is on.
pub struct SwitchedPds {
    pub registry: Registry,
    pub chaos: Chaos,
}

#[async_trait]
impl Demographics for SwitchedPds {
    async fn trace(&self, query: &TraceQuery) -> Result<Trace, PdsError> {
        if self.chaos.is_on(Fault::PdsAway) {
            self.chaos.note_effect(Fault::PdsAway);
            return Err(unavailable("switched off in the demo"));
        }
        if !holds_test_patients_only(&self.registry.status()) {
            return Err(unavailable(
                "the demo's registry was given patients that are not its own",
            ));
        }
        self.registry.trace(query).await
    }

    /// None while [`Demographics::trace`] would refuse.
    fn trace_here(&self, query: &TraceQuery) -> Option<Trace> {
        let answers =
            !self.chaos.is_on(Fault::PdsAway) && holds_test_patients_only(&self.registry.status());
        answers.then(|| self.registry.trace_here(query)).flatten()
    }

    fn at_once(&self) -> Option<usize> {
        self.registry.at_once()
    }

    fn successor(&self, practice: &OdsCode) -> Option<OdsCode> {
        self.registry.successor(practice)
    }
}

fn unavailable(reason: &'static str) -> PdsError {
    PdsError::Unavailable {
        retry_after: None,
        reason,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use nhs::{Clock, DateOfBirth, FamilyName, NhsNumber, SystemClock};

    use super::*;
    use crate::demo::{patients, registry};

    #[tokio::test]
    async fn nobody_is_traced_once_the_registry_was_given_other_patients() {
        let directory = tempfile::tempdir().unwrap();
        let pds = SwitchedPds {
            registry: registry::import(directory.path()).unwrap(),
            chaos: Chaos::new(),
        };
        let query = TraceQuery {
            nhs_number: NhsNumber::parse("9693632109").unwrap(),
            date_of_birth: DateOfBirth::parse_iso("1946-06-23").unwrap(),
            family_name: FamilyName::parse("GARTON").unwrap(),
        };
        assert!(matches!(
            pds.trace(&query).await,
            Ok(Trace::Registered { .. })
        ));
        let here = pds.trace_here(&query);
        assert!(matches!(here, Some(Trace::Registered { .. })));
        let more = format!(
            "{}\n9736363082,OTHER,Ann,1950-01-01,A20047,,,,U,,\n",
            patients::PATIENTS.trim()
        );
        let kind = Some(pds::Kind::Patients);
        pds::import(directory.path(), more.as_bytes(), kind, SystemClock.now()).unwrap();
        pds.registry.refresh().unwrap();
        assert_eq!(pds.trace_here(&query), None);
        assert!(matches!(
            pds.trace(&query).await,
            Err(PdsError::Unavailable { .. })
        ));
    }
}
