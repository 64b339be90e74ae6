//! The common name of a MESH client's certificate.

use std::fmt;

use nhs::OdsCode;

use crate::MeshError;

/// What follows `local_id.ODS` in the name (NHSDigital/mesh-api-specification,
/// "Get a TLS certificate").
const SUFFIX: &str = ".api.mesh-client.nhs.uk";
/// The longest local id that a certificate is issued for, in letters.
const MAX_LOCAL_ID: usize = 40;

/// `local_id.ODS.api.mesh-client.nhs.uk`: a server of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateName {
    local_id: String,
    organisation: OdsCode,
}

impl CertificateName {
    /// The name for a server of an organisation.
    ///
    /// # Errors
    ///
    /// [`MeshError::LocalId`] for a local id that cannot stand in a certificate.
    pub fn new(local_id: &str, organisation: OdsCode) -> Result<Self, MeshError> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let dotted = local_id.starts_with('.') || local_id.ends_with('.');
        if !(1..=MAX_LOCAL_ID).contains(&local_id.len()) || !local_id.bytes().all(legal) || dotted {
            return Err(MeshError::LocalId);
        }
        Ok(Self {
            local_id: local_id.to_owned(),
            organisation,
        })
    }

    /// Reads a common name; letter case does not matter. The local id may hold dots, an ODS code
    /// cannot. `None` for a name of another form.
    pub fn parse(common_name: &str) -> Option<Self> {
        let cut = common_name.len().checked_sub(SUFFIX.len())?;
        let (owner, suffix) = common_name.split_at_checked(cut)?;
        if !suffix.eq_ignore_ascii_case(SUFFIX) {
            return None;
        }
        let (local_id, organisation) = owner.rsplit_once('.')?;
        if local_id.is_empty() {
            return None;
        }
        Some(Self {
            local_id: local_id.to_owned(),
            organisation: OdsCode::parse(organisation).ok()?,
        })
    }

    /// A name of the organisation's own, such as a server's.
    pub fn local_id(&self) -> &str {
        &self.local_id
    }

    /// The organisation; its mailboxes are the only ones the client may open.
    pub fn organisation(&self) -> &OdsCode {
        &self.organisation
    }
}

impl fmt::Display for CertificateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}{SUFFIX}", self.local_id, self.organisation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_organisation_is_the_label_before_the_suffix() {
        let name = CertificateName::parse("server.01.a81001.api.MESH-client.nhs.uk").unwrap();
        assert_eq!(name.local_id(), "server.01");
        assert_eq!(name.organisation().as_str(), "A81001");
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

    #[test]
    fn a_name_is_written_as_it_is_read_and_an_illegal_local_id_refused() {
        let organisation = OdsCode::parse("A81001").unwrap();
        let name = CertificateName::new("server.01", organisation.clone()).unwrap();
        assert_eq!(name.to_string(), "server.01.A81001.api.mesh-client.nhs.uk");
        assert_eq!(CertificateName::parse(&name.to_string()), Some(name));
        for local_id in ["", "a b", "../x", ".a", "a.", "a,CN=x", &"a".repeat(41)] {
            let refused = CertificateName::new(local_id, organisation.clone());
            assert_eq!(refused, Err(MeshError::LocalId), "{local_id}");
        }
    }
}
