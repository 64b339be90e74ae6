//! A running server, and certificates in a temporary directory.

use std::net::SocketAddr;
use std::time::Duration;

use https_listener::certificate::{Authority, IssuedFiles, Serial};
use https_listener::{ListenerConfig, Server, TlsConfig};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long a test waits for something that must happen.
pub const DEADLINE: Duration = Duration::from_secs(20);

pub struct Running {
    pub address: SocketAddr,
    pub shutdown: CancellationToken,
    pub task: JoinHandle<()>,
}

impl Running {
    pub async fn start(config: ListenerConfig, router: axum::Router) -> Self {
        _ = rustls::crypto::ring::default_provider().install_default();
        let server = Server::bind(config).await.unwrap();
        let address = server.local_addr();
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(server.run(router, shutdown.clone()));
        Self {
            address,
            shutdown,
            task,
        }
    }

    pub async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(DEADLINE, self.task)
            .await
            .unwrap()
            .unwrap();
    }
}

pub fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// An authority with a server certificate for localhost.
pub struct Certificates {
    _dir: TempDir,
    pub authority: Authority,
    server: IssuedFiles,
}

pub struct ClientCertificate {
    pub pem: String,
    pub serial: Serial,
}

impl Certificates {
    pub fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let authority = Authority::open_or_create(dir.path(), Timestamp::now()).unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let server = authority
            .issue_server(&names, Timestamp::now())
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

    pub fn client(&self, common_name: &str) -> ClientCertificate {
        let issued = self
            .authority
            .issue_client(common_name, Timestamp::now())
            .unwrap();
        let key = issued.key_pem.expose_secret();
        ClientCertificate {
            pem: format!("{}{key}", issued.certificate_pem),
            serial: issued.recorded.serial,
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
