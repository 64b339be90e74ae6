//! The development authority: what is on disk, who can read it, what it says.

use https_listener::ListenerError;
use https_listener::certificate::Authority;
use jiff::Timestamp;
use tempfile::TempDir;
use x509_parser::prelude::{FromDer, X509Certificate};

#[test]
fn the_authority_survives_and_revocations_add_up() {
    let dir = TempDir::new().unwrap();
    let now = Timestamp::now();
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
    let now = Timestamp::now();
    let authority = Authority::open_or_create(dir.path(), now).unwrap();
    let names = ["localhost".to_owned()];
    let issued = authority.issue_server(&names, now).unwrap();
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
fn a_client_certificate_has_the_name_and_the_serial_number_it_was_issued_with() {
    let dir = TempDir::new().unwrap();
    let now = Timestamp::now();
    let authority = Authority::open_or_create(dir.path(), now).unwrap();
    let issued = authority.issue_client("server.01.A81001", now).unwrap();
    let (_, pem) = x509_parser::pem::parse_x509_pem(issued.certificate_pem.as_bytes()).unwrap();
    let (_, certificate) = X509Certificate::from_der(&pem.contents).unwrap();
    let name = certificate
        .subject()
        .iter_common_name()
        .next()
        .unwrap()
        .as_str()
        .unwrap();
    assert_eq!(name, "server.01.A81001");
    assert_eq!(format!("{:x}", certificate.serial), issued.serial);
    for serial in ["", "xyz", "-1", &"a".repeat(41)] {
        assert!(
            matches!(authority.revoke(serial, now), Err(ListenerError::Serial)),
            "{serial}"
        );
    }
}
