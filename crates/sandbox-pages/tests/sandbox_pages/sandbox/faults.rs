//! Faults of the MESH API on purpose, through real sockets.

use serde_json::json;

use crate::sandbox::kit::{SHARED_KEY, World, token};

async fn switch_on(world: &World, fault: serde_json::Value) {
    let answer = world.change("PUT", "/api/v1/fault", Some(&fault)).await;
    assert_eq!(answer.status(), 200, "{fault}");
}

/// A request for an inbox; the status, or nothing where the answer did not arrive whole.
async fn ask(world: &World, mailbox: &str) -> Option<u16> {
    let request = world
        .http
        .get(format!("{}/messageexchange/{mailbox}/inbox", world.mesh))
        .header("authorization", token(mailbox, SHARED_KEY));
    let answer = request.send().await.ok()?;
    let status = answer.status().as_u16();
    answer.bytes().await.ok()?;
    Some(status)
}

#[tokio::test]
async fn a_fault_is_met_as_often_as_was_said_and_by_whom_it_is_for() {
    let world = World::new().await;
    for (name, status) in [("unavailable", 503), ("server-error", 500)] {
        let fault = json!({ "fault": name, "times": 2, "mailbox": "x26abc1" });
        switch_on(&world, fault).await;
        assert_eq!(ask(&world, "X26ABC2").await, Some(200));
        for expected in [status, status, 200] {
            assert_eq!(ask(&world, "X26ABC1").await, Some(expected), "{name}");
        }
        let state = world.json("/api/v1/fault").await;
        assert_eq!(state["on"]["times"], 0);
        assert_eq!(state["on"]["met"], 2);
    }
}

#[tokio::test]
async fn a_lost_answer_is_of_a_request_that_was_done() {
    let world = World::new().await;
    switch_on(&world, json!({ "fault": "lost-answer" })).await;
    let sent = world
        .http
        .post(format!("{}/messageexchange/X26ABC1/outbox", world.mesh))
        .header("authorization", token("X26ABC1", SHARED_KEY))
        .header("mex-to", "X26ABC2")
        .header("mex-workflowid", "TEST_WORKFLOW")
        .body("done")
        .send()
        .await;
    if let Ok(answer) = sent {
        assert!(answer.bytes().await.is_err(), "the answer arrived whole");
    }
    assert_eq!(world.inbox("X26ABC2").await.len(), 1);
}

#[tokio::test]
async fn a_slow_answer_comes_all_the_same() {
    let world = World::new().await;
    switch_on(&world, json!({ "fault": "slow", "milliseconds": 1 })).await;
    assert_eq!(ask(&world, "X26ABC1").await, Some(200));
    assert_eq!(world.json("/api/v1/fault").await["on"]["met"], 1);
}

#[tokio::test]
async fn a_slow_answer_is_held_back_and_hinders_no_other() {
    let world = World::new().await;
    let fault = json!({ "fault": "slow", "milliseconds": 120_000, "mailbox": "X26ABC1" });
    switch_on(&world, fault).await;
    let slow = ask(&world, "X26ABC1");
    let others = async {
        while world.json("/api/v1/fault").await["on"]["met"] == 0 {}
        for _ in 0..50 {
            assert_eq!(ask(&world, "X26ABC2").await, Some(200));
        }
    };
    tokio::select! {
        answer = slow => panic!("answered before 50 others: {answer:?}"),
        () = others => {}
    }
}

#[tokio::test]
async fn a_fault_is_switched_on_and_off_by_form_too_and_is_bounded() {
    let world = World::new().await;
    let form = |times: &str| {
        let fields = [
            ("token", world.token.clone()),
            ("fault", "unavailable".to_owned()),
            ("mailbox", String::new()),
            ("times", times.to_owned()),
            ("milliseconds", "0".to_owned()),
        ];
        let post = world.http.post(format!("{}/faults", world.page));
        post.form(&fields).send()
    };
    assert_eq!(form("0").await.unwrap().status(), 422);
    assert_eq!(form("5").await.unwrap().status(), 200, "led to the page");
    let page = world.text("/faults").await;
    assert!(page.contains("For the next 5 requests"), "{page}");
    assert_eq!(
        world.change("POST", "/faults/off", None).await.status(),
        200
    );
    assert_eq!(ask(&world, "X26ABC1").await, Some(200));
    for wrong in [
        json!({ "fault": "fire" }),
        json!({ "fault": "slow", "milliseconds": 120_001 }),
        json!({ "fault": "slow", "times": 10_001 }),
        json!({ "fault": "slow", "mailbox": "NOBODY" }),
    ] {
        let answer = world.change("PUT", "/api/v1/fault", Some(&wrong)).await;
        assert_eq!(answer.status(), 422, "{wrong}");
    }
    let answer = world.change("DELETE", "/api/v1/fault", None).await;
    assert_eq!(answer.status(), 204);
    assert!(world.json("/api/v1/fault").await["on"].is_null());
}
