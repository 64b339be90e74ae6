//! The TLS alerts by which a server refuses a client's certificate (RFC 8446 §6.2).

use std::error::Error;

/// Each as the TLS library writes it, as the RFC names it, and what to do about it.
const CERTIFICATE_ALERTS: [(&str, &str, &str); 10] = [
    ("NoCertificate", "no_certificate", NONE_SHOWN),
    ("BadCertificate", "bad_certificate", ANOTHER),
    (
        "UnsupportedCertificate",
        "unsupported_certificate",
        "it is of a kind that the server does not take: use the one issued for this server",
    ),
    (
        "CertificateRevoked",
        "certificate_revoked",
        "it was revoked: ask for another",
    ),
    (
        "CertificateExpired",
        "certificate_expired",
        "it has expired or is not valid yet: look at its dates and at the clock",
    ),
    ("CertificateUnknown", "certificate_unknown", ANOTHER),
    ("CertificateRequired", "certificate_required", NONE_SHOWN),
    (
        "UnknownCA",
        "unknown_ca",
        "it is of an authority that the server does not know: use the one issued for this server, and put \
         the intermediate certificates behind it",
    ),
    ("AccessDenied", "access_denied", ANOTHER),
    (
        "DecryptError",
        "decrypt_error",
        "its signature does not hold: use the one issued for this server, with its own key",
    ),
];

const ANOTHER: &str = "use the one issued for this server";
const NONE_SHOWN: &str = "there was none: set certificate and private_key, or key_store";

/// The alert of this name, when by it a certificate is refused.
fn named(name: &str) -> Option<&'static str> {
    let mut known = CERTIFICATE_ALERTS.iter();
    let found = known.find(|(written, _, _)| name.starts_with(written));
    found.map(|(_, name, _)| *name)
}

/// The name of the alert by which the server refused the client's certificate, looked for in the words of an
/// error and its causes: HTTP/2 keeps nothing else of an error of its connection.
pub(crate) fn refused_certificate(error: &(dyn Error + 'static)) -> Option<&'static str> {
    received(error).and_then(|name| named(&name))
}

/// The name of the fatal alert that the server sent, as the TLS library writes it.
pub(crate) fn received(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let words = error.to_string();
        if let Some((_, name)) = words.rsplit_once("received fatal alert: ") {
            return Some(name.to_owned());
        }
        cause = error.source();
    }
    None
}

/// What to do when the certificate was refused by this alert, by its name in the RFC.
pub(crate) fn advice(alert: &str) -> &'static str {
    let mut known = CERTIFICATE_ALERTS.iter();
    let found = known.find(|(_, name, _)| *name == alert);
    found.map_or(ANOTHER, |(_, _, advice)| advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The library's way to write them is no promise of it.
    #[test]
    fn the_library_writes_alerts_as_they_are_known_here() {
        use rustls::AlertDescription as Alert;
        for (alert, name) in [
            (Alert::NoCertificate, "no_certificate"),
            (Alert::BadCertificate, "bad_certificate"),
            (Alert::UnsupportedCertificate, "unsupported_certificate"),
            (Alert::CertificateRevoked, "certificate_revoked"),
            (Alert::CertificateExpired, "certificate_expired"),
            (Alert::CertificateUnknown, "certificate_unknown"),
            (Alert::CertificateRequired, "certificate_required"),
            (Alert::UnknownCA, "unknown_ca"),
            (Alert::AccessDenied, "access_denied"),
            (Alert::DecryptError, "decrypt_error"),
        ] {
            let error = std::io::Error::other(rustls::Error::AlertReceived(alert));
            assert_eq!(refused_certificate(&error), Some(name));
        }
        let other = rustls::Error::AlertReceived(Alert::ProtocolVersion);
        assert_eq!(refused_certificate(&other), None);
        assert_eq!(received(&other).as_deref(), Some("ProtocolVersion"));
    }
}
