use axum::Router;
use exchange::{Exchange, ExchangeError};
use pages::{Access, Problem, Section, Site, Table};

use crate::journeys::Journeys;
use crate::role::{ExchangePermission as Permission, ExchangeRole};
use crate::{audit, mailboxes, message, messages, overview, queues};

/// What every page of the console works with.
#[derive(Clone)]
pub struct Console {
    pub(crate) exchange: Exchange,
    pub(crate) journeys: Journeys,
}

impl Console {
    /// A console over an exchange, whose observer the journeys must be.
    pub fn new(exchange: Exchange, journeys: Journeys) -> Self {
        Self { exchange, journeys }
    }
}

pub(crate) type View = pages::View<ExchangeRole>;

/// Every route of the console and what it needs.
pub fn table() -> Table<ExchangeRole, Console> {
    use Permission::{Observe, ReadAudit, SeePatientData};
    Table::new()
        .get("/", Observe, overview::page)
        .get("/mailboxes", Observe, mailboxes::list)
        .get("/mailboxes/{mailbox}", Observe, mailboxes::page)
        .get("/messages", Observe, messages::list)
        .post("/messages/search", Observe, messages::search)
        .get("/messages/{message}", Observe, message::page)
        .post(
            "/messages/{message}/details",
            SeePatientData,
            message::reveal,
        )
        .get("/queues", Observe, queues::page)
        .get("/audit", ReadAudit, audit::page)
}

/// The console under the path prefix `base`: empty, or such as `/console`.
pub fn router(console: Console, base: &str, access: &Access) -> Router {
    let section = |name, path, needs| Section { name, path, needs };
    let site = Site {
        name: "Restante exchange".to_owned(),
        about: "The console of the exchange. What may name a patient is shown only to roles that \
                may see it, and each look is noted."
            .to_owned(),
        sections: vec![
            section("Overview", "/", Permission::Observe),
            section("Mailboxes", "/mailboxes", Permission::Observe),
            section("Messages", "/messages", Permission::Observe),
            section("Queues", "/queues", Permission::Observe),
            section("Audit trail", "/audit", Permission::ReadAudit),
        ],
        live: console.journeys.live().clone(),
    };
    table().open(site, base, access, console)
}

/// What the exchange's error is for somebody who looks at a page.
pub(crate) fn problem(error: ExchangeError) -> Problem {
    match error {
        ExchangeError::NotFound | ExchangeError::DoesNotExist | ExchangeError::NoSuchMailbox => {
            Problem::not_found()
        }
        error => {
            tracing::error!(%error, "a page could not be shown");
            Problem::internal()
        }
    }
}
