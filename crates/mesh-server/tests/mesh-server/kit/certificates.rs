//! Certificates in a temporary directory.

use std::net::SocketAddr;
use std::time::Duration;

use https_listener::TlsConfig;
use https_listener::certificate::{Authority, IssuedFiles};
use mesh::CertificateName;
use nhs::{Clock, OdsCode, SystemClock};
use secrecy::ExposeSecret;
use tempfile::TempDir;

/// How long a test waits for something that must happen.
const DEADLINE: Duration = Duration::from_secs(20);

pub fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// An authority with a server certificate for localhost.
pub struct Certificates {
    _dir: TempDir,
    pub authority: Authority,
    pub server: IssuedFiles,
}

pub struct ClientCertificate {
    pub pem: String,
    pub serial: String,
}

impl Certificates {
    pub fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let authority = Authority::open_or_create(dir.path(), SystemClock.now()).unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let server = authority
            .issue_server(&names, SystemClock.now())
            .unwrap()
            .write(dir.path(), "server")
            .unwrap();
        Self {
            _dir: dir,
            authority,
            server,
        }
    }

    pub fn tls(&self) -> TlsConfig {
        TlsConfig {
            certificate: self.server.certificate.clone(),
            key: self.server.key.clone(),
            client_ca: Some(self.authority.ca_path()),
            revocation_lists: vec![self.authority.crl_path()],
            refuse_expired_revocation_lists: true,
        }
    }

    pub fn client(&self, ods: &str) -> ClientCertificate {
        let name = CertificateName::new("test-01", OdsCode::parse(ods).unwrap()).unwrap();
        let issued = self
            .authority
            .issue_client(&name.to_string(), SystemClock.now())
            .unwrap();
        let pem = format!(
            "{}{}",
            issued.certificate_pem,
            issued.key_pem.expose_secret()
        );
        ClientCertificate {
            pem,
            serial: issued.recorded.serial.to_string(),
        }
    }

    pub fn ca(&self) -> Vec<u8> {
        std::fs::read(self.authority.ca_path()).unwrap()
    }

    pub fn http_client(&self, certificate: Option<&ClientCertificate>) -> reqwest::Client {
        let root = reqwest::Certificate::from_pem(&self.ca()).unwrap();
        _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .tls_certs_only([root])
            .timeout(DEADLINE);
        if let Some(certificate) = certificate {
            builder =
                builder.identity(reqwest::Identity::from_pem(certificate.pem.as_bytes()).unwrap());
        }
        builder.build().unwrap()
    }
}
