//! The PDS FHIR client against the stand-in, over a real socket.
use crate::kit::*;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use jiff::SignedDuration;
use nhs::OdsCode;
use pds::stand_in::Options;
use pds::{Chain, Demographics, FhirOptions, MatchPolicy, MatchedOn, Superseded, Trace};

use crate::net;
use crate::net::{Application, client, options, serve, serve_logged};
use test_kit::ManualClock;

async fn open_stand_in(csv: &str) -> (tempfile::TempDir, SocketAddr, net::Log) {
    let (directory, registry) = registry_of(csv, MatchPolicy::default());
    let (address, log) = serve_logged(pds::stand_in::router(registry, Options::open())).await;
    (directory, address, log)
}

#[tokio::test]
async fn acceptance_vectors_over_pds_fhir() {
    let (_directory, address, _) = open_stand_in(PATIENTS).await;
    let client = client(options(address), MatchPolicy::default(), &clock());
    for (nhs, birth, family, expected) in [
        ("9693632109", "23061946", "Garton", registered("A20047")),
        ("9693632109", "19460623", "gartón", registered("A20047")),
        (
            "9449305978",
            "20100409",
            "ThorneSmith",
            registered("H81109"),
        ),
        (
            "9449310327",
            "19701216",
            "OMYGOODNESS",
            registered("H81109"),
        ),
        ("9693633148", "14071960", "Attison", registered("A20047")),
        ("9733163201", "03021940", "Tunney", registered("A20047")),
        ("9732110317", "21061936", "Killen", Trace::NoPractice),
        ("9732110317", "21061936", "Sanderson", Trace::NoPractice),
        ("9000000009", "22102010", "Smith", Trace::NoPractice),
        ("9449310610", "10032001", "Khamtorn", Trace::NoPractice),
        ("9111231130", "01011970", "Nobody", Trace::NotFound),
        ("9449310378", "01011950", "Invalid", Trace::NotFound),
        ("9693632109", "24061946", "Garton", Trace::Mismatch),
        ("9000000033", "22102010", "Smith", Trace::Mismatch),
    ] {
        let trace = client.trace(&query(nhs, birth, family)).await.unwrap();
        assert_eq!(trace, expected, "{nhs} {birth} {family}");
    }
}

#[tokio::test]
async fn policies_hold_over_pds_fhir_too() {
    let (_directory, address, _) = open_stand_in(PATIENTS).await;
    let with = |policy| client(options(address), policy, &clock());
    let policy = MatchPolicy {
        accept_ended_gp: true,
        ..MatchPolicy::default()
    };
    let jane = query("9000000009", "22102010", "Smith");
    assert_eq!(
        with(policy).trace(&jane).await.unwrap(),
        registered("Y12345")
    );
    let policy = MatchPolicy {
        previous_names: false,
        ..MatchPolicy::default()
    };
    let killen = query("9732110317", "21061936", "Killen");
    assert_eq!(with(policy).trace(&killen).await.unwrap(), Trace::Mismatch);
    let policy = MatchPolicy {
        name_components: true,
        ..MatchPolicy::default()
    };
    let smith = query("9449305978", "20100409", "Smith");
    let expected = registered_on("H81109", MatchedOn::NameComponent);
    assert_eq!(with(policy).trace(&smith).await.unwrap(), expected);
}

#[tokio::test]
async fn a_superseded_number_comes_back_with_another_id() {
    let old = number(1);
    let rows = [
        format!("{old},,,,,,,,U,9693632109,"),
        "9693632109,GARTON,Bill,1946-06-23,A20047,,,,U,,".to_owned(),
    ];
    let (_directory, address, _) = open_stand_in(&csv(&[&rows[0], &rows[1]])).await;
    let garton = query(&old, "23061946", "Garton");
    let trace = client(options(address), MatchPolicy::default(), &clock())
        .trace(&garton)
        .await;
    assert!(matches!(
        trace.unwrap(),
        Trace::Registered {
            superseded: true,
            ..
        }
    ));
    let policy = MatchPolicy {
        superseded: Superseded::Reject,
        ..MatchPolicy::default()
    };
    let trace = client(options(address), policy, &clock())
        .trace(&garton)
        .await;
    assert_eq!(trace.unwrap(), Trace::NotFound);
}

