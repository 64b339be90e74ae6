//! Why the service that speaks S3 gave no answer: what lies under the client's error, which itself says only that there was
//! none.

use std::error::Error;
use std::fmt::{self, Display};

use object_store::client::HttpError;
use rustls::{AlertDescription, CertificateError, InvalidMessage};

use crate::error::causes;

/// The client's word for a name that has no address; it offers that in no other way.
const OF_NAMES: &str = "dns error";
/// The longest reason that is passed on.
const LONGEST: usize = 200;

/// Why there was no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unanswered {
    kind: Kind,
    /// In the words of whoever found it; they hold nothing of what was asked.
    words: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Authority,
    CertificateName,
    CertificateTime,
    Certificate,
    Tls,
    Name,
    Connection,
}

impl Unanswered {
    pub(crate) fn of(error: &HttpError) -> Self {
        let kind = causes(error).find_map(kind).unwrap_or(Kind::Connection);
        let words = causes(error).last().map(ToString::to_string);
        let words = words.unwrap_or_default();
        Self {
            kind,
            words: words.chars().take(LONGEST).collect(),
        }
    }

    /// What is under an error, if it is that there was no answer.
    pub(crate) fn under(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut causes = causes(error);
        causes.find_map(|cause| cause.downcast_ref().map(Self::of))
    }

    /// Whether somebody has to do something about it. A name may be known again by itself.
    pub(crate) fn lasts(&self) -> bool {
        !matches!(self.kind, Kind::Name | Kind::Connection)
    }
}

impl Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, cure) = match self.kind {
            Kind::Authority => (
                "its certificate is not from an authority that this machine trusts",
                "put the authority's certificate among those that the system trusts, or name a file of all that are trusted in \
                 SSL_CERT_FILE, and restart the server",
            ),
            Kind::CertificateName => (
                "its certificate is not for the host that endpoint of [store.s3] names",
                "name the host as the certificate does, or have the certificate renewed",
            ),
            Kind::CertificateTime => (
                "its certificate has ended, or has not begun",
                "have it renewed, and look at this machine's clock",
            ),
            Kind::Certificate => (
                "its certificate cannot be trusted",
                "have the certificate looked at by whoever runs the service",
            ),
            Kind::Tls => (
                "there is no TLS with it",
                "look at endpoint of [store.s3]: whether it is https, and the port that speaks TLS",
            ),
            Kind::Name => (
                "the name of its host cannot be resolved",
                "look at endpoint of [store.s3] and at this machine's name servers",
            ),
            Kind::Connection => return write!(f, "no answer ({})", self.words),
        };
        write!(f, "{what} ({}); {cure}", self.words)
    }
}

fn kind(cause: &(dyn Error + 'static)) -> Option<Kind> {
    let Some(tls) = cause.downcast_ref::<rustls::Error>() else {
        return (cause.to_string() == OF_NAMES).then_some(Kind::Name);
    };
    match tls {
        rustls::Error::InvalidCertificate(why) => Some(match why {
            CertificateError::UnknownIssuer => Kind::Authority,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Kind::CertificateName
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Kind::CertificateTime,
            _ => Kind::Certificate,
        }),
        rustls::Error::AlertReceived(alert) => is_refused_by(*alert).then_some(Kind::Tls),
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => Some(Kind::Tls),
        _ => None,
    }
}

/// Whether a service says by this alert that it does not talk with this client as they are set up. The others tell of its
/// own trouble, or of what was damaged on the way.
fn is_refused_by(alert: AlertDescription) -> bool {
    use AlertDescription as Alert;
    matches!(
        alert,
        Alert::HandshakeFailure
            | Alert::ProtocolVersion
            | Alert::InsufficientSecurity
            | Alert::InappropriateFallback
            | Alert::UnrecognisedName
            | Alert::NoApplicationProtocol
            | Alert::MissingExtension
            | Alert::UnsupportedExtension
            | Alert::IllegalParameter
            | Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::UnknownCA
            | Alert::AccessDenied
    )
}

#[cfg(test)]
mod tests {
    use std::io;

    use object_store::client::HttpErrorKind;
    use rustls::PeerIncompatible;

    use super::*;

    #[test]
    fn what_somebody_has_to_mend_is_told_from_what_may_pass() {
        let certificate = rustls::Error::InvalidCertificate;
        let alert = rustls::Error::AlertReceived;
        for (tls, told, lasts) in [
            (
                certificate(CertificateError::UnknownIssuer),
                "SSL_CERT_FILE",
                true,
            ),
            (
                certificate(CertificateError::NotValidForName),
                "name the host",
                true,
            ),
            (
                certificate(CertificateError::Expired),
                "have it renewed",
                true,
            ),
            (
                certificate(CertificateError::BadEncoding),
                "cannot be trusted",
                true,
            ),
            (
                PeerIncompatible::NoCipherSuitesInCommon.into(),
                "no TLS with it",
                true,
            ),
            (
                alert(AlertDescription::HandshakeFailure),
                "no TLS with it",
                true,
            ),
            (alert(AlertDescription::UnknownCA), "no TLS with it", true),
            (alert(AlertDescription::InternalError), "no answer", false),
            (alert(AlertDescription::BadRecordMac), "no answer", false),
            (alert(AlertDescription::DecryptError), "no answer", false),
            (alert(AlertDescription::UserCanceled), "no answer", false),
            (rustls::Error::DecryptError, "no answer", false),
        ] {
            let wrapped = io::Error::new(io::ErrorKind::InvalidData, io::Error::other(tls));
            let unanswered = Unanswered::of(&HttpError::new(HttpErrorKind::Connect, wrapped));
            let words = unanswered.to_string();
            assert!(words.contains(told), "{words}");
            assert_eq!(unanswered.lasts(), lasts, "{words}");
        }
    }
}
