//! What is remembered has an end.

use crate::sandbox::kit::World;

#[tokio::test]
async fn the_latest_five_hundred_refused_requests_are_remembered() {
    let world = World::new().await;
    for _ in 0..502 {
        world.refused(None, Vec::new()).await;
    }
    let list = world.json("/api/v1/refusals?limit=500").await;
    assert_eq!(list["matching"], 500);
    assert_eq!(list["refusals"][0]["number"], 502);
    assert_eq!(world.get("/refused/2").send().await.unwrap().status(), 404);
    assert_eq!(world.get("/refused/3").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn bodies_of_refused_requests_take_so_much_memory_and_no_more() {
    let world = World::new().await;
    for _ in 0..70 {
        world.refused(None, vec![b'a'; 1024 * 1024]).await;
    }
    let list = world.json("/api/v1/refusals?limit=500").await;
    assert_eq!(list["matching"], 70, "without its body each is still there");
    let kept: u64 = list["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refused| refused["body_kept"].as_u64().unwrap())
        .sum();
    assert!(kept <= 64 * 1024 * 1024, "{kept} bytes");
    assert!(
        kept >= 32 * 1024 * 1024,
        "{kept} bytes: the latest are there"
    );
}

#[tokio::test]
async fn the_latest_five_hundred_messages_are_listed() {
    let world = World::new().await;
    for number in 0..503 {
        world
            .send("TEST_WORKFLOW", format!("message {number}"))
            .await;
    }
    let list = world.json("/api/v1/messages?limit=500").await;
    assert_eq!(list["matching"], 500);
    assert_eq!(list["messages"].as_array().unwrap().len(), 500);
}
