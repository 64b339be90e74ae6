//! What keeps other sites' pages out, who have no sign-in to get past.

use reqwest::Method;

use crate::sandbox::kit::World;

#[tokio::test]
async fn only_names_of_this_machine_are_answered() {
    let world = World::new().await;
    for path in ["/", "/api/v1", "/events", "/api/v1/messages"] {
        let answer = world.get(path).header("host", "evil.example:8701");
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.status(), 421, "{path}");
        let text = answer.text().await.unwrap();
        assert!(!text.contains(&world.token), "{path}");
    }
    let own = world.get("/").header("host", "localhost:1").send();
    assert_eq!(own.await.unwrap().status(), 200);
}

#[tokio::test]
async fn nothing_is_changed_for_another_site_or_without_the_token() {
    let world = World::new().await;
    let id = world.send("TEST_WORKFLOW", "stays").await;
    let changes = [
        (Method::POST, "/delete-all".to_owned()),
        (Method::POST, format!("/messages/{id}/delete")),
        (Method::POST, format!("/messages/{id}/replay")),
        (Method::DELETE, "/api/v1/messages".to_owned()),
        (Method::DELETE, format!("/api/v1/messages/{id}")),
        (Method::POST, format!("/api/v1/messages/{id}/replay")),
        (Method::POST, "/api/v1/messages".to_owned()),
        (Method::POST, "/faults".to_owned()),
        (Method::POST, "/faults/off".to_owned()),
        (Method::PUT, "/api/v1/fault".to_owned()),
        (Method::DELETE, "/api/v1/fault".to_owned()),
    ];
    for (method, path) in &changes {
        let asked = || {
            world
                .http
                .request(method.clone(), format!("{}{path}", world.page))
        };
        let token = || asked().header("x-restante-token", &world.token);
        for request in [
            asked(),
            asked().header("x-restante-token", "another"),
            asked()
                .header("content-type", "application/x-www-form-urlencoded")
                .body("token=another"),
            token().header("origin", "https://evil.example"),
            token().header("origin", "null"),
            token().header("sec-fetch-site", "cross-site"),
            token().header("sec-fetch-site", "same-site"),
        ] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 403, "{method} {path}");
        }
    }
    assert_eq!(world.inbox("X26ABC2").await, [id]);
}

#[tokio::test]
async fn another_site_reads_nothing_and_may_link_here() {
    let world = World::new().await;
    let read = world.get("/api/v1").header("sec-fetch-site", "cross-site");
    let read = read.header("sec-fetch-mode", "cors").send().await.unwrap();
    assert_eq!(read.status(), 403);
    let link = world
        .get("/")
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document");
    assert_eq!(link.send().await.unwrap().status(), 200);
    let framed = world
        .get("/")
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "iframe");
    assert_eq!(framed.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn every_page_has_the_headers_that_keep_scripts_out() {
    let world = World::new().await;
    let id = world.example("letter").await;
    for path in [
        "/",
        "/send",
        "/mailboxes",
        "/api",
        &format!("/messages/{id}"),
        "/nothing",
    ] {
        let answer = world.get(path).send().await.unwrap();
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.contains("script-src 'self'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline"), "{path}: {policy}");
        assert_eq!(answer.headers()["x-frame-options"], "DENY", "{path}");
        let page = answer.text().await.unwrap();
        assert!(
            !page.contains(" style=") && !page.contains(" onclick="),
            "{path}"
        );
    }
}
