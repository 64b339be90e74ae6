//! The live page of a rehearsal, and what its buttons do.

use std::sync::Arc;

use gp_system::Practice;
use jiff::Timestamp;
use nhs::{Clock, SystemClock};
use rehearsal::Claim;
use rehearsal::sender::patients::TestPatient;
use rehearsal::sender::{self, Facts, Standing};
use sandbox_pages::rehearsal::{Actions, Connection, Rehearsal};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::demo::addresses::Listening;
use crate::demo::pages::{Page, access, open, users};
use crate::error::Error;

use super::keeper::Shared;

/// What the page's buttons act on.
pub struct PageActions {
    pub shared: Shared,
    pub partner: Practice,
    pub end: CancellationToken,
    pub claim: Claim,
    pub subject: String,
    pub command: String,
    pub mailbox: String,
    pub patients: Vec<TestPatient>,
    pub features: Vec<String>,
}

impl Actions for PageActions {
    fn answer_next_as(&self, keyword: &str) {
        // the run first: a message that comes between the two would be told another answer than it gets
        self.shared.run.lock().answer_next_as(keyword);
        self.partner.answer_next_as(keyword);
        self.shared.note_change();
    }

    fn end(&self) {
        self.end.cancel();
    }

    fn last_asked(&self) -> Option<Timestamp> {
        self.shared.last_asked()
    }

    fn pack_so_far(&self) -> String {
        let run = self.shared.run.lock();
        let facts = Facts {
            claim: self.claim.clone(),
            subject: &self.subject,
            command: &self.command,
            mailbox: &self.mailbox,
            ended: SystemClock.now(),
            patients: &self.patients,
            features: &self.features,
            audit: b"",
            audit_head: "Written at the end",
        };
        sender::page(&run, &facts, &Standing::of(&run, false))
    }
}

/// Serves the page until shut down.
///
/// # Errors
///
/// When no port can be listened on.
pub async fn serve(
    actions: PageActions,
    connection: Connection,
    (listening, password): (&Listening, &SecretString),
    shutdown: &CancellationToken,
) -> Result<Page, Error> {
    let users = users(password)?;
    let access = access(&users, "Restante rehearsal", "rehearsal");
    let rehearsal = Rehearsal {
        run: Arc::clone(&actions.shared.run),
        live: actions.shared.live.clone(),
        actions: Arc::new(actions),
        connection: Arc::new(connection),
    };
    let site = sandbox_pages::rehearsal::router(rehearsal, &access);
    open(&access, &users, [site], listening, shutdown).await
}
