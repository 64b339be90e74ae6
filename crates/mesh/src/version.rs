//! The API version a client asks for in `Accept`.

use http::HeaderMap;
use http::header::ACCEPT;

use crate::MeshError;

/// Version 1 or 2 of the API's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ApiVersion {
    /// The default.
    V1,
    /// `application/vnd.mesh.v2+json`.
    V2,
}

/// The media type of version 1.
pub const MEDIA_TYPE_V1: &str = "application/vnd.mesh.v1+json";
/// The media type of version 2.
pub const MEDIA_TYPE_V2: &str = "application/vnd.mesh.v2+json";

impl ApiVersion {
    /// Reads the `Accept` header. Absent, `*/*` and `application/json` mean version 1; version 3 and
    /// above are answered as version 2; another `vnd.mesh` type is a fault (400).
    ///
    /// Parts are separated by `;` as the reference server does, and by `,` as HTTP says: the
    /// reference refuses a comma list, which `docs/spec/mesh-api.md` §3 calls a fault of its.
    ///
    /// # Errors
    ///
    /// [`MeshError::Accept`].
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, MeshError> {
        match headers.get(ACCEPT) {
            None => Ok(Self::V1),
            Some(value) => Self::from_accept(&String::from_utf8_lossy(value.as_bytes())),
        }
    }

    /// As [`ApiVersion::from_headers`], from the header's text.
    ///
    /// # Errors
    ///
    /// [`MeshError::Accept`].
    pub fn from_accept(accept: &str) -> Result<Self, MeshError> {
        let part = accept
            .split([';', ','])
            .map(str::trim)
            .find(|part| part.contains("vnd.mesh"));
        let Some(part) = part else {
            return Ok(Self::V1);
        };
        let digits = part
            .strip_prefix("application/vnd.mesh.v")
            .and_then(|rest| rest.strip_suffix("+json"))
            .filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
            .ok_or(MeshError::Accept)?;
        match digits.trim_start_matches('0') {
            "" | "1" => Ok(Self::V1),
            _ => Ok(Self::V2),
        }
    }

    /// The media type of this version's answers.
    pub fn media_type(&self) -> &'static str {
        match self {
            Self::V1 => MEDIA_TYPE_V1,
            Self::V2 => MEDIA_TYPE_V2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accept_grammar() {
        for (text, version) in [
            ("", ApiVersion::V1),
            ("*/*", ApiVersion::V1),
            ("application/json", ApiVersion::V1),
            (MEDIA_TYPE_V1, ApiVersion::V1),
            (MEDIA_TYPE_V2, ApiVersion::V2),
            ("application/vnd.mesh.v3+json", ApiVersion::V2),
            (
                "application/json, application/vnd.mesh.v2+json;q=0.9",
                ApiVersion::V2,
            ),
        ] {
            assert_eq!(ApiVersion::from_accept(text), Ok(version), "{text}");
        }
        for text in [
            "application/vnd.mesh.v2+xml",
            "vnd.mesh",
            "application/vnd.mesh.vX+json",
        ] {
            assert_eq!(
                ApiVersion::from_accept(text),
                Err(MeshError::Accept),
                "{text}"
            );
        }
    }
}
