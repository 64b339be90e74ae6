//! What stands before every page, over a real socket: role, token, origin, headers.

use std::time::Duration;

use crate::support::{TestRole, World, table};
use axum::http::Method;
use nhs::Clock;
use pages::{Needs, Role};
use reqwest::StatusCode;
use reqwest::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    COOKIE, HOST, ORIGIN,
};

#[tokio::test]
async fn every_route_is_for_the_roles_of_its_line_and_no_others() {
    let world = World::new("/base", false).await;
    for row in table().rows() {
        let path = format!("/base{}", row.path.trim_end_matches('/'));
        let ask = |cookie: Option<&str>| {
            let request = match row.method {
                Method::POST => world.post(&path),
                _ => world.get(&path),
            };
            match cookie {
                Some(cookie) => request.header(COOKIE, cookie),
                None => request,
            }
        };
        let nobody = ask(None).send().await.unwrap().status();
        assert!(
            nobody == StatusCode::SEE_OTHER || nobody == StatusCode::UNAUTHORIZED,
            "{path}"
        );
        let odd = world.cookie("odd").await;
        let odd = ask(Some(&odd)).send().await.unwrap();
        assert_eq!(
            odd.status(),
            StatusCode::FORBIDDEN,
            "a role of another site"
        );
        for (user, role) in [("look", TestRole::Looker), ("write", TestRole::Writer)] {
            let cookie = world.cookie(user).await;
            let token = world.token("/base", &cookie).await;
            let request = ask(Some(&cookie));
            let request = match row.method {
                Method::POST => request.form(&[("token", token.as_str()), ("text", "x")]),
                _ => request,
            };
            let answer = request.send().await.unwrap();
            let may = match row.needs {
                Needs::SignedIn => true,
                Needs::May(permission) => role.may(permission),
            };
            let page = answer.status();
            if may {
                assert_ne!(page, StatusCode::FORBIDDEN, "{user} {path}");
            } else {
                assert_eq!(page, StatusCode::FORBIDDEN, "{user} {path}");
                let page = answer.text().await.unwrap();
                assert!(page.contains("You may not see this page"));
                assert!(!page.contains("Secret"), "not in the navigation either");
            }
        }
    }
}

