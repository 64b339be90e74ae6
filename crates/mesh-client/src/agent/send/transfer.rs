//! The transfer of one claimed data file, whole or in chunks, resumed where it stopped, and never
//! begun a second time without asking the server where the first may have arrived.

use std::sync::Arc;

use mesh::ContentEncoding;
use nhs::MessageId;
use tokio_util::sync::CancellationToken;

use super::attempt::Attempt;
use super::check::Checked;
use super::chunk_plan::{ChunkPlan, PrefixHash};
use super::claim::Claim;
use super::tracking::{Tracker, Whereabouts};
use crate::ClientError;
use crate::agent::disk::Disk;
use crate::agent::environment::Environment;
use crate::agent::event::{Direction, Event};
use crate::agent::live_status::{LiveStatus, TransferProgress};
use crate::api::{MeshClient, Upload, UploadState};
use crate::config::Options;

/// A message that the server has.
#[derive(Debug)]
pub(super) struct Transferred {
    pub message: MessageId,
    pub evidence: SendEvidence,
    /// What is still to be noted of it, when it was one request.
    pub attempt: Attempt,
}

/// How the agent knows that the server has a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SendEvidence {
    /// It answered.
    Answered,
    /// Its answer was lost; asked, it knew the message.
    Tracked,
    /// It answered, but an earlier try may have arrived as well, and it could not say.
    AnsweredAfterDoubt,
}

/// One transfer under way.
struct Transfer<'a> {
    claim: &'a Claim,
    checked: &'a Checked,
    attempt: Attempt,
    progress: TransferProgress,
    /// Of the file, up to the end of the chunk that is sent next or was sent last.
    hash: PrefixHash,
}

/// Sends the data of claimed pairs.
pub(super) struct Uploader {
    client: MeshClient,
    tracker: Tracker,
    disk: Disk,
    live: Arc<LiveStatus>,
    environment: Environment,
    options: Arc<Options>,
}

impl Uploader {
    pub fn new(
        client: MeshClient,
        tracker: Tracker,
        disk: Disk,
        live: Arc<LiveStatus>,
        environment: Environment,
        options: Arc<Options>,
    ) -> Self {
        Self {
            client,
            tracker,
            disk,
            live,
            environment,
            options,
        }
    }

    /// Sends the data of a claim. `None` when told to stop between two requests.
    ///
    /// # Errors
    /// As [`MeshClient::begin_upload`] and [`MeshClient::continue_upload`]; [`ClientError::TooLarge`];
    /// [`ClientError::File`].
    pub async fn transfer(
        &self,
        claim: &Claim,
        checked: &Checked,
        attempt: Option<Attempt>,
        stop: &CancellationToken,
    ) -> Result<Option<Transferred>, ClientError> {
        let place = claim.directory.file_name().unwrap_or_default();
        let now = self.environment.now();
        let mut transfer = Transfer {
            claim,
            checked,
            attempt: attempt.unwrap_or_else(|| Attempt::new(now, !claim.fresh)),
            progress: self.live.begin(
                Direction::Send,
                &place.to_string_lossy(),
                Some(checked.length),
                now,
            ),
            hash: PrefixHash::default(),
        };
        let mut evidence = SendEvidence::Answered;
        self.forget_another_files_progress(&mut transfer).await?;
        let mut state = match transfer.attempt.upload.clone() {
            Some(state) => state,
            None => match self.begin(&mut transfer, &mut evidence, stop).await? {
                Some(state) => state,
                None => return Ok(None),
            },
        };
        while !state.is_complete() {
            if stop.is_cancelled() {
                return Ok(None);
            }
            self.next_chunk(&mut transfer, &mut state).await?;
        }
        if transfer.attempt.repeated_in_doubt {
            evidence = SendEvidence::AnsweredAfterDoubt;
        }
        let noted = self.tracker.note_sent(&state.message_id, claim, now);
        if let Err(error) = noted {
            tracing::warn!(mailbox = %self.mailbox(), %error, "a sent message was not noted");
        }
        Ok(Some(Transferred {
            message: state.message_id,
            evidence,
            attempt: transfer.attempt,
        }))
    }

    /// Sends the first request, which makes the message, several times where that is safe. A crash
    /// or a broken connection during it leaves the attempt in doubt.
    async fn begin(
        &self,
        transfer: &mut Transfer<'_>,
        evidence: &mut SendEvidence,
        stop: &CancellationToken,
    ) -> Result<Option<UploadState>, ClientError> {
        let (mailbox, workflow) = (self.mailbox(), &transfer.checked.headers.workflow);
        tracing::info!(%mailbox, %workflow, length = transfer.checked.length, "sending");
        let plan = self.plan_chunks(transfer).await?;
        self.hash_chunk(transfer, 1).await?;
        if transfer.attempt.in_doubt {
            // It may be so for what the file does not say.
            self.save(transfer).await?;
            if let Some(state) = self.resolve_doubt(transfer, &plan).await? {
                *evidence = SendEvidence::Tracked;
                return Ok(Some(state));
            }
        }
        let mut tried = 1;
        loop {
            let error = match self.first_request(transfer, &plan).await {
                Ok(state) => return Ok(Some(state)),
                Err(error) => error,
            };
            let in_doubt = !error.is_safe_to_repeat();
            if !error.is_temporary() || (tried >= self.client.tries() && !in_doubt) {
                return Err(error);
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(None),
                () = tokio::time::sleep(self.client.pause(tried, None)) => {}
            }
            if in_doubt {
                // What is not there yet may still be on its way: nothing is sent in this round.
                let found = self
                    .tracker
                    .whereabouts(transfer.claim, transfer.checked)
                    .await;
                let state = found.ok().and_then(|found| transfer.state_of(found, &plan));
                let Some(state) = state else {
                    return Err(error);
                };
                *evidence = SendEvidence::Tracked;
                return self.found(transfer, state).await.map(Some);
            }
            tried += 1;
        }
    }

