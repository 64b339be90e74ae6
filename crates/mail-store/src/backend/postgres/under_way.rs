//! Writes that are under way, whichever server's. What a COMMIT holds that waits for a synchronous standby is seen by nobody
//! else before the standby has it, though nothing may prevent it any more.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::records::PostgresRecords;
use crate::StoreError;
use crate::backend::row::RowReader;

/// Whoever writes messages holds this lock until what was written is seen, or will never be; also when the server that
/// began it has gone.
const UNDER_WAY: &str = "
SELECT DISTINCT virtualtransaction AS one FROM pg_locks
WHERE locktype = 'relation' AND relation = 'message'::regclass AND mode = 'RowExclusiveLock'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND ($1::text[] IS NULL OR virtualtransaction = ANY($1))";

/// Taken at the beginning of a transaction, and by each statement that writes messages.
pub(super) const BEGIN: &str = "BEGIN; LOCK TABLE message IN ROW EXCLUSIVE MODE";

const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// When the last look began that saw the end of all it found. One looks at a time, for all who have asked before it began.
pub(super) type Looked = Mutex<Option<Instant>>;

impl PostgresRecords {
    /// Returns once all that were under way when it was called have ended.
    pub(super) async fn until_writes_end(&self) -> Result<(), StoreError> {
        let asked = Instant::now();
        let mut looked = self.looked.lock().await;
        if looked.is_some_and(|began| began >= asked) {
            return Ok(());
        }
        let began = Instant::now();
        let mut left = self.under_way(None).await?;
        let mut pause = FIRST_PAUSE;
        while !left.is_empty() {
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
            left = self.under_way(Some(&left)).await?;
        }
        *looked = Some(began);
        Ok(())
    }

    /// All, or those of them that still are.
    async fn under_way(&self, of: Option<&[String]>) -> Result<Vec<String>, StoreError> {
        let rows = self.rows(UNDER_WAY, &[&of]).await?;
        rows.iter().map(|row| row.needed_text("one")).collect()
    }
}
