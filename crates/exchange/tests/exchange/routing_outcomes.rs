//! The acceptance vectors of `docs/spec/routing.md` §5.4 and one test for each row of the outcome table
//! of §1.6, from the send to the mailbox or the report, over a registry imported for the purpose.

use std::sync::Arc;

use crate::kit::{self, GARTON, RECEIVER, SENDER, Setup, WORKFLOW, id, request, strict};
use exchange::{ErrorKind, Settings};
use nhs::{SystemClock, SystemRandomness, WorkflowId};
use pds::stand_in;
use pds::{
    Deceased, Demographics, FhirClient, FhirOptions, Kind, MatchPolicy, Registry, RegistryOptions,
    Superseded,
};

const PATIENTS: &str = include_str!("fixtures/patients.csv");

fn registry(directory: &std::path::Path, policy: MatchPolicy) -> Registry {
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    let report = pds::import(directory, PATIENTS.as_bytes(), Some(Kind::Patients), now).unwrap();
    assert_eq!((report.accepted, report.refused), (15, 0));
    let options = RegistryOptions {
        policy,
        ..RegistryOptions::default()
    };
    Registry::open_with(directory, options).unwrap()
}

async fn receivers(setup: &Setup) {
    setup.add_receiver("H81109OT001", "H81109").await;
    setup.add_receiver("Y12345OT001", "Y12345").await;
    setup.add_receiver("W97041OT001", "W97041").await;
}

/// Checks outcomes over the fixture's registry.
async fn outcomes(settings: Settings, policy: MatchPolicy, expected: &[(&str, &str)]) {
    let directory = tempfile::tempdir().unwrap();
    let registry = registry(directory.path(), policy);
    let setup = Setup::with(settings, Arc::new(registry)).await;
    receivers(&setup).await;
    for (to, outcome) in expected {
        assert_eq!(setup.outcome(to).await, *outcome, "{to}");
    }
}

async fn by_default(expected: &[(&str, &str)]) {
    outcomes(strict(), MatchPolicy::default(), expected).await;
}

#[tokio::test]
async fn acceptance_vectors_that_are_delivered() {
    by_default(&[
        (GARTON, RECEIVER),
        ("GPPROVIDER_9693632109_19460623_GARTON", RECEIVER),
        ("GPPROVIDER_9693632109_23061946_gartón", RECEIVER),
        ("GPPROVIDER_9449305978_20100409_ThorneSmith", "H81109OT001"),
        ("GPPROVIDER_9449305978_20100409_THORNE-SMITH", "H81109OT001"),
        ("GPPROVIDER_9449310327_19701216_OMYGOODNESS", "H81109OT001"),
        ("GPPROVIDER_9693633148_14071960_Attison", RECEIVER),
    ])
    .await;
}

#[tokio::test]
async fn acceptance_vectors_that_are_reported() {
    by_default(&[
        ("GPPROVIDER_9000000000_22102010_Smith", "EPL-152"),
        ("GPPROVIDER_9111231130_22102010_Smith", "EPL-153"),
        ("GPPROVIDER_9693632109_24061946_GARTON", "EPL-154"),
        ("GPPROVIDER_9732110317_21061936_Sanderson", "EPL-151"),
        ("GPPROVIDER_9000000009_22102010_Smith", "EPL-151"),
        ("GPPROVIDER_9000000033_22102010_Smith", "EPL-154"),
        ("GPPROVIDER_9449310378_01011950_Invalid", "EPL-153"),
    ])
    .await;
}

#[tokio::test]
async fn acceptance_vectors_that_depend_on_the_policy() {
    let killen = "GPPROVIDER_9732110317_21061936_Killen";
    by_default(&[(killen, "EPL-151")]).await;
    let policy = MatchPolicy {
        previous_names: false,
        accept_ended_gp: true,
        ..MatchPolicy::default()
    };
    let smith = "GPPROVIDER_9000000009_22102010_Smith";
    outcomes(
        strict(),
        policy,
        &[(killen, "EPL-154"), (smith, "Y12345OT001")],
    )
    .await;
}

#[tokio::test]
async fn row_not_an_nhs_number_is_epl_152() {
    by_default(&[
        ("GPPROVIDER_969363210_23061946_GARTON", "EPL-152"),
        ("GPPROVIDER_9693632108_23061946_GARTON", "EPL-152"),
        ("GPPROVIDER_0000000000_23061946_GARTON", "EPL-152"),
        ("GPPROVIDER_9999999999_23061946_GARTON", "EPL-152"),
        ("GPPROVIDER__23061946_GARTON", "EPL-152"),
        ("GPPROVIDER", "EPL-152"),
        ("GPPROVIDER_A20047OT00_23061946_GARTON", "EPL-152"),
    ])
    .await;
}

