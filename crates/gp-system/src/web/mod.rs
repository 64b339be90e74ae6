//! The practice's pages: server-rendered, for signed-in users by their role, all text escaped.

mod age;
mod alerts;
mod check;
mod checks;
mod codes;
mod context;
mod documents;
mod entry;
mod export;
mod help;
mod inbox;
mod lists;
mod overview;
mod received;
mod review;
mod role;
mod sent;
mod settings;
mod source;

use axum::Router;
use pages::{Access, Live, Row, Section, Site, Surroundings, Table, Users};

use crate::Practice;
use checks::Checks;
use context::Pages;
use entry::attachments::TOGETHER;

use role::PracticePermission::{Act, Administer, Read, Review, Send as SendReports};
pub use role::{PracticePermission, PracticeRole};

/// Bytes of a message and its control file that the check takes.
const CHECK_LIMIT: usize = 20 * 1024 * 1024;
/// Bytes a form with attachments may have beside them.
const FORM_AROUND_ATTACHMENTS: usize = 64 * 1024;

/// Routes of the pages, to which each section adds its own.
type Routes = Table<PracticeRole, Pages>;

fn table() -> Routes {
    let table = Table::new()
        .asset(&lists::STYLE)
        .get_noted("/", Read, "overview", overview::page)
        .get("/help", Read, help::page)
        .get("/received/{number}", Read, received::page);
    let table = inbox_routes(table);
    let table = letter_routes(table);
    let table = letter_view_routes(table);
    let table = review_routes(table);
    let table = sent_routes(table);
    let table = sent_work_routes(table);
    let table = entry_routes(table);
    let table = draft_routes(table);
    let table = alert_routes(table);
    table
        .get("/check", Read, check::form)
        .upload_noted("/check", Read, ("check", CHECK_LIMIT), check::run)
        .get("/settings", Administer, settings::page)
        .get("/settings/changes", Administer, settings::changes)
        .people(Administer)
}

/// The list of letters, and work on several of them.
fn inbox_routes(table: Routes) -> Routes {
    table
        .get_noted("/inbox", Read, "inbox", inbox::list::page)
        .post_noted("/inbox", Read, "search", inbox::list::choose)
        .get_noted("/inbox/export", Read, "inbox export", export::inbox)
        .post_noted("/inbox/export", Read, "inbox export", export::chosen)
        .post_noted("/inbox/several/file", Act, "inbox", inbox::several::file)
        .post_noted(
            "/inbox/several/assign",
            Act,
            "inbox",
            inbox::several::assign,
        )
        .post("/inbox/undo", Act, inbox::undo::undo)
        .post("/inbox/keys", Read, inbox::keys::switch)
        .post("/inbox/views", Read, inbox::views::keep)
        .post("/inbox/views/forget", Read, inbox::views::forget)
        .asset(&inbox::STYLE)
        .asset(&inbox::SCRIPT)
}

/// One letter, what came with it, and work on it.
fn letter_routes(table: Routes) -> Routes {
    table
        .get_noted("/inbox/{task}", Read, "task", inbox::open::page)
        .get_noted(
            "/inbox/{task}/attachments/{position}",
            Read,
            "document",
            documents::attachment,
        )
        .get_noted("/inbox/{task}/source", Read, "document", source::of_task)
        .get_noted(
            "/inbox/{task}/control",
            Read,
            "document",
            source::control_of_task,
        )
        .get_noted(
            "/inbox/{task}/findings",
            Read,
            "document",
            source::findings_of_task,
        )
        .get_noted(
            "/inbox/{task}/message",
            Read,
            "document",
            source::message_of_task,
        )
        .post("/inbox/{task}/assign", Act, inbox::work::assign)
        .post("/inbox/{task}/opened", Act, inbox::open::opened)
        .post_noted("/inbox/{task}/note", Act, "task", inbox::work::note)
        .post_noted("/inbox/{task}/file", Act, "task", inbox::work::file)
        .post_noted("/inbox/{task}/return", Act, "task", inbox::work::give_back)
        .post("/inbox/{task}/reopen", Act, inbox::work::reopen)
}

/// What else is shown of a letter.
fn letter_view_routes(table: Routes) -> Routes {
    table
        .get_noted(
            "/inbox/{task}/document",
            Read,
            "task",
            inbox::letter::views::document,
        )
        .get_noted(
            "/inbox/{task}/files",
            Read,
            "task",
            inbox::letter::views::files,
        )
        .get_noted(
            "/inbox/{task}/journey",
            Read,
            "task",
            inbox::letter::views::journey,
        )
        .get_noted(
            "/inbox/{task}/history",
            Read,
            "task",
            inbox::letter::views::history,
        )
        .asset(&inbox::letter::STYLE)
}

/// The review of an Update Record.
fn review_routes(table: Routes) -> Routes {
    table
        .asset(&review::STYLE)
        .asset(&review::SCRIPT)
        .get_noted("/inbox/{task}/review", Read, "review", review::page)
        .upload_noted(
            "/inbox/{task}/review",
            Review,
            ("review", review::FORM_LIMIT),
            review::save,
        )
        .post("/inbox/{task}/review/reopen", Review, review::reopen)
        .get_noted("/inbox/{task}/review/filed", Read, "review", review::filed)
}

