//! Messages and the audit trail as lists: what narrows them, and as files.

use exchange_console::ExchangeRole::{Observer, Operator};
use jiff::SignedDuration;
use reqwest::StatusCode;

use crate::kit::{GARTON, RECEIVER, SENDER, World, delivered, in_order};

#[tokio::test]
async fn messages_are_narrowed_by_state_workflow_mailbox_and_day() {
    let world = World::new().await;
    let taken = delivered(&world).await;
    world.collect(&taken).await;
    world.time.pass(SignedDuration::from_hours(24));
    let failed = world.send("GPPROVIDER_9111231130_23061946_NOBODY", 1).await;
    world.exchange.route_due().await.unwrap();
    let waiting = world.send(RECEIVER, 1).await;
    let listed = async |query: &str| world.page(Observer, &format!("/messages?{query}")).await;
    for (query, there, not_there) in [
        ("state=acknowledged", &taken, &failed),
        ("state=failed", &failed, &taken),
        ("state=waiting", &waiting, &taken),
        (
            "workflow=gpfed_consult_report&from=2026-11-23",
            &failed,
            &taken,
        ),
        ("to=2026-11-22", &taken, &waiting),
        ("mailbox=A20047OT001", &taken, &failed),
    ] {
        let page = listed(query).await;
        assert!(page.contains(there.as_str()), "{query}\n{page}");
        assert!(!page.contains(not_there.as_str()), "{query}\n{page}");
    }
    let wrong = listed("from=yesterday&mailbox=%3Cscript%3E").await;
    assert!(wrong.contains("Enter a day, such as") && wrong.contains("Enter a mailbox, such as"));
    assert!(!wrong.contains("<script>"), "{wrong}");
    assert!(
        listed("state=uploading")
            .await
            .contains("No message is so.")
    );
}

#[tokio::test]
async fn older_messages_are_on_further_pages_and_all_in_the_file() {
    let world = World::new().await;
    let first = delivered(&world).await;
    for _ in 0..60 {
        world.time.pass(SignedDuration::from_secs(1));
        world.send(RECEIVER, 1).await;
    }
    let page = world.page(Observer, "/messages").await;
    assert!(!page.contains(first.as_str()));
    let (_, older) = page.split_once("/messages?before=").unwrap();
    let before = older.split('"').next().unwrap();
    let next = world
        .page(Observer, &format!("/messages?before={before}"))
        .await;
    assert!(next.contains(first.as_str()), "{next}");
    let file = world.page(Observer, "/messages.csv").await;
    assert_eq!(file.lines().count(), 62, "{file}");
    assert!(
        file.contains(first.as_str()) && !file.contains("GARTON"),
        "{file}"
    );
    let trail = world.exchange.audit_page(None, 1).await.unwrap();
    assert_eq!(trail[0].action, "exported messages");
}

#[tokio::test]
async fn the_trail_is_searched_by_who_what_and_what_about_with_its_details() {
    let world = World::new().await;
    let message = delivered(&world).await;
    world.collect(&message).await;
    let other = world.send(GARTON, 1).await;
    let listed = async |query: &str| world.page(Operator, &format!("/audit?{query}")).await;
    let all = listed("").await;
    in_order(
        &all,
        &[
            "Chain intact",
            "Check the whole trail now",
            "to=A20047OT001",
        ],
    );
    let about = listed(&format!("about={message}")).await;
    assert!(
        about.contains("acknowledged") && !about.contains(other.as_str()),
        "{about}"
    );
    let by = listed("who=a20047ot001").await;
    assert!(by.contains("collected") && !by.contains("accepted"), "{by}");
    let what = listed("action=delivered").await;
    assert!(
        what.contains("to=A20047OT001") && !what.contains("workflow="),
        "{what}"
    );
    let of_mailbox = listed(&format!("about={SENDER}")).await;
    assert!(of_mailbox.contains("add mailbox") && of_mailbox.contains("accepted"));
    assert!(
        listed("to=2026-01-01")
            .await
            .contains("There is no such line.")
    );
    let file = world.page(Operator, "/audit.csv?action=delivered").await;
    assert_eq!(file.lines().count(), 2, "{file}");
    let trail = world.exchange.audit_page(None, 1).await.unwrap();
    assert_eq!(trail[0].action, "exported audit trail");
    // what might be a patient's is never put into an address
    let asked = world
        .post(Operator, "/audit", &[("about", "9693632109")])
        .await;
    assert_eq!(asked.status(), 200);
    let asked = world
        .post(Operator, "/audit", &[("about", message.as_str())])
        .await;
    assert!(asked.status().is_redirection());
}

#[tokio::test]
async fn a_line_that_was_changed_is_told_when_the_trail_is_checked() {
    let world = World::new().await;
    let message = delivered(&world).await;
    let page = world.page(Operator, "/audit").await;
    assert!(page.contains("Chain intact"), "{page}");
    let records =
        rusqlite::Connection::open(world.directory.path().join("records.sqlite3")).unwrap();
    let changed = "UPDATE audit SET actor = 'X26ABC1' WHERE action = 'accepted'";
    records.execute(changed, []).unwrap();
    let checked = world.post(Operator, "/audit/check", &[]).await;
    assert!(checked.status().is_redirection());
    let page = world.page(Operator, "/audit").await;
    in_order(&page, &["Chain broken", "does not agree with its hash"]);
    let page = world.page(Operator, &format!("/messages/{message}")).await;
    assert!(page.contains("Chain broken"), "{page}");
}

/// What a patient may be known by, as somebody may type it.
const TYPED: [&str; 4] = ["943 476 5919", "John Smith", "9693632109", "GARTON"];

