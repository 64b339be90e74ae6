//! Whom the receivers' certificates are trusted by.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

/// TLS 1.2 and 1.3 by ring, trusting these authorities, or the machine's.
pub(crate) fn client_config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| error.to_string())?;
    let builder = match ca_file {
        Some(path) => builder.with_root_certificates(trusted(path)?),
        None => builder
            .with_platform_verifier()
            .map_err(|error| error.to_string())?,
    };
    Ok(Arc::new(builder.with_no_client_auth()))
}

fn trusted(path: &Path) -> Result<RootCertStore, String> {
    let wrong = |problem: &str| format!("ca_file, {}: {problem}", path.display());
    let bytes = std::fs::read(path).map_err(|error| wrong(&error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        let certificate = certificate.map_err(|_| wrong("expected certificates in PEM"))?;
        roots
            .add(certificate)
            .map_err(|_| wrong("holds a certificate that cannot be used"))?;
    }
    if roots.is_empty() {
        return Err(wrong("expected certificates in PEM, found none"));
    }
    Ok(roots)
}
