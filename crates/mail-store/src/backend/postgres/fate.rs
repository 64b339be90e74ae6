//! What became of a transaction whose answer was lost: kept, not kept, or not to be found out.
//!
//! The server that is asked may be another one by now, a standby that took over, or the same one after a crash, which the
//! death of one of its processes is too and its start does not tell. There the transaction's number may be somebody
//! else's. A line of the audit trail is nobody else's: its hash is made of all before it. Where the transaction wrote one,
//! the line decides, and only that says of a transaction that it was kept; where it wrote none, nobody can tell.

use tokio_postgres::Row;

use super::connect::to_store_error;
use super::session::Session;
use crate::StoreError;

/// Written and waited for before anything is told to be kept: where a standby must have what is committed, it then has
/// what was committed before, too.
const CONFIRM: &str = "UPDATE audit_head SET number = number";

/// A transaction, as it can be looked for.
pub(super) struct Traces {
    /// Its number on the server that it began on.
    pub(super) number: String,
    /// When that server was started.
    pub(super) server: String,
    /// Number and hash of the last line that it added to the audit trail.
    pub(super) line: (i64, Vec<u8>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Kept,
    NotKept,
    /// It may end in either way.
    UnderWay,
    Unknown,
}

impl Traces {
    /// Looks for it once.
    pub(super) async fn fate(&self, session: &mut Session) -> Result<Fate, StoreError> {
        let server = session
            .query_opt("SELECT pg_postmaster_start_time()::text", &[])
            .await?;
        let runs_on = text(server)?.as_deref() == Some(self.server.as_str());
        // before the line: what is committed by then is seen
        let status = self.status(session).await?;
        let (number, hash) = &self.line;
        let sql = "SELECT 1 FROM audit WHERE number = $1 AND hash = $2";
        if session.query_opt(sql, &[number, hash]).await?.is_some() {
            session.execute(CONFIRM, &[]).await?;
            return Ok(Fate::Kept);
        }
        Ok(match (runs_on, status.as_deref()) {
            (true, Some("in progress")) => Fate::UnderWay,
            (true, Some("aborted")) | (false, _) => Fate::NotKept,
            _ => Fate::Unknown,
        })
    }

    /// What the server says of the number. A number that it has not given yet is another server's.
    async fn status(&self, session: &mut Session) -> Result<Option<String>, StoreError> {
        let sql = "SELECT pg_xact_status($1::text::xid8)";
        match session.query_opt(sql, &[&self.number]).await {
            Err(StoreError::Sql(_)) => Ok(None),
            row => text(row?),
        }
    }
}

fn text(row: Option<Row>) -> Result<Option<String>, StoreError> {
    row.map_or(Ok(None), |row| row.try_get(0).map_err(to_store_error))
}