#[tokio::test]
async fn row_valid_but_unknown_is_epl_153() {
    by_default(&[("GPPROVIDER_9733162981_23061946_GARTON", "EPL-153")]).await;
}

#[tokio::test]
async fn row_date_of_birth_or_surname_differ_is_epl_154() {
    by_default(&[
        ("GPPROVIDER_9693632109_23061947_GARTON", "EPL-154"),
        ("GPPROVIDER_9693632109_23061946_GARTONS", "EPL-154"),
        ("GPPROVIDER_9693632109_23061946_GART", "EPL-154"),
        ("GPPROVIDER_9693632109_23061946_", "EPL-154"),
        ("GPPROVIDER_9693632109_23461946_GARTON", "EPL-154"),
        ("GPPROVIDER_9693632109", "EPL-154"),
    ])
    .await;
}

#[tokio::test]
async fn a_birth_date_written_day_first_is_epl_154_where_the_year_must_come_first() {
    let settings = Settings {
        year_first_birth_dates_only: true,
        ..strict()
    };
    outcomes(
        settings,
        MatchPolicy::default(),
        &[
            ("GPPROVIDER_9693632109_23061946_GARTON", "EPL-154"),
            ("GPPROVIDER_9693632109_19460623_GARTON", RECEIVER),
        ],
    )
    .await;
}

#[tokio::test]
async fn row_superseded_number_is_followed_or_rejected() {
    let old = "GPPROVIDER_9733162337_03021950_MED";
    let old_name = "GPPROVIDER_9733162337_03021950_MEEK";
    by_default(&[(old, RECEIVER), (old_name, "EPL-154")]).await;
    let policy = MatchPolicy {
        superseded: Superseded::Reject,
        ..MatchPolicy::default()
    };
    outcomes(strict(), policy, &[(old, "EPL-153")]).await;
}

#[tokio::test]
async fn row_invalidated_without_successor_is_epl_153() {
    by_default(&[("GPPROVIDER_9449310378_01011950_INVALID", "EPL-153")]).await;
}

#[tokio::test]
async fn row_restricted_is_routed_and_the_sender_is_not_told_where() {
    let khamtorn = "GPPROVIDER_9449310610_10032001_KHAMTORN";
    let shown = Settings {
        hide_restricted_recipients: false,
        ..strict()
    };
    outcomes(shown, MatchPolicy::default(), &[(khamtorn, "H81109OT001")]).await;

    let directory = tempfile::tempdir().unwrap();
    let registry = registry(directory.path(), MatchPolicy::default());
    let mut setup = Setup::with(strict(), Arc::new(registry)).await;
    receivers(&setup).await;
    let message = setup.send(khamtorn, b"body").await.unwrap();
    assert_eq!(setup.exchange().route_due().await.unwrap(), 0, "at once");
    setup.restart().await;
    assert_eq!(
        setup.inbox("H81109OT001").await,
        std::slice::from_ref(&message)
    );
    let tracked = setup.tracked(&message).await;
    assert!(tracked.recipient.is_none() && tracked.failure().is_none());
    let caller = setup.caller(SENDER).await;
    let envelope = setup.exchange().envelope(&caller, message.as_str()).await;
    assert!(envelope.unwrap().recipient.is_none());
    let all = exchange::ListQuery {
        since: jiff::Timestamp::UNIX_EPOCH,
        max_results: 10,
        continue_from: None,
    };
    let sent = setup.exchange().rich_outbox(&caller, all).await.unwrap();
    assert!(sent.messages[0].recipient.is_none());
    let caller = setup.caller("H81109OT001").await;
    let envelope = setup.exchange().envelope(&caller, message.as_str()).await;
    let recipient = envelope.unwrap().recipient.expect("itself");
    assert_eq!(recipient.mailbox.as_str(), "H81109OT001");
}