#[tokio::test]
async fn requests_carry_what_pds_wants_and_answers_are_kept_for_minutes() {
    let (_directory, address, log) = open_stand_in(PATIENTS).await;
    let clock = clock();
    let organisation = Some(OdsCode::parse("A81001").unwrap());
    let options = FhirOptions {
        cache_seconds: 300,
        organisation,
        ..options(address)
    };
    let client = client(options, MatchPolicy::default(), &clock);
    let garton = query("9693632109", "23061946", "Garton");
    for _ in 0..3 {
        assert_eq!(client.trace(&garton).await.unwrap(), registered("A20047"));
    }
    let wrong = query("9693632109", "23061946", "Gorton");
    assert_eq!(client.trace(&wrong).await.unwrap(), Trace::Mismatch);
    assert_eq!(
        log.lock().unwrap().len(),
        2,
        "another name is another question"
    );
    clock.pass(SignedDuration::from_secs(301));
    client.trace(&garton).await.unwrap();
    let log = log.lock().unwrap();
    assert_eq!(log.len(), 3);
    let ids: Vec<_> = log
        .iter()
        .map(|(_, headers)| headers["x-request-id"].clone())
        .collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
    assert_eq!(
        log[0].0,
        "/personal-demographics/FHIR/R4/Patient/9693632109"
    );
    assert_eq!(log[0].1["nhsd-end-user-organisation-ods"], "A81001");
    assert!(
        !log[0].1.contains_key("authorization"),
        "a sandbox needs none"
    );
}

/// A server whose token endpoint has an address before its routes exist.
async fn signed_stand_in(
    application: &Application,
    clock: &Arc<ManualClock>,
) -> (tempfile::TempDir, String, SocketAddr, net::Log) {
    let (directory, registry) = registry(MatchPolicy::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let token_url = format!("http://{address}/oauth2/token");
    let (router, log) = net::logged(application.stand_in(&registry, &token_url, clock));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (directory, token_url, address, log)
}

fn count(log: &net::Log, path: &str) -> usize {
    log.lock()
        .unwrap()
        .iter()
        .filter(|(seen, _)| seen.contains(path))
        .count()
}

#[tokio::test]
async fn tokens_are_bought_by_signed_assertion_kept_and_renewed_before_they_end() {
    let (application, clock) = (Application::new(), clock());
    let (_directory, token_url, address, log) = signed_stand_in(&application, &clock).await;
    let credentials = Some(application.credentials(&token_url));
    let options = FhirOptions {
        credentials,
        ..options(address)
    };
    let client = client(options, MatchPolicy::default(), &clock);
    let garton = query("9693632109", "23061946", "Garton");
    for (forward, tokens) in [(0, 1), (100, 1), (430, 1), (10, 2), (500, 2), (500, 3)] {
        clock.pass(SignedDuration::from_secs(forward));
        assert_eq!(client.trace(&garton).await.unwrap(), registered("A20047"));
        assert_eq!(count(&log, "token"), tokens, "after {forward} more seconds");
    }
    let log = log.lock().unwrap();
    let bearer =
        |headers: &axum::http::HeaderMap| headers["authorization"].to_str().unwrap().to_owned();
    let patients: Vec<_> = log
        .iter()
        .filter(|(path, _)| path.contains("Patient"))
        .collect();
    assert!(
        patients
            .iter()
            .all(|(_, headers)| bearer(headers).starts_with("Bearer "))
    );
}

#[tokio::test]
async fn a_token_that_pds_forgot_is_bought_again_once() {
    let (application, clock) = (Application::new(), clock());
    let (_directory, token_url, _, _) = signed_stand_in(&application, &clock).await;
    let credentials = Some(application.credentials(&token_url));
    // A second stand-in for the records knows none of the tokens of the first.
    let (_other, registry) = registry(MatchPolicy::default());
    let (records, log) = serve_logged(application.stand_in(&registry, "other", &clock)).await;
    let options = FhirOptions {
        credentials,
        ..options(records)
    };
    let garton = query("9693632109", "23061946", "Garton");
    let error = client(options, MatchPolicy::default(), &clock)
        .trace(&garton)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "PDS_REFUSED");
    assert_eq!(count(&log, "Patient"), 2);
}

