//! TLS towards the server: whom the client trusts, and which certificate it shows.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

use super::certificate::{check_key_size, is_long_rsa};
use super::connection::{ConnectionSettings, Identity, wrong};
use super::elliptic;
use super::long_rsa;
use super::pem::{Use, checked};
use crate::ClientError;

pub(super) const ANOTHER_KEY: &str = "the private key is not the one of the client certificate; give the key that the \
    certificate was asked for with";

/// TLS 1.2 and 1.3, HTTP/2 before HTTP/1.1.
///
/// # Errors
/// [`ClientError::Configuration`] for a certificate or key that cannot be used.
pub(crate) fn client_config(settings: &ConnectionSettings) -> Result<ClientConfig, ClientError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(unusable)?;
    let builder = match &settings.roots {
        Some(roots) => builder.with_root_certificates(trusted(roots)?),
        None => builder.with_platform_verifier().map_err(unusable)?,
    };
    let mut config = match &settings.identity {
        Some(identity) => {
            let (chain, key) = own(identity)?;
            if chain.first().is_some_and(|own| is_long_rsa(own)) {
                builder.with_client_cert_resolver(Arc::new(long_rsa::certified(chain, &key)?))
            } else {
                let built = builder.with_client_auth_cert(chain, key);
                built.map_err(unusable)?
            }
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn trusted(bytes: &[u8]) -> Result<RootCertStore, ClientError> {
    let text = checked(bytes, Use::Trust)?;
    let neither = || wrong("the trusted certificates are neither PEM nor DER");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|_| neither())?;
        roots.add(certificate).map_err(|_| neither())?;
    }
    if roots.is_empty() {
        return Err(neither());
    }
    Ok(roots)
}

/// The chain and the key. One file may hold both.
fn own(
    identity: &Identity,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), ClientError> {
    let certificate = checked(&identity.certificate, Use::ClientCertificate)?;
    let key = checked(&identity.key, Use::PrivateKey)?;
    let chain = CertificateDer::pem_slice_iter(&certificate)
        .collect::<Result<Vec<_>, _>>()
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| wrong("the client certificate is neither PEM nor DER"))?;
    let key = PrivateKeyDer::from_pem_slice(&key)
        .map_err(|_| wrong("the private key is neither PEM nor DER"))?;
    let Some(own) = chain.first() else {
        return Ok((chain, key));
    };
    check_key_size(own)?;
    let completed = match &key {
        PrivateKeyDer::Pkcs8(key) => elliptic::completed(key.secret_pkcs8_der(), own),
        _ => None,
    };
    let key = completed.map_or(key, |key| PrivateKeyDer::Pkcs8(key.into()));
    Ok((chain, key))
}

fn unusable(error: rustls::Error) -> ClientError {
    match error {
        rustls::Error::InconsistentKeys(_) => wrong(ANOTHER_KEY),
        other => wrong(&format!(
            "the TLS settings cannot be used; do certificate and key match? ({other})"
        )),
    }
}
