//! The routes of the console, and who may follow them.

use axum::Router;
use pages::{Access, Section, Site, Table};

use crate::console::Console;
use crate::role::{ExchangePermission as Permission, ExchangeRole};
use crate::{
    assets, audit, certificates, chain, charts, help, journey, mailboxes, messages, overview,
    queues, settings, sheets,
};

/// Every route of the console and what it needs.
pub fn table() -> Table<ExchangeRole, Console> {
    use Permission::{Administer, Observe, Operate, ReadAudit, SeePatientData};
    Table::new()
        .asset(&assets::STYLE)
        .asset(&assets::SCRIPT)
        .get("/", Observe, overview::page)
        .get("/help", Observe, help::page)
        .get("/charts", Observe, charts::table)
        .get("/charts.csv", Observe, charts::csv)
        .get("/mailboxes", Observe, mailboxes::list)
        .post_noted("/mailboxes", Operate, "mailbox added", mailboxes::add)
        .get("/mailboxes/new", Operate, mailboxes::form)
        .get("/mailboxes/{mailbox}", Observe, mailboxes::page)
        .post_noted(
            "/mailboxes/{mailbox}/disable",
            Operate,
            "mailbox disabled",
            mailboxes::disable,
        )
        .post_noted(
            "/mailboxes/{mailbox}/enable",
            Operate,
            "mailbox enabled",
            mailboxes::enable,
        )
        .get("/messages", Observe, messages::list)
        .post("/messages", Observe, messages::narrow)
        .get("/messages.csv", Observe, messages::export)
        .post("/messages/search", Observe, messages::search)
        .get("/messages/{message}", Observe, journey::page)
        .get("/messages/{message}/proof", ReadAudit, journey::download)
        .post(
            "/messages/{message}/details",
            SeePatientData,
            journey::reveal,
        )
        .get("/queues", Observe, queues::page)
        .post_noted(
            "/queues/{message}/try",
            Operate,
            "tried now",
            queues::try_now,
        )
        .get("/certificates", Observe, certificates::page)
        .get("/audit", ReadAudit, audit::page)
        .post("/audit", ReadAudit, audit::look_for)
        .get("/audit.csv", ReadAudit, audit::export)
        .post("/audit.csv", ReadAudit, audit::export_found)
        .post("/audit/check", ReadAudit, chain::check)
        .asset(&sheets::STYLE)
        .asset(&sheets::SCRIPT)
        .get("/settings", Administer, settings::page)
        .get("/settings/changes", Administer, settings::changes)
        .people(Administer)
}

/// The console under the path prefix `base`: empty, or such as `/console`.
pub fn router(console: Console, base: &str, access: &Access) -> Router {
    let section = |name, path, needs| Section { name, path, needs };
    let site = Site {
        name: "Restante exchange".to_owned(),
        about: "The console of the exchange. Patient details are shown only to roles that \
                may see them, and each look is noted."
            .to_owned(),
        sections: vec![
            section("Overview", "/", Permission::Observe),
            section("Mailboxes", "/mailboxes", Permission::Observe),
            section("Messages", "/messages", Permission::Observe),
            section("Queues", "/queues", Permission::Observe),
            section("Certificates", "/certificates", Permission::Observe),
            section("Audit trail", "/audit", Permission::ReadAudit),
            section("Settings", "/settings", Permission::Administer),
            section("Users", "/users", Permission::Administer),
        ],
        live: console.journeys.live().clone(),
    };
    table().open(site, base, access, console)
}
