//! The TLS settings made from their files, and made again when a file changes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use zeroize::Zeroizing;

use crate::{ListenerError, TlsConfig};

/// The longest file of a private key, which may hold its certificates too.
const MAX_KEY_BYTES: u64 = 1024 * 1024;

/// The TLS settings in force. They are built anew, session store included, when one of their files
/// changes: a session resumed from before a revocation would otherwise skip the list.
pub(crate) struct TlsSettings {
    config: TlsConfig,
    current: Mutex<Current>,
    generation: watch::Sender<u64>,
}

struct Current {
    acceptor: TlsAcceptor,
    stamps: Vec<Stamp>,
}

type Stamp = Option<(SystemTime, u64)>;

impl TlsSettings {
    pub(crate) fn load(config: TlsConfig) -> Result<Self, ListenerError> {
        let stamps = stamps(&config);
        let acceptor = TlsAcceptor::from(Arc::new(server_config(&config)?));
        let current = Mutex::new(Current { acceptor, stamps });
        Ok(Self {
            config,
            current,
            generation: watch::Sender::new(0),
        })
    }

    /// The acceptor for a new connection, and the signal that the settings it was made under were
    /// replaced. Looks at the files; blocks for as long as that takes.
    pub(crate) fn acceptor(&self) -> (TlsAcceptor, watch::Receiver<u64>) {
        let stamps = stamps(&self.config);
        let mut current = self.current.lock();
        if current.stamps != stamps {
            current.stamps = stamps;
            match server_config(&self.config) {
                Ok(renewed) => {
                    current.acceptor = TlsAcceptor::from(Arc::new(renewed));
                    self.generation.send_modify(|generation| *generation += 1);
                    tracing::info!("TLS files changed: new settings are in force");
                }
                Err(error) => {
                    tracing::error!(%error, "TLS files changed but cannot be used: the former settings stay");
                }
            }
        }
        (current.acceptor.clone(), self.generation.subscribe())
    }
}

impl TlsConfig {
    /// Reads the files as a listener would, and listens nowhere.
    ///
    /// # Errors
    ///
    /// [`ListenerError::TlsFile`] for the first that cannot be used; [`ListenerError::Tls`] when certificate and key do
    /// not fit.
    pub fn check(&self) -> Result<(), ListenerError> {
        server_config(self).map(drop)
    }
}

fn stamps(config: &TlsConfig) -> Vec<Stamp> {
    let fixed = [
        Some(&config.certificate),
        Some(&config.key),
        config.client_ca.as_ref(),
    ];
    fixed
        .into_iter()
        .flatten()
        .chain(&config.revocation_lists)
        .map(stamp)
        .collect()
}

fn stamp(path: &PathBuf) -> Stamp {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn server_config(config: &TlsConfig) -> Result<ServerConfig, ListenerError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?;
    let verifier = match &config.client_ca {
        Some(authorities) => client_verifier(config, authorities, provider)?,
        None => WebPkiClientVerifier::no_client_auth(),
    };
    let chain = certificates(&config.certificate)?;
    let pem = key_file(&config.key)?;
    let key = PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|error| ListenerError::TlsFile(config.key.clone(), error.to_string()))?;
    let mut server = builder
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(server)
}

fn client_verifier(
    config: &TlsConfig,
    authorities: &Path,
    provider: Arc<rustls::crypto::CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, ListenerError> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(authorities)? {
        roots.add(authority)?;
    }
    let mut lists = Vec::new();
    for path in &config.revocation_lists {
        lists.extend(pem_objects::<CertificateRevocationListDer<'static>>(path)?);
    }
    let mut verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).with_crls(lists);
    if config.refuse_expired_revocation_lists {
        verifier = verifier.enforce_revocation_expiration();
    }
    verifier
        .build()
        .map_err(|error| ListenerError::TlsFile(authorities.to_owned(), error.to_string()))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ListenerError> {
    pem_objects(path)
}

/// The private key's PEM file.
fn key_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, ListenerError> {
    let secret = durable::read_secret(path, MAX_KEY_BYTES)?.admitted()?;
    if let Some(exposure) = &secret.exposure {
        tracing::warn!("{}: {exposure}", path.display());
    }
    Ok(Zeroizing::new(
        text_input::pem(&secret.contents).into_owned(),
    ))
}

/// A PEM file, whatever editor wrote it.
fn pem_file(path: &Path) -> Result<Vec<u8>, ListenerError> {
    let bytes = std::fs::read(path)
        .map_err(|error| ListenerError::TlsFile(path.to_owned(), error.to_string()))?;
    Ok(text_input::pem(&bytes).into_owned())
}

fn pem_objects<T: PemObject>(path: &Path) -> Result<Vec<T>, ListenerError> {
    let unusable = |error: rustls::pki_types::pem::Error| {
        ListenerError::TlsFile(path.to_owned(), error.to_string())
    };
    let objects: Vec<T> = T::pem_slice_iter(&pem_file(path)?)
        .collect::<Result<_, _>>()
        .map_err(unusable)?;
    if objects.is_empty() {
        let expected = "expected at least one PEM section of the right kind, found none";
        return Err(ListenerError::TlsFile(path.to_owned(), expected.to_owned()));
    }
    Ok(objects)
}