    async fn first_request(
        &self,
        transfer: &mut Transfer<'_>,
        plan: &ChunkPlan,
    ) -> Result<UploadState, ClientError> {
        let was_in_doubt = std::mem::replace(&mut transfer.attempt.in_doubt, true);
        transfer.attempt.begun = true;
        self.save(transfer).await?;
        transfer.progress.at(None, 1, plan.total);
        let headers = transfer.checked.headers.clone();
        let next = self.hash_ahead(transfer, 2);
        let begin = async {
            let upload = transfer.upload(plan.chunk_size);
            match transfer.checked.body.clone().filter(|_| plan.total == 1) {
                Some(body) => self.client.upload_whole(headers, &upload, body).await,
                None => self.client.begin_upload(headers, &upload).await,
            }
        };
        let (sent, next) = tokio::join!(begin, next);
        match sent {
            Ok(state) => {
                transfer.attempt.in_doubt = false;
                transfer.attempt.upload = Some(state.clone());
                // A message in one request is noted while the next is sent, see `note_accepted`.
                if !state.is_complete() {
                    transfer.note_hash(next.ok().flatten());
                    self.save(transfer).await?;
                }
                self.notify_progress(transfer, &state);
                Ok(state)
            }
            Err(error) => {
                if error.is_safe_to_repeat() {
                    transfer.attempt.in_doubt = was_in_doubt;
                }
                transfer.attempt.failure = Some(error.with_causes());
                self.save(transfer).await?;
                Err(error)
            }
        }
    }

    /// Asks the server whether a message of an earlier round is there. `None` when it is not, or when
    /// the server cannot say and the message is to be sent again all the same, which is told.
    async fn resolve_doubt(
        &self,
        transfer: &mut Transfer<'_>,
        plan: &ChunkPlan,
    ) -> Result<Option<UploadState>, ClientError> {
        let found = self
            .tracker
            .whereabouts(transfer.claim, transfer.checked)
            .await?;
        if found == Whereabouts::Unknown {
            let mailbox = self.mailbox().clone();
            tracing::warn!(%mailbox, "sending again; the server may have got this message before");
            transfer.attempt.repeated_in_doubt = true;
            self.environment
                .notify(Event::PossibleDuplicate { mailbox });
            return Ok(None);
        }
        transfer.attempt.in_doubt = false;
        match transfer.state_of(found, plan) {
            Some(state) => self.found(transfer, state).await.map(Some),
            None => Ok(None),
        }
    }

    async fn found(
        &self,
        transfer: &mut Transfer<'_>,
        state: UploadState,
    ) -> Result<UploadState, ClientError> {
        let (mailbox, message) = (self.mailbox().clone(), state.message_id.clone());
        tracing::info!(%mailbox, %message, "had arrived; its answer was lost");
        transfer.attempt.in_doubt = false;
        transfer.attempt.upload = Some(state.clone());
        self.save(transfer).await?;
        self.environment
            .notify(Event::FoundByTracking { mailbox, message });
        Ok(state)
    }

    async fn next_chunk(
        &self,
        transfer: &mut Transfer<'_>,
        state: &mut UploadState,
    ) -> Result<(), ClientError> {
        transfer
            .progress
            .at(Some(&state.message_id), state.next, state.total);
        let (index, upload) = (state.next, transfer.upload(state.chunk_size));
        if self.hash_chunk(transfer, index).await? {
            self.save(transfer).await?;
        }
        let next = self.hash_ahead(transfer, index + 1);
        let (sent, next) = tokio::join!(self.client.continue_upload(state, &upload), next);
        match sent {
            // The server had all chunks already; only its answer to the last one was lost.
            Err(error) if error.status() == Some(423) && state.next == state.total => {
                state.next += 1;
            }
            Err(error) => {
                transfer.attempt.failure = Some(error.with_causes());
                self.save(transfer).await?;
                return Err(error);
            }
            Ok(()) => {}
        }
        transfer.note_hash(next?);
        transfer.attempt.upload = Some(state.clone());
        self.save(transfer).await?;
        self.notify_progress(transfer, state);
        Ok(())
    }

    /// Makes sure that the file up to the end of a chunk was hashed before that chunk is sent; whether that was
    /// not so before.
    async fn hash_chunk(
        &self,
        transfer: &mut Transfer<'_>,
        index: u32,
    ) -> Result<bool, ClientError> {
        let next = self.hash_ahead(transfer, index).await?;
        Ok(transfer.note_hash(next))
    }

