//! What happens to a message after it was accepted.

use std::collections::HashSet;

use jiff::Timestamp;
use nhs::{MailboxId, MessageId};

use super::gathered::Gathered;
use super::session::Session;
use crate::StoreError;
use crate::audit::AuditEntry;
use crate::backend::row::RowReader;
use crate::backend::usage::UsageChange;
use crate::contract::{Failure, MessageState, Outcome};

fn done_if(done: bool) -> Outcome {
    if done {
        Outcome::Done
    } else {
        Outcome::NotFound
    }
}

const ACKNOWLEDGE: &str = "
WITH input AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) AS t (mailbox, id, at)),
gone AS (DELETE FROM pending p USING input i, message m
  WHERE m.id = i.id AND p.seq = m.seq AND p.recipient = i.mailbox
  RETURNING p.seq, p.position, p.recipient, m.id, m.sender, i.at),
noted AS (INSERT INTO acknowledged (seq, position, at) SELECT seq, position, at FROM gone
  ON CONFLICT (seq) DO UPDATE SET position = excluded.position, at = excluded.at)
SELECT recipient, id, sender FROM gone";

pub(super) async fn acknowledged(
    session: &mut Session,
    taken: &[(usize, &MailboxId, &MessageId, Timestamp)],
    gathered: &mut Gathered,
) -> Result<Vec<(usize, Outcome)>, StoreError> {
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    // asked for twice by its mailbox, a message is taken once
    let mut asked = HashSet::new();
    let first: Vec<_> = taken
        .iter()
        .filter(|(_, mailbox, id, _)| asked.insert((*mailbox, *id)))
        .collect();
    let mailboxes: Vec<&str> = first.iter().map(|taken| taken.1.as_str()).collect();
    let ids: Vec<&str> = first.iter().map(|taken| taken.2.as_str()).collect();
    let at: Vec<i64> = first.iter().map(|taken| taken.3.as_microsecond()).collect();
    let mut gone = HashSet::new();
    for row in session.query(ACKNOWLEDGE, &[&mailboxes, &ids, &at]).await? {
        let sender = row.text("sender")?;
        gathered
            .usage
            .add(sender.as_deref(), UsageChange::settled());
        gone.insert((row.needed_text("recipient")?, row.needed_text("id")?));
    }
    Ok(taken
        .iter()
        .map(|(number, mailbox, id, _)| {
            let this = (mailbox.to_string(), id.to_string());
            (*number, done_if(gone.remove(&this)))
        })
        .collect())
}

const DELIVER: &str = "
WITH input AS (SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
  WITH ORDINALITY AS t (id, recipient, hidden, at, number)),
ended AS (DELETE FROM routing q USING input i, message m WHERE m.id = i.id AND q.seq = m.seq
  RETURNING m.seq, m.id, m.workflow, i.recipient, i.hidden, i.at, i.number),
waiting AS (INSERT INTO pending (recipient, position, seq, id, workflow, since)
  SELECT recipient, nextval('position'), seq, id, workflow, at
  FROM (SELECT * FROM ended ORDER BY number) e),
noted AS (INSERT INTO routed (seq, recipient, hidden, at)
  SELECT seq, recipient, hidden, at FROM ended)
SELECT id FROM ended";

