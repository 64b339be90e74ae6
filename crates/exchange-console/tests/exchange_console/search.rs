//! The search for messages and mailboxes.

use exchange_console::ExchangeRole::Observer;
use reqwest::header::LOCATION;

use crate::kit::{GARTON, LOCAL_ID, SENDER, World, delivered};

#[tokio::test]
async fn a_search_finds_by_id_mailbox_and_local_id_and_puts_none_into_an_address() {
    let world = World::new().await;
    let message = delivered(&world).await;
    let search = async |wanted: &str, mailbox: &str| {
        let form = [("wanted", wanted), ("mailbox", mailbox)];
        world.post(Observer, "/messages/search", &form).await
    };
    let to = |answer: &reqwest::Response| answer.headers()[LOCATION].to_str().unwrap().to_owned();
    let path = format!("/messages/{message}");
    let lower = message.as_str().to_ascii_lowercase();
    assert_eq!(to(&search(&format!(" {lower} "), "").await), path);
    assert_eq!(
        to(&search("a20047ot001", "").await),
        "/mailboxes/A20047OT001"
    );
    assert_eq!(to(&search(LOCAL_ID, "A81001ot001").await), path);
    let other = world.send(GARTON, 1).await;
    let both = search(LOCAL_ID, SENDER).await.text().await.unwrap();
    assert!(both.contains(message.as_str()) && both.contains(other.as_str()));
    for (wanted, mailbox, told) in [
        ("", "", "Enter a message id"),
        ("nothing", "", "There is no such message or mailbox"),
        ("<script>alert(2)</script>", SENDER, "has sent no message"),
        (LOCAL_ID, "not a mailbox", "Enter a mailbox id"),
    ] {
        let page = search(wanted, mailbox).await.text().await.unwrap();
        assert!(page.contains(told), "{page}");
        assert!(!page.contains("<script>alert(2)"));
    }
}
