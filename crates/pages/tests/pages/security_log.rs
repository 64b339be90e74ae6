//! What the security log says of what people do, and that nobody changes it unseen.

use std::net::IpAddr;

use nhs::{Clock, SystemRandomness};
use pages::{SecurityLine, Users};
use reqwest::StatusCode;
use reqwest::header::COOKIE;

use crate::support::{PASSWORD, World, cookie_of};

/// The lines after those seen.
fn new_lines(world: &World, seen: &mut i64) -> Vec<SecurityLine> {
    let lines = world.users.security_log().after(*seen, 1_000).unwrap();
    *seen = lines.last().map_or(*seen, |line| line.number);
    lines
}

/// The one line there is since the last look.
#[track_caller]
fn only(world: &World, seen: &mut i64) -> SecurityLine {
    let mut lines = new_lines(world, seen);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = lines.remove(0);
    assert_eq!(line.at, world.clock.now());
    line
}

/// The one line there is since the last look: who, action, subject, outcome.
#[track_caller]
fn expect(world: &World, seen: &mut i64, told: [&str; 4]) -> SecurityLine {
    let line = only(world, seen);
    let found = [&line.who, &line.action, &line.subject, &line.outcome];
    assert_eq!(found.map(String::as_str), told);
    line
}

#[tokio::test]
async fn each_sign_in_refusal_and_change_of_users_leaves_exactly_one_line() {
    let world = World::new("", false).await;
    let mut seen = 0;
    let added = new_lines(&world, &mut seen);
    let names: Vec<&str> = added.iter().map(|line| line.subject.as_str()).collect();
    assert_eq!(names, ["look looker", "write writer", "odd clinician"]);
    let is_added = |line: &SecurityLine| line.action == "user added" && line.who == "operator";
    assert!(added.iter().all(is_added));
    world.sign_in("look", PASSWORD).await;
    let line = expect(&world, &mut seen, ["look", "sign-in", "looker", "ok"]);
    assert!(line.from.parse::<IpAddr>().unwrap().is_loopback());
    assert_eq!(line.session.len(), 16);
    world.cookie("write").await;
    let told = ["write", "sign-in by link", "writer", "ok"];
    let other = expect(&world, &mut seen, told);
    assert_ne!(other.session, line.session, "sessions are told apart");
    let odd = "a-password-in-the-wrong-field";
    world.sign_in(odd, "x").await;
    expect(&world, &mut seen, ["", "sign-in", "", "refused"]);
    for _ in 0..5 {
        world.sign_in("look", "wrong password").await;
        expect(&world, &mut seen, ["look", "sign-in", "", "refused"]);
    }
    world.sign_in("look", PASSWORD).await;
    expect(&world, &mut seen, ["look", "sign-in", "", "locked"]);
    world.sign_in("look", PASSWORD).await;
    assert_eq!(new_lines(&world, &mut seen), [], "a lock is one line");
    let (now, users) = (world.clock.now(), &world.users);
    users.set_disabled("look", true, now).unwrap();
    let told = ["operator", "user disabled", "look", "ok"];
    expect(&world, &mut seen, told);
    users.set_disabled("look", false, now).unwrap();
    expect(
        &world,
        &mut seen,
        ["operator", "user enabled", "look", "ok"],
    );
    let new = PASSWORD.to_owned().into();
    users
        .set_password("look", &new, now, &SystemRandomness)
        .unwrap();
    let told = ["operator", "password changed", "look", "ok"];
    expect(&world, &mut seen, told);
    users.set_disabled("nobody", true, now).unwrap_err();
    assert_eq!(new_lines(&world, &mut seen), [], "nothing was changed");
    let check = users.security_log().check().unwrap();
    assert_eq!((check.lines, check.broken), (seen.unsigned_abs(), None));
}

#[tokio::test]
async fn each_look_and_refused_request_leaves_exactly_one_line() {
    let world = World::new("/base", false).await;
    let session = cookie_of(&world.sign_in("look", PASSWORD).await);
    let mut seen = 0;
    let mark = new_lines(&world, &mut seen).pop().unwrap().session;
    let get = async |path: &str| {
        let asked = world.get(path).header(COOKIE, &session).send().await;
        asked.unwrap().status()
    };
    assert_eq!(get("/base").await, StatusCode::OK);
    assert_eq!(new_lines(&world, &mut seen), [], "nothing of a patient");
    for _ in 0..2 {
        assert_eq!(get("/base/letters/7").await, StatusCode::OK);
        let line = expect(
            &world,
            &mut seen,
            ["look", "letter", "/base/letters/7", "ok"],
        );
        assert_eq!(line.session, mark);
    }
    get("/base/letters/gone").await;
    let told = ["look", "letter", "/base/letters/gone", "not found"];
    expect(&world, &mut seen, told);
    get("/base/letters/GARTON%20Bill").await;
    assert!(!only(&world, &mut seen).subject.contains("GARTON"));
    let token = world.token("/base", &session).await;
    let post = async |path: &str, token: &str| {
        let form = [("token", token), ("q", "GARTON"), ("text", "x")];
        let post = world.post(path).header(COOKIE, &session).form(&form);
        post.send().await.unwrap().status()
    };
    assert_eq!(post("/base/letters", &token).await, StatusCode::OK);
    expect(&world, &mut seen, ["look", "search", "/base/letters", "ok"]);
    assert_eq!(post("/base/letters", "guess").await, StatusCode::FORBIDDEN);
    let told = ["look", "foreign form", "/base/letters", "refused"];
    expect(&world, &mut seen, told);
    assert_eq!(post("/base/write", &token).await, StatusCode::FORBIDDEN);
    let told = ["look", "role refused", "/base/write", "refused"];
    expect(&world, &mut seen, told);
    let stranger = [("token", "x"), ("name", "x"), ("password", "x")];
    let stranger = world.post("/sign-in").form(&stranger).send().await;
    assert_eq!(stranger.unwrap().status(), StatusCode::FORBIDDEN);
    let told = ["", "foreign form", "/sign-in", "refused"];
    expect(&world, &mut seen, told);
    post("/sign-out", "guess").await;
    let told = ["look", "foreign form", "/sign-out", "refused"];
    expect(&world, &mut seen, told);
    post("/sign-out", &token).await;
    expect(&world, &mut seen, ["look", "sign-out", "/sign-out", "ok"]);
    let check = world.users.security_log().check().unwrap();
    assert_eq!((check.lines, check.broken), (seen.unsigned_abs(), None));
}

