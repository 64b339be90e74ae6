//! `Authorization: NHSMESH …`: a token that verifies is the one these secrets sign, and every signed
//! token is read and verifies, with its own secrets only.
#![no_main]

use arbitrary::Unstructured;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use mesh::{AuthorizationToken, Leniency};
use nhs::MailboxId;
use secrecy::SecretString;

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    if let Ok((count, minute, texts)) = Unstructured::new(bytes).arbitrary() {
        sign(count, minute, texts);
    }
});

/// The seeds hold tokens signed with these.
const PASSWORD: &str = "password";
const SHARED_KEY: &str = "TestKey";

fn read(bytes: &[u8]) {
    let strict = AuthorizationToken::parse(bytes, Leniency::Strict);
    let lenient = AuthorizationToken::parse(bytes, Leniency::SchemeOptional);
    let Ok(token) = lenient else {
        assert!(strict.is_err(), "read strictly, refused leniently");
        return;
    };
    if let Ok(strict) = strict {
        assert_eq!(strict.replay_key(), token.replay_key());
    }
    if !token.verify(&PASSWORD.into(), &SHARED_KEY.into()) {
        return;
    }
    assert!(!token.verify(&"passwords".into(), &SHARED_KEY.into()));
    assert!(!token.verify(&PASSWORD.into(), &"TestKeys".into()));
    // Nobody but the holder of the secrets makes a token that verifies, so it is one of the seeds',
    // perhaps in other letters of the hash.
    let (Ok(mailbox), Some(at)) = (MailboxId::parse(token.mailbox()), token.timestamp()) else {
        panic!("a token that verifies has no mailbox or no time");
    };
    let count = token.nonce_count().parse().expect("a count");
    let (password, key) = (PASSWORD.into(), SHARED_KEY.into());
    let again = AuthorizationToken::sign(&mailbox, &password, &key, token.nonce(), count, at);
    let text = std::str::from_utf8(bytes).expect("a token is text").trim();
    let hash = |text: &str| text.rsplit(':').next().map(str::to_ascii_lowercase);
    assert_eq!(hash(text), hash(&again), "a forged token verifies");
}

fn sign(count: u64, minute: u32, texts: [&str; 4]) {
    let [nonce, mailbox, password, shared_key] = texts;
    let Ok(mailbox) = MailboxId::parse(mailbox) else {
        return;
    };
    // What `sign` asks of a nonce, and what the longest header leaves room for.
    if nonce.contains(':') || nonce.len() > 100 {
        return;
    }
    // Until 2160.
    let at = Timestamp::from_second(i64::from(minute % 100_000_000) * 60).expect("a time");
    let secret = |text: &str| SecretString::from(text);
    let (own, key) = (secret(password), secret(shared_key));
    let header = AuthorizationToken::sign(&mailbox, &own, &key, nonce, count, at);
    let token = AuthorizationToken::parse(header.as_bytes(), Leniency::Strict)
        .expect("a signed token is read");
    assert!(token.verify(&own, &key), "a signed token verifies");
    assert!(token.is_for(&mailbox));
    assert_eq!(token.timestamp(), Some(at));
    assert!(!token.verify(&secret(&format!("{password}x")), &key));
    assert!(!token.verify(&own, &secret(&format!("{shared_key}x"))));
}
