//! The development authority: what is on disk, who can read it, what it says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use mesh_server::certificate::{Authority, CertificateError};
use nhs::{Clock, OdsCode, SystemClock, SystemRandomness};
use tempfile::TempDir;
use x509_parser::prelude::{FromDer, X509Certificate};

#[test]
fn the_authority_survives_and_revocations_add_up() {
    let dir = TempDir::new().unwrap();
    let now = SystemClock.now();
    let authority = Authority::open_or_create(dir.path(), now).unwrap();
    let first = std::fs::read(authority.ca_path()).unwrap();
    authority.revoke("0a", now).unwrap();
    drop(authority);

    let authority = Authority::open_or_create(dir.path(), now).unwrap();
    assert_eq!(std::fs::read(authority.ca_path()).unwrap(), first);
    authority.revoke("C0FFEE", now).unwrap();
    authority.revoke("0A", now).unwrap();
    let pem = std::fs::read(authority.crl_path()).unwrap();
    let (_, pem) = x509_parser::pem::parse_x509_pem(&pem).unwrap();
    let (_, list) =
        x509_parser::revocation_list::CertificateRevocationList::from_der(&pem.contents).unwrap();
    let serials: Vec<String> = list
        .iter_revoked_certificates()
        .map(|entry| format!("{:x}", entry.serial()))
        .collect();
    assert_eq!(serials, ["a", "c0ffee"]);
}

#[cfg(unix)]
#[test]
fn private_keys_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = TempDir::new().unwrap();
    let now = SystemClock.now();
    let authority = Authority::open_or_create(dir.path(), now).unwrap();
    let names = ["localhost".to_owned()];
    let issued = authority
        .issue_server(&names, now, &SystemRandomness)
        .unwrap();
    let files = issued.write(dir.path(), "server").unwrap();
    for key in [files.key, dir.path().join("ca.key.pem")] {
        assert_eq!(
            std::fs::metadata(&key).unwrap().permissions().mode() & 0o777,
            0o600,
            "{key:?}"
        );
    }
    assert!(!format!("{issued:?}").contains("PRIVATE KEY"));
}

#[test]
fn a_client_certificate_names_the_local_id_and_the_organisation() {
    let dir = TempDir::new().unwrap();
    let now = SystemClock.now();
    let authority = Authority::open_or_create(dir.path(), now).unwrap();
    let ods = OdsCode::parse("A81001").unwrap();
    let issued = authority
        .issue_client("server.01", &ods, now, &SystemRandomness)
        .unwrap();
    let (_, pem) = x509_parser::pem::parse_x509_pem(issued.certificate_pem.as_bytes()).unwrap();
    let (_, certificate) = X509Certificate::from_der(&pem.contents).unwrap();
    let name = certificate
        .subject()
        .iter_common_name()
        .next()
        .unwrap()
        .as_str()
        .unwrap();
    assert_eq!(name, "server.01.A81001.api.mesh-client.nhs.uk");
    assert_eq!(format!("{:x}", certificate.serial), issued.serial);
    for id in ["", "a b", "../x", ".a", "a.", "a,CN=x"] {
        let refused = authority.issue_client(id, &ods, now, &SystemRandomness);
        assert!(matches!(refused, Err(CertificateError::LocalId)), "{id}");
    }
    for serial in ["", "xyz", "-1", &"a".repeat(41)] {
        assert!(
            matches!(authority.revoke(serial, now), Err(CertificateError::Serial)),
            "{serial}"
        );
    }
}
