//! The inbox: listing, downloading, acknowledging.

use std::future::ready;
use std::time::Duration;

use http::header::ACCEPT_ENCODING;
use mesh::ReceivedHeaders;
use mesh::api::{CountV2, InboxV2};
use mesh::prefer::{self, PREFER};
use nhs::MessageId;
use reqwest::{Method, Response};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::request::{json, next_path, with_query};
use super::{MeshClient, body};
use crate::ClientError;

/// More pages than any inbox has; a server that links in circles is not followed for ever.
const MAX_PAGES: usize = 100_000;
const INBOX: &str = "/inbox";

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct InboxQuery {
    /// 10 to 5000 ids a page; the server's default is 500.
    pub max_results: Option<u32>,
    /// Only messages of workflows that fit, in the API's filter language: `W` equal, `W*` begins,
    /// `*W*` contains, each turned round by a leading `!`.
    pub workflow_filter: Option<String>,
}

/// One page of an inbox.
#[derive(Debug, Clone)]
pub struct InboxPage {
    /// The ids, oldest first.
    pub messages: Vec<MessageId>,
    /// How many messages wait in all, whatever the filter, as far as the server says.
    pub waiting: Option<u64>,
    next: Option<String>,
    applied_wait: Option<u32>,
}

impl InboxPage {
    /// Whether another page follows.
    pub fn has_next(&self) -> bool {
        self.next.is_some()
    }

    /// For how many seconds the server was prepared to wait with this page for a message; `None` where it
    /// was not asked, or does not wait.
    pub fn applied_wait(&self) -> Option<u32> {
        self.applied_wait
    }
}

impl MeshClient {
    /// The ids of all messages waiting, oldest first.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unreachable`] and the other faults of a request.
    pub async fn list_inbox(&self) -> Result<Vec<MessageId>, ClientError> {
        self.list_inbox_with(&InboxQuery::default()).await
    }

    /// As [`MeshClient::list_inbox`], page by page until there is no next one.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unreachable`] and the other faults of a request.
    pub async fn list_inbox_with(&self, query: &InboxQuery) -> Result<Vec<MessageId>, ClientError> {
        let mut ids = Vec::new();
        let mut page = Some(self.inbox_page(query).await?);
        for _ in 0..MAX_PAGES {
            let Some(mut this) = page else { break };
            ids.append(&mut this.messages);
            page = self.next_inbox_page(&this).await?;
        }
        Ok(ids)
    }

    /// The first page of what waits. Once its messages are acknowledged, the first page holds the
    /// next ones, so that a long inbox is worked through without listing it all.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unreachable`] and the other faults of a request.
    pub async fn inbox_page(&self, query: &InboxQuery) -> Result<InboxPage, ClientError> {
        let path = with_query(
            INBOX,
            &[
                ("max_results", query.max_results.map(|max| max.to_string())),
                ("workflow_filter", query.workflow_filter.clone()),
            ],
        )?;
        self.page_at(&path).await
    }

    /// The same, asking the server to wait with an empty page for the first message, if it can
    /// (`Prefer: wait`); it may after a message that stays, when the page begins behind it. A
    /// wait of 0 seconds asks only whether the server waits. Beyond a hundred waits over one
    /// [`Connection`](super::Connection) at once there is none.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unreachable`] and the other faults of a request.
    pub async fn inbox_page_within(
        &self,
        query: &InboxQuery,
        after: Option<&MessageId>,
        seconds: u32,
    ) -> Result<InboxPage, ClientError> {
        let path = with_query(
            INBOX,
            &[
                ("max_results", query.max_results.map(|max| max.to_string())),
                ("workflow_filter", query.workflow_filter.clone()),
                ("continue_from", after.map(ToString::to_string)),
            ],
        )?;
        let preferred = prefer::wait(seconds);
        if seconds == 0 {
            let get = || {
                let request = self.request(Method::GET, &path);
                ready(Ok(request.header(PREFER, &preferred)))
            };
            return page(self.call(get).await?).await;
        }
        let Ok(_place) = self.shared.waiting.places.try_acquire() else {
            return self.page_at(&path).await;
        };
        let silence = self.shared.silence;
        let silence = silence.after(Duration::from_secs(seconds.into()));
        let get = || {
            let request = self.waiting_request(&path);
            ready(Ok(request.header(PREFER, &preferred)))
        };
        page(self.call_with(silence, get).await?).await
    }

