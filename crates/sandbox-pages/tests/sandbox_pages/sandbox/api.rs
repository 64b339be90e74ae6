//! The JSON interface as automatic tests use it.

use serde_json::json;

use crate::sandbox::kit::World;

#[tokio::test]
async fn a_program_waits_for_a_message_instead_of_sleeping() {
    let world = World::new().await;
    let before = world.send("TEST_WORKFLOW", "before").await;
    let list = world.json("/api/v1/messages").await;
    assert_eq!(list["messages"][0]["id"], before.as_str());
    let after = list["next_after"].as_i64().unwrap();
    let path = format!("/api/v1/messages?mailbox=X26ABC2&after={after}&wait=60");
    let waits = world.get(&path).send();
    let send = async {
        tokio::task::yield_now().await;
        world.send("TEST_WORKFLOW", "after").await
    };
    let (answer, sent) = tokio::join!(waits, send);
    let list = crate::sandbox::kit::json(answer.unwrap()).await;
    assert_eq!(list["messages"][0]["id"], sent.as_str());
    assert_eq!(list["matching"], 1);
}

#[tokio::test]
async fn who_asks_again_with_next_after_misses_nothing_beyond_the_limit() {
    let world = World::new().await;
    let known = world.send("TEST_WORKFLOW", "known").await;
    world.refused(None, Vec::new()).await;
    let list = world.json("/api/v1/messages").await;
    let mut sent = vec![known];
    let mut after = list["next_after"].as_i64().unwrap();
    for number in 0..3 {
        sent.push(world.send("TEST_WORKFLOW", format!("{number}")).await);
        world.refused(None, Vec::new()).await;
    }
    for id in &sent[1..] {
        let path = format!("/api/v1/messages?after={after}&limit=1");
        let list = world.json(&path).await;
        assert_eq!(list["messages"][0]["id"], id.as_str());
        after = list["next_after"].as_i64().unwrap();
    }
    let list = world.json("/api/v1/messages?limit=1").await;
    assert_eq!(list["messages"][0]["id"], sent[3].as_str(), "the latest");
    for number in 2..=4 {
        let path = format!("/api/v1/refusals?after={}&limit=1", number - 1);
        let list = world.json(&path).await;
        assert_eq!(list["refusals"][0]["number"], number);
        assert_eq!(list["next_after"], number);
    }
}

#[tokio::test]
async fn waiting_ends_with_an_empty_list() {
    let world = World::new().await;
    let list = world.json("/api/v1/messages?wait=1").await;
    assert_eq!(
        list,
        json!({ "messages": [], "matching": 0, "next_after": 0 })
    );
    let refusals = world.json("/api/v1/refusals?wait=1").await;
    assert_eq!(refusals["matching"], 0);
}

#[tokio::test]
async fn a_message_is_told_with_its_findings_request_journey_and_files() {
    let world = World::new().await;
    let id = world.example("wrong-number").await;
    let message = world.json(&format!("/api/v1/messages/{id}")).await;
    assert_eq!(message["kind"], "document");
    assert_eq!(message["errors"], 1);
    assert_eq!(message["would_be_answered"]["code"], "20009");
    let finding = &message["findings"][0];
    assert_eq!(finding["id"], "GPCM-SD-035");
    assert!(finding["line"].as_u64().unwrap() > 0 && finding["column"].as_u64().unwrap() > 0);
    let place = finding["where"].as_str().unwrap();
    assert!(place.contains("Patient.identifier"), "{place}");
    assert_eq!(message["files"][0]["content_type"], "application/pdf");
    let events = message["journey"].as_array().unwrap();
    assert!(
        events.iter().any(|step| step["event"] == "delivered"),
        "{events:?}"
    );
    let sent = world.send("TEST_WORKFLOW", "a,b").await;
    let message = world.json(&format!("/api/v1/messages/{sent}")).await;
    let headers = message["request"]["headers"].as_array().unwrap();
    let value = |name: &str| {
        let header = headers.iter().find(|header| header["name"] == name);
        header.unwrap()["value"].as_str().unwrap().to_owned()
    };
    assert_eq!(value("mex-subject"), "about a test");
    assert!(value("authorization").contains("hidden"));
}

#[tokio::test]
async fn what_is_wrong_is_told_as_a_problem_in_json() {
    let world = World::new().await;
    for (path, status) in [
        ("/api/v1/messages?wait=61", 422),
        ("/api/v1/messages?limit=0", 422),
        ("/api/v1/messages?limit=501", 422),
        ("/api/v1/messages?limit=many", 422),
        ("/api/v1/messages?nonsense=1", 422),
        ("/api/v1/messages/nothing", 404),
        ("/api/v1/messages/20261127000000000000_000001", 404),
        ("/api/v1/refusals/0", 404),
        ("/api/v1/refusals/many", 404),
        ("/api/v1/nothing", 404),
    ] {
        let answer = world.get(path).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        let media_type = answer.headers()["content-type"].to_str().unwrap();
        assert_eq!(media_type, "application/problem+json", "{path}");
        let problem = crate::sandbox::kit::json(answer).await;
        assert_eq!(problem["status"], status, "{path}");
    }
    let post = async |body: serde_json::Value| {
        let answer = world.change("POST", "/api/v1/messages", Some(&body)).await;
        answer.status().as_u16()
    };
    let parties = |more: serde_json::Value| {
        let mut body = json!({ "from": "X26ABC1", "to": "X26ABC2", "workflow": "W1" });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    for (body, status) in [
        (json!({}), 422),
        (parties(json!({})), 422),
        (parties(json!({ "message": "a", "example": "letter" })), 422),
        (parties(json!({ "example": "nothing" })), 422),
        (parties(json!({ "message_base64": "?" })), 422),
        (parties(json!({ "message": "a", "subject": "a\nb" })), 422),
        (parties(json!({ "message": "" })), 422),
        (parties(json!({ "message": "a", "to": "NOBODY" })), 422),
        (parties(json!({ "message": "a", "from": "NOBODY" })), 404),
        (parties(json!({ "message": "a" })), 201),
        (parties(json!({ "message_base64": "YQ==" })), 201),
    ] {
        assert_eq!(post(body.clone()).await, status, "{body}");
    }
}

#[tokio::test]
async fn the_description_is_served_and_its_page_lists_every_route() {
    let world = World::new().await;
    let description = world.json("/api/openapi.json").await;
    assert_eq!(description["openapi"], "3.1.0");
    let page = world.text("/api").await;
    for path in description["paths"].as_object().unwrap().keys() {
        assert!(page.contains(path.as_str()), "{path}");
    }
}

#[tokio::test]
async fn open_pages_are_told_of_what_comes() {
    let world = World::new().await;
    let mut events = world.get("/events").send().await.unwrap();
    let first = events.chunk().await.unwrap().unwrap();
    assert!(first.starts_with(b"data: "), "{first:?}");
    world.send("TEST_WORKFLOW", "a").await;
    let second = events.chunk().await.unwrap().unwrap();
    assert!(second.starts_with(b"data: "), "{second:?}");
    assert_ne!(first, second);
}