#[tokio::test]
async fn a_form_without_the_sessions_own_token_does_nothing() {
    let world = World::new("", false).await;
    let cookie = world.cookie("write").await;
    let other = world.cookie("write").await;
    let others = world.token("", &other).await;
    let before = world.token("", &cookie).await;
    for token in [None, Some(""), Some("guess"), Some(others.as_str())] {
        let mut form = vec![("text", "x")];
        form.extend(token.map(|token| ("token", token)));
        let request = world.post("/write").header(COOKIE, &cookie).form(&form);
        let refused = request.send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{token:?}");
        assert!(
            refused
                .text()
                .await
                .unwrap()
                .contains("Nothing was changed")
        );
    }
    let request = world.post("/write").header(COOKIE, &cookie).body("text=x");
    let untyped = request.send().await.unwrap();
    assert_eq!(untyped.status(), StatusCode::FORBIDDEN);
    let request = world.post("/write").header(COOKIE, &cookie);
    let json = request
        .header(CONTENT_TYPE, "application/json")
        .body(format!("{{\"token\":\"{before}\"}}"));
    assert_eq!(json.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let page = world.get("/").header(COOKIE, &cookie).send().await.unwrap();
    assert!(!page.text().await.unwrap().contains("Written:"));
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing_even_with_the_token() {
    let world = World::new("", false).await;
    let cookie = world.cookie("write").await;
    let token = world.token("", &cookie).await;
    let post = || {
        world
            .post("/write")
            .header(COOKIE, &cookie)
            .form(&[("token", token.as_str()), ("text", "x")])
    };
    let foreign = [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ];
    for (name, value) in foreign {
        let refused = post().header(name, value).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{name}: {value}");
    }
    let own = post().header(ORIGIN, &world.address).send().await.unwrap();
    assert_eq!(own.status(), StatusCode::SEE_OTHER);
    let own = post()
        .header("sec-fetch-site", "same-origin")
        .send()
        .await
        .unwrap();
    assert_eq!(own.status(), StatusCode::SEE_OTHER);
    let rebound = post()
        .header(ORIGIN, &world.address)
        .header(HOST, "evil.example");
    assert_eq!(
        rebound.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    let page = world
        .post("/sign-in")
        .header("sec-fetch-site", "cross-site");
    let page = page.form(&[("token", "x"), ("name", "x"), ("password", "x")]);
    assert_eq!(page.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_sign_in_form_needs_the_token_of_its_own_cookie() {
    let world = World::new("", false).await;
    let form = [
        ("token", "guess"),
        ("name", "look"),
        ("password", crate::support::PASSWORD),
    ];
    for cookie in ["", "restante-test-form=guess"] {
        let request = world.post("/sign-in").header(COOKIE, cookie).form(&form);
        let refused = request.send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        assert!(!refused.headers().contains_key("set-cookie"));
    }
}

#[tokio::test]
async fn files_come_with_the_token_first_and_within_their_limit() {
    let world = World::new("", false).await;
    let cookie = world.cookie("write").await;
    let token = world.token("", &cookie).await;
    let part = |name: &str, value: &str| {
        format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let send = |body: String| {
        world
            .post("/upload")
            .header(COOKIE, &cookie)
            .header(CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(body + "--b--\r\n")
            .send()
    };
    let file = part("file", &"x".repeat(2_500_000));
    let good = send(part("token", &token) + &file).await.unwrap();
    assert_eq!(good.status(), StatusCode::OK);
    assert_eq!(good.text().await.unwrap(), "2500000");
    let late = send(file.clone() + &part("token", &token)).await.unwrap();
    assert_eq!(late.status(), StatusCode::FORBIDDEN);
    let none = send(file).await.unwrap();
    assert_eq!(none.status(), StatusCode::FORBIDDEN);
    let large = send(part("token", &token) + &part("file", &"x".repeat(3_500_000)));
    assert_eq!(large.await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let world = World::new("", false).await;
    let cookie = world.cookie("look").await;
    for path in [
        "/",
        "/missing",
        "/secret",
        "/sign-in",
        "/nowhere",
        "/assets/0/x",
    ] {
        let answer = world
            .get(path)
            .header(COOKIE, &cookie)
            .send()
            .await
            .unwrap();
        let headers = answer.headers();
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(headers[CACHE_CONTROL], "no-store", "{path}");
        assert_eq!(headers["referrer-policy"], "same-origin");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
    }
    let embedded = world
        .get("/")
        .header(COOKIE, &cookie)
        .header("sec-fetch-site", "cross-site");
    let embedded = embedded
        .header("sec-fetch-mode", "no-cors")
        .send()
        .await
        .unwrap();
    assert_eq!(embedded.status(), StatusCode::FORBIDDEN);
    let linked = world
        .get("/")
        .header(COOKIE, &cookie)
        .header("sec-fetch-site", "cross-site");
    let linked = linked
        .header("sec-fetch-mode", "navigate")
        .send()
        .await
        .unwrap();
    assert_eq!(linked.status(), StatusCode::OK);
}

#[tokio::test]
async fn pages_have_nothing_inline_and_ask_no_other_site() {
    let world = World::new("", false).await;
    let cookie = world.cookie("write").await;
    let token = world.token("", &cookie).await;
    let form = [
        ("token", token.as_str()),
        ("text", "<img src=x onerror=alert(1)>"),
    ];
    let posted = world
        .post("/write")
        .header(COOKIE, &cookie)
        .form(&form)
        .send();
    assert_eq!(posted.await.unwrap().status(), StatusCode::SEE_OTHER);
    let page = world.get("/").header(COOKIE, &cookie).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(
        page.contains("Written: &lt;img src=x onerror=alert(1)&gt;"),
        "{page}"
    );
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!page.contains(" style=") && !page.contains("<style"));
    assert_eq!(page.matches("<script").count(), 1, "our own, by address");
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "{page}"
    );
    let again = world.get("/").header(COOKIE, &cookie).send().await.unwrap();
    assert!(
        !again.text().await.unwrap().contains("Written:"),
        "a notice is shown once"
    );
}

#[tokio::test]
async fn style_sheets_and_script_are_kept_forever_under_their_own_address() {
    let world = World::new("", false).await;
    let page = world
        .get("/sign-in")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let addresses: Vec<&str> = page
        .split('"')
        .filter(|part| part.starts_with("/assets/"))
        .collect();
    assert_eq!(addresses.len(), 5, "{page}");
    for address in addresses {
        let plain = world.get(address).send().await.unwrap();
        assert_eq!(plain.status(), StatusCode::OK, "{address}");
        let cache = plain.headers()[CACHE_CONTROL].to_str().unwrap();
        assert!(cache.contains("immutable"), "{cache}");
        let media_type = plain.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
        let style = media_type.starts_with("text/css");
        let length = plain.text().await.unwrap();
        if style {
            assert!(
                !length.contains("http:") && !length.contains("https:"),
                "{address}"
            );
            assert!(!length.contains("@font-face") && !length.contains("@import"));
        }
        let packed = world
            .get(address)
            .header(ACCEPT_ENCODING, "gzip")
            .send()
            .await
            .unwrap();
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        assert!(packed.bytes().await.unwrap().len() < length.len());
    }
}

#[tokio::test]
async fn an_open_page_is_told_of_a_change_and_of_the_sessions_end() {
    let world = World::with("", |options| options.look = Duration::from_millis(100)).await;
    let cookie = world.cookie("look").await;
    let refused = world.get("/events").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let mut events = world
        .get("/events")
        .header(COOKIE, &cookie)
        .send()
        .await
        .unwrap();
    assert_eq!(events.headers()[CONTENT_TYPE], "text/event-stream");
    let next = async |events: &mut reqwest::Response| {
        let chunk = events.chunk().await.unwrap();
        chunk.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
    };
    assert_eq!(next(&mut events).await.unwrap(), "data: 1\n\n");
    world.live.changed();
    assert_eq!(next(&mut events).await.unwrap(), "data: 2\n\n");
    world
        .users
        .set_disabled("look", true, world.clock.now())
        .unwrap();
    assert!(
        next(&mut events)
            .await
            .unwrap()
            .contains("event: signed-out")
    );
    assert_eq!(next(&mut events).await, None);
    let cookie = world.cookie("write").await;
    let mut events = world
        .get("/events")
        .header(COOKIE, &cookie)
        .send()
        .await
        .unwrap();
    assert!(next(&mut events).await.is_some());
    world.shutdown.cancel();
    assert_eq!(next(&mut events).await, None, "the service may stop");
}

#[tokio::test]
async fn a_session_has_six_event_streams_and_many_changes_are_one_event() {
    let world = World::new("", false).await;
    let cookie = world.cookie("look").await;
    let open = async |cookie: &str| {
        let asked = world.get("/events").header(COOKIE, cookie).send().await;
        asked.unwrap()
    };
    let mut streams = Vec::new();
    for _ in 0..6 {
        let stream = open(&cookie).await;
        assert_eq!(stream.status(), StatusCode::OK);
        streams.push(stream);
    }
    let seventh = open(&cookie).await.status();
    assert_eq!(seventh, StatusCode::TOO_MANY_REQUESTS);
    let other = world.cookie("look").await;
    assert_eq!(
        open(&other).await.status(),
        StatusCode::OK,
        "a session of its own"
    );
    let mut events = streams.pop().unwrap();
    assert_eq!(events.chunk().await.unwrap().unwrap(), "data: 1\n\n");
    for _ in 0..50 {
        world.live.changed();
        world.get("/sign-in").send().await.unwrap();
    }
    let mut told = String::new();
    while !told.ends_with("data: 51\n\n") {
        let chunk = events.chunk().await.unwrap().unwrap();
        told.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert!(told.matches("data").count() < 10, "{told}");
    drop(streams);
    while open(&cookie).await.status() == StatusCode::TOO_MANY_REQUESTS {}
}