/// No address of a page holds it, in whatever way it is written there.
fn in_no_address(page: &str, typed: &str) {
    let parts: Vec<&str> = typed.split(' ').collect();
    for attribute in ["href=\"", "action=\""] {
        for after in page.split(attribute).skip(1) {
            let address = after.split('"').next().unwrap();
            for part in &parts {
                assert!(!address.contains(part), "{part} in {address}");
            }
        }
    }
}

#[tokio::test]
async fn what_may_be_a_patients_goes_into_no_address_of_the_trail() {
    let world = World::new().await;
    delivered(&world).await;
    let post = async |path: &str, form: &[(&str, &str)]| world.post(Operator, path, form).await;
    for field in ["about", "who", "action", "from"] {
        for typed in TYPED {
            let asked = post("/audit", &[(field, typed)]).await;
            assert_eq!(asked.status(), StatusCode::OK, "{field} {typed}");
            in_no_address(&asked.text().await.unwrap(), typed);
        }
    }
    for (field, typed) in [
        ("about", "20261122100000000000_SMITH1"),
        ("about", "X99OT001"),
        ("from", "2026-11-22T10:00[u-ca=smith]"),
    ] {
        let asked = post("/audit", &[(field, typed)]).await;
        assert_eq!(asked.status(), StatusCode::OK, "{field} {typed}");
    }
    for (field, typed) in [
        ("about", "a20047ot001"),
        ("who", "exchange"),
        ("who", SENDER),
        ("action", "looked at details"),
        ("to", "2026-11-22"),
    ] {
        let asked = post("/audit", &[(field, typed)]).await;
        assert_eq!(asked.status(), StatusCode::SEE_OTHER, "{field} {typed}");
    }
}

#[tokio::test]
async fn further_pages_and_the_file_of_what_is_in_no_address_come_by_forms() {
    let world = World::new().await;
    for _ in 0..60 {
        let noted = world.exchange.note_use("sam", "exported messages", "list");
        noted.await.unwrap();
    }
    world.page(Operator, "/messages.csv").await;
    let first = [("who", "sam")];
    let page = world.post(Operator, "/audit", &first).await;
    let page = page.text().await.unwrap();
    in_order(
        &page,
        &["name=\"before\"", "Older", "/audit.csv\"", "Export as CSV"],
    );
    let (_, before) = page.split_once("name=\"before\" value=\"").unwrap();
    let before = before.split('"').next().unwrap();
    let form = [("who", "sam"), ("before", before)];
    let next = world.post(Operator, "/audit", &form).await;
    let next = next.text().await.unwrap();
    assert_eq!(next.matches("console user sam").count(), 10, "{next}");
    let file = world.post(Operator, "/audit.csv", &first).await;
    let file = file.text().await.unwrap();
    assert_eq!(file.lines().count(), 61, "{file}");
}

#[tokio::test]
async fn messages_are_narrowed_by_address_only_to_what_is_known() {
    let world = World::new().await;
    delivered(&world).await;
    for (field, words) in [
        ("mailbox", "There is no such mailbox"),
        ("workflow", "There is no such workflow"),
        ("from", "Enter a day"),
    ] {
        for typed in TYPED {
            let form = [(field, typed), ("state", "")];
            let asked = world.post(Observer, "/messages", &form).await;
            assert_eq!(asked.status(), StatusCode::OK, "{field} {typed}");
            let page = asked.text().await.unwrap();
            in_order(
                &page,
                &["There is a problem", words, "Nothing was looked for"],
            );
            in_no_address(&page, typed);
        }
    }
    let page = world.page(Observer, "/messages").await;
    assert!(!page.contains("method=\"get\""), "{page}");
    for (field, typed) in [
        ("mailbox", "a81001ot001"),
        ("workflow", "gpfed_consult_report"),
        ("workflow", "GPFED_CONSULT_REPORT_ACK"),
        ("state", "failed"),
    ] {
        let asked = world.post(Observer, "/messages", &[(field, typed)]).await;
        assert_eq!(asked.status(), StatusCode::SEE_OTHER, "{field} {typed}");
    }
}

#[tokio::test]
async fn a_file_with_a_filter_that_cannot_be_read_is_refused_and_not_of_everything() {
    let world = World::new().await;
    delivered(&world).await;
    let lines = world.exchange.audit_page(None, 99).await.unwrap().len();
    for (path, words) in [
        (
            "/messages.csv?mailbox=A8100OT001",
            "There is no such mailbox",
        ),
        ("/messages.csv?workflow=GPFED", "There is no such workflow"),
        ("/messages.csv?from=22.11.2026", "Enter a day"),
        ("/audit.csv?to=22.11.2026", "Enter a day"),
    ] {
        let answer = world.get(Operator, path).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{path}");
        in_order(&answer.text().await.unwrap(), &[words]);
    }
    let now = world.exchange.audit_page(None, 99).await.unwrap().len();
    assert_eq!(now, lines, "nothing was exported");
}

#[tokio::test]
async fn no_page_waits_while_the_whole_trail_is_checked() {
    let world = World::new().await;
    let message = delivered(&world).await;
    world.page(Operator, "/audit").await;
    // one that has begun, and goes on only when it is asked again; a short trail may be read at once
    let mut check = Box::pin(world.exchange.check_whole_chain());
    while futures_util::poll!(check.as_mut()).is_ready() {
        check = Box::pin(world.exchange.check_whole_chain());
    }
    for path in ["/audit", &format!("/messages/{message}")] {
        let page = world.page(Operator, path).await;
        assert!(page.contains("Chain intact"), "{page}");
    }
    assert!(check.await.unwrap().is_intact());
}
