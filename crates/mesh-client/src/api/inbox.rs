use std::future::ready;

use http::header::ACCEPT_ENCODING;
use mesh::ReceivedHeaders;
use mesh::api::InboxV2;
use nhs::MessageId;
use reqwest::{Method, Response};
use tokio::io::AsyncWrite;

use super::request::json;
use super::{MeshClient, body};
use crate::ClientError;

/// More pages than any inbox has; a server that links in circles is not followed for ever.
const MAX_PAGES: usize = 100_000;

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct InboxQuery {
    /// 10 to 5000 ids a page; the server's default is 500.
    pub max_results: Option<u32>,
    /// Only messages of workflows that fit, in the API's filter language.
    pub workflow_filter: Option<String>,
}

impl MeshClient {
    /// The ids of all messages waiting, oldest first.
    pub async fn list_inbox(&self) -> Result<Vec<MessageId>, ClientError> {
        self.list_inbox_with(&InboxQuery::default()).await
    }

    /// As [`MeshClient::list_inbox`], page by page until there is no next one.
    pub async fn list_inbox_with(&self, query: &InboxQuery) -> Result<Vec<MessageId>, ClientError> {
        let mut ids = Vec::new();
        let mut page = self.first_page(query).await?;
        for _ in 0..MAX_PAGES {
            ids.append(&mut page.messages);
            match page.links.next {
                None => break,
                Some(link) => page = self.next_page(&link).await?,
            }
        }
        Ok(ids)
    }

    async fn first_page(&self, query: &InboxQuery) -> Result<InboxV2, ClientError> {
        let mut url = reqwest::Url::parse("http://localhost/inbox")
            .map_err(|_| ClientError::Configuration("the inbox path".to_owned()))?;
        if let Some(max) = query.max_results {
            url.query_pairs_mut()
                .append_pair("max_results", &max.to_string());
        }
        if let Some(filter) = &query.workflow_filter {
            url.query_pairs_mut().append_pair("workflow_filter", filter);
        }
        let path = url
            .query()
            .map_or("/inbox".to_owned(), |query| format!("/inbox?{query}"));
        let make = || ready(Ok(self.request(Method::GET, &path)));
        json(self.call(make).await?).await
    }

    /// Links are relative to the host; one that leads elsewhere than this inbox is not followed,
    /// since the request carries a token.
    async fn next_page(&self, link: &str) -> Result<InboxV2, ClientError> {
        let inbox = format!("/messageexchange/{}/inbox?", self.mailbox);
        let query = link.get(inbox.len()..).filter(|_| {
            link.get(..inbox.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(&inbox))
        });
        let query =
            query.ok_or_else(|| ClientError::Answer("a page link to another place".to_owned()))?;
        let path = format!("/inbox?{query}");
        json(
            self.call(|| ready(Ok(self.request(Method::GET, &path))))
                .await?,
        )
        .await
    }

    /// The headers of a message, received or sent by this mailbox.
    pub async fn head(&self, message: &MessageId) -> Result<ReceivedHeaders, ClientError> {
        let path = format!("/inbox/{message}");
        let response = self
            .call(|| ready(Ok(self.request(Method::HEAD, &path))))
            .await?;
        Ok(ReceivedHeaders::read(response.headers())?)
    }

    /// Opens one chunk, from 1; chunk 1 is the whole of a message that has no more.
    pub async fn chunk(&self, message: &MessageId, index: u32) -> Result<ChunkBody, ClientError> {
        let path = match index {
            0 | 1 => format!("/inbox/{message}"),
            index => format!("/inbox/{message}/{index}"),
        };
        let make = || {
            ready(Ok(self
                .request(Method::GET, &path)
                .header(ACCEPT_ENCODING, "gzip")))
        };
        let response = self.call(make).await?;
        let headers = ReceivedHeaders::read(response.headers())?;
        Ok(ChunkBody { headers, response })
    }

    /// Writes a whole message, chunk by chunk, expanded. A connection that breaks within a body is
    /// an error: what was written so far is a part only.
    pub async fn download<W>(
        &self,
        message: &MessageId,
        out: &mut W,
    ) -> Result<ReceivedHeaders, ClientError>
    where
        W: AsyncWrite + Unpin,
    {
        let first = self.chunk(message, 1).await?;
        let headers = first.headers.clone();
        first.copy_to(out, u64::MAX).await?;
        for index in 2..=headers.chunk_range.total() {
            self.chunk(message, index)
                .await?
                .copy_to(out, u64::MAX)
                .await?;
        }
        Ok(headers)
    }

    /// Tells the server that the message is safely stored; it will not be listed again. Harmless
    /// when repeated.
    pub async fn acknowledge(&self, message: &MessageId) -> Result<(), ClientError> {
        let path = format!("/inbox/{message}/status/acknowledged");
        self.call(|| ready(Ok(self.request(Method::PUT, &path))))
            .await?;
        Ok(())
    }
}

/// One chunk, its body not read yet.
pub struct ChunkBody {
    headers: ReceivedHeaders,
    response: Response,
}

impl ChunkBody {
    /// The message's headers and this chunk's range.
    pub fn headers(&self) -> &ReceivedHeaders {
        &self.headers
    }

    /// Writes the body, expanded when it came as gzip, and returns how many bytes that were; more
    /// than `limit` is [`ClientError::TooLarge`].
    pub async fn copy_to<W>(self, out: &mut W, limit: u64) -> Result<u64, ClientError>
    where
        W: AsyncWrite + Unpin,
    {
        body::incoming(self.response, out, limit).await
    }
}
