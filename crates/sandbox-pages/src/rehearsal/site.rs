//! The routes of a rehearsal's page, and what its buttons do.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use exchange_console::{ExchangePermission as Permission, ExchangeRole};
use jiff::Timestamp;
use maud::Markup;
use pages::{Access, Live, Notice, Problem, Section, Site, SiteAsset, Table};
use parking_lot::Mutex;
use rehearsal::sender::scripts::SCRIPTS;
use rehearsal::sender::{Run, Standing};
use serde::Deserialize;

use super::page::{self, Shown};
use super::rows;

static STYLE: SiteAsset =
    SiteAsset::style("rehearsal.css", include_str!("../../assets/rehearsal.css"));
static SCRIPT: SiteAsset = SiteAsset::script("copy.js", include_str!("../../assets/loop.js"));

/// Letters of a reason at most.
const LONGEST_REASON: usize = 200;

/// A page of the rehearsal.
pub(super) type View = pages::View<ExchangeRole>;

/// What the page's buttons act on.
pub trait Actions: Send + Sync {
    /// The partner answers the next message as though the clinician had this given name.
    fn answer_next_as(&self, keyword: &str);
    /// Ends the rehearsal; the pack is written.
    fn end(&self);
    /// When the system on trial last asked for something.
    fn last_asked(&self) -> Option<Timestamp>;
    /// The pack's page as it would be now.
    fn pack_so_far(&self) -> String;
}

/// How a system connects.
pub struct Connection {
    /// The MESH API.
    pub url: String,
    /// The mailbox on trial.
    pub mailbox: String,
    /// Where the files are.
    pub directory: PathBuf,
    /// The system on trial, as its supplier calls it.
    pub subject: String,
    /// What the page says of itself.
    pub claim: String,
    /// The rules, for people.
    pub rules: String,
}

/// A rehearsal as its page knows it. Cheap to clone.
#[derive(Clone)]
pub struct Rehearsal {
    /// The run.
    pub run: Arc<Mutex<Run>>,
    /// Tells open pages of changes.
    pub live: Live,
    /// What the buttons act on.
    pub actions: Arc<dyn Actions>,
    /// How a system connects.
    pub connection: Arc<Connection>,
}

/// Every route of the page and what it needs.
pub fn table() -> Table<ExchangeRole, Rehearsal> {
    use Permission::{Administer, Observe};
    Table::new()
        .get("/", Observe, show)
        .get("/rows", Observe, show_rows)
        .get("/pack", Observe, pack)
        .post("/answer", Administer, answer)
        .post("/again", Administer, again)
        .post("/not-applicable", Administer, not_applicable)
        .post("/end", Administer, end)
        .asset(&STYLE)
        .asset(&SCRIPT)
        .people(Administer)
}

/// The page at the root of its address.
pub fn router(rehearsal: Rehearsal, access: &Access) -> Router {
    let section = |name, path| Section {
        name,
        path,
        needs: Permission::Observe,
    };
    let site = Site {
        name: "Restante rehearsal".to_owned(),
        about: format!(
            "{} Not an NHS assurance. Patients are invented or published test patients; no Spine service takes part.",
            rehearsal.connection.claim
        ),
        sections: vec![section("Scripts", "/"), section("Rows", "/rows")],
        live: rehearsal.live.clone(),
    };
    table().open(site, "", access, rehearsal)
}

#[derive(Deserialize)]
struct Looking {
    script: Option<u8>,
}

async fn show(
    view: View,
    State(rehearsal): State<Rehearsal>,
    Query(looking): Query<Looking>,
) -> Markup {
    let run = rehearsal.run.lock();
    let shown = Shown {
        standing: Standing::of(&run, false),
        run: &run,
        asked: looking.script,
        connection: &rehearsal.connection,
        last_asked: rehearsal.actions.last_asked(),
    };
    view.page("Rehearse a sending system")
        .without_heading()
        .work()
        .tab(shown.tab())
        .asset(&STYLE)
        .asset(&SCRIPT)
        .show(page::content(&shown, &view))
}

async fn show_rows(view: View, State(rehearsal): State<Rehearsal>) -> Markup {
    let standing = Standing::of(&rehearsal.run.lock(), false);
    view.page("The 48 rows")
        .without_heading()
        .work()
        .asset(&STYLE)
        .show(rows::content(&standing))
}

/// It has its style in it, as in the pack.
async fn pack(State(rehearsal): State<Rehearsal>) -> Response {
    let page = tokio::task::spawn_blocking(move || rehearsal.actions.pack_so_far()).await;
    (pages::content_policy(), Html(page.unwrap_or_default())).into_response()
}

#[derive(Deserialize)]
struct AnswerForm {
    keyword: String,
    script: u8,
}

async fn answer(
    view: View,
    State(rehearsal): State<Rehearsal>,
    Form(form): Form<AnswerForm>,
) -> Result<Redirect, Problem> {
    let mut known = SCRIPTS.iter().flat_map(|script| script.keywords);
    let keyword = known
        .find(|known| **known == form.keyword)
        .ok_or_else(Problem::not_found)?;
    rehearsal.actions.answer_next_as(keyword);
    rehearsal.live.changed();
    view.tell(Notice::success(format!(
        "Your next message is answered with {keyword}, whatever is in it."
    )));
    Ok(to(form.script))
}

#[derive(Deserialize)]
struct ScriptForm {
    script: u8,
    #[serde(default)]
    reason: String,
}

async fn again(State(rehearsal): State<Rehearsal>, Form(form): Form<ScriptForm>) -> Redirect {
    rehearsal.run.lock().again(form.script);
    rehearsal.live.changed();
    to(form.script)
}

async fn not_applicable(
    view: View,
    State(rehearsal): State<Rehearsal>,
    Form(form): Form<ScriptForm>,
) -> Redirect {
    let reason = form.reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        view.tell(Notice::important(
            "Nothing was changed: give the reason, in 200 characters at most.".to_owned(),
        ));
        return to(form.script);
    }
    rehearsal.run.lock().leave_out(form.script, reason);
    rehearsal.live.changed();
    Redirect::to("/")
}

async fn end(view: View, State(rehearsal): State<Rehearsal>) -> Redirect {
    view.tell(Notice::success(
        "The rehearsal ends, and the pack is written. See the terminal it was started in."
            .to_owned(),
    ));
    rehearsal.actions.end();
    Redirect::to("/")
}

fn to(script: u8) -> Redirect {
    Redirect::to(&format!("/?script={script}"))
}
