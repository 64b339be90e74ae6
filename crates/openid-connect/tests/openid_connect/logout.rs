//! Back-channel logout: whose sessions end, and what is no such word.

use openid_connect::OpenIdError;
use serde_json::{Value, json};

use crate::kit::{CLIENT, World};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

#[tokio::test]
async fn a_logout_token_names_a_person_or_a_session_and_nothing_else_is_one() {
    let world = World::new().await;
    let provider = world.provider();
    let now = world.now.as_second();
    let good = json!({ "iss": world.issuer, "aud": CLIENT, "iat": now, "jti": "1", "events": { EVENT: {} },
        "sub": "person-1", "sid": "session-1" });
    let header = json!({ "alg": "ES256", "kid": "first", "typ": "logout+jwt" });
    let token = world.key.sign(&header, &good);
    let who = provider.logged_out(&token, world.now).await.unwrap();
    assert_eq!(who.subject.as_deref(), Some("person-1"));
    assert_eq!(who.session.as_deref(), Some("session-1"));
    let changes: [(&str, Value); 9] = [
        ("iss", json!("https://evil.example")),
        ("aud", json!("another service")),
        ("iat", json!(now - 601)),
        ("iat", json!(now + 120)),
        ("iat", Value::Null),
        ("events", json!({ "another": {} })),
        ("events", json!({ EVENT: "x" })),
        ("events", Value::Null),
        ("nonce", json!("an ID token has one")),
    ];
    for (name, value) in changes {
        let mut claims = good.clone();
        claims[name] = value;
        let token = world.key.sign(&header, &claims);
        let refused = provider.logged_out(&token, world.now).await;
        assert!(
            matches!(refused, Err(OpenIdError::Token(_))),
            "{name}: {refused:?}"
        );
    }
    let mut nobody = good;
    nobody["sub"] = Value::Null;
    nobody["sid"] = Value::Null;
    let nobody = world.key.sign(&header, &nobody);
    let refused = provider.logged_out(&nobody, world.now).await;
    assert!(matches!(refused, Err(OpenIdError::Token(_))), "{refused:?}");
}
