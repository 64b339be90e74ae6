//! What the provider says of itself: taken over private ways only, kept, asked for anew.

use jiff::SignedDuration;
use nhs::SystemRandomness;
use openid_connect::{Binding, OpenIdError, OpenIdOptions, Provider};
use serde_json::json;

use test_kit::openid::SigningKey;

use crate::kit::World;

#[test]
fn settings_that_others_could_read_along_are_refused() {
    let good = || OpenIdOptions::new("https://id.example", "us", "https://practice.example");
    type Change = fn(&mut OpenIdOptions);
    let changes: [(&str, Change); 8] = [
        ("issuer", |options| {
            options.issuer = "http://id.example".to_owned()
        }),
        ("issuer", |options| {
            options.issuer = "ftp://id.example".to_owned()
        }),
        ("issuer", |options| {
            options.issuer = "https://id.example?x=1".to_owned()
        }),
        ("issuer", |options| options.issuer = "id".to_owned()),
        ("address", |options| {
            options.address = "http://practice.example".to_owned()
        }),
        ("client_id", |options| options.client_id = String::new()),
        ("scopes", |options| {
            options.scopes = vec!["profile".to_owned()]
        }),
        ("session_minutes", |options| options.session_minutes = 721),
    ];
    Provider::new(good()).unwrap();
    for (named, change) in changes {
        let mut options = good();
        change(&mut options);
        let Err(OpenIdError::Configuration { setting, .. }) = Provider::new(options) else {
            panic!("{named} was taken");
        };
        assert_eq!(setting, named);
    }
}

#[tokio::test]
async fn a_document_that_leads_elsewhere_is_refused() {
    for (name, value) in [
        ("issuer", json!("https://evil.example")),
        ("token_endpoint", json!("http://evil.example/token")),
        ("jwks_uri", json!("http://evil.example/keys")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("userinfo_endpoint", json!("http://evil.example/userinfo")),
    ] {
        let world = World::new().await;
        world.says.lock().discovery[name] = value;
        let binding = Binding::new(&SystemRandomness);
        let refused = world
            .provider()
            .authorization_url(&binding, world.now)
            .await;
        assert!(
            matches!(refused, Err(OpenIdError::Answer { .. })),
            "{name}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_provider_that_is_away_is_told_at_once_and_asked_again_after_a_rest() {
    let mut world = World::new().await;
    let provider = world.provider();
    let binding = Binding::new(&SystemRandomness);
    let good = world.says.lock().discovery.clone();
    world.says.lock().discovery = json!("x".repeat(300_000));
    let refused = provider.authorization_url(&binding, world.now).await;
    assert!(
        matches!(refused, Err(OpenIdError::Answer { .. })),
        "{refused:?}"
    );
    world.says.lock().discovery = good;
    let again = provider.authorization_url(&binding, world.now).await;
    assert!(
        matches!(again, Err(OpenIdError::Unreachable(_))),
        "{again:?}"
    );
    assert_eq!(world.count("discovery"), 1);
    world.now += SignedDuration::from_secs(5);
    for _ in 0..3 {
        provider
            .authorization_url(&binding, world.now)
            .await
            .unwrap();
    }
    assert_eq!(world.count("discovery"), 2);
    world.now += SignedDuration::from_hours(1);
    provider
        .authorization_url(&binding, world.now)
        .await
        .unwrap();
    assert_eq!(world.count("discovery"), 3);
    let nobody = OpenIdOptions::new("http://127.0.0.1:9", "us", "https://practice.example");
    let nobody = Provider::new(nobody).unwrap();
    let away = nobody.authorization_url(&binding, world.now).await;
    assert!(matches!(away, Err(OpenIdError::Unreachable(_))), "{away:?}");
}

#[tokio::test]
async fn new_keys_are_asked_for_when_a_token_names_one_once_a_minute_at_most() {
    let mut world = World::new().await;
    let provider = world.provider();
    let second = SigningKey::new("second");
    let sign = |world: &World, nonce: &str| second.sign(&second.header(), &world.claims(nonce));
    for _ in 0..3 {
        let refused = world.sign_in(&provider, |nonce| sign(&world, nonce)).await;
        assert!(matches!(refused, Err(OpenIdError::Token(_))), "{refused:?}");
    }
    assert_eq!(world.count("keys"), 1);
    world.says.lock().keys = json!({ "keys": [second.published()] });
    world.now += SignedDuration::from_secs(60);
    world
        .sign_in(&provider, |nonce| sign(&world, nonce))
        .await
        .unwrap();
    assert_eq!(world.count("keys"), 2);
}
