//! Files of certificates and keys as people have them: opened, or named with the cure.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use mesh_client::api::{Dates, KeyStore, Validity};
use mesh_client::config::Secret;
use mesh_client::{AgentConfig, ClientError};
use rcgen::{CertificateParams, KeyPair};

use crate::kit::java_store;
use crate::kit::tls::Authority;

const KEY: &str = include_str!("data/key.pem");
const AES_256: &[u8] = include_bytes!("data/key-aes256.pem");
const TRIPLE_DES: &[u8] = include_bytes!("data/key-des3.pem");
const BEFORE_PBES2: &[u8] = include_bytes!("data/key-pbe.pem");
const BY_SCRYPT: &[u8] = include_bytes!("data/key-scrypt.pem");
const LEGACY: &[u8] = include_bytes!("data/key-legacy.pem");
const PKCS7: &[u8] = include_bytes!("data/chain.p7b");
const PKCS7_PEM: &[u8] = include_bytes!("data/chain.p7b.pem");
const PKCS12: &[u8] = include_bytes!("data/mesh.p12");
const JKS: &[u8] = include_bytes!("data/mesh.jks");
const RSA_8192: &str = include_str!("data/rsa8192.pub.pem");
/// Not a product of two primes.
const RSA_16384: &str = include_str!("data/rsa16384.pub.pem");

/// The certificate of [`KEY`].
fn certificate() -> String {
    let key = KeyPair::from_pem(KEY).unwrap();
    let params = CertificateParams::new(vec!["client".to_owned()]).unwrap();
    params.self_signed(&key).unwrap().pem()
}

/// What would keep a client with these files from starting.
fn faults(certificate: &[u8], key: &[u8], password: Option<&str>) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let mut config = AgentConfig::new("https://localhost:1", "TestKey");
    config.server.certificate = Some(path("certificate", certificate));
    config.server.private_key = Some(path("key", key));
    config.server.key_password = password.map(Secret::from);
    config.faults().iter().map(ToString::to_string).collect()
}

#[track_caller]
fn named(certificate: &[u8], key: &[u8], password: Option<&str>, words: &[&str]) {
    let told = faults(certificate, key, password).join("\n");
    for word in words {
        assert!(told.contains(word), "{word} is not in: {told}");
    }
}

#[test]
fn encrypted_keys_are_opened_by_their_password() {
    let certificate = certificate();
    let der = |pem: &[u8]| {
        let text = std::str::from_utf8(pem).unwrap();
        let lines: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        STANDARD.decode(lines).unwrap()
    };
    for key in [AES_256, TRIPLE_DES, BEFORE_PBES2, &der(AES_256)] {
        let none: [&str; 0] = [];
        assert_eq!(faults(certificate.as_bytes(), key, Some("opens")), none);
        named(
            certificate.as_bytes(),
            key,
            Some("another"),
            &["key_password is another"],
        );
        named(
            certificate.as_bytes(),
            key,
            None,
            &["encrypted", "give key_password"],
        );
    }
    // A password that nothing needs does no harm.
    assert!(faults(certificate.as_bytes(), KEY.as_bytes(), Some("opens")).is_empty());
    named(
        certificate.as_bytes(),
        BY_SCRYPT,
        Some("opens"),
        &["openssl pkcs8 -topk8 -v2"],
    );
    let legacy = ["former way", "openssl pkcs8 -topk8", "give key_password"];
    named(certificate.as_bytes(), LEGACY, None, &legacy);
    named(certificate.as_bytes(), LEGACY, Some("opens"), &legacy);
}

