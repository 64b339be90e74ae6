//! Who may do what on the pages, and what nobody may.

use std::collections::BTreeSet;

use crate::support::site::{Site, location};
use crate::support::{Which, World, consultation};
use ::pages::{Needs, Role};
use gp_system::web::{self, PracticePermission, PracticeRole};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_SECURITY_POLICY, ORIGIN};

/// Nothing of this id exists.
const ID: &str = "3f0b5f1e-0000-4000-8000-000000000001";

/// A route's path with something in its parameters.
fn path(pattern: &str) -> String {
    let parts = pattern.split('/').map(|part| match part {
        "{position}" | "{alert}" => "1",
        parameter if parameter.starts_with('{') => ID,
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_route_is_open_to_the_roles_that_may_and_to_no_other() {
    let world = World::new();
    let site = Site::of(&world.starling, "").await;
    let rows = web::rows();
    assert!(rows.len() > 25);
    for role in PracticeRole::ALL {
        let visitor = site.visitor(*role).await;
        for row in &rows {
            let path = path(row.path);
            let status = if row.method == "GET" {
                visitor.get(&path).await.status()
            } else if row.path == "/check" || row.path.ends_with("/attachments") {
                visitor.upload(&path, &[]).await.status()
            } else {
                visitor.post(&path, &[]).await.status()
            };
            let may = match row.needs {
                Needs::SignedIn => true,
                Needs::May(permission) => role.may(permission),
            };
            let refused = status == StatusCode::FORBIDDEN;
            assert_eq!(!refused, may, "{role:?} {} {path}: {status}", row.method);
            assert!(!status.is_server_error(), "{role:?} {path}: {status}");
        }
    }
}

#[test]
fn each_role_may_what_the_one_below_it_may() {
    let all = [
        PracticePermission::Read,
        PracticePermission::Act,
        PracticePermission::Send,
        PracticePermission::Review,
        PracticePermission::Administer,
    ];
    let may: Vec<usize> = PracticeRole::ALL
        .iter()
        .map(|role| all.iter().take_while(|needed| role.may(**needed)).count())
        .collect();
    assert_eq!(may, [1, 2, 4, 5]);
}

#[tokio::test]
async fn nobody_sees_anything_without_signing_in() {
    let world = World::new();
    let id = world
        .starling
        .practice
        .submit(consultation())
        .await
        .unwrap();
    let site = Site::of(&world.starling, "/starling").await;
    for row in web::rows().iter().filter(|row| row.method == "GET") {
        let path = format!("/starling{}", path(row.path).replace(ID, &id.to_string()));
        let answer = site.get(path.trim_end_matches('/')).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
        assert!(location(&answer).starts_with("/sign-in"), "{path}");
        assert!(!answer.text().await.unwrap().contains("GARTON"));
    }
}

#[tokio::test]
async fn forms_of_other_sites_and_of_other_sessions_change_nothing() {
    let world = World::new();
    let id = world
        .starling
        .practice
        .submit(consultation())
        .await
        .unwrap();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let other = site.visitor(PracticeRole::Administrator).await;
    let to = format!("/sent/{id}/delete");
    let url = format!("{}{to}", site.address);
    let with = |token: &str| clinician.posting(&to).form(&[("token", token)]);
    let mine = clinician.token.as_str();
    for (request, from) in [
        (
            clinician.posting(&to).form(&[("warned", "yes")]),
            "no token",
        ),
        (with(""), "an empty token"),
        (with(&other.token), "another session's token"),
        (
            with(mine).header("sec-fetch-site", "cross-site"),
            "another site",
        ),
        (
            with(mine).header("sec-fetch-site", "same-site"),
            "a neighbour",
        ),
        (site.client.post(&url).form(&[("token", mine)]), "no cookie"),
    ] {
        let status = request.send().await.unwrap().status();
        assert!(status.is_client_error(), "{from}: {status}");
    }
    // Its own origin and another's beside it: the last word is not the visitor's.
    for origin in ["https://example.org", "null"] {
        let request = site.client.post(&url).header(ORIGIN, origin);
        let request = request.form(&[("token", mine)]);
        assert!(request.send().await.unwrap().status().is_client_error());
    }
    assert_eq!(world.starling.record(id).deleted_at, None);
}

#[tokio::test]
async fn a_draft_is_seen_and_sent_by_whoever_entered_it_only() {
    let world = World::new();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let other = site.visitor(PracticeRole::Administrator).await;
    let draft = gp_system::Draft {
        consultation: consultation().check().unwrap(),
        updates: None,
        revision: 0,
    };
    let practice = world.starling.practice.used_by("clinician");
    let id = practice.save_draft(None, draft).await.unwrap().id;
    for what in ["", "/report", "/edit"] {
        let path = format!("/drafts/{id}{what}");
        assert_eq!(clinician.get(&path).await.status(), StatusCode::OK);
        assert_eq!(other.get(&path).await.status(), StatusCode::NOT_FOUND);
    }
    let sent = other.post(&format!("/drafts/{id}/send"), &[]).await;
    assert_eq!(sent.status(), StatusCode::GONE);
    let discarded = other.post(&format!("/drafts/{id}/discard"), &[]).await;
    assert_eq!(discarded.status(), StatusCode::NOT_FOUND);
    assert!(world.starling.practice.consultations().unwrap().is_empty());
    assert!(practice.draft(id).unwrap().is_some());
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_and_every_page_has_its_headers() {
    let world = World::new();
    let site = Site::of(&world.starling, "/starling").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    for path in [
        "/starling",
        "/starling/inbox",
        "/starling/sent",
        "/starling/check",
    ] {
        let response = reader.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let headers = response.headers();
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(headers["cache-control"], "no-store");
    }
    for path in [
        "/starling/inbox/3f0b5f1e-0000-4000-8000-000000000001",
        "/starling/inbox/..%2f..",
        "/starling/inbox/x/attachments/0",
        "/starling/inbox/3f0b5f1e-0000-4000-8000-000000000001/attachments/-1",
        "/starling/sent/x",
    ] {
        assert_eq!(
            reader.get(path).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    // A filter nobody understands is no filter.
    let odd =
        "/starling/inbox?state=x&kind=%00&page=99999999999&sort=';drop&order=?&search=%22%20OR%20*";
    assert_eq!(reader.get(odd).await.status(), StatusCode::OK);
    assert_eq!(
        reader.get("/starling/sent?page=-1&state=x").await.status(),
        StatusCode::OK
    );
}

#[test]
fn every_page_that_shows_a_patients_document_is_noted() {
    let noted: Vec<String> = web::rows()
        .iter()
        .filter_map(|row| Some(format!("{} {} {}", row.method, row.path, row.noted?)))
        .collect();
    let shows_one = |path: &str| {
        let of_a_patient = ["/inbox/{task}", "/sent/{consultation}", "/drafts/{draft}"];
        of_a_patient.iter().any(|begin| path.starts_with(begin))
    };
    for row in web::rows() {
        let asks_only = row.path.ends_with("/delete");
        if row.method == "GET" && shows_one(row.path) && !asks_only {
            assert!(row.noted.is_some(), "{}", row.path);
        }
    }
    for look in [
        "GET / overview",
        "GET /alerts alerts",
        "GET /inbox/export inbox export",
        "POST /inbox/export inbox export",
        "GET /sent/export sent export",
        "POST /inbox search",
        "POST /inbox/several/file inbox",
        "POST /inbox/several/assign inbox",
        "POST /inbox/{task}/file task",
        "POST /inbox/{task}/note task",
        "POST /inbox/{task}/return task",
        "POST /new/patients search",
        "POST /new/patient patient",
    ] {
        assert!(noted.iter().any(|line| line == look), "{look}: {noted:?}");
    }
}

#[test]
fn the_looks_that_are_noted_are_those_of_the_page() {
    let page = include_str!("../../../../docs/reference/pages.md");
    let (_, table) = page.split_once("| look | at |\n|---|---|\n").unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let told: BTreeSet<&str> = rows.map(|row| row.split('`').nth(1).unwrap()).collect();
    let rows = web::rows();
    let noted: BTreeSet<&str> = rows.iter().filter_map(|row| row.noted).collect();
    assert_eq!(noted, told);
}

#[tokio::test]
async fn what_is_searched_for_stands_in_no_address() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let site = Site::of(&world.osprey, "/osprey").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let found = async |words: &str| {
        let choices = [("q", words), ("state", "all"), ("sort", "patient")];
        let answer = reader.post("/osprey/inbox", &choices).await;
        let address = location(&answer);
        assert!(!address.contains(words), "{address}");
        let page = reader.text(&address).await;
        assert!(page.contains(&format!("value=\"{words}\"")), "{page}");
        let links = page.split("href=\"").skip(1);
        for link in links.map(|link| link.split('"').next().unwrap()) {
            assert!(!link.contains(words), "{link}");
        }
        (address, page.contains("1 letter."))
    };
    let (address, is_found) = found("9693632109").await;
    assert!(is_found);
    assert!(!found("9736363015").await.1);
    let back = reader.text(&address).await;
    assert!(
        back.contains("1 letter."),
        "each search has its own address"
    );
    let other = site.visitor(PracticeRole::Reader).await;
    let other = other.text(&address).await;
    assert!(other.contains("no longer kept") && !other.contains("9693632109\""));
    let away = site.get("/osprey/inbox?q=9693632109").await;
    assert_eq!(location(&away), "/sign-in?next=%2Fosprey%2Finbox");
}
