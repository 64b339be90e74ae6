//! The outbox: sending, chunks, tracking.

use std::future::ready;

use http::HeaderMap;
use mesh::api::{Sent, TrackingV1, TrackingV2};
use mesh::{ChunkHeaders, SendHeaders};
use nhs::MessageId;
use reqwest::{Body, Method, StatusCode};
use tokio::io::AsyncRead;

use super::request::json;
use super::{MeshClient, body};
use crate::ClientError;

impl MeshClient {
    /// Sends a whole message, or the first chunk of one when `headers.chunk_range` is `1:n`. The
    /// body is read as a stream and compressed on the way when `headers.encoding` is gzip. Never
    /// repeated: see [`ClientError::is_safe_to_repeat`].
    ///
    /// # Errors
    /// [`ClientError::Mesh`] for headers that cannot travel; the faults of a request, of which
    /// [`ClientError::is_safe_to_repeat`] says whether the message may have arrived.
    pub async fn send<R>(&self, headers: SendHeaders, reader: R) -> Result<MessageId, ClientError>
    where
        R: AsyncRead + Send + 'static,
    {
        let body = body::outgoing(reader, headers.encoding);
        self.post(headers, body).await
    }

    /// As [`MeshClient::send`], of a body that is encoded already.
    pub(super) async fn post(
        &self,
        headers: SendHeaders,
        body: Body,
    ) -> Result<MessageId, ClientError> {
        let mut map = HeaderMap::new();
        headers.write(&mut map)?;
        let request = self.request(Method::POST, "/outbox").headers(map);
        let response = self.call_once(request.body(body)).await?;
        json::<Sent>(response).await.map(|sent| sent.message_id)
    }

    /// Sends a later chunk; `open` opens its bytes anew for each try.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unreachable`] and the other faults of a request.
    pub async fn send_chunk<F, Opened, R>(
        &self,
        message: &MessageId,
        headers: ChunkHeaders,
        open: F,
    ) -> Result<(), ClientError>
    where
        F: Fn() -> Opened + Send + Sync,
        Opened: Future<Output = std::io::Result<R>> + Send,
        R: AsyncRead + Send + 'static,
    {
        let (open, encoding) = (&open, headers.encoding);
        let open = || async move { Ok(body::outgoing(open().await?, encoding)) };
        self.post_chunk(message, headers, open).await
    }

    /// As [`MeshClient::send_chunk`], of bodies that are encoded already.
    pub(super) async fn post_chunk<F, Opened>(
        &self,
        message: &MessageId,
        headers: ChunkHeaders,
        open: F,
    ) -> Result<(), ClientError>
    where
        F: Fn() -> Opened + Send + Sync,
        Opened: Future<Output = std::io::Result<Body>> + Send,
    {
        let mut map = HeaderMap::new();
        headers.write(&mut map)?;
        let path = format!("/outbox/{message}/{}", headers.range.index());
        let (map, path, open) = (&map, &path, &open);
        let make = || async move {
            let body = open()
                .await
                .map_err(|e| ClientError::File("opening a chunk", e))?;
            let request = self.request(Method::POST, path).headers(map.clone());
            Ok(request.body(body))
        };
        match self.call(make).await?.status() {
            StatusCode::ACCEPTED => Ok(()),
            // A network that wants a login answers 200 to anything; the server has no chunk then.
            other => Err(ClientError::Answer(format!("{other} in answer to a chunk"))),
        }
    }

    /// What became of a message this mailbox sent; 404 as [`ClientError::Refused`] when it never
    /// did.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unreachable`] and the other faults of a request.
    pub async fn track(&self, message: &MessageId) -> Result<TrackingV2, ClientError> {
        let path = format!("/outbox/tracking?messageID={message}");
        json(
            self.call(|| ready(Ok(self.request(Method::GET, &path))))
                .await?,
        )
        .await
    }

    /// As [`MeshClient::track`], by the sender's own reference; refused with status 300 when several
    /// messages have it. Always in the shape of version 1.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unreachable`] and the other faults of a request.
    pub async fn track_local_id(&self, local_id: &str) -> Result<TrackingV1, ClientError> {
        let mut url = reqwest::Url::parse("http://localhost")
            .map_err(|_| ClientError::Configuration("the tracking path".to_owned()))?;
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.clear().push(local_id);
        }
        let path = format!("/outbox/tracking{}", url.path());
        json(
            self.call(|| ready(Ok(self.request(Method::GET, &path))))
                .await?,
        )
        .await
    }
}
