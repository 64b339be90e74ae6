//! The rich listings of inbox and outbox.

use std::future::ready;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mesh::api::{RichList, RichMessage};
use reqwest::Method;

use super::MeshClient;
use super::request::{json, next_path, with_query};
use crate::ClientError;

/// More pages than are followed; a server that links in circles is not followed for ever.
const MAX_PAGES: usize = 10_000;

/// Which part of a rich listing.
#[derive(Debug, Clone, Default)]
pub struct RichQuery {
    /// Only messages sent after this; the server's default is 30 days ago.
    pub since: Option<Timestamp>,
    /// Messages a page; the server's default is 100.
    pub max_results: Option<u32>,
}

impl MeshClient {
    /// What this mailbox was sent, in every state, newest first. Not in the official description of
    /// the API, but served by mesh-sandbox and Restante.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unreachable`] and the other faults of a request.
    pub async fn rich_inbox(&self, query: &RichQuery) -> Result<Vec<RichMessage>, ClientError> {
        self.rich("/inbox/rich", query).await
    }

    /// What this mailbox sent, in every state, newest first; served where
    /// [`MeshClient::rich_inbox`] is.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unreachable`] and the other faults of a request.
    pub async fn rich_outbox(&self, query: &RichQuery) -> Result<Vec<RichMessage>, ClientError> {
        self.rich("/outbox/rich", query).await
    }

    async fn rich(&self, list: &str, query: &RichQuery) -> Result<Vec<RichMessage>, ClientError> {
        // Without a zone: mesh-sandbox cannot read one.
        let since = query.since.map(|since| {
            let utc = since.to_zoned(TimeZone::UTC).datetime();
            utc.strftime("%Y-%m-%dT%H:%M:%S").to_string()
        });
        let mut path = with_query(
            list,
            &[
                ("start_time", since),
                ("max_results", query.max_results.map(|max| max.to_string())),
            ],
        )?;
        let mut messages = Vec::new();
        for _ in 0..MAX_PAGES {
            let get = || ready(Ok(self.request(Method::GET, &path)));
            let mut page: RichList = json(self.call(get).await?).await?;
            messages.append(&mut page.messages);
            match page.links.next {
                None => break,
                Some(link) => path = next_path(&self.mailbox, list, &link)?,
            }
        }
        Ok(messages)
    }
}
