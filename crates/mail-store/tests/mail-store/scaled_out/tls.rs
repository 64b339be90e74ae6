//! TLS to PostgreSQL: with `ca_file` always and checked, without it never.

use std::path::{Path, PathBuf};

use mail_store::{PostgresOptions, Store, StoreError, StoreOptions};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::kit::{postgresql, s3};

/// The authority's certificate in PEM, and what it signs with.
fn authority(name: &str) -> (String, Issuer<'static, KeyPair>) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    let certificate = params.self_signed(&key).unwrap().pem();
    (certificate, Issuer::new(params, key))
}

fn file(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn the_servers_certificate_is_checked_and_refusals_say_why() {
    let (right, issuer) = authority("the right one");
    let (wrong, _) = authority("another one");
    let key = KeyPair::generate().unwrap();
    let for_localhost = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = for_localhost.signed_by(&key, &issuer).unwrap();
    let server = postgresql::Server::start_with_tls(&certificate.pem(), &key.serialize_pem());
    let s3 = s3::Server::start().await;
    let directory = s3.directory();
    let right = file(directory, "right.pem", &right);
    let wrong = file(directory, "wrong.pem", &wrong);
    let open = async |host: &str, sslmode: &str, ca_file: Option<&PathBuf>| {
        let options = StoreOptions {
            postgresql: Some(PostgresOptions {
                url: server.url_at("tls", host, server.port()) + sslmode,
                password: None,
                ca_file: ca_file.cloned(),
                connections: 2,
            }),
            s3: Some(s3.bucket("tls")),
            ..StoreOptions::default()
        };
        Store::open_with(&options, directory, 1).await
    };
    let told = |refused: Result<Store, StoreError>| refused.err().expect("refused").to_string();

    for sslmode in ["", "&sslmode=prefer", "&sslmode=require"] {
        let store = open("localhost", sslmode, Some(&right)).await.unwrap();
        assert_eq!(store.directory_version().await.unwrap(), 0);
        let encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
           WHERE application_name = 'restante'";
        assert_eq!(server.sql(encrypted), "t");
    }
    let refused = told(open("localhost", "", Some(&wrong)).await);
    assert!(
        refused.contains("not from an authority in ca_file"),
        "{refused}"
    );
    let refused = told(open("127.0.0.1", "", Some(&right)).await);
    assert!(
        refused.contains("not for the host that url names"),
        "{refused}"
    );
    let refused = told(open("localhost", "&sslmode=disable", Some(&right)).await);
    assert!(refused.contains("contradicts ca_file"), "{refused}");
    let refused = told(open("localhost", "&sslmode=require", None).await);
    assert!(refused.contains("needs ca_file"), "{refused}");
    open("localhost", "", None).await.unwrap();

    server.sql("ALTER SYSTEM SET ssl = off");
    server.stop();
    server.start_again();
    let refused = told(open("localhost", "", Some(&right)).await);
    assert!(refused.contains("offers no TLS"), "{refused}");
}
