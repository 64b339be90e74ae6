use std::fmt;
use std::sync::Arc;

use jiff::SignedDuration;
use mail_store::{Op, Outcome, StoreError};
use mesh::{AuthorizationToken, Leniency, MeshError};
use nhs::{MailboxId, OdsCode};
use secrecy::SecretString;

use crate::directory::{Directory, Mailbox, Member};
use crate::error::Refusal;
use crate::token_use::TokenUse;
use crate::{Exchange, ExchangeError};

/// What a caller's certificate says.
#[derive(Debug, Clone)]
pub struct CertificateIdentity {
    /// From the common name `local_id.ODS.api.mesh-client.nhs.uk`; `None` when it has another form.
    pub organisation: Option<OdsCode>,
    /// Lower-case hexadecimal without colons or leading zeros.
    pub serial: String,
}

/// A mailbox that has proved who it is, for one request.
#[derive(Clone)]
pub struct Caller {
    pub(crate) member: Arc<Member>,
    pub(crate) token: Option<Arc<TokenUse>>,
}

impl Caller {
    /// The mailbox.
    pub fn mailbox(&self) -> &Mailbox {
        &self.member.mailbox
    }

    pub(crate) fn id(&self) -> &MailboxId {
        &self.member.mailbox.id
    }

    /// A job that records the token's use before anything else.
    pub(crate) fn job(&self, ops: impl IntoIterator<Item = Op>) -> (Vec<Op>, bool) {
        let token = self.token.as_ref().and_then(|token| token.op());
        let with_token = token.is_some();
        (token.into_iter().chain(ops).collect(), with_token)
    }

    /// Gives an operation to the job that will record the token's use; back when there is none.
    pub(crate) fn beside_token(&self, op: Op) -> Option<Op> {
        match &self.token {
            Some(token) => token.record_beside(op),
            None => Some(op),
        }
    }

    pub(crate) fn token_recorded(&self) {
        if let Some(token) = &self.token {
            token.recorded();
        }
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Caller").field(self.id()).finish()
    }
}

/// What the caller is about to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The request is over; its token is used up.
    Final,
    /// The caller is asked to send the same again, token included (the Python client does so after
    /// 425, 429, 502, 503 and 504).
    TryAgain,
}

impl Exchange {
    /// Every check of docs/spec/mesh-api.md §2, of a request to a mailbox's own routes. In strict mode all
    /// refusals look alike, and an unknown mailbox costs the time of a known one.
    pub async fn authenticate(
        &self,
        path_mailbox: &str,
        authorization: Option<&[u8]>,
        certificate: Option<&CertificateIdentity>,
    ) -> Result<Caller, ExchangeError> {
        let refuse = |reason| {
            tracing::info!(%reason, "caller refused");
            ExchangeError::Refused {
                reason,
                told: self.settings().sandbox,
            }
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
            token.verify(
                &SecretString::from("no such mailbox".to_owned()),
                self.shared_key(),
            );
            return Err(Refusal::UnknownMailbox);
        };
        if !token.verify(&member.password, self.shared_key()) {
            return Err(Refusal::WrongHash);
        }
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
        let token = settings.single_use_tokens.then_some(token);
        Ok((Arc::clone(member), token))
    }

    async fn reserve(&self, token: &AuthorizationToken) -> Result<Option<TokenUse>, StoreError> {
        let window = self.settings().token_window();
        let issued = token.timestamp().unwrap_or_else(|| self.now());
        // a token is timely until its window has passed; a minute more for its missing seconds
        let remember = window + SignedDuration::from_mins(2);
        let forget_at = issued
            .checked_add(remember)
            .unwrap_or(issued)
            .max(self.now());
        let mut digest = [0u8; 16];
        for (to, from) in digest.iter_mut().zip(token.replay_key()) {
            *to = from;
        }
        TokenUse::reserve(digest, forget_at, self.reservations(), self.store()).await
    }

    /// To be called when the answer is known and before it is given: records the token's use, or
    /// releases the token. Free when the request's own work has recorded it. While the store takes
    /// no writes the token is refused from memory, so that reading goes on.
    pub async fn conclude(&self, caller: &Caller, answer: Answer) -> Result<(), ExchangeError> {
        let Some(token) = &caller.token else {
            return Ok(());
        };
        if answer == Answer::TryAgain {
            token.release();
            return Ok(());
        }
        let Some(job) = token.job() else {
            return Ok(());
        };
        let outcomes = match self.store().commit(job).await {
            Err(error @ (StoreError::DiskFull | StoreError::Halted)) => {
                tracing::warn!(%error, by = %caller.id(), "a token's use is kept in memory only");
                token.refuse_from_now_on();
                return Ok(());
            }
            outcomes => outcomes?,
        };
        token.recorded();
        self.refuse_if_used_before(outcomes.first())
    }

    pub(crate) fn refuse_if_used_before(
        &self,
        outcome: Option<&Outcome>,
    ) -> Result<(), ExchangeError> {
        match outcome {
            Some(Outcome::Duplicate) => Err(ExchangeError::Refused {
                reason: Refusal::UsedBefore,
                told: self.settings().sandbox,
            }),
            _ => Ok(()),
        }
    }

    /// Commits for a caller, with the token's use in the same transaction. The outcome of the
    /// operations only, without the token's.
    pub(crate) async fn commit_for(
        &self,
        caller: &Caller,
        ops: Vec<Op>,
    ) -> Result<Vec<Outcome>, ExchangeError> {
        let (job, with_token) = caller.job(ops);
        let mut outcomes = self.store().commit(job).await?;
        if with_token {
            caller.token_recorded();
            self.refuse_if_used_before(outcomes.first())?;
            outcomes.remove(0);
        }
        Ok(outcomes)
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
