//! Asking the server whether a message arrived whose answer was lost.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil::DateTime};
use mesh::api::{TrackingV1, TrackingV2};
use mesh::status::parse_time;
use nhs::MessageId;

use super::check::Checked;
use super::claim::Claim;
use crate::ClientError;
use crate::agent::journal::Journal;
use crate::api::{MeshClient, RichQuery};

/// How far the server's time of a message may be before the claim's, both read off coarse clocks.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);
/// More candidates than this are not asked about one by one.
const MAX_CANDIDATES: usize = 20;

/// What the server says of a message in doubt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Whereabouts {
    /// It is there; `uploading` while it waits for further chunks, and how many there are in all.
    Arrived {
        message: MessageId,
        uploading: bool,
        chunks: Option<u32>,
    },
    NotThere,
    /// The server refuses to say, or cannot tell this message from another.
    Unknown,
}

/// A message of ours that the server knows.
struct Found {
    message: MessageId,
    workflow: Option<String>,
    file_name: Option<String>,
    uploaded: Option<Timestamp>,
    uploading: bool,
    chunks: Option<u32>,
}

/// Asks the server about messages whose answer was lost.
pub(super) struct Tracker {
    client: MeshClient,
    /// What this mailbox sent, and from which claims.
    sent: Mutex<Journal>,
}

impl Tracker {
    pub fn new(client: MeshClient, sent: Journal) -> Self {
        let sent = Mutex::new(sent);
        Self { client, sent }
    }

    /// Notes that a message was sent, so that it is not taken for that of another claim.
    pub fn note_sent(&self, message: &MessageId, claim: &Claim, now: Timestamp) -> io::Result<()> {
        self.sent().add_sent(message, claim.id.as_deref(), now)
    }

    fn sent(&self) -> MutexGuard<'_, Journal> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks by local id, and where several messages share it, as GP Connect's do, looks for this one
    /// among those sent since it was claimed.
    ///
    /// # Errors
    /// When the server may tell later, or refuses the login.
    pub async fn whereabouts(
        &self,
        claim: &Claim,
        checked: &Checked,
    ) -> Result<Whereabouts, ClientError> {
        let Some(local_id) = checked.headers.local_id.as_deref() else {
            return Ok(Whereabouts::Unknown);
        };
        let tracked = match self.client.track_local_id(local_id).await {
            Ok(tracked) => tracked,
            Err(error) => {
                return match error.status() {
                    Some(404) => Ok(Whereabouts::NotThere),
                    Some(300) => self.search(claim, checked, local_id).await,
                    _ => unknown_unless_it_may_tell_later(error),
                };
            }
        };
        let Some(found) = Found::from_v1(&tracked) else {
            return Ok(Whereabouts::Unknown);
        };
        // Nobody else has the id the agent gave.
        let ours = claim.id.as_deref() == Some(local_id);
        Ok(
            match ours
                .then_some(true)
                .or_else(|| self.is_this(&found, claim, checked))
            {
                Some(true) => found.arrived(),
                Some(false) => Whereabouts::NotThere,
                None => Whereabouts::Unknown,
            },
        )
    }

    /// Looks through what the mailbox sent since the claim. The listing is mesh-sandbox's and ours;
    /// a server without it leaves the question open.
    async fn search(
        &self,
        claim: &Claim,
        checked: &Checked,
        local_id: &str,
    ) -> Result<Whereabouts, ClientError> {
        let Some(since) = claim.claimed_at.map(|at| self.server_time(at)) else {
            return Ok(Whereabouts::Unknown);
        };
        let query = RichQuery {
            since: Some(since.saturating_sub(TOLERANCE).unwrap_or(since)),
            max_results: None,
        };
        let listed = match self.client.rich_outbox(&query).await {
            Ok(listed) => listed,
            Err(error) => return unknown_unless_it_may_tell_later(error),
        };
        let workflow = checked.headers.workflow.as_str();
        let candidates: Vec<_> = listed
            .into_iter()
            .filter(|sent| sent.local_id.as_deref().is_none_or(|id| id == local_id))
            .filter(|sent| sent.workflow_id.as_deref().is_none_or(|id| id == workflow))
            .collect();
        if candidates.len() > MAX_CANDIDATES {
            return Ok(Whereabouts::Unknown);
        }
        let mut open = false;
        for candidate in candidates {
            let Ok(message) = MessageId::parse(&candidate.message_id) else {
                open = true;
                continue;
            };
            let tracked = match self.client.track(&message).await {
                Ok(tracked) => tracked,
                Err(error) => return unknown_unless_it_may_tell_later(error),
            };
            let found = Found::from_v2(message, &tracked, candidate.total_chunks);
            match self.is_this(&found, claim, checked) {
                Some(true) => return Ok(found.arrived()),
                Some(false) => {}
                None => open = true,
            }
        }
        Ok(if open {
            Whereabouts::Unknown
        } else {
            Whereabouts::NotThere
        })
    }

