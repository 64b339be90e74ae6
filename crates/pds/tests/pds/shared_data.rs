//! The published data of docs/spec/routing.md, read in place where the folder is there.

use std::fs;
use std::path::PathBuf;

use crate::kit::{clock, now, open, query, registered};
use crate::net;
use crate::net::{client, options, serve};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use pds::{Demographics, Kind, MatchPolicy, RefusalReason, Trace};

/// The published records; without them the test is skipped.
fn data() -> Option<PathBuf> {
    test_kit::shared("data/pds")
}

#[test]
fn the_sample_registry_is_imported_and_answers_the_acceptance_vectors() {
    let Some(data) = data() else { return };
    let directory = tempfile::tempdir().unwrap();
    let file = fs::File::open(data.join("registry-sample.csv")).unwrap();
    let report = pds::import(directory.path(), file, None, now()).unwrap();
    assert_eq!(report.kind, Kind::Patients);
    assert_eq!(report.accepted + report.refused, 765);
    // Beside invented numbers the sample has dates that a spreadsheet has damaged: `2.01206E+11`.
    let expected = [
        RefusalReason::NhsNumber,
        RefusalReason::DateOfBirth,
        RefusalReason::Date,
    ];
    let mut reasons = report.refused_rows.iter().map(|row| row.reason);
    assert!(reasons.all(|reason| expected.contains(&reason)));
    let registry = open(directory.path(), MatchPolicy::default());
    for (nhs, birth, family, expected) in [
        ("9693632109", "23061946", "Garton", registered("A20047")),
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
        ("9732110317", "21061936", "Killen", Trace::NoPractice),
        ("9732110317", "21061936", "Sanderson", Trace::NoPractice),
        ("9000000009", "22102010", "Smith", Trace::NoPractice),
        ("9111231130", "01011970", "Nobody", Trace::NotFound),
        ("9000000033", "01011970", "Nobody", Trace::Mismatch),
        ("9449310378", "25051982", "Geelan", Trace::NotFound),
    ] {
        assert_eq!(
            registry.lookup(&query(nhs, birth, family)).unwrap(),
            expected,
            "{nhs}"
        );
    }
    let khamtorn = registry
        .lookup(&query("9449310610", "10032001", "KHAMTORN"))
        .unwrap();
    assert!(matches!(
        khamtorn,
        Trace::Registered {
            restricted: true,
            ..
        }
    ));
}

#[tokio::test]
async fn the_published_bodies_are_read_as_the_sheet_says() {
    let Some(data) = data() else { return };
    let router = Router::new()
        .route(&format!("{}/Patient/{{id}}", net::BASE), get(body))
        .with_state(data);
    let address = serve(router).await;
    let with = |policy| client(options(address), policy, &clock());
    let strict = with(MatchPolicy::default());
    for (nhs, birth, family, expected) in [
        ("9693632109", "23061946", "Garton", registered("A20047")),
        ("9733162043", "27051955", "Killen", registered("A20047")),
        ("9736363015", "08041937", "Mooney", registered("A20047")),
        ("9736363023", "02081940", "Melloy", registered("A20047")),
        ("9736363066", "25021933", "Weaver", registered("A20047")),
        ("9736363074", "05111955", "Wilcox", registered("A20047")),
        ("9732110317", "21061936", "Sanderson", Trace::NoPractice),
        ("9732110317", "21061936", "Killen", Trace::NoPractice),
        ("9000000009", "22102010", "Smith", Trace::NoPractice),
        ("9000000025", "22102010", "Smythe", Trace::NoPractice),
        ("9000000033", "22102010", "Smith", Trace::Mismatch),
        (
            "5900046192",
            "28061991",
            "Karate-test-gtikmto",
            Trace::NoPractice,
        ),
        ("9111231130", "01011970", "Nobody", Trace::NotFound),
    ] {
        let trace = strict.trace(&query(nhs, birth, family)).await.unwrap();
        assert_eq!(trace, expected, "{nhs}");
    }
    let lenient = with(MatchPolicy {
        accept_ended_gp: true,
        ..MatchPolicy::default()
    });
    let jane = lenient
        .trace(&query("9000000009", "22102010", "Smith"))
        .await
        .unwrap();
    assert_eq!(jane, registered("Y12345"));
}

async fn body(
    State(data): State<PathBuf>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> (StatusCode, [(&'static str, String); 1], Vec<u8>) {
    let mirrored = [(
        "x-request-id",
        headers["x-request-id"].to_str().unwrap().to_owned(),
    )];
    match fs::read(data.join(format!("patientResponses/patient_{id}.json"))) {
        Ok(body) => (StatusCode::OK, mirrored, body),
        Err(_) => {
            let body = fs::read(data.join("errorResponses/RESOURCE_NOT_FOUND.json")).unwrap();
            (StatusCode::NOT_FOUND, mirrored, body)
        }
    }
}
