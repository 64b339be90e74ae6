//! TLS to the database, and why there is none.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_postgres::Config;
use tokio_postgres::config::Host;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::StoreError;

/// `SSLRequest` of PostgreSQL's protocol: its length and its code.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// A server that has not answered by then is not asked further.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn trusting(ca_file: &Path) -> Result<MakeRustlsConnect, StoreError> {
    let unreadable = |reason: String| {
        StoreError::Configuration(format!(
            "[store.postgresql] {}: {reason}",
            ca_file.display()
        ))
    };
    let mut roots = RootCertStore::empty();
    let certificates =
        CertificateDer::pem_file_iter(ca_file).map_err(|error| unreadable(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| unreadable(error.to_string()))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unreadable(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Whether the server says that it does not speak TLS: asked once a connection failed, for the
/// client's own error tells it in words only.
pub(super) async fn is_not_offered(config: &Config) -> bool {
    let Some(Host::Tcp(host)) = config.get_hosts().first() else {
        return false;
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let asked = tokio::time::timeout(PATIENCE, ask(host, port)).await;
    matches!(asked, Ok(Ok(b'N')))
}

async fn ask(host: &str, port: u16) -> io::Result<u8> {
    let mut server = TcpStream::connect((host, port)).await?;
    server.write_all(&SSL_REQUEST).await?;
    server.read_u8().await
}

/// Why there is no TLS connection, where that is the reason.
pub(super) fn refusal(error: &tokio_postgres::Error) -> Option<&'static str> {
    let cause = error.source()?;
    let inner = cause.downcast_ref::<io::Error>()?.get_ref()?;
    Some(match inner.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(reason) => match reason {
            CertificateError::UnknownIssuer => {
                "PostgreSQL's certificate is not from an authority in ca_file"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "PostgreSQL's certificate is not for the host that url names"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "PostgreSQL's certificate has expired"
            }
            _ => "PostgreSQL's certificate cannot be trusted",
        },
        _ => "PostgreSQL and this server could not agree on TLS",
    })
}
