//! Answer, replay, delete, send by form.

use crate::sandbox::kit::World;

#[tokio::test]
async fn an_answer_is_in_the_senders_inbox_and_tied_to_its_message() {
    let world = World::new().await;
    let id = world.example("letter").await;
    for code in ["20013", "30001"] {
        let body = serde_json::json!({ "code": code });
        let path = format!("/api/v1/messages/{id}/reply");
        let answer = world.change("POST", &path, Some(&body)).await;
        assert_eq!(answer.status(), 201);
    }
    let inbox = world.inbox("X26ABC1").await;
    assert_eq!(inbox.len(), 2, "both are the sender's");
    let message = world.json(&format!("/api/v1/messages/{id}")).await;
    let answered = message["answered_by"].as_array().unwrap();
    let codes: Vec<&str> = answered
        .iter()
        .map(|it| it["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["20013", "30001"], "in the order in which they came");
    assert_eq!(answered[0]["id"], inbox[0].as_str());
    let answer = world.json(&format!("/api/v1/messages/{}", inbox[0])).await;
    assert_eq!(answer["answers_to"], id.as_str());
    assert_eq!(answer["workflow"], "GPFED_CONSULT_REPORT_ACK");
    assert_eq!(answer["errors"], 0, "{answer}");
    let page = world.text(&format!("/messages/{id}?view=answers")).await;
    assert!(
        page.contains("Answers 2") && page.contains("30001"),
        "{page}"
    );
    let list = world.text("/").await;
    assert!(list.contains("Answered 20013, 30001"), "{list}");
}

#[tokio::test]
async fn nobody_answers_an_acknowledgement_or_what_is_not_itk3() {
    let world = World::new().await;
    let other = world.send("TEST_WORKFLOW", "a,b").await;
    let body = serde_json::json!({ "code": "20013" });
    let path = format!("/api/v1/messages/{other}/reply");
    let answer = world.change("POST", &path, Some(&body)).await;
    assert_eq!(answer.status(), 422);
    let letter = world.example("letter").await;
    let path = format!("/api/v1/messages/{letter}/reply");
    let wrong = serde_json::json!({ "code": "99999" });
    let answer = world.change("POST", &path, Some(&wrong)).await;
    assert_eq!(answer.status(), 422);
    assert_eq!(world.change("POST", &path, Some(&body)).await.status(), 201);
    let inbox = world.inbox("X26ABC1").await;
    let path = format!("/api/v1/messages/{}/reply", inbox[0]);
    let answer = world.change("POST", &path, Some(&body)).await;
    assert_eq!(answer.status(), 422);
}

#[tokio::test]
async fn a_replayed_message_is_a_new_one_with_the_same_bytes() {
    let world = World::new().await;
    let id = world.send("TEST_WORKFLOW", "the same").await;
    let path = format!("/api/v1/messages/{id}/replay");
    let answer = world.change("POST", &path, None).await;
    assert_eq!(answer.status(), 201);
    let inbox = world.inbox("X26ABC2").await;
    assert_eq!(inbox.len(), 2);
    assert_eq!(inbox[0], id);
    let again = world.json(&format!("/api/v1/messages/{}", inbox[1])).await;
    assert_eq!(again["subject"], "about a test");
    assert_eq!(again["from"], "X26ABC1");
    let content = world.get(&format!("/api/v1/messages/{}/content", inbox[1]));
    assert_eq!(
        content.send().await.unwrap().text().await.unwrap(),
        "the same"
    );
}

#[tokio::test]
async fn a_deleted_message_is_gone_from_the_inbox_too() {
    let world = World::new().await;
    let first = world.send("TEST_WORKFLOW", "one").await;
    let second = world.send("TEST_WORKFLOW", "two").await;
    let path = format!("/api/v1/messages/{first}");
    assert_eq!(world.change("DELETE", &path, None).await.status(), 204);
    assert_eq!(world.change("DELETE", &path, None).await.status(), 404);
    assert_eq!(world.inbox("X26ABC2").await, [second]);
    world.refused(None, Vec::new()).await;
    let answer = world.change("POST", "/delete-all", None).await;
    assert_eq!(answer.status(), 200, "led back to the list");
    let page = world.text("/").await;
    assert!(page.contains("Nothing yet."), "{page}");
    assert_eq!(world.inbox("X26ABC2").await, [""; 0]);
}

#[tokio::test]
async fn a_form_with_a_file_sends_what_is_in_the_file() {
    let world = World::new().await;
    let field = |name: &str, value: &str| {
        format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = [
        field("token", &world.token),
        field("from", "X26ABC3"),
        field("to", "X26ABC1"),
        field("workflow", "TEST_WORKFLOW2"),
        field("message", "pasted"),
        "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nuploaded\r\n--edge--\r\n"
            .to_owned(),
    ];
    let answer = world
        .http
        .post(format!("{}/send", world.page))
        .header("content-type", "multipart/form-data; boundary=edge")
        .body(body.concat())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "led to the message");
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("X26ABC3 → X26ABC1") && page.contains("uploaded"),
        "{page}"
    );
}
