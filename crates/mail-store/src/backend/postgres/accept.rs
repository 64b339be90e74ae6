//! Tokens and new messages, many in one statement.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use nhs::MailboxId;

use super::gathered::Gathered;
use super::session::Session;
use crate::StoreError;
use crate::backend::row::{RowReader, body_columns, flags};
use crate::backend::usage::UsageChange;
use crate::contract::{Kind, NewMessage, Outcome, Place, Routed, SealedAddress, TokenDigest};

/// In a fixed order, so that two nodes never wait for each other.
const TOKENS: &str = "
INSERT INTO used_token (token, forget_at)
SELECT token, forget_at FROM unnest($1::bytea[], $2::bigint[]) AS t (token, forget_at)
ORDER BY token ON CONFLICT DO NOTHING RETURNING token";

pub(super) async fn tokens(
    session: &mut Session,
    uses: &[(usize, &TokenDigest, Timestamp)],
) -> Result<Vec<(usize, Outcome)>, StoreError> {
    if uses.is_empty() {
        return Ok(Vec::new());
    }
    let tokens: Vec<&[u8]> = uses.iter().map(|(_, token, _)| token.as_slice()).collect();
    let forget_at: Vec<i64> = uses.iter().map(|(_, _, at)| at.as_microsecond()).collect();
    let mut fresh = HashSet::new();
    for row in session.query(TOKENS, &[&tokens, &forget_at]).await? {
        fresh.insert(row.bytes("token")?.unwrap_or_default());
    }
    // the first use is the one that counts
    Ok(uses
        .iter()
        .map(|(number, token, _)| {
            (
                *number,
                done_or(fresh.remove(token.as_slice()), Outcome::Duplicate),
            )
        })
        .collect())
}

fn done_or(done: bool, otherwise: Outcome) -> Outcome {
    if done { Outcome::Done } else { otherwise }
}

const MESSAGES: &str = "
WITH input AS (SELECT * FROM unnest(
  $1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
  $8::bigint[], $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[],
  $14::bytea[], $15::text[], $16::text[], $17::text[], $18::text[], $19::bigint[], $20::text[],
  $21::bytea[], $22::bytea[], $23::bigint[], $24::bytea[], $25::bytea[], $26::text[], $27::bigint[])
  WITH ORDINALITY AS t
  (id, kind, sender, recipient, workflow, sent_at, total_chunks, flags, local_id, subject,
  file_name, partner_id, checksum, content_type, report_code, report_event, report_text,
  report_linked, length, object, sha256, body, place, address, order_key, routed_to, hidden,
  number)),
kept AS (INSERT INTO message (id, kind, sender, recipient, workflow, sent_at, total_chunks, flags,
  local_id, subject, file_name, partner_id, checksum, content_type, report_code, report_event,
  report_text, report_linked, length, object, sha256, body)
  SELECT id, kind, sender, recipient, workflow, sent_at, total_chunks, flags, local_id, subject,
  file_name, partner_id, checksum, content_type, report_code, report_event, report_text,
  report_linked, length, object, sha256, body FROM input ORDER BY number
  ON CONFLICT (id) DO NOTHING RETURNING seq, id),
arrived AS (SELECT k.seq, i.* FROM kept k JOIN input i ON i.id = k.id ORDER BY i.number),
new AS (SELECT a.*, a.place = 3 AND (
    EXISTS (SELECT 1 FROM routing q WHERE q.order_key = a.order_key)
    OR EXISTS (SELECT 1 FROM arrived e
      WHERE e.place = 1 AND e.order_key = a.order_key AND e.number < a.number)) AS behind
  FROM arrived a),
waiting AS (INSERT INTO pending (recipient, position, seq, id, workflow, since)
  SELECT coalesce(routed_to, recipient), nextval('position'), seq, id, workflow, sent_at FROM new
  WHERE place = 0 OR (place = 3 AND NOT behind)),
noted AS (INSERT INTO routed (seq, recipient, hidden, at)
  SELECT seq, routed_to, hidden, sent_at FROM new WHERE place = 3 AND NOT behind),
queued AS (INSERT INTO routing
  (seq, address, order_key, since, attempts, next_at, leased_until, sender, turn)
  SELECT seq, address, order_key, sent_at, 0, sent_at, 0, coalesce(sender, ''),
    greatest(coalesce((SELECT min(turn) FROM routing), 0),
      coalesce((SELECT max(turn) + 1 FROM routing q WHERE q.sender = n.sender), 0))
    + row_number() OVER (PARTITION BY sender ORDER BY number) - 1
  FROM new n WHERE place = 1 OR behind),
begun AS (INSERT INTO uploading (seq, received, address, order_key)
  SELECT seq, 1, address, order_key FROM new WHERE place = 2)
SELECT id, behind::int::bigint AS behind FROM new";

