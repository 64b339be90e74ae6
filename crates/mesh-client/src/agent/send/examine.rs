//! Examining claimed pairs before their turn comes: each is read and checked, and a small one's body made ready, so that
//! nothing is left to do between the answer to one message and the sending of the next.

use std::io;

use async_compression::tokio::bufread::GzipEncoder;
use bytes::Bytes;
use futures_util::FutureExt;
use mesh::{ContentEncoding, ControlFile};
use nhs::MailboxId;
use tokio::io::AsyncReadExt;

use super::attempt::Attempt;
use super::check::{Checked, NotChecked, Unfit, check, read_control};
use super::claim::Claim;

/// A message of at most so many bytes is read into memory before it is sent.
const SMALL: u64 = 128 * 1024;
/// Bytes of messages that are examined together and in memory.
const MOST_BYTES: u64 = 2 * 1024 * 1024;

/// What the check of a claim found.
pub(super) enum Examined {
    Fit(Box<(ControlFile, Checked)>),
    /// With the control file, when it could be read.
    Unfit(Option<Box<ControlFile>>, Unfit),
    /// A file cannot be read now.
    Unread(io::Error),
}

/// A claim that waits for its turn.
pub(super) struct Prepared {
    pub claim: Claim,
    /// What is known of its sending so far.
    pub attempt: Option<Attempt>,
    pub examined: Examined,
}

/// Examines the claims of a mailbox.
#[derive(Clone)]
pub(super) struct Examiner {
    pub mailbox: MailboxId,
    pub message_limit: u64,
    /// Bytes of a body that one request may carry.
    pub request_limit: u64,
}

impl Examiner {
    /// Reads and checks pairs, in their order. It blocks.
    pub fn examine(&self, claims: Vec<Claim>) -> Vec<Prepared> {
        let mut room = MOST_BYTES;
        let one = |claim: Claim| {
            let attempt = Attempt::of(&claim);
            let in_one = attempt.as_ref().is_none_or(Attempt::is_one_request);
            let room = if in_one { &mut room } else { &mut 0 };
            Prepared {
                examined: self.examined(&claim, room),
                claim,
                attempt,
            }
        };
        claims.into_iter().map(one).collect()
    }

    fn examined(&self, claim: &Claim, room: &mut u64) -> Examined {
        let located = match read_control(claim) {
            Ok(located) => located,
            Err(NotChecked::Unfit(unfit)) => return Examined::Unfit(None, unfit),
            Err(NotChecked::Unread(error)) => return Examined::Unread(error),
        };
        match check(&located, claim, &self.mailbox, self.message_limit) {
            Err(NotChecked::Unfit(unfit)) => Examined::Unfit(Some(Box::new(located.0)), unfit),
            Err(NotChecked::Unread(error)) => Examined::Unread(error),
            Ok(mut checked) => {
                if checked.length <= SMALL.min(self.request_limit).min(*room) {
                    *room -= checked.length;
                    checked.body = body_of(&checked);
                }
                Examined::Fit(Box::new((located.0, checked)))
            }
        }
    }
}

/// The body of the one request; `None` when it cannot be read now, and is read while it is sent.
fn body_of(checked: &Checked) -> Option<Bytes> {
    let mut data = vec![0; usize::try_from(checked.length).ok()?];
    durable::read_exact_at(&checked.data, &mut data, 0).ok()?;
    if checked.headers.encoding == ContentEncoding::Gzip {
        let mut compressed = Vec::new();
        let mut encoder = GzipEncoder::new(data.as_slice());
        // From memory to memory it waits for nothing.
        let done = encoder.read_to_end(&mut compressed).now_or_never()?;
        return done.ok().map(|_| compressed.into());
    }
    Some(data.into())
}
