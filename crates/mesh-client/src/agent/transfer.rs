//! The transfer of one claimed data file, whole or in chunks, resumed where it stopped.

use std::path::Path;

use async_compression::tokio::bufread::GzipEncoder;
use mesh::ContentEncoding;
use nhs::MessageId;
use tokio::io::{AsyncReadExt, BufReader};
use tokio_util::sync::CancellationToken;

use super::check::Checked;
use super::event::Event;
use super::files::write_durably;
use super::mailbox::MailboxAgent;
use super::outbox::Claim;
use crate::ClientError;
use crate::api::{Upload, UploadState};

/// Holds the time of the first try.
pub(super) const FIRST_TRY: &str = "restante-first-try";
/// There while the server may have a message whose id the agent never heard.
const IN_DOUBT: &str = "restante-in-doubt";
/// Holds the [`UploadState`] after each chunk the server accepted.
const UPLOAD: &str = "restante-upload";

impl MailboxAgent {
    /// Sends the data of a claim. `None` when told to stop between two chunks.
    pub(super) async fn transfer(
        &self,
        claim: &Claim,
        checked: &Checked,
        shutdown: &CancellationToken,
    ) -> Result<Option<MessageId>, ClientError> {
        let Some(path) = &claim.data else {
            return Ok(None);
        };
        let mut upload = Upload {
            path,
            length: checked.length,
            chunk_size: checked.length,
        };
        let mut progress = match self.saved_progress(claim).await? {
            Some(progress) => progress,
            None => {
                upload.chunk_size = self.chunk_size(checked, path).await?;
                self.begin(claim, checked, &upload).await?
            }
        };
        while !progress.is_complete() {
            if shutdown.is_cancelled() {
                return Ok(None);
            }
            self.next_chunk(&mut progress, &upload).await?;
            self.save_progress(claim, &progress).await?;
        }
        Ok(Some(progress.message_id))
    }

    /// Sends the first request, which makes the message. A crash or a broken connection during it
    /// leaves a mark, for the server may have the message then.
    async fn begin(
        &self,
        claim: &Claim,
        checked: &Checked,
        upload: &Upload<'_>,
    ) -> Result<UploadState, ClientError> {
        let (mailbox, workflow) = (&self.config.id, &checked.headers.workflow);
        tracing::info!(%mailbox, %workflow, length = upload.length, "sending");
        let (first_try, in_doubt) = (claim.file(FIRST_TRY), claim.file(IN_DOUBT));
        let now = self.clock.now().to_string();
        let again = self
            .on_disk("noting a try", {
                let in_doubt = in_doubt.clone();
                move |_| {
                    if !first_try.exists() {
                        std::fs::write(&first_try, now)?;
                    }
                    let again = in_doubt.exists();
                    std::fs::write(&in_doubt, "")?;
                    Ok(again)
                }
            })
            .await?;
        if again {
            tracing::warn!(%mailbox, "sending again; the server may have got this message before");
            self.tell(Event::PossibleDuplicate {
                mailbox: mailbox.clone(),
            });
        }
        match self
            .client
            .begin_upload(checked.headers.clone(), upload)
            .await
        {
            Ok(progress) => {
                self.save_progress(claim, &progress).await?;
                Ok(progress)
            }
            Err(error) => {
                if error.is_safe_to_repeat() && !again {
                    self.on_disk("noting a try", move |_| std::fs::remove_file(in_doubt))
                        .await?;
                }
                Err(error)
            }
        }
    }

    async fn next_chunk(
        &self,
        progress: &mut UploadState,
        upload: &Upload<'_>,
    ) -> Result<(), ClientError> {
        match self.client.continue_upload(progress, upload).await {
            // The server had all chunks already; only its answer to the last one was lost.
            Err(error) if error.status() == Some(423) && progress.next == progress.total => {
                progress.next += 1;
            }
            other => other?,
        }
        let (mailbox, message) = (&self.config.id, &progress.message_id);
        let (sent, total) = (progress.next - 1, progress.total);
        tracing::info!(%mailbox, %message, sent, total, "chunk sent");
        Ok(())
    }

    /// The whole length when one request may carry it, else the chunk size. What counts is the
    /// size as sent, which for a large file to be compressed is found by compressing it.
    async fn chunk_size(&self, checked: &Checked, path: &Path) -> Result<u64, ClientError> {
        let limit = self.options.request_limit;
        let mut size = checked.length;
        if size > limit && checked.headers.encoding == ContentEncoding::Gzip {
            size = gzip_size(path, limit)
                .await
                .map_err(|e| ClientError::File("compressing", e))?;
        }
        match (size <= limit, checked.may_chunk) {
            (true, _) => Ok(checked.length),
            (false, true) => Ok(self.options.chunk_size),
            (false, false) => Err(ClientError::TooLarge(limit)),
        }
    }

    async fn saved_progress(&self, claim: &Claim) -> Result<Option<UploadState>, ClientError> {
        let path = claim.file(UPLOAD);
        self.on_disk(
            "reading the progress of an upload",
            move |_| match std::fs::read(path) {
                Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            },
        )
        .await
    }

    async fn save_progress(&self, claim: &Claim, state: &UploadState) -> Result<(), ClientError> {
        let path = claim.file(UPLOAD);
        let bytes = serde_json::to_vec(state).map_err(|e| ClientError::Answer(e.to_string()))?;
        self.on_disk("saving the progress of an upload", move |_| {
            write_durably(&path, &bytes)
        })
        .await
    }
}

/// The size after compression, or the first count beyond `limit`.
async fn gzip_size(path: &Path, limit: u64) -> std::io::Result<u64> {
    let file = tokio::fs::File::open(path).await?;
    let mut encoder = GzipEncoder::new(BufReader::with_capacity(64 * 1024, file));
    let mut buffer = vec![0; 64 * 1024];
    let mut size = 0;
    loop {
        match encoder.read(&mut buffer).await? {
            0 => return Ok(size),
            _ if size > limit => return Ok(size),
            read => size += read as u64,
        }
    }
}