pub(super) async fn messages(
    session: &mut Session,
    new: &[(usize, &NewMessage, &Place)],
    gathered: &mut Gathered,
) -> Result<Vec<(usize, Outcome)>, StoreError> {
    // an id twice: whatever becomes of the first, the second is its duplicate
    let mut ids = HashSet::new();
    let (kept, mut outcomes): (Vec<_>, Vec<_>) = new.iter().partition(|(_, message, place)| {
        is_placeable(message, place) && ids.insert(message.id.as_str())
    });
    let mut outcomes: Vec<(usize, Outcome)> = outcomes
        .drain(..)
        .map(|(number, message, place)| {
            let outcome = if is_placeable(message, place) {
                Outcome::Duplicate
            } else {
                Outcome::NotFound
            };
            (number, outcome)
        })
        .collect();
    if kept.is_empty() {
        return Ok(outcomes);
    }
    let messages: Vec<&NewMessage> = kept.iter().map(|(_, message, _)| *message).collect();
    let places: Vec<&Place> = kept.iter().map(|(_, _, place)| *place).collect();
    let new = insert(session, &messages, &places).await?;
    for (number, message, place) in &kept {
        let outcome = match new.get(message.id.as_str()) {
            None => Outcome::Duplicate,
            Some(behind) => {
                let sender = message.sender.as_ref().map(MailboxId::as_str);
                let (bytes, ..) = body_columns(message.body.as_ref());
                gathered.usage.add(sender, UsageChange::accepted(bytes));
                if *behind {
                    Outcome::Queued
                } else {
                    gathered.arrived.extend(inbox_of(message, place).cloned());
                    Outcome::Done
                }
            }
        };
        outcomes.push((*number, outcome));
    }
    Ok(outcomes)
}

/// Whose inbox a message goes into when nothing holds it back.
fn inbox_of<'a>(message: &'a NewMessage, place: &'a Place) -> Option<&'a MailboxId> {
    match place {
        Place::Inbox => message.recipient.as_ref(),
        Place::Routed(routed) => Some(&routed.recipient),
        Place::Routing(_) | Place::Uploading(_) => None,
    }
}

fn is_placeable(message: &NewMessage, place: &Place) -> bool {
    !matches!(place, Place::Inbox) || message.recipient.is_some()
}

/// The ids that were new, and whether they wait behind others of their order key.
async fn insert(
    session: &mut Session,
    messages: &[&NewMessage],
    places: &[&Place],
) -> Result<HashMap<String, bool>, StoreError> {
    let each = Each(messages);
    let bodies: Vec<_> = each.of(|message| body_columns(message.body.as_ref()));
    let addresses: Vec<_> = places.iter().map(|place| address(place)).collect();
    let rows = session
        .query(
            MESSAGES,
            &[
                &each.of(|message| message.id.as_str()),
                &each.of(|message| i64::from(message.kind == Kind::Report)),
                &each.of(|message| message.sender.as_ref().map(MailboxId::as_str)),
                &each.of(|message| message.recipient.as_ref().map(MailboxId::as_str)),
                &each.of(|message| message.workflow.as_str()),
                &each.of(|message| message.sent_at.as_microsecond()),
                &each.of(|message| i64::from(message.total_chunks)),
                &each.of(|message| flags(&message.details)),
                &each.of(|message| message.details.local_id.as_deref()),
                &each.of(|message| message.details.subject.as_deref()),
                &each.of(|message| message.details.file_name.as_deref()),
                &each.of(|message| message.details.partner_id.as_deref()),
                &each.of(|message| message.details.checksum.as_deref()),
                &each.of(|message| message.details.content_type.as_deref()),
                &each.of(|message| message.report.as_ref().map(|report| report.code.as_str())),
                &each.of(|message| message.report.as_ref().map(|report| report.event.as_str())),
                &each.of(|message| {
                    let report = message.report.as_ref();
                    report.map(|report| report.description.as_str())
                }),
                &each.of(|message| {
                    let report = message.report.as_ref();
                    report.and_then(|report| report.linked.as_deref())
                }),
                &column(&bodies, |body| body.0),
                &column(&bodies, |body| body.1),
                &column(&bodies, |body| body.2),
                &column(&bodies, |body| body.3),
                &column(places, |place| kind_of(place)),
                &column(&addresses, |address| {
                    address.map(|address| address.sealed.as_slice())
                }),
                &column(&addresses, |address| {
                    address.map(|address| address.order_key.as_slice())
                }),
                &column(places, |place| {
                    routed(place).map(|routed| routed.recipient.as_str())
                }),
                &column(places, |place| {
                    routed(place).map(|routed| i64::from(routed.hidden))
                }),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.needed_text("id")?, row.needed("behind")? != 0)))
        .collect()
}

/// A column of the input for each message.
struct Each<'a>(&'a [&'a NewMessage]);

impl<'a> Each<'a> {
    fn of<T>(&self, value: impl Fn(&'a NewMessage) -> T) -> Vec<T> {
        self.0.iter().map(|message| value(message)).collect()
    }
}

fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

fn kind_of(place: &Place) -> i64 {
    match place {
        Place::Inbox => 0,
        Place::Routing(_) => 1,
        Place::Uploading(_) => 2,
        Place::Routed(_) => 3,
    }
}

fn routed(place: &Place) -> Option<&Routed> {
    match place {
        Place::Routed(routed) => Some(routed),
        _ => None,
    }
}

fn address(place: &Place) -> Option<&SealedAddress> {
    match place {
        Place::Inbox => None,
        Place::Routing(address) => Some(address),
        Place::Uploading(address) => address.as_ref(),
        Place::Routed(routed) => Some(&routed.address),
    }
}
