//! The sandbox's test function that puts a message in any state.

use jiff::Timestamp;
use nhs::MessageId;

use super::progress::{note_failed, place_in_inbox};
use super::session::Session;
use crate::StoreError;
use crate::message::{Failure, MessageState};
use crate::operation::Outcome;
use crate::stored::Cells;

pub(super) async fn set_state(
    session: &mut Session,
    id: &MessageId,
    state: MessageState,
    failure: Option<&Failure>,
    at: Timestamp,
) -> Result<Outcome, StoreError> {
    let message = session
        .query_opt(
            "SELECT m.seq, coalesce(m.recipient, r.recipient) AS recipient, p.position
             FROM message m LEFT JOIN routed r ON r.seq = m.seq LEFT JOIN pending p ON p.seq = m.seq
             WHERE m.id = $1",
            &[&id.as_str()],
        )
        .await?;
    let Some(message) = message else {
        return Ok(Outcome::NotFound);
    };
    let seq = message.needed("seq")?;
    for sql in [
        "DELETE FROM routing WHERE seq = $1",
        "DELETE FROM acknowledged WHERE seq = $1",
        "DELETE FROM failed WHERE seq = $1",
        "DELETE FROM uploading WHERE seq = $1",
    ] {
        session.execute(sql, &[&seq]).await?;
    }
    if state != MessageState::Accepted {
        session
            .execute("DELETE FROM pending WHERE seq = $1", &[&seq])
            .await?;
    }
    match state {
        MessageState::Accepted => {
            if let Some(recipient) = message.text("recipient")? {
                place_in_inbox(session, seq, &recipient, at).await?;
            }
        }
        MessageState::Acknowledged => {
            let position = message.integer("position")?.unwrap_or(0);
            session
                .execute(
                    "INSERT INTO acknowledged (seq, position, at) VALUES ($1, $2, $3)",
                    &[&seq, &position, &at.as_microsecond()],
                )
                .await?;
        }
        MessageState::Uploading => {
            session
                .execute(
                    "INSERT INTO uploading (seq, received) VALUES ($1,
                       1 + (SELECT count(*) FROM chunk WHERE seq = $1 AND number > 1))",
                    &[&seq],
                )
                .await?;
        }
        MessageState::Error | MessageState::Undeliverable => {
            let none = Failure {
                at,
                code: String::new(),
                event: String::new(),
                description: String::new(),
                linked: None,
            };
            note_failed(session, seq, state, failure.unwrap_or(&none)).await?;
        }
    }
    Ok(Outcome::Done)
}