#[tokio::test]
async fn row_restricted_over_fhir_has_no_practice_and_is_epl_151() {
    let directory = tempfile::tempdir().unwrap();
    let registry = registry(directory.path(), MatchPolicy::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = stand_in::router(registry, stand_in::Options::open());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let options = FhirOptions {
        base_url: format!("http://{address}/personal-demographics/FHIR/R4"),
        requests_per_second: 1_000_000,
        ..FhirOptions::default()
    };
    let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
    let client = FhirClient::new(options, MatchPolicy::default(), clock, randomness).unwrap();
    let client: Arc<dyn Demographics> = Arc::new(client);
    let setup = Setup::with(strict(), client).await;
    receivers(&setup).await;
    for (to, outcome) in [
        ("GPPROVIDER_9449310610_10032001_KHAMTORN", "EPL-151"),
        (GARTON, RECEIVER),
        ("GPPROVIDER_9111231130_22102010_Smith", "EPL-153"),
        ("GPPROVIDER_9693632109_24061946_GARTON", "EPL-154"),
        ("GPPROVIDER_9733162337_03021950_MED", RECEIVER),
    ] {
        assert_eq!(setup.outcome(to).await, outcome, "{to}");
    }
}

#[tokio::test]
async fn row_deceased_is_routed_while_a_practice_is_recorded_unless_rejected() {
    let tunney = "GPPROVIDER_9733163201_03021940_TUNNEY";
    by_default(&[(tunney, RECEIVER)]).await;
    let policy = MatchPolicy {
        deceased: Deceased::Reject,
        ..MatchPolicy::default()
    };
    outcomes(strict(), policy, &[(tunney, "EPL-151")]).await;
}

#[tokio::test]
async fn row_no_practice_is_epl_151() {
    by_default(&[("GPPROVIDER_9732110317_21061936_SANDERSON", "EPL-151")]).await;
}

#[tokio::test]
async fn row_registration_ended_or_not_begun_is_epl_151() {
    by_default(&[
        ("GPPROVIDER_9000000009_22102010_SMITH", "EPL-151"),
        ("GPPROVIDER_9733162043_27051955_KILLEN", "EPL-151"),
    ])
    .await;
}

#[tokio::test]
async fn row_welsh_practice_is_routed_when_it_has_a_mailbox() {
    let knapp = "GPPROVIDER_9736363120_02011961_KNAPP";
    by_default(&[(knapp, "W97041OT001")]).await;
}

#[tokio::test]
async fn row_practice_without_a_mailbox_for_the_workflow_is_epl_151() {
    let muir = "GPPROVIDER_9732019506_04031962_MUIR";
    by_default(&[(muir, "EPL-151")]).await;
}

#[tokio::test]
async fn row_several_mailboxes_is_epl_150_and_an_inactive_one_does_not_count() {
    let setup = Setup::new(strict()).await;
    setup.add_receiver("A20047OT002", "A20047").await;
    assert_eq!(setup.outcome(GARTON).await, "EPL-150");
    let lookup = |setup: &Setup| setup.exchange().endpoint_lookup("A20047", WORKFLOW).len();
    assert_eq!(lookup(&setup), 2, "the lookup sees what routing sees");
    let operator = setup.exchange().operator().unwrap();
    operator.set_active(&id(RECEIVER), false).unwrap();
    setup.exchange().refresh_directory().await.unwrap();
    assert_eq!(setup.outcome(GARTON).await, "A20047OT002");
    assert_eq!(lookup(&setup), 1);
    operator.set_active(&id("A20047OT002"), false).unwrap();
    setup.exchange().refresh_directory().await.unwrap();
    assert_eq!(setup.outcome(GARTON).await, "EPL-151");
    assert_eq!(lookup(&setup), 0);
}

#[tokio::test]
async fn row_sender_without_the_right_is_refused_at_once() {
    let setup = Setup::new(strict()).await;
    let caller = setup.caller(RECEIVER).await;
    let sent = setup
        .exchange()
        .send(&caller, request(GARTON, 1), kit::pieces(b"x"))
        .await;
    let error = sent.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Unacceptable, "16")
    );
    let operator = setup.exchange().operator().unwrap();
    let workflow = WorkflowId::parse(WORKFLOW).unwrap();
    operator.set_patient_routing(&workflow, false).unwrap();
    setup.exchange().refresh_directory().await.unwrap();
    assert_eq!(setup.send(GARTON, b"x").await.unwrap_err().code(), "12");
    assert_eq!(setup.exchange().route_due().await.unwrap(), 0);
}

#[tokio::test]
async fn row_practice_closed_with_one_successor_is_epl_151_unless_forwarding_is_set() {
    const PRACTICES: &str = "ods_code,name,status,open_date,close_date,successor_ods\n\
         H81109,The Old Surgery,Inactive,,2026-03-31,A20047\n\
         Y12345,The Open Surgery,Active,,,A20047\n";
    let to_closed = "GPPROVIDER_9449305978_20100409_ThorneSmith";
    let to_open = "GPPROVIDER_9000000009_22102010_Smith";
    for (forward_to_successor, outcome) in [(false, "EPL-151"), (true, RECEIVER)] {
        let directory = tempfile::tempdir().unwrap();
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        let kind = Some(Kind::Practices);
        pds::import(directory.path(), PRACTICES.as_bytes(), kind, now).unwrap();
        let policy = MatchPolicy {
            accept_ended_gp: true,
            ..MatchPolicy::default()
        };
        let registry = registry(directory.path(), policy);
        let settings = Settings {
            forward_to_successor,
            ..strict()
        };
        let setup = Setup::with(settings, Arc::new(registry)).await;
        assert_eq!(setup.outcome(to_closed).await, outcome);
        assert_eq!(setup.outcome(to_open).await, "EPL-151", "an open practice");
    }
}
