//! The buttons that send, and the switches that make it go wrong.

use exchange_console::ExchangeRole;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_DISPOSITION, LOCATION};
use sandbox_pages::live_loop::{Example, Fault};

use super::kit::{World, says};

#[tokio::test]
async fn each_button_sends_its_example_and_leads_back_to_the_page() {
    let world = World::new().await;
    let page = world.look("/").await;
    for example in Example::ALL {
        says(
            &page,
            &[&format!("name=\"example\" value=\"{}\"", example.name())],
        );
        let form = [("example", example.name())];
        let answer = world
            .press(ExchangeRole::Administrator, "/send", &form)
            .await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(answer.headers()[LOCATION], "/");
    }
    assert_eq!(*world.switches.sent.lock(), Example::ALL);
    let answer = world
        .press(ExchangeRole::Administrator, "/send", &[("example", "none")])
        .await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_could_not_be_sent_is_told_with_the_reason() {
    let world = World::new().await;
    *world.switches.refuses.lock() = Some("the disk is full".to_owned());
    let form = [("example", "delivered"), ("pace", "live")];
    let answer = world
        .press(ExchangeRole::Administrator, "/send", &form)
        .await;
    assert_eq!(answer.headers()[LOCATION], "/?pace=live");
    assert!(world.switches.sent.lock().is_empty());
}

#[tokio::test]
async fn each_switch_is_drawn_as_it_is_and_all_can_be_put_off_at_once() {
    let world = World::new().await;
    let off = |fault: Fault| {
        format!(
            "aria-checked=\"false\" name=\"on\" value=\"{}\"",
            fault.name()
        )
    };
    let on = |fault: Fault| {
        format!(
            "aria-checked=\"true\" name=\"off\" value=\"{}\"",
            fault.name()
        )
    };
    for fault in Fault::ALL {
        says(&world.look("/").await, &[&off(fault)]);
        world
            .press(
                ExchangeRole::Administrator,
                "/faults",
                &[("on", fault.name())],
            )
            .await;
        says(&world.look("/").await, &[&on(fault), "All off"]);
    }
    let first = Fault::ALL[0];
    world
        .press(
            ExchangeRole::Administrator,
            "/faults",
            &[("off", first.name())],
        )
        .await;
    says(&world.look("/").await, &[&off(first)]);
    world
        .press(ExchangeRole::Administrator, "/faults", &[("off", "all")])
        .await;
    assert!(world.switches.on.lock().is_empty());
    says(&world.look("/").await, &["all off"]);
    let answer = world
        .press(ExchangeRole::Administrator, "/faults", &[("on", "all")])
        .await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND, "never all at once");
}

#[tokio::test]
async fn who_may_only_look_changes_nothing_and_gets_no_secret() {
    let world = World::new().await;
    for (path, form) in [
        ("/send", ("example", "delivered")),
        ("/faults", ("on", "pds-away")),
    ] {
        let answer = world.press(ExchangeRole::Observer, path, &[form]).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
    assert!(world.switches.sent.lock().is_empty() && world.switches.on.lock().is_empty());
    let answer = world
        .get(ExchangeRole::Observer, "/connect/connect.env")
        .await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let answer = world
        .get(ExchangeRole::Administrator, "/connect/connect.env")
        .await;
    assert_eq!(answer.headers()[CONTENT_DISPOSITION], "attachment");
    assert_eq!(answer.text().await.unwrap(), "MESH_PASSWORD=secret");
    for path in [
        "/connect/other",
        "/connect/..%2fkey",
        "/journeys/1/letter.dat",
        "/journeys/1/x",
    ] {
        let answer = world.get(ExchangeRole::Administrator, path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
