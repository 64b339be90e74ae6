//! Refused requests: the true reason, the token part by part.

use exchange::Settings;

use crate::sandbox::kit::{World, token};

#[tokio::test]
async fn the_token_is_explained_part_by_part_with_the_mistake_that_fits() {
    let settings = Settings {
        require_certificate: false,
        ..Settings::default()
    };
    let world = World::with(settings).await;
    let wrong = token("X26ABC1", "TestKey\n");
    let hash = wrong.rsplit(':').next().unwrap().to_owned();
    world.refused(Some(wrong), b"a letter".to_vec()).await;
    let page = world.text("/refused/1").await;
    for part in [
        "403: the token’s hash is wrong: password or shared key",
        "with a line end or blank behind the shared key",
        "Cut the shared key off at its last letter",
        "Part by part".to_lowercase().as_str(),
        "A live exchange answers the same 403",
        "Body, 8 bytes",
        "127.0.0.1:",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    for view in ["reason", "headers", "answer", "body"] {
        let page = world.text(&format!("/refused/1?view={view}")).await;
        assert!(!page.contains(&hash), "{view} shows the whole token");
    }
    let body = world.text("/refused/1?view=body").await;
    assert!(body.contains("a letter"));
    let one = world.json("/api/v1/refusals/1").await;
    assert_eq!(one["refusal"], "wrong-hash");
    let tried = one["token"]["tried"].as_array().unwrap();
    let fits: Vec<&str> = tried
        .iter()
        .filter(|it| it["matches"] == true)
        .map(|it| it["made"].as_str().unwrap())
        .collect();
    assert_eq!(fits, ["with a line end or blank behind the shared key"]);
}

#[tokio::test]
async fn what_the_rules_refuse_is_told_in_words() {
    let world = World::new().await;
    let answer = world
        .http
        .post(format!("{}/messageexchange/X26ABC1/outbox", world.mesh))
        .header("authorization", token("X26ABC1", "TestKey"))
        .header("mex-to", "X26ABC9")
        .header("mex-workflowid", "TEST_WORKFLOW")
        .body("a letter")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 417);
    let list = world.text("/").await;
    assert!(
        list.contains("12: nobody has the address X26ABC9"),
        "{list}"
    );
    let page = world.text("/refused/1").await;
    assert!(
        page.contains("Write the id of a mailbox in Mex-To"),
        "{page}"
    );
    assert!(page.contains("417 Refused"), "{page}");
}

#[tokio::test]
async fn a_refused_request_is_forgotten_when_somebody_wants_it() {
    let world = World::new().await;
    world.refused(None, Vec::new()).await;
    world.refused(None, Vec::new()).await;
    let answer = world.change("POST", "/refused/1/delete", None).await;
    assert_eq!(answer.status(), 200, "led back to the list");
    assert_eq!(world.get("/refused/1").send().await.unwrap().status(), 404);
    assert_eq!(world.get("/refused/2").send().await.unwrap().status(), 200);
}