    /// Reads and hashes a chunk while the one before is sent; nothing when there is no such chunk, or it was.
    fn hash_ahead(
        &self,
        transfer: &Transfer<'_>,
        index: u32,
    ) -> impl Future<Output = Result<Option<PrefixHash>, ClientError>> + Send + use<> {
        let length = transfer.checked.length;
        let plan = transfer.attempt.plan.as_ref();
        let end = plan.filter(|plan| plan.total > 1 && index <= plan.total);
        let end = end.map(|plan| plan.end_of(index, length));
        let end = end.filter(|end| !transfer.hash.reaches(*end));
        let (hash, data) = (transfer.hash.clone(), transfer.checked.data.clone());
        let disk = self.disk.clone();
        async move {
            match end {
                Some(end) => hash.up_to(end, data, &disk).await.map(Some),
                None => Ok(None),
            }
        }
    }

    fn notify_progress(&self, transfer: &Transfer<'_>, state: &UploadState) {
        let (mailbox, message) = (self.mailbox().clone(), state.message_id.clone());
        let (chunk, chunks) = (state.next - 1, state.total);
        if chunks > 1 {
            tracing::info!(%mailbox, %message, chunk, chunks, "chunk sent");
            let bytes = transfer.progress.bytes();
            self.environment.notify(Event::Progress {
                mailbox,
                direction: Direction::Send,
                message,
                chunk,
                chunks,
                bytes,
            });
        }
    }

    /// How the data is cut; what a file in several chunks is, is noted before the first.
    async fn plan_chunks(&self, transfer: &mut Transfer<'_>) -> Result<ChunkPlan, ClientError> {
        if let Some(plan) = &transfer.attempt.plan {
            return Ok(plan.clone());
        }
        let plan = ChunkPlan::make(transfer.checked, &self.options).await?;
        transfer.attempt.plan = Some(plan.clone());
        Ok(plan)
    }

    /// Chunks of two files must not make one message: a data file that is not what it was when its
    /// first chunk went out is sent anew, as a message of its own.
    async fn forget_another_files_progress(
        &self,
        transfer: &mut Transfer<'_>,
    ) -> Result<(), ClientError> {
        let Some(plan) = &transfer.attempt.plan else {
            return Ok(());
        };
        let (data, length) = (&transfer.checked.data, transfer.checked.length);
        if let Some(hash) = plan.hash_of(data, length, &self.disk).await? {
            transfer.hash = hash;
        } else {
            tracing::warn!(
                mailbox = %self.mailbox(),
                "the data of a half-sent message has changed; it is sent anew"
            );
            transfer.attempt = Attempt {
                delay_reported: transfer.attempt.delay_reported,
                ..Attempt::new(transfer.attempt.first_try, false)
            };
        }
        Ok(())
    }

    /// Notes that the server has a message, for whoever goes on after a crash.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn note_accepted(
        &self,
        claim: &Claim,
        transferred: &Transferred,
    ) -> Result<(), ClientError> {
        self.save_attempt(claim.clone(), transferred.attempt.clone())
            .await
    }

    async fn save(&self, transfer: &Transfer<'_>) -> Result<(), ClientError> {
        if let Some(renewed) = transfer.attempt.renew(transfer.claim) {
            return renewed.map_err(|error| ClientError::File("noting a try", error));
        }
        self.save_attempt(transfer.claim.clone(), transfer.attempt.clone())
            .await
    }

    async fn save_attempt(&self, claim: Claim, attempt: Attempt) -> Result<(), ClientError> {
        let work = move |_: &_| attempt.write(&claim);
        self.disk.run("noting a try", work).await
    }

    fn mailbox(&self) -> &nhs::MailboxId {
        self.client.mailbox()
    }
}

impl Transfer<'_> {
    /// Takes over the hash of the file up to the end of one more chunk; whether there was one.
    fn note_hash(&mut self, hash: Option<PrefixHash>) -> bool {
        let Some(hash) = hash else {
            return false;
        };
        if let Some(plan) = &mut self.attempt.plan {
            plan.note(&hash);
        }
        self.hash = hash;
        true
    }

    /// How far the upload of a message is that the server has; `None` when it has none, or half of
    /// one in other chunks, which will never be whole.
    fn state_of(&self, found: Whereabouts, plan: &ChunkPlan) -> Option<UploadState> {
        let Whereabouts::Arrived {
            message,
            uploading,
            chunks,
        } = found
        else {
            return None;
        };
        if uploading && chunks != Some(plan.total) {
            return None;
        }
        Some(UploadState {
            message_id: message,
            chunk_size: plan.chunk_size,
            total: plan.total,
            next: if uploading { 2 } else { plan.total + 1 },
            gzip: self.checked.headers.encoding == ContentEncoding::Gzip,
        })
    }

    fn upload(&self, chunk_size: u64) -> Upload {
        Upload {
            file: self.checked.data.clone(),
            length: self.checked.length,
            chunk_size,
            position: self.progress.position.clone(),
        }
    }
}
