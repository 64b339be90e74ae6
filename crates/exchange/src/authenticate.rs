//! Who calls: every check of a request's token and certificate.

use std::sync::Arc;

use mesh::{AuthorizationToken, Leniency, MeshError};
use nhs::{MailboxId, OdsCode};
use secrecy::SecretString;

use crate::caller::Caller;
use crate::directory::{Directory, Mailbox, Member};
use crate::error::Refusal;
use crate::{Exchange, ExchangeError};

/// What a caller's certificate says.
#[derive(Debug, Clone)]
pub struct CertificateIdentity {
    /// From the common name `local_id.ODS.api.mesh-client.nhs.uk`; `None` when it has another form.
    pub organisation: Option<OdsCode>,
    /// Lower-case hexadecimal without colons or leading zeros.
    pub serial: String,
}

impl Exchange {
    /// Every check of docs/spec/mesh-api.md §2, of a request to a mailbox's own routes. In strict mode all
    /// refusals look alike, and an unknown mailbox costs the time of a known one.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Refused`]; [`ExchangeError::Store`] when it cannot be known whether the token
    /// was used.
    pub async fn authenticate(
        &self,
        path_mailbox: &str,
        authorization: Option<&[u8]>,
        certificate: Option<&CertificateIdentity>,
    ) -> Result<Caller, ExchangeError> {
        let refuse = |reason| {
            self.note_refusal(path_mailbox, reason);
            self.refused(reason)
        };
        let (member, token) = self
            .identify(path_mailbox, authorization, certificate)
            .map_err(refuse)?;
        let token = match token {
            None => None,
            Some(token) => {
                let reserved = self.reserve(&token).await?;
                Some(Arc::new(
                    reserved.ok_or_else(|| refuse(Refusal::UsedBefore))?,
                ))
            }
        };
        Ok(Caller { member, token })
    }

    /// Whether a caller needs a certificate of the mailbox's organisation, so that a certificate is one
    /// organisation's.
    pub fn requires_certificate(&self) -> bool {
        self.settings().require_certificate
    }

    /// The member, and the token when it is good for one request only.
    fn identify(
        &self,
        path_mailbox: &str,
        authorization: Option<&[u8]>,
        certificate: Option<&CertificateIdentity>,
    ) -> Result<(Arc<Member>, Option<AuthorizationToken>), Refusal> {
        let settings = self.settings();
        let leniency = if settings.sandbox {
            Leniency::SchemeOptional
        } else {
            Leniency::Strict
        };
        let header = authorization.ok_or(Refusal::TokenMissing)?;
        let token = AuthorizationToken::parse(header, leniency).map_err(|error| match error {
            MeshError::TokenMissing => Refusal::TokenMissing,
            _ => Refusal::TokenMalformed,
        })?;
        if token.mailbox() != path_mailbox.trim().to_ascii_uppercase() {
            return Err(Refusal::OtherMailbox);
        }
        let directory = self.directory();
        let member = MailboxId::parse(path_mailbox)
            .ok()
            .and_then(|id| directory.member(&id));
        let Some(member) = member else {
            let nobody = SecretString::from("no such mailbox".to_owned());
            self.shared_keys().verify(&token, &nobody);
            return Err(Refusal::UnknownMailbox);
        };
        let Some(key) = self.shared_keys().verify(&token, &member.password) else {
            return Err(Refusal::WrongHash);
        };
        if settings.token_window_minutes > 0
            && !token.is_timely(self.now(), settings.token_window())
        {
            return Err(Refusal::OutsideWindow);
        }
        if settings.require_certificate {
            check_certificate(&directory, &member.mailbox, certificate)?;
        }
        if !member.mailbox.active {
            return Err(Refusal::Inactive);
        }
        self.last_seen().note(&member.mailbox.id, self.now());
        self.shared_keys().note(&member.mailbox.id, key);
        let token = settings.single_use_tokens.then_some(token);
        Ok((Arc::clone(member), token))
    }
}

fn check_certificate(
    directory: &Directory,
    mailbox: &Mailbox,
    certificate: Option<&CertificateIdentity>,
) -> Result<(), Refusal> {
    let certificate = certificate.ok_or(Refusal::NoCertificate)?;
    if directory.is_revoked(&certificate.serial) {
        return Err(Refusal::RevokedCertificate);
    }
    match &certificate.organisation {
        None => Err(Refusal::NoCertificate),
        Some(organisation) if *organisation != mailbox.ods => Err(Refusal::OtherOrganisation),
        Some(_) => Ok(()),
    }
}