/// The list of sent consultations, one of them, and what went with it.
fn sent_routes(table: Routes) -> Routes {
    table
        .get_noted("/sent", Read, "sent list", sent::list::page)
        .post_noted("/sent", Read, "search", sent::list::choose)
        .get_noted("/sent/export", Read, "sent export", export::sent)
        .get_noted(
            "/sent/{consultation}",
            Read,
            "consultation",
            sent::consultation::page,
        )
        .get_noted(
            "/sent/{consultation}/report",
            Read,
            "document",
            source::report,
        )
        .get_noted(
            "/sent/{consultation}/source",
            Read,
            "document",
            source::of_sent,
        )
        .get_noted(
            "/sent/{consultation}/control",
            Read,
            "document",
            source::control_of_sent,
        )
        .get_noted(
            "/sent/{consultation}/findings",
            Read,
            "document",
            source::findings_of_sent,
        )
        .get_noted(
            "/sent/{consultation}/message",
            Read,
            "document",
            source::message_of_sent,
        )
}

/// What is done about a sent consultation.
fn sent_work_routes(table: Routes) -> Routes {
    table
        .get_noted(
            "/sent/{consultation}/edit",
            SendReports,
            "consultation",
            entry::update::form,
        )
        .post(
            "/sent/{consultation}/edit",
            SendReports,
            entry::update::save,
        )
        .get(
            "/sent/{consultation}/delete",
            SendReports,
            sent::deletion::question,
        )
        .post(
            "/sent/{consultation}/delete",
            SendReports,
            sent::deletion::delete,
        )
        .post("/sent/{consultation}/recipient", SendReports, sent::decide)
}

/// Entering a consultation.
fn entry_routes(table: Routes) -> Routes {
    table
        .get("/new", SendReports, entry::new::form)
        .post("/new", SendReports, entry::new::save)
        .post_noted(
            "/new/patients",
            SendReports,
            "search",
            entry::patients::search,
        )
        .post_noted(
            "/new/patient",
            SendReports,
            "patient",
            entry::patients::take,
        )
        .post("/new/template", SendReports, entry::templates::apply)
        .get("/new/clinicians", SendReports, entry::clinicians::page)
        .post(
            "/new/clinicians/forget",
            SendReports,
            entry::clinicians::forget,
        )
        .asset(&entry::STYLE)
        .asset(&entry::KEEP)
        .asset(&entry::ATTACH)
}

/// Consultations that are not sent yet.
fn draft_routes(table: Routes) -> Routes {
    table
        .get_noted("/drafts", SendReports, "draft list", entry::drafts::page)
        .post("/drafts", SendReports, entry::keeping::keep)
        .get_noted("/drafts/{draft}", SendReports, "draft", entry::draft::page)
        .get_noted(
            "/drafts/{draft}/report",
            SendReports,
            "document",
            documents::preview,
        )
        .get_noted(
            "/drafts/{draft}/edit",
            SendReports,
            "draft",
            entry::draft::form,
        )
        .post("/drafts/{draft}/edit", SendReports, entry::draft::save)
        .post("/drafts/{draft}/send", SendReports, entry::draft::send)
        .post(
            "/drafts/{draft}/discard",
            SendReports,
            entry::draft::discard,
        )
        .upload(
            "/drafts/{draft}/attachments",
            SendReports,
            TOGETHER + FORM_AROUND_ATTACHMENTS,
            entry::attachments::add,
        )
        .post(
            "/drafts/{draft}/attachments/{position}/remove",
            SendReports,
            entry::attachments::remove,
        )
}

/// What went wrong.
fn alert_routes(table: Routes) -> Routes {
    table
        .get_noted("/alerts", Read, "alerts", alerts::page)
        .post("/alerts", Act, alerts::settle)
        .post("/alerts/undo", Act, alerts::undo)
        .post("/alerts/{alert}/reopen", Act, alerts::reopen)
}

/// Every route of the pages and what it needs, for going through it role by role.
pub fn rows() -> Vec<Row<PracticePermission>> {
    table().rows().to_vec()
}

/// The pages of one practice under the path prefix `base`: empty, or such as `/starling`. The
/// practice's observer must tell `live` of every event; `users` are those tasks are given to, `surroundings` what the
/// program knows beside the practice.
pub fn router(
    practice: Practice,
    base: &str,
    access: &Access,
    (users, surroundings): (&Users, Surroundings),
    live: Live,
) -> Router {
    let config = practice.config();
    let section = |name, path, needs| Section { name, path, needs };
    let site = Site {
        name: config.name.clone(),
        about: format!("ODS code {}, mailbox {}", config.ods, config.mailbox),
        sections: vec![
            section("Overview", "/", Read),
            section("Inbox", "/inbox", Read),
            section("Sent", "/sent", Read),
            section("New consultation", "/new", SendReports),
            section("Alerts", "/alerts", Read),
            section("Check a message", "/check", Read),
            section("Settings", "/settings", Administer),
            section("Users", "/users", Administer),
        ],
        live,
    };
    let state = Pages {
        practice,
        users: users.clone(),
        checks: Checks::default(),
        surroundings,
    };
    table().open(site, base, access, state)
}
