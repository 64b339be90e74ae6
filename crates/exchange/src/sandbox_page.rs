//! What the page of a sandbox does beside what mailboxes may: it looks into every message, acts for every mailbox
//! and says of a token what is wrong with it. Nothing else calls it, and no route of the MESH API leads here.

use jiff::Timestamp;
use mail_store::Op;
use mesh::token_explanation::{Expected, TokenPart, Tried, explain, tried};
use mesh::{AuthorizationToken, Leniency};
use nhs::{MailboxId, MessageId};
use secrecy::SecretString;

use crate::body::BodyStream;
use crate::caller::Caller;
use crate::directory::Mailbox;
use crate::{Exchange, ExchangeError};

/// What is wrong with a token, for whoever wrote it. Holds neither password nor key.
pub struct TokenVerdict {
    /// Each part as it should be and as it is.
    pub parts: Vec<TokenPart>,
    /// The mistakes that were tried with the hash; empty when it is right.
    pub tried: Vec<Tried>,
    /// Another mailbox whose password would make the hash right.
    pub password_of: Option<MailboxId>,
}

impl Exchange {
    /// Every mailbox, by id.
    pub fn mailboxes(&self) -> Vec<Mailbox> {
        let directory = self.directory();
        let mut all: Vec<Mailbox> = directory
            .members()
            .map(|member| member.mailbox.clone())
            .collect();
        all.sort_by(|one, other| one.id.cmp(&other.id));
        all
    }

    /// A mailbox as a caller without a token.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NoSuchMailbox`].
    pub fn caller_without_token(&self, mailbox: &MailboxId) -> Result<Caller, ExchangeError> {
        let directory = self.directory();
        let member = directory.member(mailbox);
        Ok(Caller {
            member: member.ok_or(ExchangeError::NoSuchMailbox)?.clone(),
            token: None,
        })
    }

    /// The bytes of a chunk as they are stored, whosesoever the message is and whatever its state. Nobody has
    /// collected it by that.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NotFound`]; [`ExchangeError::DoesNotExist`] for a chunk that is not there;
    /// [`ExchangeError::Store`].
    pub async fn stored_chunk(
        &self,
        message: &str,
        number: u32,
    ) -> Result<BodyStream, ExchangeError> {
        let id = MessageId::parse(message).map_err(|_| ExchangeError::NotFound)?;
        let message = self.store().message(&id).await?;
        let message = message.ok_or(ExchangeError::NotFound)?;
        let body = self.store().chunk(message.seq, number).await?;
        let body = body.ok_or(ExchangeError::DoesNotExist)?;
        Ok(BodyStream {
            bytes: self.store().read(body).await?,
            of: Some((self.clone(), message)),
        })
    }

    /// Removes a message with all that is known of it but the audit trail, wherever it is.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NotFound`]; [`ExchangeError::Store`].
    pub async fn remove_message(&self, message: &str) -> Result<(), ExchangeError> {
        let id = MessageId::parse(message).map_err(|_| ExchangeError::NotFound)?;
        if self.store().message(&id).await?.is_none() {
            return Err(ExchangeError::NotFound);
        }
        let purge = Op::Purge {
            messages: vec![id],
            at: self.now(),
        };
        self.store().commit(vec![purge]).await?;
        Ok(())
    }

    /// Explains the value of an `Authorization` header as of the time it came, for a request to a mailbox's route; of
    /// a mailbox that is not known, with an empty password.
    pub fn explain_token(&self, header: &str, mailbox: &MailboxId, at: Timestamp) -> TokenVerdict {
        let directory = self.directory();
        let shared_key = self.shared_keys().in_force().unwrap_or_default();
        let member = directory.member(mailbox);
        let password = member.map_or_else(SecretString::default, |member| member.password.clone());
        let expected = Expected {
            mailbox,
            password: &password,
            shared_key: &shared_key,
            now: at,
        };
        let tried = tried(header, &expected);
        let token = AuthorizationToken::parse(header.as_bytes(), Leniency::SchemeOptional).ok();
        let password_of = token.filter(|_| !tried.is_empty()).and_then(|token| {
            let fits = |password: &SecretString| token.verify(password, &shared_key);
            let mut others = directory.members();
            let other = others.find(|other| fits(&other.password))?;
            Some(other.mailbox.id.clone())
        });
        TokenVerdict {
            parts: explain(header, &expected),
            tried,
            password_of,
        }
    }
}
