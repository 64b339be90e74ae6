//! Wrong passwords: who has to wait for them, who has not, and what any number of them costs.

use futures_util::future::join_all;
use jiff::SignedDuration;
use pages::{AccessOptions, Proxies};
use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;

use crate::support::{PASSWORD, World, cookie_named};

/// A world that believes the proxy on this machine.
async fn behind_a_proxy() -> World {
    let trusted = |options: &mut AccessOptions| {
        options.proxies = Proxies {
            trusted_proxies: vec!["127.0.0.0/8".to_owned().try_into().unwrap()],
            behind_tls_proxy: false,
        };
    };
    World::with("", trusted).await
}

async fn wrong(world: &World, from: Option<&str>, name: &str) -> StatusCode {
    let refused = world.sign_in_from(from, "", name, "wrong password").await;
    refused.status()
}

#[tokio::test]
async fn one_address_that_tries_many_names_is_slowed_down_and_nobody_shut_out() {
    let world = World::new("", false).await;
    let welcome = world.sign_in("look", PASSWORD).await;
    let device = cookie_named(&welcome, "restante-test-device").unwrap();
    for number in 0..20 {
        let status = wrong(&world, None, &format!("name{number}")).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{number}");
    }
    let slow = world.sign_in("write", PASSWORD).await;
    assert_eq!(slow.status(), StatusCode::TOO_MANY_REQUESTS);
    let seconds: i64 = slow.headers()[RETRY_AFTER]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=5).contains(&seconds), "{seconds}");
    let known = world.sign_in_from(None, &device, "look", PASSWORD).await;
    assert_eq!(known.status(), StatusCode::SEE_OTHER, "a known device");
    world.clock.pass(SignedDuration::from_secs(5));
    let later = world.sign_in("write", PASSWORD).await;
    assert_eq!(later.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn wrong_tries_from_elsewhere_shut_nobody_out() {
    let world = behind_a_proxy().await;
    for _ in 0..5 {
        let status = wrong(&world, Some("198.51.100.66"), "look").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    let there = wrong(&world, Some("198.51.100.66"), "look").await;
    assert_eq!(there, StatusCode::TOO_MANY_REQUESTS);
    let own = Some("198.51.100.7");
    let own = world.sign_in_from(own, "", "look", PASSWORD).await;
    assert_eq!(own.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_known_device_is_known_for_its_own_name_and_is_no_way_round_the_limit() {
    let world = World::new("", false).await;
    let welcome = world.sign_in("look", PASSWORD).await;
    let device = cookie_named(&welcome, "restante-test-device").unwrap();
    let again = world.sign_in_from(None, &device, "look", PASSWORD).await;
    assert_eq!(cookie_named(&again, "restante-test-device"), None);
    let tried = async |name: &str, password: &str| {
        let tried = world.sign_in_from(None, &device, name, password).await;
        tried.status()
    };
    for _ in 0..5 {
        assert_eq!(tried("look", "wrong").await, StatusCode::FORBIDDEN);
        assert_eq!(tried("write", "wrong").await, StatusCode::FORBIDDEN);
    }
    for name in ["look", "write"] {
        assert_eq!(tried(name, PASSWORD).await, StatusCode::TOO_MANY_REQUESTS);
    }
    let other = world.sign_in("look", PASSWORD).await;
    assert_eq!(other.status(), StatusCode::SEE_OTHER, "not on that device");
    world.clock.pass(SignedDuration::from_hours(24 * 91));
    for _ in 0..5 {
        assert_eq!(wrong(&world, None, "look").await, StatusCode::FORBIDDEN);
    }
    let old = tried("look", PASSWORD).await;
    assert_eq!(old, StatusCode::TOO_MANY_REQUESTS, "known for 90 days");
}

#[tokio::test]
async fn what_is_said_to_be_forwarded_counts_from_named_proxies_only() {
    let world = World::new("", false).await;
    for number in 0..5 {
        let made_up = format!("198.51.100.{number}");
        let status = wrong(&world, Some(&made_up), "look").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    let status = wrong(&world, Some("198.51.100.99"), "look").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_subscriber_of_ipv6_is_one_address() {
    let world = behind_a_proxy().await;
    for number in 0..5 {
        let address = format!("2001:db8:1:2:{number}::1");
        let status = wrong(&world, Some(&address), "look").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    let same = wrong(&world, Some("2001:db8:1:2:ffff::1"), "look").await;
    assert_eq!(same, StatusCode::TOO_MANY_REQUESTS);
    let next = wrong(&world, Some("2001:db8:1:3::1"), "look").await;
    assert_eq!(next, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn guesses_at_one_name_from_everywhere_are_slowed_but_not_for_a_known_device() {
    let world = behind_a_proxy().await;
    let welcome = world.sign_in("look", PASSWORD).await;
    let device = cookie_named(&welcome, "restante-test-device").unwrap();
    for number in 0..100 {
        let address = format!("198.51.100.{number}");
        let status = wrong(&world, Some(&address), "look").await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{number}");
    }
    let from = Some("198.51.100.200");
    let status = wrong(&world, from, "look").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    let known = world.sign_in_from(from, &device, "look", PASSWORD).await;
    assert_eq!(known.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn many_guesses_at_once_are_no_way_round_the_limit() {
    let world = World::new("", false).await;
    let tries = (0..12).map(|_| world.sign_in("look", "wrong password"));
    let answers = futures_util::future::join_all(tries).await;
    let looked_at = answers
        .iter()
        .filter(|answer| answer.status() == StatusCode::FORBIDDEN)
        .count();
    assert_eq!(looked_at, 5);
}

#[tokio::test]
async fn hundreds_of_tries_at_once_are_sent_away_and_a_good_one_comes_through() {
    let world = behind_a_proxy().await;
    let from: Vec<String> = (0..300)
        .map(|number| format!("10.0.{}.{}", number / 200, number % 200))
        .collect();
    let tries = from
        .iter()
        .map(|from| wrong(&world, Some(from), "nobody-in-particular"));
    let answers = join_all(tries).await;
    let count = |status| answers.iter().filter(|answer| **answer == status).count();
    let busy = count(StatusCode::SERVICE_UNAVAILABLE);
    assert!(busy > 0, "none of {} was sent away", answers.len());
    assert!(count(StatusCode::FORBIDDEN) >= 2, "some are looked at");
    let good = world.sign_in("look", PASSWORD).await;
    assert_eq!(good.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn after_an_hour_without_a_try_five_are_free_again() {
    let world = World::new("", false).await;
    for _ in 0..2 {
        for _ in 0..5 {
            let wrong = world.sign_in("look", "wrong password").await;
            assert_eq!(wrong.status(), StatusCode::FORBIDDEN);
        }
        let locked = world.sign_in("look", PASSWORD).await;
        assert_eq!(locked.status(), StatusCode::TOO_MANY_REQUESTS);
        world.clock.pass(SignedDuration::from_hours(1));
    }
}