#[tokio::test]
async fn an_unregistered_key_is_an_operators_matter() {
    let (application, stranger, clock) = (Application::new(), Application::stranger(), clock());
    let (_directory, token_url, address, log) = signed_stand_in(&application, &clock).await;
    let credentials = Some(stranger.credentials(&token_url));
    let options = FhirOptions {
        credentials,
        ..options(address)
    };
    let garton = query("9693632109", "23061946", "Garton");
    let error = client(options, MatchPolicy::default(), &clock)
        .trace(&garton)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "PDS_REFUSED");
    assert_eq!(count(&log, "Patient"), 0);
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_at_the_start() {
    let address = serve(Router::new()).await;
    let attempt = |options: FhirOptions| {
        let randomness = Arc::new(nhs::SystemRandomness);
        let client = pds::FhirClient::new(options, MatchPolicy::default(), clock(), randomness);
        client.err().map(|error| error.code())
    };
    let wrong = Some("PDS_CONFIGURATION");
    assert_eq!(attempt(options(address)), None);
    assert_eq!(
        attempt(FhirOptions {
            requests_per_second: 0,
            ..options(address)
        }),
        wrong
    );
    assert_eq!(
        attempt(FhirOptions {
            base_url: "http://x/".into(),
            ..options(address)
        }),
        wrong
    );
    let mut credentials = Application::new().credentials("http://127.0.0.1/oauth2/token");
    credentials.private_key = include_str!("keys/application.public.pem").into();
    assert_eq!(
        attempt(FhirOptions {
            credentials: Some(credentials),
            ..options(address)
        }),
        wrong
    );
}

#[tokio::test]
async fn the_chain_asks_pds_for_whom_the_registry_does_not_place() {
    let fresh = csv(&[
        "9693632109,GARTON,Bill,1946-06-23,H81109,,,,U,,",
        "9733162043,KILLEN,Dean,1955-05-27,H81109,,,,U,,",
        "9732110317,Sanderson,Adrian,1936-06-21,H81109,,,,U,,",
    ]);
    let stale = csv(&[
        "9693632109,GARTON,Bill,1946-06-23,A20047,,,,U,,",
        "9732110317,Sanderson,Adrian,1936-06-21,A20047,,2020-01-01,,U,,",
    ]);
    let (_pds, address, log) = open_stand_in(&fresh).await;
    let (_registry, registry) = registry_of(&stale, MatchPolicy::default());
    let options = FhirOptions {
        cache_seconds: 300,
        ..options(address)
    };
    let client = client(options, MatchPolicy::default(), &clock());
    let chain = Chain::new(vec![Arc::new(registry), Arc::new(client)]);
    for (nhs, birth, family, expected, asked) in [
        ("9693632109", "23061946", "Garton", registered("A20047"), 0),
        ("9733162043", "27051955", "Killen", registered("H81109"), 1),
        (
            "9732110317",
            "21061936",
            "Sanderson",
            registered("H81109"),
            2,
        ),
        ("9111231130", "21061936", "Nobody", Trace::NotFound, 3),
    ] {
        let query = query(nhs, birth, family);
        // PDS is not asked for it
        let here = (asked == 0).then(|| expected.clone());
        assert_eq!(chain.trace_here(&query), here);
        assert_eq!(chain.trace(&query).await.unwrap(), expected);
        assert_eq!(chain.trace_here(&query), Some(expected), "kept a while");
        assert_eq!(log.lock().unwrap().len(), asked, "{nhs}");
    }
}

#[tokio::test]
async fn the_chain_does_not_conclude_not_found_while_pds_is_down() {
    let (_registry, registry) = registry(MatchPolicy::default());
    let unused = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let client = client(options(unused), MatchPolicy::default(), &clock());
    let chain = Chain::new(vec![Arc::new(registry), Arc::new(client)]);
    let error = chain
        .trace(&query("9111231130", "01011970", "Nobody"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "PDS_UNAVAILABLE");
    let garton = query("9693632109", "23061946", "Garton");
    assert_eq!(chain.trace(&garton).await.unwrap(), registered("A20047"));
    assert_eq!(
        Chain::new(vec![]).trace(&garton).await.unwrap_err().code(),
        "PDS_UNAVAILABLE"
    );
}
