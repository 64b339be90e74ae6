//! Each broken part is named, the usual mistakes too, and no secret is told.

use sha2::{Digest, Sha256};

use super::hash::{hexadecimal, hmac};
use super::*;

const NOW: &str = "2026-11-27T09:30:40Z";

fn explained(header: &str) -> Vec<TokenPart> {
    explained_with(header, "password", "TestKey")
}

fn explained_with(header: &str, password: &str, key: &str) -> Vec<TokenPart> {
    explain(
        header,
        &Expected {
            mailbox: &MailboxId::parse("X26ABC1").unwrap(),
            password: &password.into(),
            shared_key: &key.into(),
            now: NOW.parse().unwrap(),
        },
    )
}

fn wrong(parts: &[TokenPart]) -> Vec<&'static str> {
    parts
        .iter()
        .filter(|it| !it.is_right)
        .map(|it| it.name)
        .collect()
}

fn token(hashed: &str, key: &str) -> String {
    format!(
        "NHSMESH X26ABC1:n-1:7:202611270930:{}",
        hmac(key.as_bytes(), hashed)
    )
}

#[test]
fn a_token_that_is_signed_here_is_right_in_every_part() {
    let mailbox = MailboxId::parse("X26ABC1").unwrap();
    let now = NOW.parse().unwrap();
    let header = AuthorizationToken::sign(
        &mailbox,
        &"password".into(),
        &"TestKey".into(),
        "n-1",
        7,
        now,
    );
    for written in [
        header.clone(),
        format!("Authorization: {header}\n"),
        header.replace("NHSMESH", "nhsmesh"),
    ] {
        let parts = explained(&written);
        assert_eq!(parts.len(), 6);
        assert_eq!(wrong(&parts), [""; 0], "{parts:?}");
    }
}

#[test]
fn what_was_tried_is_told_with_the_one_that_matches() {
    let secrets = (&"password".into(), &"TestKey".into());
    let told = |header: &str| {
        tried(
            header,
            &Expected {
                mailbox: &MailboxId::parse("X26ABC1").unwrap(),
                password: secrets.0,
                shared_key: secrets.1,
                now: NOW.parse().unwrap(),
            },
        )
    };
    let text = "X26ABC1:n-1:7:password:202611270930";
    assert_eq!(told(&token(text, "TestKey")), []);
    assert_eq!(told("NHSMESH X26ABC1:n-1"), []);
    let all = told(&token(text, "TestKey\n"));
    assert_eq!(all.len(), 13);
    let made: Vec<_> = all
        .iter()
        .filter(|it| it.matches)
        .map(|it| it.made)
        .collect();
    assert_eq!(made, ["with a line end or blank behind the shared key"]);
}

#[test]
fn exactly_the_broken_part_is_named() {
    let good = token("X26ABC1:n-1:7:password:202611270930", "TestKey");
    assert_eq!(wrong(&explained(&good)), [""; 0]);
    let hash = |text: &str| hmac(b"TestKey", text);
    for (header, part) in [
        (good.replace("NHSMESH", "Bearer"), "scheme"),
        (good.replace("NHSMESH ", ""), "scheme"),
        (good.replace("n-1:7", "n-1"), "form"),
        (
            format!(
                "NHSMESH X26ABC2:n-1:7:202611270930:{}",
                hash("X26ABC2:n-1:7:password:202611270930")
            ),
            "mailbox",
        ),
        (
            format!(
                "NHSMESH X26ABC1::7:202611270930:{}",
                hash("X26ABC1::7:password:202611270930")
            ),
            "nonce",
        ),
        (
            format!(
                "NHSMESH X26ABC1:n-1:x:202611270930:{}",
                hash("X26ABC1:n-1:x:password:202611270930")
            ),
            "count",
        ),
        (
            format!(
                "NHSMESH X26ABC1:n-1:7:20261127093000:{}",
                hash("X26ABC1:n-1:7:password:20261127093000")
            ),
            "time",
        ),
        (
            format!(
                "NHSMESH X26ABC1:n-1:7:202611270729:{}",
                hash("X26ABC1:n-1:7:password:202611270729")
            ),
            "time",
        ),
        (
            format!(
                "NHSMESH X26ABC1:n-1:7:202611271131:{}",
                hash("X26ABC1:n-1:7:password:202611271131")
            ),
            "time",
        ),
        (good.replace("0930:", "0930:00"), "hash"),
    ] {
        let parts = explained(&header);
        assert_eq!(wrong(&parts), [part], "{header}: {parts:?}");
        let told = parts.iter().find(|it| !it.is_right).unwrap();
        assert!(!told.cure.is_empty() && !told.expected.is_empty() && !told.found.is_empty());
    }
}

#[test]
fn usual_mistakes_of_the_hash_are_named() {
    for (hashed, key, said) in [
        (
            "X26ABC1:n-1:7:password\n:202611270930",
            "TestKey",
            "behind the password",
        ),
        (
            "X26ABC1:n-1:7:password:202611270930",
            "TestKey\n",
            "behind the shared key",
        ),
        (
            "X26ABC1:n-1:7:TestKey:202611270930",
            "password",
            "exchanged",
        ),
        (
            "x26abc1:n-1:7:password:202611270930",
            "TestKey",
            "small letters",
        ),
        (
            "X26ABC1:n-1:7:202611270930:password",
            "TestKey",
            "behind the time",
        ),
        (
            "X26ABC1:n-1:7:202611270930",
            "TestKey",
            "without the password",
        ),
        (
            "X26ABC1n-17password202611270930",
            "TestKey",
            "without colons",
        ),
        (
            "X26ABC1:n-1:7:password:202611270930",
            "",
            "empty shared key",
        ),
        ("X26ABC1:n-1:7::202611270930", "TestKey", "empty password"),
        (
            "X26ABC1:n-1:8:password:202611270930",
            "TestKey",
            "another hash",
        ),
    ] {
        let parts = explained(&token(hashed, key));
        assert_eq!(wrong(&parts), ["hash"]);
        assert!(parts[5].found.contains(said), "{said}: {:?}", parts[5]);
    }
    let plain = hexadecimal(&Sha256::digest(b"X26ABC1:n-1:7:password:202611270930"));
    let parts = explained(&format!("NHSMESH X26ABC1:n-1:7:202611270930:{plain}"));
    assert!(
        parts[5].found.contains("SHA-256 without HMAC"),
        "{:?}",
        parts[5]
    );
    let parts = explained(
        "NHSMESH X26ABC1:n-1:7:202611270930:jUJ5ZdZfCH3kdX+fqNKe8NYNMuv0PZrgSSCCLzD94ak=",
    );
    assert!(parts[5].cure.contains("base64"), "{:?}", parts[5]);
}

#[test]
fn no_secret_is_told() {
    for header in [
        "",
        "NHSMESH a:b",
        &token("X26ABC1:n-1:7:Hidden1:202611270930", "Hidden2"),
    ] {
        let told = format!("{:?}", explained_with(header, "Hidden1", "Hidden2"));
        assert!(!told.contains("Hidden"), "{told}");
    }
}
