//! The development authority: what is on disk, who can read it, what it says.

use https_listener::ListenerError;
use https_listener::certificate::{Authority, Holder, Serial};
use jiff::Timestamp;
use tempfile::TempDir;
use x509_parser::prelude::{FromDer, X509Certificate};

#[test]
fn the_authority_survives_and_revocations_add_up() {
    let dir = TempDir::new().unwrap();
    let now = Timestamp::now();
    let authority = Authority::open_or_create(dir.path(), now).unwrap();
    let first = std::fs::read(authority.ca_path()).unwrap();
    authority.revoke(&serial("0a"), now).unwrap();
    drop(authority);

    let authority = Authority::open_or_create(dir.path(), now).unwrap();
    assert_eq!(std::fs::read(authority.ca_path()).unwrap(), first);
    authority.revoke(&serial("C0FFEE"), now).unwrap();
    authority.revoke(&serial("0A"), now).unwrap();
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
    let serial = issued.recorded.serial.as_str();
    assert_eq!(format!("{:x}", certificate.serial), serial);
}

#[test]
fn what_was_issued_is_recorded_and_found_by_another_process() {
    let dir = TempDir::new().unwrap();
    let now: Timestamp = "2026-11-27T09:30:00Z".parse().unwrap();
    assert!(Authority::open(dir.path(), now).unwrap().is_none());
    assert!(std::fs::read_dir(dir.path()).unwrap().next().is_none());
    let authority = Authority::open_or_create(dir.path(), now).unwrap();
    assert_eq!(authority.issued().unwrap(), []);
    let client = authority.issue_client("client.A81001", now).unwrap();
    let later = now + jiff::SignedDuration::from_hours(1);
    let names = ["mesh.example".to_owned(), "192.0.2.1".to_owned()];
    let server = authority.issue_server(&names, later).unwrap();
    drop(authority);

    let authority = Authority::open(dir.path(), later).unwrap().unwrap();
    let issued = authority.issued().unwrap();
    assert_eq!(issued, [client.recorded.clone(), server.recorded]);
    assert_eq!(issued[0].subject, "client.A81001");
    assert_eq!(issued[0].holder, Holder::Client);
    assert_eq!(issued[0].not_after, "2029-11-26T09:30:00Z".parse().unwrap());
    assert_eq!(issued[1].subject, "mesh.example");
    assert_eq!(issued[1].holder, Holder::Server);
    let found = authority.find_issued(&client.recorded.serial).unwrap();
    assert_eq!(found, Some(client.recorded.clone()));
    assert_eq!(authority.find_issued(&serial("ab12")).unwrap(), None);
    authority.revoke(&client.recorded.serial, later).unwrap();
    assert_eq!(
        authority.revoked_serials().unwrap(),
        [client.recorded.serial]
    );
}

#[test]
fn a_key_that_is_there_is_not_written_over() {
    let dir = TempDir::new().unwrap();
    let now = Timestamp::now();
    let authority = Authority::open_or_create(dir.path(), now).unwrap();
    let issue = || authority.issue_client("client.A81001", now).unwrap();
    let files = issue().write_new(dir.path(), "client").unwrap();
    let key = std::fs::read(&files.key).unwrap();
    assert!(matches!(
        issue().write_new(dir.path(), "client"),
        Err(ListenerError::File(error)) if error.is_taken()
    ));
    assert_eq!(std::fs::read(&files.key).unwrap(), key);
}

fn serial(text: &str) -> Serial {
    Serial::parse(text).unwrap()
}
