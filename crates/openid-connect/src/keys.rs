//! The provider's keys, and whether a signature is by one of them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use serde::Deserialize;

/// Keys of a provider, at most; those beyond are not looked at.
const MOST: usize = 64;

/// A key set as the provider publishes it (RFC 7517).
#[derive(Deserialize)]
pub(crate) struct KeySet {
    keys: Vec<Published>,
}

#[derive(Deserialize)]
struct Published {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The keys that signatures are checked with.
pub(crate) struct Keys(Vec<Key>);

struct Key {
    id: Option<String>,
    /// The one algorithm it is for, where the provider says so.
    algorithm: Option<String>,
    kind: Kind,
}

enum Kind {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// What a look at a signature found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    Good,
    /// No key of this id and algorithm is known.
    UnknownKey,
    Wrong,
}

impl From<KeySet> for Keys {
    /// Keys of kinds we do not know, and those that are not for signatures, are left out.
    fn from(set: KeySet) -> Self {
        let keys = set.keys.into_iter().take(MOST);
        Self(keys.filter_map(Published::into_key).collect())
    }
}

impl Published {
    fn into_key(self) -> Option<Key> {
        if self.purpose.is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let kind = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => Kind::Rsa {
                n: number(&self.n?)?,
                e: number(&self.e?)?,
            },
            ("EC", Some("P-256")) => Kind::P256(point(&self.x?, &self.y?, 32)?),
            ("EC", Some("P-384")) => Kind::P384(point(&self.x?, &self.y?, 48)?),
            ("OKP", Some("Ed25519")) => Kind::Ed25519(decoded(&self.x?)?),
            _ => return None,
        };
        Some(Key {
            id: self.kid,
            algorithm: self.alg,
            kind,
        })
    }
}

impl Keys {
    /// Looks at a signature. Without an id in the token, each key of the kind is tried.
    pub(crate) fn verify(
        &self,
        algorithm: &str,
        id: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> Signature {
        let may_be = |key: &&Key| {
            let is_named = id.is_none_or(|id| key.id.as_deref() == Some(id));
            is_named && key.algorithm.as_deref().is_none_or(|it| it == algorithm)
        };
        let mut found = Signature::UnknownKey;
        for key in self.0.iter().filter(may_be) {
            match key.kind.verify(algorithm, message, signature) {
                Some(true) => return Signature::Good,
                Some(false) => found = Signature::Wrong,
                None => {}
            }
        }
        found
    }
}

impl Kind {
    /// `None` when the algorithm is not one for this kind of key, as `none` and those with a shared secret
    /// are for none.
    fn verify(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> Option<bool> {
        let by = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            let key = UnparsedPublicKey::new(algorithm, key);
            key.verify(message, signature).is_ok()
        };
        match (self, algorithm) {
            (Self::Rsa { n, e }, algorithm) => {
                let key = RsaPublicKeyComponents { n, e };
                let parameters = rsa(algorithm)?;
                Some(key.verify(parameters, message, signature).is_ok())
            }
            (Self::P256(key), "ES256") => Some(by(&ECDSA_P256_SHA256_FIXED, key)),
            (Self::P384(key), "ES384") => Some(by(&ECDSA_P384_SHA384_FIXED, key)),
            (Self::Ed25519(key), "EdDSA" | "Ed25519") => Some(by(&ED25519, key)),
            _ => None,
        }
    }
}

fn rsa(algorithm: &str) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        "RS256" => &RSA_PKCS1_2048_8192_SHA256,
        "RS384" => &RSA_PKCS1_2048_8192_SHA384,
        "RS512" => &RSA_PKCS1_2048_8192_SHA512,
        "PS256" => &RSA_PSS_2048_8192_SHA256,
        "PS384" => &RSA_PSS_2048_8192_SHA384,
        "PS512" => &RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// A large number, without leading zeros.
fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = decoded(text)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).map(<[u8]>::to_vec)
}

/// A point of a curve, uncompressed.
fn point(x: &str, y: &str, length: usize) -> Option<Vec<u8>> {
    let (x, y) = (decoded(x)?, decoded(y)?);
    let good = x.len() == length && y.len() == length;
    good.then(|| [&[4], x.as_slice(), &y].concat())
}