    /// The page after this one, when there is one.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unreachable`] and the other faults of a request.
    pub async fn next_inbox_page(
        &self,
        page: &InboxPage,
    ) -> Result<Option<InboxPage>, ClientError> {
        let Some(link) = &page.next else {
            return Ok(None);
        };
        let path = next_path(&self.mailbox, INBOX, link)?;
        self.page_at(&path).await.map(Some)
    }

    async fn page_at(&self, path: &str) -> Result<InboxPage, ClientError> {
        let get = || ready(Ok(self.request(Method::GET, path)));
        page(self.call(get).await?).await
    }

    /// How many messages wait. Deprecated in the API: [`InboxPage::waiting`] tells the same.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unreachable`] and the other faults of a request.
    pub async fn count(&self) -> Result<u64, ClientError> {
        let get = || ready(Ok(self.request(Method::GET, "/count")));
        let counted: CountV2 = json(self.call(get).await?).await?;
        Ok(counted.count)
    }

    /// The headers of a message, received or sent by this mailbox.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unreachable`] and the other faults of a request.
    pub async fn head(&self, message: &MessageId) -> Result<ReceivedHeaders, ClientError> {
        let path = format!("/inbox/{message}");
        let response = self
            .call(|| ready(Ok(self.request(Method::HEAD, &path))))
            .await?;
        Ok(ReceivedHeaders::read(response.headers())?)
    }

    /// Opens one chunk, from 1; chunk 1 is the whole of a message that has no more.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unreachable`] and the other faults of a request.
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
    ///
    /// # Errors
    /// The faults of a request, and those of [`ChunkBody::copy_to`].
    pub async fn download<W>(
        &self,
        message: &MessageId,
        out: &mut W,
    ) -> Result<ReceivedHeaders, ClientError>
    where
        W: AsyncWrite + Unpin + Send,
    {
        let first = self.chunk(message, 1).await?;
        let headers = first.headers.clone();
        first.copy_to(out, u64::MAX).await?;
        for index in 2..=headers.chunk_range.total() {
            let chunk = self.chunk(message, index).await?;
            chunk.copy_to(out, u64::MAX).await?;
        }
        Ok(headers)
    }

    /// Tells the server that the message is safely stored; it will not be listed again. Harmless
    /// when repeated.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unreachable`] and the other faults of a request.
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

    /// Writes the body, expanded when it came as gzip, and returns how many bytes that were.
    ///
    /// # Errors
    /// [`ClientError::TooLarge`] for more than `limit` bytes, [`ClientError::ExpandsTooMuch`] for
    /// more than 200 times the compressed size beyond 10 MiB, [`ClientError::Damaged`],
    /// [`ClientError::Interrupted`] and [`ClientError::Silent`]; [`ClientError::File`] of the writer. What
    /// was written until then is a part only.
    pub async fn copy_to<W>(self, out: &mut W, limit: u64) -> Result<u64, ClientError>
    where
        W: AsyncWrite + Unpin + Send,
    {
        let within = |bytes| match bytes <= limit {
            true => Ok(()),
            false => Err(ClientError::TooLarge(limit)),
        };
        let copied = body::incoming(self.response, &mut body::Written(out), within).await?;
        let writing = |error| ClientError::File("writing a message", error);
        out.flush().await.map_err(writing)?;
        Ok(copied)
    }

    /// As [`ChunkBody::copy_to`], as long as `allow` says so of the bytes there would then be.
    pub(crate) async fn copy_while(
        self,
        out: &mut impl body::Pieces,
        allow: impl FnMut(u64) -> Result<(), ClientError>,
    ) -> Result<u64, ClientError> {
        body::incoming(self.response, out, allow).await
    }
}

async fn page(answer: Response) -> Result<InboxPage, ClientError> {
    let applied_wait = prefer::applied_wait(answer.headers());
    let page: InboxV2 = json(answer).await?;
    Ok(InboxPage {
        messages: page.messages,
        waiting: page.approx_inbox_count,
        next: page.links.next,
        applied_wait,
    })
}