pub(super) async fn delivered(
    session: &mut Session,
    routed: &[(usize, &MessageId, &MailboxId, bool, Timestamp)],
    gathered: &mut Gathered,
) -> Result<Vec<(usize, Outcome)>, StoreError> {
    if routed.is_empty() {
        return Ok(Vec::new());
    }
    // decided twice, a message goes where the first decision says
    let mut decided = HashSet::new();
    let first: Vec<_> = routed
        .iter()
        .filter(|routed| decided.insert(routed.1.as_str()))
        .collect();
    let ids: Vec<&str> = first.iter().map(|routed| routed.1.as_str()).collect();
    let recipients: Vec<&str> = first.iter().map(|routed| routed.2.as_str()).collect();
    let hidden: Vec<i64> = first.iter().map(|routed| i64::from(routed.3)).collect();
    let at: Vec<i64> = first
        .iter()
        .map(|routed| routed.4.as_microsecond())
        .collect();
    let mut ended = HashSet::new();
    for row in session
        .query(DELIVER, &[&ids, &recipients, &hidden, &at])
        .await?
    {
        ended.insert(row.needed_text("id")?);
    }
    let arrived = first
        .iter()
        .filter(|routed| ended.contains(routed.1.as_str()));
    gathered
        .arrived
        .extend(arrived.map(|routed| routed.2.clone()));
    Ok(routed
        .iter()
        .map(|(number, id, ..)| (*number, done_if(ended.remove(id.as_str()))))
        .collect())
}

/// Put off, a job is free for any node again.
pub(super) async fn postpone(
    session: &mut Session,
    id: &MessageId,
    attempts: u32,
    next_at: Timestamp,
) -> Result<Outcome, StoreError> {
    let changed = session
        .execute(
            "UPDATE routing q SET attempts = $2, next_at = $3, leased_until = 0
             FROM message m WHERE m.id = $1 AND q.seq = m.seq",
            &[
                &id.as_str(),
                &i64::from(attempts),
                &next_at.as_microsecond(),
            ],
        )
        .await?;
    Ok(done_if(changed == 1))
}

/// Those before it with its order key too: they would hold it back.
pub(super) async fn try_now(
    session: &mut Session,
    id: &MessageId,
    at: Timestamp,
) -> Result<Outcome, StoreError> {
    let changed = session
        .execute(
            "UPDATE routing q SET next_at = least(q.next_at, $2) FROM (
               SELECT r.seq, r.order_key FROM routing r JOIN message m ON m.seq = r.seq
               WHERE m.id = $1) wanted
             WHERE q.order_key = wanted.order_key AND q.seq <= wanted.seq",
            &[&id.as_str(), &at.as_microsecond()],
        )
        .await?;
    Ok(done_if(changed > 0))
}

const FAIL: &str = "
WITH given AS (SELECT seq FROM message WHERE id = $1),
ended AS (DELETE FROM routing q USING given g WHERE q.seq = g.seq RETURNING q.seq),
taken AS (DELETE FROM pending p USING given g WHERE p.seq = g.seq RETURNING p.seq),
noted AS (INSERT INTO failed (seq, state, at, code, event, description, linked)
  SELECT seq, $2, $3, $4, $5, $6, $7 FROM (SELECT seq FROM ended UNION SELECT seq FROM taken) o
  ON CONFLICT (seq) DO UPDATE SET state = excluded.state, at = excluded.at, code = excluded.code,
    event = excluded.event, description = excluded.description, linked = excluded.linked
  RETURNING seq)
SELECT m.sender FROM noted n JOIN message m ON m.seq = n.seq";

pub(super) async fn fail(
    session: &mut Session,
    id: &MessageId,
    state: MessageState,
    failure: &Failure,
    gathered: &mut Gathered,
) -> Result<Outcome, StoreError> {
    let failed = session
        .query_opt(
            FAIL,
            &[
                &id.as_str(),
                &state.as_str(),
                &failure.at.as_microsecond(),
                &failure.code,
                &failure.event,
                &failure.description,
                &failure.linked,
            ],
        )
        .await?;
    let Some(failed) = failed else {
        return Ok(Outcome::NotFound);
    };
    let sender = failed.text("sender")?;
    gathered
        .usage
        .add(sender.as_deref(), UsageChange::settled());
    Ok(Outcome::Done)
}