#[test]
fn other_files_are_named_with_the_cure() {
    let good = certificate();
    let (good, key) = (good.as_bytes(), KEY.as_bytes());
    let base64 = STANDARD.encode(PKCS12);
    for (certificate, words) in [
        (PKCS7, ["PKCS#7", "openssl pkcs7 -inform DER -print_certs"]),
        (PKCS7_PEM, ["PKCS#7", "openssl pkcs7 -print_certs"]),
        (
            STANDARD.encode(PKCS7).as_bytes(),
            ["PKCS#7", "-print_certs"],
        ),
        (PKCS12, ["PKCS#12 key store", "key_store_password"]),
        (
            base64.as_bytes(),
            ["PKCS#12 key store", "give it as key_store"],
        ),
        (JKS, ["Java key store", "give it as key_store"]),
        (key, ["is a private key", "exchanged"]),
        (b"", ["client certificate", "an empty file"]),
        (b"%PDF-1.7 ", ["client certificate", "PDF"]),
        (
            b"-----BEGIN CERTIFICATE REQUEST-----\n",
            ["request", "authority sent back"],
        ),
        (
            b"-----BEGIN TRUSTED CERTIFICATE-----\n",
            ["OpenSSL's own form", "openssl x509"],
        ),
        (
            b"-----BEGIN SOMETHING-----\n",
            ["expected CERTIFICATE", "found SOMETHING"],
        ),
    ] {
        named(certificate, key, None, &words);
    }
    for (key, words) in [
        (good, ["private key is a certificate", "exchanged"]),
        (PKCS12, ["PKCS#12 key store", "key_store_password"]),
        (
            base64.as_bytes(),
            ["PKCS#12 key store", "key_store_password"],
        ),
        (
            b"-----BEGIN PUBLIC KEY-----\n",
            ["public key", "private one"],
        ),
        (
            b"-----BEGIN OPENSSH PRIVATE KEY-----\n",
            ["SSH", "ssh-keygen"],
        ),
    ] {
        named(good, key, None, &words);
    }
    let other = KeyPair::generate().unwrap().serialize_pem();
    named(
        good,
        other.as_bytes(),
        None,
        &["not the one of the client certificate"],
    );
    let authority = Authority::new();
    let long = authority.issue_for("client", RSA_16384).pem();
    named(
        long.as_bytes(),
        key,
        None,
        &["RSA key of 16384 bits", "8192"],
    );
    let others = authority.issue_for("client", RSA_8192).pem();
    named(
        others.as_bytes(),
        key,
        None,
        &["no RSA key that can be read"],
    );
}

#[test]
fn a_certificate_in_base64_without_its_lines_is_read() {
    let certificate = certificate();
    let bare: Vec<_> = certificate
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    assert!(faults(bare.join("\r\n").as_bytes(), KEY.as_bytes(), None).is_empty());
}

fn config(path: &Path) -> AgentConfig {
    let mut config = AgentConfig::new("https://localhost:1", "TestKey");
    config.server.key_store = Some(path.to_owned());
    config.server.key_store_password = Some(Secret::from("changeit"));
    config
}

/// A certificate of this many days from now to that many.
fn from_to(from: i64, to: i64) -> (Vec<u8>, Vec<u8>) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["client".to_owned()]).unwrap();
    let day = |days: i64| {
        let at = Timestamp::now() + SignedDuration::from_hours(24 * days);
        let at = at.to_zoned(jiff::tz::TimeZone::UTC);
        rcgen::date_time_ymd(at.year().into(), at.month() as u8, at.day() as u8)
    };
    (params.not_before, params.not_after) = (day(from), day(to));
    let certificate = params.self_signed(&key).unwrap();
    (key.serialize_der(), certificate.der().to_vec())
}

/// Of the keys of a renewed store the valid one is shown, wherever it stands; of two the one that lasts longer; and
/// of none that is valid the one that was last.
#[test]
fn of_several_keys_the_valid_one_is_taken() {
    let (expired, valid, longer) = (from_to(-800, -70), from_to(-60, 300), from_to(-5, 700));
    let (early, long_expired) = (from_to(40, 900), from_to(-2000, -900));
    let now = Timestamp::now();
    let shown = |keys: &[&(Vec<u8>, Vec<u8>)]| {
        let store = java_store(keys, "changeit");
        let store = KeyStore::read(&store, &"changeit".into(), now).unwrap();
        store.identity.unwrap().validity()[0]
    };
    let validity = |key: &(Vec<u8>, Vec<u8>)| Validity::of(&key.1).unwrap();
    for keys in [
        [&expired, &valid, &early],
        [&early, &valid, &expired],
        [&valid, &expired, &early],
    ] {
        assert_eq!(shown(&keys), validity(&valid));
    }
    assert_eq!(shown(&[&valid, &expired, &longer]), validity(&longer));
    assert_eq!(shown(&[&expired, &long_expired]), validity(&expired));
}

/// What `--check` says of the dates.
#[test]
fn a_certificate_that_ends_soon_is_warned_of() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mesh.jks");
    let told = |from, to| {
        std::fs::write(&path, java_store(&[&from_to(from, to)], "changeit")).unwrap();
        config(&path).certificate_dates(Timestamp::now())
    };
    assert_eq!(told(-10, 40), Dates::Good);
    assert!(matches!(told(-10, 20), Dates::EndSoon(words) if words.contains("in 19 days")));
    assert!(matches!(told(-10, -1), Dates::Wrong(words) if words.contains("expired")));
    assert!(matches!(told(2, 40), Dates::Wrong(words) if words.contains("not valid before")));
    std::fs::write(&path, "nonsense").unwrap();
    let refused = config(&path).connection_settings().unwrap_err();
    assert!(matches!(refused, ClientError::Configuration(_)));
}
