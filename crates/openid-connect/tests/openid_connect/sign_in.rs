//! From the redirect to the person: what is sent, what is taken, what is refused.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use nhs::SystemRandomness;
use openid_connect::{Binding, OpenIdError, Provider, Returned};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use test_kit::openid::SigningKey;

use crate::kit::{CLIENT, CODE, World, query};

#[tokio::test]
async fn a_person_who_comes_back_is_who_the_token_says() {
    let world = World::new().await;
    let provider = world.provider();
    let key = &world.key;
    let person = world.sign_in(&provider, |nonce| {
        key.sign(&key.header(), &world.claims(nonce))
    });
    let person = person.await.unwrap();
    assert_eq!(person.subject, "person-1");
    assert_eq!(person.user, "Jo.Smith");
    assert_eq!(person.roles, ["clerk"]);
    assert_eq!(person.session.as_deref(), Some("session-1"));
    assert_eq!(world.count("userinfo"), 0, "the token said it all");
}

#[tokio::test]
async fn what_is_sent_is_bound_to_one_browser() {
    let world = World::new().await;
    let provider = world.provider();
    let binding = Binding::new(&SystemRandomness);
    let url = provider
        .authorization_url(&binding, world.now)
        .await
        .unwrap();
    let sent = query(&url);
    for (name, value) in [
        ("tenant", "1"),
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", "https://practice.example/sign-in/callback"),
        ("scope", "openid profile"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(sent[name], value);
    }
    let other = Binding::new(&SystemRandomness);
    let other = provider.authorization_url(&other, world.now).await.unwrap();
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(sent[name], query(&other)[name], "{name}");
        assert!(!sent[name].contains(binding.cookie()));
    }
    let key = &world.key;
    world.gives(&key.sign(&key.header(), &world.claims(&sent["nonce"])));
    let returned = Returned {
        code: Some(CODE.to_owned()),
        state: Some(sent["state"].clone()),
        ..Returned::default()
    };
    let cookie = Binding::parse(binding.cookie()).unwrap();
    provider
        .finish(&cookie, &returned, world.now)
        .await
        .unwrap();
    let says = world.says.lock();
    let (_, form) = says.asked.iter().find(|(path, _)| path == "token").unwrap();
    assert_eq!(form["code"], CODE);
    assert_eq!(
        form["redirect_uri"],
        "https://practice.example/sign-in/callback"
    );
    let challenge = digest(&SHA256, form["code_verifier"].as_bytes());
    assert_eq!(URL_SAFE_NO_PAD.encode(challenge), sent["code_challenge"]);
}

