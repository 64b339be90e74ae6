use nhs::OdsCode;
use x509_parser::prelude::{FromDer, X509Certificate};

/// What follows `local_id.ODS` in the common name of a MESH client certificate
/// (`spec/mesh-api.yaml`, "Get a TLS certificate").
pub const CLIENT_NAME_SUFFIX: &str = ".api.mesh-client.nhs.uk";

/// The verified certificate of a TLS client, in the extensions of each of its requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCertificate {
    /// Who the certificate says the client is; none when its common name has another form.
    pub name: Option<CertificateName>,
    /// The serial number, lower-case hexadecimal.
    pub serial: String,
}

/// The common name `local_id.ODS.api.mesh-client.nhs.uk` of a client certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateName {
    /// A name of the organisation's own, such as a server's.
    pub local_id: String,
    /// The organisation; its mailboxes are the only ones the client may open.
    pub ods: OdsCode,
}

impl CertificateName {
    /// Reads a common name; letter case does not matter. The local id may hold dots, an ODS code
    /// cannot.
    pub fn parse(common_name: &str) -> Option<Self> {
        let cut = common_name.len().checked_sub(CLIENT_NAME_SUFFIX.len())?;
        let (owner, suffix) = common_name.split_at_checked(cut)?;
        if !suffix.eq_ignore_ascii_case(CLIENT_NAME_SUFFIX) {
            return None;
        }
        let (local_id, ods) = owner.rsplit_once('.')?;
        if local_id.is_empty() {
            return None;
        }
        Some(Self {
            local_id: local_id.to_owned(),
            ods: OdsCode::parse(ods).ok()?,
        })
    }
}

impl PeerCertificate {
    /// Reads a certificate that the TLS library has already verified.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let mut names = certificate.subject().iter_common_name();
        let name = match (names.next(), names.next()) {
            (Some(one), None) => one.as_str().ok().and_then(CertificateName::parse),
            _ => None,
        };
        Some(Self {
            name,
            serial: format!("{:x}", certificate.serial),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_organisation_is_the_label_before_the_suffix() {
        let name = CertificateName::parse("server.01.a81001.api.MESH-client.nhs.uk").unwrap();
        assert_eq!(name.local_id, "server.01");
        assert_eq!(name.ods.as_str(), "A81001");
    }

    #[test]
    fn other_names_are_nobody() {
        for text in [
            "",
            "A81001.api.mesh-client.nhs.uk",
            ".A81001.api.mesh-client.nhs.uk",
            "x.A81001.api.mesh-client.nhs.uk.example.org",
            "x.A-81001.api.mesh-client.nhs.uk",
            "x.A81001.api.mesh-client.nhs.u\u{212a}",
            "x.A81001xapi.mesh-client.nhs.uk",
        ] {
            assert_eq!(CertificateName::parse(text), None, "{text}");
        }
    }
}
