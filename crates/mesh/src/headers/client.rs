//! What a client says of itself at the handshake.

use http::HeaderMap;

use super::name;
use super::values::{put, put_some, text};
use crate::MeshError;

/// What a client tells of itself when it validates its mailbox (the handshake).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientInformation {
    /// `Mex-ClientVersion`; mandatory.
    pub client_version: String,
    /// `Mex-OSName`; mandatory.
    pub os_name: String,
    /// `Mex-OSVersion`; mandatory.
    pub os_version: String,
    /// `Mex-OSArchitecture`
    pub os_architecture: Option<String>,
    /// `Mex-JavaVersion`
    pub java_version: Option<String>,
}

impl ClientInformation {
    /// Reads.
    ///
    /// # Errors
    ///
    /// The names of the mandatory headers that are not there (400).
    pub fn read(headers: &HeaderMap) -> Result<Self, Vec<&'static str>> {
        let mandatory = [name::CLIENT_VERSION, name::OS_NAME, name::OS_VERSION];
        match mandatory.map(|name| text(headers, name)) {
            [Some(client_version), Some(os_name), Some(os_version)] => Ok(Self {
                client_version,
                os_name,
                os_version,
                os_architecture: text(headers, name::OS_ARCHITECTURE),
                java_version: text(headers, name::JAVA_VERSION),
            }),
            _ => Err(mandatory
                .into_iter()
                .filter(|name| !headers.contains_key(*name))
                .collect()),
        }
    }

    /// Writes.
    ///
    /// # Errors
    ///
    /// [`MeshError::HeaderValue`] for a value with a control character.
    pub fn write(&self, headers: &mut HeaderMap) -> Result<(), MeshError> {
        put(headers, name::CLIENT_VERSION, &self.client_version)?;
        put(headers, name::OS_NAME, &self.os_name)?;
        put(headers, name::OS_VERSION, &self.os_version)?;
        put_some(
            headers,
            name::OS_ARCHITECTURE,
            self.os_architecture.as_deref(),
        )?;
        put_some(headers, name::JAVA_VERSION, self.java_version.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_headers_are_mandatory_and_named_when_absent() {
        let all = ClientInformation {
            client_version: "test==1".into(),
            os_name: "Linux".into(),
            os_version: "6".into(),
            os_architecture: None,
            java_version: None,
        };
        let mut headers = HeaderMap::new();
        all.write(&mut headers).unwrap();
        assert_eq!(ClientInformation::read(&headers), Ok(all));
        headers.remove(name::OS_NAME);
        assert_eq!(ClientInformation::read(&headers), Err(vec![name::OS_NAME]));
    }
}