#[tokio::test]
async fn what_another_browser_began_is_refused_and_nothing_asked() {
    let world = World::new().await;
    let provider = world.provider();
    let mine = Binding::new(&SystemRandomness);
    let others = Binding::new(&SystemRandomness);
    let url = provider
        .authorization_url(&others, world.now)
        .await
        .unwrap();
    let state = query(&url)["state"].clone();
    let with = |state: Option<&str>, code: Option<&str>, iss: Option<&str>| Returned {
        code: code.map(str::to_owned),
        state: state.map(str::to_owned),
        iss: iss.map(str::to_owned),
        error: None,
    };
    for (binding, returned) in [
        (&mine, with(Some(&state), Some(CODE), None)),
        (&mine, with(None, Some(CODE), None)),
        (&others, with(Some(&state), None, None)),
        (&others, with(Some(&state), Some(""), None)),
        (&others, with(Some(&state), Some(&"x".repeat(5_000)), None)),
        (
            &others,
            with(Some(&state), Some(CODE), Some("https://evil.example")),
        ),
    ] {
        let refused = provider.finish(binding, &returned, world.now).await;
        assert!(
            matches!(refused, Err(OpenIdError::Foreign(_))),
            "{refused:?}"
        );
    }
    let refused = Returned {
        error: Some("access_denied\r\n<b>".to_owned()),
        ..with(Some(&state), None, None)
    };
    let refused = provider.finish(&others, &refused, world.now).await;
    let Err(OpenIdError::Refused(code)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(code, "access_deniedb");
    assert_eq!(world.count("token"), 0);
    for cookie in [
        "",
        "x",
        &"é".repeat(43),
        &"x".repeat(44),
        &format!("{}=", "x".repeat(42)),
    ] {
        assert!(Binding::parse(cookie).is_none(), "{cookie}");
    }
}

/// A claim set to something, or taken out.
fn with(mut claims: Value, name: &str, value: Value) -> Value {
    match value {
        Value::Null => _ = claims.as_object_mut().unwrap().remove(name),
        value => claims[name] = value,
    }
    claims
}

#[tokio::test]
async fn a_token_that_is_not_for_this_sign_in_is_refused() {
    let world = World::new().await;
    let provider = world.provider();
    let key = &world.key;
    let now = world.now.as_second();
    for (name, value) in [
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("iss", json!("https://evil.example")),
        ("iss", Value::Null),
        ("aud", json!("another service")),
        ("aud", json!(["another service"])),
        ("aud", json!([CLIENT, "another service"])),
        ("aud", Value::Null),
        ("azp", json!("another service")),
        ("exp", json!(now - 61)),
        ("exp", Value::Null),
        ("exp", json!("tomorrow")),
        ("iat", json!(now + 120)),
        ("iat", Value::Null),
        ("sub", Value::Null),
        ("sub", json!("")),
        ("sub", json!("x".repeat(256))),
    ] {
        let refused = world.sign_in(&provider, |nonce| {
            let claims = with(world.claims(nonce), name, value.clone());
            key.sign(&key.header(), &claims)
        });
        let refused = refused.await;
        assert!(
            matches!(refused, Err(OpenIdError::Token(_))),
            "{name} {value}: {refused:?}"
        );
    }
    for (name, value) in [
        ("aud", json!([CLIENT])),
        ("azp", json!(CLIENT)),
        ("exp", json!(now - 59)),
        ("exp", json!(now as f64 + 0.5)),
        ("iat", json!(now + 30)),
    ] {
        let good = world.sign_in(&provider, |nonce| {
            let claims = with(world.claims(nonce), name, value.clone());
            key.sign(&key.header(), &claims)
        });
        good.await.unwrap();
    }
}

#[tokio::test]
async fn a_token_that_the_provider_did_not_sign_is_refused() {
    let world = World::new().await;
    let provider = world.provider();
    let (key, other) = (&world.key, SigningKey::new("first"));
    let header = |name: &str, value: Value| with(key.header(), name, value);
    let tampered = |claims: &Value| {
        let token = key.sign(&key.header(), claims);
        let other = with(claims.clone(), "roles", json!(["administrator"]));
        let part = URL_SAFE_NO_PAD.encode(other.to_string());
        let parts: Vec<&str> = token.split('.').collect();
        format!("{}.{part}.{}", parts[0], parts[2])
    };
    type Forge<'a> = Box<dyn Fn(&Value) -> String + 'a>;
    let forged: Vec<(&str, Forge<'_>)> = vec![
        (
            "another key",
            Box::new(|claims| other.sign(&other.header(), claims)),
        ),
        ("other claims", Box::new(tampered)),
        (
            "no signature",
            Box::new(|claims| {
                let token = key.sign(&header("alg", json!("none")), claims);
                format!("{}.", token.rsplit_once('.').unwrap().0)
            }),
        ),
        (
            "alg none",
            Box::new(|claims| key.sign(&header("alg", json!("none")), claims)),
        ),
        (
            "a shared secret",
            Box::new(|claims| key.sign(&header("alg", json!("HS256")), claims)),
        ),
        (
            "another algorithm",
            Box::new(|claims| key.sign(&header("alg", json!("ES384")), claims)),
        ),
        (
            "an unknown key",
            Box::new(|claims| key.sign(&header("kid", json!("second")), claims)),
        ),
        (
            "an access token",
            Box::new(|claims| key.sign(&header("typ", json!("at+jwt")), claims)),
        ),
        (
            "a logout token",
            Box::new(|claims| key.sign(&header("typ", json!("logout+jwt")), claims)),
        ),
        (
            "a critical header",
            Box::new(|claims| key.sign(&header("crit", json!(["b64"])), claims)),
        ),
        ("no token", Box::new(|_| "no token".to_owned())),
        (
            "four parts",
            Box::new(|claims| key.sign(&key.header(), claims) + ".x"),
        ),
        (
            "much too long",
            Box::new(|_| format!("{}.x.x", "x".repeat(70_000))),
        ),
    ];
    for (what, forge) in &forged {
        let refused = world
            .sign_in(&provider, |nonce| forge(&world.claims(nonce)))
            .await;
        assert!(
            matches!(refused, Err(OpenIdError::Token(_))),
            "{what}: {refused:?}"
        );
    }
    let unnamed = |nonce: &str| key.sign(&header("kid", Value::Null), &world.claims(nonce));
    world.sign_in(&provider, unnamed).await.unwrap();
}

#[tokio::test]
async fn claims_missing_in_the_token_are_asked_for_and_must_be_of_the_same_person() {
    let world = World::new().await;
    let provider = world.provider();
    let key = &world.key;
    let bare = |nonce: &str| {
        let claims = with(world.claims(nonce), "roles", Value::Null);
        key.sign(&key.header(), &claims)
    };
    world.says.lock().userinfo = json!({ "sub": "person-2", "roles": ["administrator"] });
    let other = world.sign_in(&provider, bare).await;
    assert!(
        matches!(
            other,
            Err(OpenIdError::Answer {
                what: "userinfo",
                ..
            })
        ),
        "{other:?}"
    );
    let told = json!({ "sub": "person-1", "roles": "reader", "preferred_username": "other" });
    world.says.lock().userinfo = told;
    let person = world.sign_in(&provider, bare).await.unwrap();
    assert_eq!(person.roles, ["reader"]);
    assert_eq!(person.user, "Jo.Smith", "what is signed counts first");
    world.says.lock().userinfo = json!({ "sub": "person-1" });
    assert!(
        world
            .sign_in(&provider, bare)
            .await
            .unwrap()
            .roles
            .is_empty()
    );
    let nameless = world.sign_in(&provider, |nonce| {
        let claims = with(world.claims(nonce), "preferred_username", Value::Null);
        key.sign(&key.header(), &claims)
    });
    let nameless = nameless.await;
    assert!(
        matches!(nameless, Err(OpenIdError::Claim(_))),
        "{nameless:?}"
    );
}

#[tokio::test]
async fn roles_lie_where_the_settings_say_and_mean_what_they_say() {
    let world = World::new().await;
    let key = &world.key;
    let mut options = world.options();
    options.role_claim = "realm_access.roles".to_owned();
    options.user_claim = "https://example.org/name".to_owned();
    options.roles = [("gp-clerks", "clerk"), ("gp-all", "reader")]
        .map(|(theirs, ours)| (theirs.to_owned(), ours.to_owned()))
        .into();
    let provider = Provider::new(options).unwrap();
    let person = world.sign_in(&provider, |nonce| {
        let mut claims = world.claims(nonce);
        claims["realm_access"] = json!({ "roles": ["gp-all", "administrator", "gp-clerks", 7] });
        claims["https://example.org/name"] = json!("jo");
        key.sign(&key.header(), &claims)
    });
    let person = person.await.unwrap();
    assert_eq!(
        (person.user.as_str(), person.roles),
        ("jo", vec!["reader".to_owned(), "clerk".to_owned()])
    );
}

#[tokio::test]
async fn the_secret_goes_where_the_provider_takes_it_and_into_no_error() {
    let world = World::new().await;
    let mut options = world.options();
    options.client_secret = Some("s3cret & more".into());
    let provider = Provider::new(options.clone()).unwrap();
    let refused = |provider: Provider| {
        let world = &world;
        async move {
            let binding = Binding::new(&SystemRandomness);
            let url = provider
                .authorization_url(&binding, world.now)
                .await
                .unwrap();
            world.says.lock().token = (
                StatusCode::UNAUTHORIZED,
                json!({ "error": "invalid_client" }),
            );
            let returned = Returned {
                code: Some(CODE.to_owned()),
                state: Some(query(&url)["state"].clone()),
                ..Returned::default()
            };
            let error = provider
                .finish(&binding, &returned, world.now)
                .await
                .unwrap_err();
            let told = error.to_string();
            assert!(told.contains("401, invalid_client"), "{told}");
            assert!(!format!("{error:?}{provider:?}").contains("s3cret"));
        }
    };
    refused(provider).await;
    let given = world.says.lock().authorization.take().unwrap();
    let given = STANDARD
        .decode(given.strip_prefix("Basic ").unwrap())
        .unwrap();
    assert_eq!(given, b"restante+practice:s3cret+%26+more");
    world.says.lock().discovery["token_endpoint_auth_methods_supported"] =
        json!(["client_secret_post"]);
    refused(Provider::new(options).unwrap()).await;
    assert_eq!(world.says.lock().authorization, None);
    let asked = world.says.lock().asked.pop().unwrap().1;
    assert_eq!(asked["client_secret"], "s3cret & more");
    assert_eq!(asked["client_id"], CLIENT);
}
