//! What became of messages: for their senders, and as lists, newest first.

use jiff::Timestamp;
use mail_store::{ListFrom, Message};
use nhs::MessageId;

use crate::caller::Caller;
use crate::envelope::Envelope;
use crate::page_token::{self, List};
use crate::{Exchange, ExchangeError};

/// Which message a sender asks about.
#[derive(Clone, Copy)]
pub enum Track<'a> {
    /// By the id the exchange gave it.
    Message(&'a str),
    /// By the local id the sender gave it.
    LocalId(&'a [u8]),
}

/// Which part of a list, newest first.
#[derive(Debug, Clone)]
pub struct ListQuery {
    /// Messages sent after this time.
    pub since: Timestamp,
    /// The most messages it may have; 5,000 at most.
    pub max_results: usize,
    /// A page token.
    pub continue_from: Option<String>,
}

/// Part of a list, newest first.
#[derive(Debug, Clone)]
pub struct ListPage {
    /// In every state.
    pub messages: Vec<Envelope>,
    /// Continues the list; `None` at its end.
    pub next: Option<String>,
}

impl Exchange {
    /// What became of a message, for its sender only.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NotFound`] for a message of somebody else too, [`ExchangeError::SeveralMessages`];
    /// [`ExchangeError::NotDecided`] when one of this local id may be on its way into the store, here or on
    /// another server, for longer than `arrival_wait_seconds` each; [`ExchangeError::Store`].
    pub async fn track(
        &self,
        caller: &Caller,
        track: Track<'_>,
    ) -> Result<Envelope, ExchangeError> {
        let message = match track {
            Track::Message(id) => {
                let id = MessageId::parse(id).map_err(|_| ExchangeError::NotFound)?;
                self.store().message(&id).await?
            }
            Track::LocalId(local_id) => {
                self.is_decided(caller, local_id).await?;
                let lists = self.store().lists().await?;
                let mut found = lists.by_local_id(caller.id(), local_id, 2).await?;
                self.emptied_mailboxes().hide(caller.id(), &mut found);
                if found.len() > 1 {
                    return Err(ExchangeError::SeveralMessages);
                }
                found.pop()
            }
        };
        message
            .filter(|message| message.sender.as_ref() == Some(caller.id()))
            .map(|message| self.describe_to(caller.id(), message))
            .ok_or(ExchangeError::NotFound)
    }

    /// Returns once all that this mailbox sent under a local id is seen in the store, or will not be kept: until
    /// then "there is none" would have it sent twice.
    async fn is_decided(&self, caller: &Caller, local_id: &[u8]) -> Result<(), ExchangeError> {
        let longest = self.settings().arrival_wait();
        let here = self.arrivals().settled(caller.id(), local_id, longest);
        if here.await && self.store().writes_end_within(longest).await? {
            return Ok(());
        }
        Err(ExchangeError::NotDecided)
    }

    /// What a mailbox was sent.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::PageToken`], [`ExchangeError::Store`].
    pub async fn rich_inbox(
        &self,
        caller: &Caller,
        query: ListQuery,
    ) -> Result<ListPage, ExchangeError> {
        self.list(caller, query, ListFrom::Received, List::RichInbox)
            .await
    }

    /// What a mailbox sent.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::PageToken`], [`ExchangeError::Store`].
    pub async fn rich_outbox(
        &self,
        caller: &Caller,
        query: ListQuery,
    ) -> Result<ListPage, ExchangeError> {
        self.list(caller, query, ListFrom::Sent, List::RichOutbox)
            .await
    }

    async fn list(
        &self,
        caller: &Caller,
        query: ListQuery,
        from: ListFrom,
        list: List,
    ) -> Result<ListPage, ExchangeError> {
        let before = match &query.continue_from {
            None => i64::MAX,
            Some(token) => page_token::read(self.keyring(), caller.id(), list, token)
                .ok_or(ExchangeError::PageToken)?,
        };
        let wanted = query.max_results.min(5_000);
        let one_more = u32::try_from(wanted).unwrap_or(u32::MAX).saturating_add(1);
        let lists = self.store().lists().await?;
        let mut found: Vec<Message> = lists
            .newest(from, caller.id(), query.since, before, one_more)
            .await?;
        self.emptied_mailboxes().hide(caller.id(), &mut found);
        let more = found.len() > wanted;
        found.truncate(wanted);
        let next = found
            .last()
            .filter(|_| more)
            .map(|last| page_token::write(self.keyring(), caller.id(), list, last.seq));
        let messages = found
            .into_iter()
            .map(|message| self.describe_to(caller.id(), message))
            .collect();
        Ok(ListPage { messages, next })
    }
}
