//! Sign-in, sessions and their ends, over a real socket.

use crate::support::{PASSWORD, World, cookie_of, token_of};
use jiff::SignedDuration;
use nhs::{Clock, SystemRandomness};
use reqwest::StatusCode;
use reqwest::header::{COOKIE, LOCATION, RETRY_AFTER, SET_COOKIE};

#[tokio::test]
async fn a_page_leads_to_the_sign_in_and_back() {
    let world = World::new("/base", false).await;
    let asked = world.get("/base/secret?x=1&y=2").send().await.unwrap();
    assert_eq!(asked.status(), StatusCode::SEE_OTHER);
    let next = asked.headers()[LOCATION].to_str().unwrap().to_owned();
    assert_eq!(next, "/sign-in?next=%2Fbase%2Fsecret");
    let page = world.get(&next).send().await.unwrap();
    let cookie = cookie_of(&page);
    let page = page.text().await.unwrap();
    assert!(page.contains("value=\"/base/secret\""), "{page}");
    let form = [
        ("token", token_of(&page)),
        ("name", " Write".to_owned()),
        ("password", PASSWORD.to_owned()),
        ("next", "/base/secret?x=1&y=2".to_owned()),
    ];
    let welcome = world
        .post("/sign-in")
        .header(COOKIE, cookie)
        .form(&form)
        .send();
    let welcome = welcome.await.unwrap();
    assert_eq!(welcome.headers()[LOCATION], "/base/secret");
    let session = cookie_of(&welcome);
    let secret = world.get("/base/secret").header(COOKIE, session).send();
    assert_eq!(secret.await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn the_sign_in_leads_to_no_other_site() {
    let world = World::new("", false).await;
    let cookie = world.cookie("look").await;
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/%0d%0aset-cookie:x=y",
        "",
    ] {
        let asked = world
            .get(&format!("/sign-in?next={}", encoded(next)))
            .header(COOKIE, &cookie);
        let answer = asked.send().await.unwrap();
        let to = answer.headers()[LOCATION].to_str().unwrap();
        assert!(
            to == "/" || to == "/%0d%0aset-cookie:x=y",
            "{next} led to {to}"
        );
        assert!(!answer.headers().contains_key(SET_COOKIE));
    }
}

#[tokio::test]
async fn a_cookie_is_out_of_reach_and_bound_to_the_host_under_tls() {
    let world = World::new("", false).await;
    let welcome = world.sign_in("look", PASSWORD).await;
    let cookie = welcome.headers()[SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("restante-test-session="), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let secure = World::new("", true).await;
    let page = secure.get("/sign-in").send().await.unwrap();
    let cookie = page.headers()[SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-restante-test-form="), "{cookie}");
    assert!(cookie.ends_with("; Secure"), "{cookie}");
    assert!(page.headers().contains_key("strict-transport-security"));
}

#[tokio::test]
async fn a_session_ends_when_idle_and_after_its_longest_time() {
    let world = World::new("", false).await;
    let status = async |cookie: &str, live: bool| {
        let mut asked = world.get("/").header(COOKIE, cookie);
        if live {
            asked = asked.header("x-live", "1");
        }
        asked.send().await.unwrap().status()
    };
    let idle = world.cookie("look").await;
    world.clock.pass(SignedDuration::from_mins(29));
    assert_eq!(status(&idle, false).await, StatusCode::OK);
    world.clock.pass(SignedDuration::from_mins(29));
    assert_eq!(status(&idle, true).await, StatusCode::OK);
    world.clock.pass(SignedDuration::from_mins(2));
    assert_eq!(
        status(&idle, true).await,
        StatusCode::UNAUTHORIZED,
        "what the page asks for by itself keeps no session alive"
    );
    let busy = world.cookie("look").await;
    for _ in 0..28 {
        world.clock.pass(SignedDuration::from_mins(25));
        assert_eq!(status(&busy, false).await, StatusCode::OK);
    }
    world.clock.pass(SignedDuration::from_mins(25));
    assert_eq!(status(&busy, false).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_link_signs_in_once_and_not_for_long() {
    let world = World::new("", false).await;
    let link = || {
        let identity = world.users.identity("look").unwrap().unwrap();
        world.access.sign_in_link(identity)
    };
    let once = link();
    let first = world.get(&once).send().await.unwrap();
    assert_eq!(first.status(), StatusCode::SEE_OTHER);
    let second = world.get(&once).send().await.unwrap();
    assert_eq!(second.status(), StatusCode::OK);
    assert!(
        second
            .text()
            .await
            .unwrap()
            .contains("used already or is too old")
    );
    let late = link();
    world.clock.pass(SignedDuration::from_mins(16));
    let late = world.get(&late).send().await.unwrap();
    assert_eq!(late.status(), StatusCode::OK);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_needs_its_token() {
    let world = World::new("", false).await;
    let cookie = world.cookie("look").await;
    let token = world.token("", &cookie).await;
    for wrong in ["", "guess"] {
        let refused = world.post("/sign-out").header(COOKIE, &cookie);
        let refused = refused.form(&[("token", wrong)]).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    }
    let out = world.post("/sign-out").header(COOKIE, &cookie);
    let out = out.form(&[("token", token)]).send().await.unwrap();
    assert_eq!(out.status(), StatusCode::SEE_OTHER);
    assert!(
        out.headers()[SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    let after = world.get("/").header(COOKIE, &cookie).send().await.unwrap();
    assert_eq!(after.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_user_switched_off_or_given_a_new_password_is_out_at_once() {
    let world = World::new("", false).await;
    let look = world.cookie("look").await;
    let write = world.cookie("write").await;
    world
        .users
        .set_disabled("look", true, world.clock.now())
        .unwrap();
    let new = "another horse battery".to_owned().into();
    world
        .users
        .set_password("write", &new, world.clock.now(), &SystemRandomness)
        .unwrap();
    for cookie in [look, write] {
        let asked = world.get("/").header(COOKIE, cookie).send().await.unwrap();
        assert_eq!(asked.status(), StatusCode::SEE_OTHER);
    }
    let refused = world.sign_in("look", PASSWORD).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let old = world.sign_in("write", PASSWORD).await;
    assert_eq!(old.status(), StatusCode::FORBIDDEN);
    let good = world.sign_in("write", "another horse battery").await;
    assert_eq!(good.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn wrong_passwords_are_slowed_down_whether_or_not_the_name_exists() {
    for name in ["look", "nobody"] {
        let world = World::new("", false).await;
        let mut told = Vec::new();
        for _ in 0..5 {
            let refused = world.sign_in(name, "wrong password").await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN);
            told.push(refused.text().await.unwrap());
        }
        assert!(told[0].contains("The name or the password is wrong"));
        let shut = world.sign_in(name, PASSWORD).await;
        assert_eq!(shut.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(shut.headers()[RETRY_AFTER], "30");
        world.clock.pass(SignedDuration::from_secs(31));
        let again = world.sign_in(name, "wrong password").await;
        assert_eq!(again.status(), StatusCode::FORBIDDEN);
        let shut = world.sign_in(name, PASSWORD).await;
        assert_eq!(shut.headers()[RETRY_AFTER], "60", "the wait doubles");
        let other = world.sign_in("write", PASSWORD).await;
        assert_eq!(
            other.status(),
            StatusCode::SEE_OTHER,
            "others are not shut out"
        );
        world.clock.pass(SignedDuration::from_secs(61));
        let open = world.sign_in(name, PASSWORD).await.status();
        assert_eq!(open == StatusCode::SEE_OTHER, name == "look");
    }
}

#[tokio::test]
async fn the_users_file_is_its_owners_only_and_holds_no_password() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users.sqlite3");
    let users = pages::Users::open(&path).unwrap();
    let new = |name: &str, password: &str| pages::NewUser {
        name: name.to_owned(),
        role: "reader".to_owned(),
        password: password.to_owned().into(),
    };
    let now = jiff::Timestamp::UNIX_EPOCH;
    users
        .add(&new("Jo.Smith", PASSWORD), now, &SystemRandomness)
        .unwrap();
    let again = users.add(&new("jo.smith", PASSWORD), now, &SystemRandomness);
    assert!(matches!(again, Err(pages::PagesError::Exists)));
    let short = users.add(&new("x", "too short"), now, &SystemRandomness);
    assert!(matches!(short, Err(pages::PagesError::Password)));
    for name in ["", "a b", "a/b", "é", &"x".repeat(65)] {
        let odd = users.add(&new(name, PASSWORD), now, &SystemRandomness);
        assert!(matches!(odd, Err(pages::PagesError::Name)), "{name}");
    }
    let missing = users.set_disabled("nobody", true, now);
    assert!(matches!(missing, Err(pages::PagesError::NoSuchUser)));
    assert_eq!(users.list().unwrap()[0].name, "jo.smith");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
    let bytes = std::fs::read(&path).unwrap();
    assert!(
        !bytes
            .windows(PASSWORD.len())
            .any(|part| part == PASSWORD.as_bytes())
    );
    assert!(bytes.windows(9).any(|part| part == b"$argon2id"));
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
