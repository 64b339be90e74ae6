//! The PDS FHIR stand-in as any client sees it: bodies of docs/spec/routing.md
//! §3.6, checks in the order of §5.3.

use std::net::SocketAddr;

use crate::kit;
use crate::kit::{PATIENTS, clock, csv, registry, registry_of};
use crate::net::{Application, BASE, serve};
use axum::http::{HeaderMap, StatusCode};
use jiff::SignedDuration;
use pds::MatchPolicy;
use pds::stand_in::Options;
use serde_json::{Value, json};

const REQUEST_ID: &str = "60e0b220-8136-4ca5-ae46-1d97ef59d068";

async fn open(csv: &str) -> (tempfile::TempDir, SocketAddr) {
    let (directory, registry) = registry_of(csv, MatchPolicy::default());
    (
        directory,
        serve(pds::stand_in::router(registry, Options::open())).await,
    )
}

async fn get(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
) -> (StatusCode, HeaderMap, Value) {
    _ = rustls::crypto::ring::default_provider().install_default();
    let mut request = reqwest::Client::new().get(format!("http://{address}{BASE}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    (status, headers, response.json().await.unwrap())
}

async fn ask(address: SocketAddr, path: &str) -> (StatusCode, HeaderMap, Value) {
    get(address, path, &[("X-Request-ID", REQUEST_ID)]).await
}

fn issue(severity: &str, issue: &str, code: &str, display: &str) -> Value {
    json!({ "resourceType": "OperationOutcome", "issue": [{
        "severity": severity,
        "code": issue,
        "details": { "coding": [{
            "system": "https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode",
            "version": "1",
            "code": code,
            "display": display,
        }] },
    }] })
}

fn with(mut outcome: Value, diagnostics: &str) -> Value {
    outcome["issue"][0]["diagnostics"] = diagnostics.into();
    outcome
}

#[tokio::test]
async fn a_patient_is_served_as_pds_would() {
    let (_directory, address) = open(PATIENTS).await;
    let sent = [("X-Request-ID", REQUEST_ID), ("X-Correlation-ID", "ours-1")];
    let (status, headers, body) = get(address, "/Patient/9693632109", &sent).await;
    assert_eq!(status, 200);
    assert_eq!(headers["content-type"], "application/fhir+json");
    assert_eq!(headers["x-request-id"], REQUEST_ID);
    assert_eq!(headers["x-correlation-id"], "ours-1");
    assert_eq!(headers["etag"], "W/\"1\"");
    assert_eq!(body["resourceType"], "Patient");
    assert_eq!(body["id"], "9693632109");
    assert_eq!(body["identifier"][0]["value"], "9693632109");
    assert_eq!(body["meta"]["versionId"], "1");
    assert_eq!(body["meta"]["security"][0]["code"], "U");
    assert_eq!(body["name"][0]["use"], "usual");
    assert_eq!(body["name"][0]["family"], "GARTON");
    assert_eq!(body["name"][0]["given"], json!(["Bill"]));
    assert_eq!(body["birthDate"], "1946-06-23");
    let practice = &body["generalPractitioner"][0]["identifier"];
    assert_eq!(practice["value"], "A20047");
    assert_eq!(practice["period"], json!({ "start": "2005-03-05" }));
}

#[tokio::test]
async fn restricted_records_hide_what_pds_hides() {
    let very = "9693632109,GARTON,Bill,1946-06-23,A20047,,,,V,,";
    let (_directory, address) = open(&format!(
        "{PATIENTS}{}\n",
        very.replace("9693632109", "9736363015")
    ))
    .await;
    let (_, _, restricted) = ask(address, "/Patient/9449310610").await;
    assert_eq!(restricted["meta"]["security"][0]["code"], "R");
    assert_eq!(restricted["name"][0]["family"], "KHAMTORN");
    assert_eq!(restricted.get("generalPractitioner"), None);
    let (_, _, very_restricted) = ask(address, "/Patient/9736363015").await;
    assert_eq!(very_restricted["meta"]["security"][0]["code"], "V");
    for hidden in ["name", "birthDate", "generalPractitioner"] {
        assert_eq!(very_restricted.get(hidden), None, "{hidden}");
    }
    let (_, _, minimal) = ask(address, "/Patient/9000000033").await;
    assert_eq!(minimal["id"], "9000000033");
    assert_eq!(minimal.get("name"), None);
}

#[tokio::test]
async fn a_superseded_number_answers_with_the_surviving_record() {
    let old = kit::number(1);
    let rows = csv(&[
        &format!("{old},,,,,,,,U,9693632109,"),
        "9693632109,GARTON,Bill,1946-06-23,A20047,,,,U,,",
    ]);
    let (_directory, address) = open(&rows).await;
    let (status, _, body) = ask(address, &format!("/Patient/{old}")).await;
    assert_eq!(
        (status.as_u16(), body["id"].as_str().unwrap()),
        (200, "9693632109")
    );
}

#[tokio::test]
async fn errors_have_pds_status_and_body() {
    let (_directory, address) = open(PATIENTS).await;
    let invalid_id = issue(
        "error",
        "value",
        "INVALID_RESOURCE_ID",
        "Resource Id is invalid",
    );
    let not_found = issue(
        "information",
        "not-found",
        "RESOURCE_NOT_FOUND",
        "Resource not found",
    );
    let invalidated = issue(
        "error",
        "processing",
        "INVALIDATED_RESOURCE",
        "Resource that has been marked as invalid was requested - invalid resources cannot be retrieved",
    );
    let unsupported = issue(
        "error",
        "processing",
        "UNSUPPORTED_SERVICE",
        "Unsupported Service",
    );
    for (path, status, expected) in [
        ("/Patient/9000000000", 400, &invalid_id),
        ("/Patient/969363210", 400, &invalid_id),
        ("/Patient/abc", 400, &invalid_id),
        ("/Patient/9111231130", 404, &not_found),
        ("/Patient/9449310378", 404, &invalidated),
        ("/Patient/9693632109/RelatedPerson", 400, &unsupported),
        ("/Practitioner", 400, &unsupported),
    ] {
        let (found, headers, body) = ask(address, path).await;
        assert_eq!((found.as_u16(), &body), (status, expected), "{path}");
        assert_eq!(headers["content-type"], "application/fhir+json");
        assert_eq!(headers["x-request-id"], REQUEST_ID);
    }
}

#[tokio::test]
async fn the_request_id_is_checked_first() {
    let application = Application::new();
    let (_directory, registry) = registry(MatchPolicy::default());
    let address = serve(application.stand_in(&registry, "aud", &clock())).await;
    let missing = with(
        issue(
            "error",
            "required",
            "MISSING_VALUE",
            "Required value is missing",
        ),
        "Invalid request with error - X-Request-ID header must be supplied to access this resource",
    );
    let (status, _, body) = get(address, "/Patient/abc", &[]).await;
    assert_eq!((status.as_u16(), body), (400, missing));
    let invalid = with(
        issue(
            "error",
            "value",
            "INVALID_VALUE",
            "Provided value is invalid",
        ),
        "Invalid value - 'xyz' in header 'X-Request-ID'",
    );
    let (status, _, body) = get(address, "/Patient/abc", &[("X-Request-ID", "xyz")]).await;
    assert_eq!((status.as_u16(), body), (400, invalid));
    for (authorization, diagnostics) in [
        (None, "Missing Authorization header"),
        (Some(""), "Empty Authorization header"),
        (Some("Bearer"), "Missing access token"),
        (Some("Basic abc"), "Invalid token type"),
        (Some("Bearer abc123"), "Invalid Access Token"),
    ] {
        let denied = issue(
            "error",
            "forbidden",
            "ACCESS_DENIED",
            "Access Denied - Unauthorised",
        );
        let mut headers = vec![("X-Request-ID", REQUEST_ID)];
        headers.extend(authorization.map(|value| ("Authorization", value)));
        let (status, _, body) = get(address, "/Patient/abc", &headers).await;
        assert_eq!((status.as_u16(), body), (401, with(denied, diagnostics)));
    }
}

#[tokio::test]
async fn searches_find_one_none_or_too_many() {
    let rows = csv(&[
        "9693632109,GARTON,Bill,1946-06-23,A20047,,,,U,,",
        "9449310017,DOUBLE,Ann,1933-09-10,H81109,,,,U,,",
        "9449310025,DOUBLE,Bea,1933-09-10,H81109,,,,U,,",
    ]);
    let (_directory, address) = open(&rows).await;
    let (status, _, one) = ask(address, "/Patient?family=Garton&birthdate=eq1946-06-23").await;
    assert_eq!((status.as_u16(), &one["total"]), (200, &json!(1)));
    assert_eq!(one["entry"][0]["resource"]["id"], "9693632109");
    let (_, _, none) = ask(address, "/Patient?family=Garton&birthdate=eq1946-06-24").await;
    assert_eq!(none["total"], 0);
    assert_eq!(none.get("entry"), None);
    let (status, _, many) = ask(address, "/Patient?family=double&birthdate=1933-09-10").await;
    let too_many = issue(
        "information",
        "multiple-matches",
        "TOO_MANY_MATCHES",
        "Too Many Matches",
    );
    assert_eq!((status.as_u16(), many), (200, too_many));
    for (query, code) in [
        ("family=Garton", "INVALID_SEARCH_DATA"),
        ("family=Garton&birthdate=1946", "INVALID_VALUE"),
        (
            "family=Garton&birthdate=1946-06-23&shoe-size=9",
            "ADDITIONAL_PROPERTIES",
        ),
    ] {
        let (status, _, body) = ask(address, &format!("/Patient?{query}")).await;
        let found = &body["issue"][0]["details"]["coding"][0]["code"];
        assert_eq!((status.as_u16(), found), (400, &json!(code)));
    }
}

#[tokio::test]
async fn a_registry_without_details_is_out_of_service_not_empty() {
    let directory = tempfile::tempdir().unwrap();
    let options = pds::ImportOptions {
        details: false,
        ..pds::ImportOptions::default()
    };
    let (now, randomness) = (kit::now(), nhs::SystemRandomness);
    pds::import_with(
        directory.path(),
        PATIENTS.as_bytes(),
        &options,
        now,
        &randomness,
    )
    .unwrap();
    let registry = kit::open(directory.path(), MatchPolicy::default());
    let address = serve(pds::stand_in::router(registry, Options::open())).await;
    let (status, headers, body) = ask(address, "/Patient/9693632109").await;
    assert_eq!(
        (status.as_u16(), &headers["retry-after"]),
        (503, &"5".parse().unwrap())
    );
    assert_eq!(
        body["issue"][0]["details"]["coding"][0]["code"],
        "SERVICE_UNAVAILABLE"
    );
}

mod tokens {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use ring::rand::SystemRandom;
    use ring::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair};
    use rustls_pki_types::PrivatePkcs8KeyDer;
    use rustls_pki_types::pem::PemObject;

    const AUDIENCE: &str = "https://stand-in.example/oauth2/token";

    fn sign(
        application: &Application,
        header: &Value,
        claims: &Value,
        how: &'static dyn RsaEncoding,
    ) -> String {
        let pem = std::fs::read(&application.private_key_file).unwrap();
        let der = PrivatePkcs8KeyDer::from_pem_slice(&pem).unwrap();
        let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(how, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    async fn buy(address: SocketAddr, assertion: &str) -> (u16, Value) {
        let form = [
            ("grant_type", "client_credentials"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", assertion),
        ];
        let url = format!("http://{address}/oauth2/token");
        _ = rustls::crypto::ring::default_provider().install_default();
        let response = reqwest::Client::new()
            .post(url)
            .form(&form)
            .send()
            .await
            .unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    #[tokio::test]
    async fn only_a_fresh_assertion_signed_by_a_registered_key_buys_a_token() {
        let (application, stranger, clock) = (Application::new(), Application::stranger(), clock());
        let (_directory, registry) = registry(MatchPolicy::default());
        let address = serve(application.stand_in(&registry, AUDIENCE, &clock)).await;
        let header = json!({ "alg": "RS512", "typ": "JWT", "kid": "restante-1" });
        let now = kit::now().as_second();
        let claims = |jti: &str| json!({ "iss": "our-api-key", "sub": "our-api-key", "aud": AUDIENCE, "jti": jti, "exp": now + 300 });
        let changed = |field: &str, value: Value| {
            let mut claims = claims(&format!("jti-{field}-{value}"));
            claims[field] = value;
            claims
        };
        let good = sign(&application, &header, &claims("one"), &RSA_PKCS1_SHA512);
        let (status, token) = buy(address, &good).await;
        assert_eq!(status, 200, "{token}");
        assert_eq!(token["expires_in"], "599");
        assert_eq!(token["token_type"], "Bearer");
        let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
        let headers = [("X-Request-ID", REQUEST_ID), ("Authorization", &bearer)];
        assert_eq!(get(address, "/Patient/9693632109", &headers).await.0, 200);
        let two = "/Patient?family=Garton&birthdate=eq1946-06-23&_max-results=2";
        let (status, _, body) = get(address, two, &headers).await;
        assert_eq!(
            (status.as_u16(), &body["issue"][0]["code"]),
            (403, &json!("token"))
        );
        clock.pass(SignedDuration::from_secs(600));
        assert_eq!(
            get(address, "/Patient/9693632109", &headers).await.0,
            401,
            "expired"
        );
        clock.pass(SignedDuration::from_secs(-600));

        let ours =
            |header: &Value, claims: &Value| sign(&application, header, claims, &RSA_PKCS1_SHA512);
        let other_alg = json!({ "alg": "RS256", "typ": "JWT", "kid": "restante-1" });
        let no_alg = json!({ "alg": "none", "kid": "restante-1" });
        let other_kid = json!({ "alg": "RS512", "kid": "restante-2" });
        for (what, assertion, expected) in [
            ("the same again", good.clone(), 400),
            ("not a JWT", "abc".into(), 400),
            (
                "another's key",
                sign(&stranger, &header, &claims("two"), &RSA_PKCS1_SHA512),
                401,
            ),
            (
                "another hash",
                sign(&application, &header, &claims("three"), &RSA_PKCS1_SHA256),
                401,
            ),
            ("RS256", ours(&other_alg, &claims("four")), 400),
            ("alg none", ours(&no_alg, &claims("five")), 400),
            ("another kid", ours(&other_kid, &claims("six")), 401),
            (
                "another audience",
                ours(&header, &changed("aud", json!("https://x/"))),
                400,
            ),
            (
                "another subject",
                ours(&header, &changed("sub", json!("x"))),
                400,
            ),
            (
                "another issuer",
                ours(&header, &changed("iss", json!("x"))),
                401,
            ),
            ("expired", ours(&header, &changed("exp", json!(now))), 400),
            (
                "too long",
                ours(&header, &changed("exp", json!(now + 301))),
                400,
            ),
            ("no id", ours(&header, &changed("jti", json!(""))), 400),
        ] {
            let (status, body) = buy(address, &assertion).await;
            assert_eq!(status, expected, "{what}: {body}");
            assert!(body["error"].is_string());
        }
    }
}