#[tokio::test]
async fn calling_a_look_a_renewal_does_not_hide_it() {
    let world = World::new("", false).await;
    let session = world.cookie("look").await;
    let mut seen = 0;
    new_lines(&world, &mut seen);
    for _ in 0..2 {
        let renewal = world.get("/letters/7").header(COOKIE, &session);
        let renewal = renewal.header("x-live", "1").send().await.unwrap();
        assert_eq!(renewal.status(), StatusCode::OK);
    }
    expect(&world, &mut seen, ["look", "letter", "/letters/7", "ok"]);
}

#[tokio::test]
async fn strangers_do_not_fill_the_disk_with_lines() {
    let world = World::new("", false).await;
    let mut seen = 0;
    new_lines(&world, &mut seen);
    let foreign = async || {
        let post = world
            .post("/sign-out")
            .header("sec-fetch-site", "cross-site");
        post.send().await.unwrap();
    };
    for _ in 0..320 {
        foreign().await;
    }
    assert_eq!(new_lines(&world, &mut seen).len(), 300);
    world.clock.pass(jiff::SignedDuration::from_secs(2));
    foreign().await;
    let lines = new_lines(&world, &mut seen);
    assert_eq!(lines[0].action, "refusals left out");
    assert_eq!(lines[0].subject, "20");
    assert_eq!(lines[1].action, "foreign form");
}

#[test]
fn a_line_is_not_changed_or_taken_out_unseen() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users.sqlite3");
    let users = Users::open(&path).unwrap();
    for name in ["a", "b", "c"] {
        let new = pages::NewUser {
            name: name.to_owned(),
            role: "reader".to_owned(),
            password: PASSWORD.to_owned().into(),
        };
        let now = jiff::Timestamp::UNIX_EPOCH;
        users.add(&new, now, &SystemRandomness).unwrap();
    }
    let log = users.security_log();
    let whole = log.check().unwrap();
    assert_eq!((whole.lines, whole.broken), (3, None));
    let by_hand = rusqlite::Connection::open(&path).unwrap();
    let delete = "DELETE FROM security_log WHERE number = 2";
    let change = "UPDATE security_log SET who = 'mallory' WHERE number = 2";
    for statement in [delete, change] {
        by_hand.execute(statement, []).unwrap_err();
    }
    for trigger in ["is_not_changed", "keeps_its_end"] {
        let drop = format!("DROP TRIGGER security_log_{trigger}");
        by_hand.execute(&drop, []).unwrap();
    }
    by_hand.execute(change, []).unwrap();
    assert_eq!(log.check().unwrap().broken, Some(2));
    by_hand.execute(delete, []).unwrap();
    assert_eq!(log.check().unwrap().broken, Some(2));
    let cut = "DELETE FROM security_log WHERE number > 1";
    by_hand.execute(cut, []).unwrap();
    let cut = log.check().unwrap();
    assert_eq!((cut.lines, cut.broken), (1, None));
    assert_ne!(cut.head, whole.head, "a head noted elsewhere tells");
}

#[test]
fn a_log_that_was_shortened_says_where_it_begins_and_keeps_its_chain() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users.sqlite3");
    let log = Users::open(&path).unwrap().security_log();
    let day = |day: i64| jiff::Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap();
    for line in 0..10 {
        log.add_of_service(day(line), "removed", "nothing").unwrap();
    }
    assert_eq!(log.shorten(day(0), day(10)).unwrap(), 0);
    assert_eq!(log.check().unwrap().lines, 10, "nothing was old enough");
    let fourth = log.after(3, 1).unwrap().remove(0);
    assert_eq!(log.shorten(day(4), day(10)).unwrap(), 4);
    let lines = log.after(0, 100).unwrap();
    let numbers: Vec<i64> = lines.iter().map(|line| line.number).collect();
    assert_eq!(numbers, [5, 6, 7, 8, 9, 10, 11]);
    let said = lines.last().unwrap();
    assert_eq!(said.action, "security log shortened");
    assert_eq!(
        (said.who.as_str(), &said.subject),
        ("operator", &format!("4:{}", fourth.hash))
    );
    let check = log.check().unwrap();
    assert_eq!((check.lines, check.broken), (7, None));
    let by_hand = rusqlite::Connection::open(&path).unwrap();
    by_hand
        .execute("DELETE FROM security_log WHERE number = 5", [])
        .unwrap_err();
    assert_eq!(log.keep_days(31, day(30)).unwrap(), 0);
    assert_eq!(
        log.keep_days(31, day(100)).unwrap(),
        7,
        "all of them are too old"
    );
    let left = log.after(0, 100).unwrap();
    assert_eq!((left.len(), left[0].who.as_str()), (1, "service"));
    assert_eq!(log.check().unwrap().lines, 1);
    let again = Users::open(&path).unwrap().security_log();
    assert_eq!(again.check().unwrap(), log.check().unwrap());
}