pub(super) async fn set_aside(
    session: &mut Session,
    seq: i64,
    failure: &Failure,
    gathered: &mut Gathered,
) -> Result<Outcome, StoreError> {
    let mut held = 0;
    for sql in [
        "DELETE FROM routing WHERE seq = $1",
        "DELETE FROM pending WHERE seq = $1",
        "DELETE FROM uploading WHERE seq = $1",
    ] {
        held += session.execute(sql, &[&seq]).await?;
    }
    if held == 0 {
        return Ok(Outcome::NotFound);
    }
    note_failed(session, seq, failure).await?;
    let row = session
        .query_opt("SELECT id, sender FROM message WHERE seq = $1", &[&seq])
        .await?;
    let (id, sender) = match row {
        None => (None, None),
        Some(row) => (row.text("id")?, row.text("sender")?),
    };
    gathered
        .usage
        .add(sender.as_deref(), UsageChange::settled());
    let id = id.filter(|id| MessageId::parse(id).is_ok());
    session
        .execute(
            "INSERT INTO quarantine (seq, id, at, reason) VALUES ($1, $2, $3, $4)
             ON CONFLICT (seq) DO UPDATE SET at = excluded.at, reason = excluded.reason",
            &[&seq, &id, &failure.at.as_microsecond(), &failure.code],
        )
        .await?;
    let subject = id.unwrap_or_else(|| format!("seq:{seq}"));
    gathered
        .audit
        .push(AuditEntry::quarantined(subject, failure));
    Ok(Outcome::Done)
}

async fn note_failed(session: &mut Session, seq: i64, failure: &Failure) -> Result<(), StoreError> {
    session
        .execute(
            "INSERT INTO failed (seq, state, at, code, event, description, linked)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (seq) DO UPDATE SET state = excluded.state, at = excluded.at,
               code = excluded.code, event = excluded.event,
               description = excluded.description, linked = excluded.linked",
            &[
                &seq,
                &MessageState::Error.as_str(),
                &failure.at.as_microsecond(),
                &failure.code,
                &failure.event,
                &failure.description,
                &failure.linked,
            ],
        )
        .await?;
    Ok(())
}

/// A message goes into an inbox at the next position.
pub(super) async fn place_in_inbox(
    session: &mut Session,
    seq: i64,
    recipient: &str,
    since: Timestamp,
    gathered: &mut Gathered,
) -> Result<(), StoreError> {
    gathered.arrived.extend(MailboxId::parse(recipient));
    session
        .execute(
            "INSERT INTO pending (recipient, position, seq, id, workflow, since)
             SELECT $2, nextval('position'), seq, id, workflow, $3 FROM message WHERE seq = $1
             ON CONFLICT DO NOTHING",
            &[&seq, &recipient, &since.as_microsecond()],
        )
        .await?;
    Ok(())
}

const REDELIVER: &str = "
WITH given AS (SELECT m.seq, m.sender, coalesce(m.recipient, r.recipient) AS recipient
  FROM message m LEFT JOIN routed r ON r.seq = m.seq WHERE m.id = $1),
free AS (SELECT seq FROM given g WHERE recipient IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.seq = g.seq)),
taken AS (DELETE FROM acknowledged a USING free f WHERE a.seq = f.seq RETURNING a.seq),
failed_before AS (DELETE FROM failed t USING free f WHERE t.seq = f.seq RETURNING t.seq)
SELECT seq, sender, recipient,
  seq IN (SELECT seq FROM taken UNION SELECT seq FROM failed_before) AS ended FROM given";

pub(super) async fn redeliver(
    session: &mut Session,
    id: &MessageId,
    at: Timestamp,
    gathered: &mut Gathered,
) -> Result<Outcome, StoreError> {
    let Some(row) = session.query_opt(REDELIVER, &[&id.as_str()]).await? else {
        return Ok(Outcome::NotFound);
    };
    let ended: bool = row
        .try_get("ended")
        .map_err(|_| StoreError::DamagedRecord("a column"))?;
    match row.text("recipient")? {
        Some(recipient) if ended => {
            place_in_inbox(session, row.needed("seq")?, &recipient, at, gathered).await?;
            let sender = row.text("sender")?;
            gathered.usage.add(sender.as_deref(), UsageChange::waits());
            Ok(Outcome::Done)
        }
        _ => Ok(Outcome::Conflict),
    }
}