    /// Whether a message with the local id is the claimed one; `None` when that cannot be told.
    fn is_this(&self, found: &Found, claim: &Claim, checked: &Checked) -> Option<bool> {
        let headers = &checked.headers;
        if found
            .workflow
            .as_deref()
            .is_some_and(|id| id != headers.workflow.as_str())
        {
            return Some(false);
        }
        let noted = self
            .sent()
            .was_sent_from(&found.message, claim.id.as_deref());
        if noted.is_some() {
            return noted;
        }
        let claimed = claim.claimed_at.map(|at| self.server_time(at));
        if let (Some(claimed), Some(uploaded)) = (claimed, found.uploaded)
            && uploaded.duration_since(claimed) < -TOLERANCE
        {
            return Some(false);
        }
        // Names beyond ASCII come back changed from some servers.
        let name = headers
            .file_name
            .as_deref()
            .filter(|name| name.is_ascii())?;
        Some(found.file_name.as_deref()? == name)
    }

    /// A time of this machine's clock on the server's.
    fn server_time(&self, at: Timestamp) -> Timestamp {
        let skew = self.client.clock_skew().unwrap_or_default();
        at.saturating_add(skew).unwrap_or(at)
    }
}

impl Found {
    fn from_v1(tracked: &TrackingV1) -> Option<Self> {
        Some(Self {
            message: MessageId::parse(tracked.message_id.as_deref()?).ok()?,
            workflow: tracked.workflow_id.clone(),
            file_name: tracked.file_name.clone(),
            uploaded: tracked
                .upload_timestamp
                .as_deref()
                .and_then(parse_time)
                .and_then(in_utc),
            uploading: is_uploading(tracked.status.as_deref()),
            chunks: tracked.chunk_count,
        })
    }

    fn from_v2(message: MessageId, tracked: &TrackingV2, chunks: Option<u32>) -> Self {
        let uploaded = tracked.upload_timestamp.as_deref();
        Self {
            message,
            workflow: tracked.workflow_id.clone(),
            file_name: tracked.filename.clone(),
            uploaded: uploaded
                .and_then(|text| text.trim_end_matches('Z').parse().ok())
                .and_then(in_utc),
            uploading: is_uploading(tracked.status.as_deref()),
            chunks,
        }
    }

    fn arrived(self) -> Whereabouts {
        Whereabouts::Arrived {
            message: self.message,
            uploading: self.uploading,
            chunks: self.chunks,
        }
    }
}

fn is_uploading(status: Option<&str>) -> bool {
    status.is_some_and(|status| status.eq_ignore_ascii_case("uploading"))
}

fn in_utc(at: DateTime) -> Option<Timestamp> {
    at.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
}

/// A server that is away, or in whose place something else answers, may tell later, and one that refuses
/// the login must not be sent to; any other refusal leaves the question open for good.
fn unknown_unless_it_may_tell_later(error: ClientError) -> Result<Whereabouts, ClientError> {
    let later = match error.status() {
        Some(403) => true,
        Some(500 | 501) => false,
        _ => error.is_temporary(),
    };
    if later {
        Err(error)
    } else {
        Ok(Whereabouts::Unknown)
    }
}
