//! What a visitor reads who plugs in a system of their own, and what the page says once it is heard of.

use journey::AnswerClass;
use reqwest::{Method, StatusCode};

use super::kit::{VISITOR, World, does_not_say, map, part, says};

#[tokio::test]
async fn the_card_says_where_and_as_whom_and_shows_no_secret() {
    let world = World::new().await;
    let page = world.look("/").await;
    says(
        &page,
        &[
            "Listening. Nothing from Y90001OT001 yet.",
            "https://127.0.0.1:8700",
            "/tmp/demo/connect",
            "connect.env",
            "send.py",
        ],
    );
    does_not_say(&page, &["secret", "TestKey"]);
}

#[tokio::test]
async fn the_first_contact_and_each_refusal_with_its_true_reason_are_seen() {
    let world = World::new().await;
    let wrong = world.client.get(
        world
            .mesh(Method::GET, VISITOR, "/inbox")
            .build()
            .unwrap()
            .url()
            .clone(),
    );
    let answer = wrong
        .header("Authorization", "NHSMESH Y90001OT001:a:1:202611221000:00")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let page = world.look("/").await;
    says(
        part(&page, "id=\"heard\"", "</div>"),
        &[
            "every request was refused",
            "403: the token",
            "GET /messageexchange/Y90001OT001/inbox",
        ],
    );
    world
        .mesh(Method::GET, VISITOR, "/inbox")
        .send()
        .await
        .unwrap();
    let page = world.look("/").await;
    says(
        part(&page, "id=\"heard\"", "</div>"),
        &["1 good request, 0 sent."],
    );
}

#[tokio::test]
async fn a_letter_of_the_visitors_own_system_is_followed_like_any_other() {
    let world = World::new().await;
    let (letter, pair) = world.letter("9693632109");
    let message = world.send_from(VISITOR, &letter).await;
    world.route().await;
    let page = world.look("/?pace=live").await;
    says(
        &page,
        &["Your own system", "Plugged in as Y90001OT001", "1 sent."],
    );
    says(map(&page), &["a system of your own", "one mailbox"]);
    world.collect(&message).await;
    world.recorder.keep_received(&message, pair);
    world.take(&message);
    let answer = world
        .answer_from_osprey(
            &letter,
            &message,
            AnswerClass::Infrastructure,
            20_013,
            VISITOR,
        )
        .await;
    world.get_message(VISITOR, &answer).await;
    world.acknowledge(VISITOR, &answer).await;
    let page = world.look("/?pace=live").await;
    says(&page, &["Bill GARTON"]);
    says(map(&page), &["20013 Success"]);
}
