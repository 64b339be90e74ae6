//! The routes of the live loop, and what its buttons do.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use exchange_console::{ExchangePermission as Permission, ExchangeRole};
use maud::Markup;
use pages::{Access, Notice, Problem, Section, Site, SiteAsset, Table};
use serde::Deserialize;

use super::letter::Letter;
use super::looking::{self, Looking};
use super::pace::Pace;
use super::page::{self, Known, Shown};
use super::places::Places;
use super::recorder::Recorder;
use super::running::Running;
use super::{Example, Fault};

static STYLE: SiteAsset = SiteAsset::style("loop.css", include_str!("../../assets/loop.css"));
static SCRIPT: SiteAsset = SiteAsset::script("loop.js", include_str!("../../assets/loop.js"));

/// How long a form waits for its letter to be heard of, so that the next page shows it.
const HEARD_WITHIN: Duration = Duration::from_secs(2);

/// A page of the loop.
type View = pages::View<ExchangeRole>;

/// The live loop over a running demo.
#[derive(Clone)]
pub struct LiveLoop {
    places: Arc<Places>,
    recorder: Recorder,
    running: Arc<dyn Running>,
}

impl LiveLoop {
    /// The loop of these places, as the recorder hears it.
    pub fn new(places: Places, recorder: Recorder, running: Arc<dyn Running>) -> Self {
        Self {
            places: Arc::new(places),
            recorder,
            running,
        }
    }
}

/// Every route of the loop and what it needs.
pub fn table() -> Table<ExchangeRole, LiveLoop> {
    use Permission::{Administer, Observe};
    Table::new()
        .get("/", Observe, show)
        .get("/again", Observe, again)
        .get("/journeys/{number}/{file}", Observe, file)
        .get("/connect/{name}", Administer, connect)
        .post("/send", Administer, send)
        .post("/faults", Administer, faults)
        .asset(&STYLE)
        .asset(&SCRIPT)
        .people(Administer)
}

/// The loop at the root of its address. Its menu leads to both practices, the console and `others`.
pub fn router(
    live_loop: LiveLoop,
    others: Vec<(&'static str, &'static str)>,
    access: &Access,
) -> Router {
    let section = |(name, path)| Section {
        name,
        path,
        needs: Permission::Observe,
    };
    let mut sections = vec![section(("Live loop", "/"))];
    sections.extend(others.into_iter().map(section));
    let site = Site {
        name: "Restante demo".to_owned(),
        about: "Everything runs on this machine. Published or invented test patients only."
            .to_owned(),
        sections,
        live: live_loop.recorder.live().clone(),
    };
    table().open(site, "", access, live_loop)
}

async fn show(
    view: View,
    State(live_loop): State<LiveLoop>,
    Query(query): Query<looking::Query>,
) -> Markup {
    let letters = looked_at(live_loop.recorder.letters()).await;
    let known = Known {
        faults: Fault::ALL
            .into_iter()
            .filter(|fault| live_loop.running.is_on(*fault))
            .collect(),
        counts: live_loop.running.counts().await,
        visits: live_loop.recorder.visits(),
        now: live_loop.recorder.now(),
    };
    let shown = Shown::of(&live_loop.places, &letters, Looking::from(query), known);
    view.page("The live loop")
        .without_heading()
        .work()
        .tab(shown.tab())
        .asset(&STYLE)
        .asset(&SCRIPT)
        .show(page::content(&shown, &view.token_field()))
}

/// The letters, each with what is in it: that is read once, away from the tasks that serve requests.
async fn looked_at(letters: Vec<Letter>) -> Vec<Letter> {
    let is_new = |letter: &&Letter| {
        letter
            .pair
            .as_ref()
            .is_some_and(|kept| kept.known().is_none())
    };
    let new: Vec<_> = letters
        .iter()
        .filter(is_new)
        .filter_map(|letter| letter.pair.clone())
        .collect();
    if !new.is_empty() {
        let looking = tokio::task::spawn_blocking(move || {
            for kept in new {
                _ = kept.about();
            }
        });
        if looking.await.is_err() {
            tracing::error!("a letter of the live loop could not be looked at");
        }
    }
    letters
}

#[derive(Deserialize)]
struct Again {
    journey: u64,
}

/// Tells a journey again from its beginning.
async fn again(State(live_loop): State<LiveLoop>, Query(again): Query<Again>) -> Redirect {
    let now = live_loop.recorder.now().as_millisecond();
    Redirect::to(&format!("/?journey={}&since={now}", again.journey))
}

/// One of a letter's two files.
async fn file(
    State(live_loop): State<LiveLoop>,
    Path((number, file)): Path<(u64, String)>,
) -> Result<Response, Problem> {
    let letters = live_loop.recorder.letters();
    let mut letters = letters.into_iter();
    let letter = letters
        .find(|letter| letter.number == number)
        .ok_or_else(Problem::not_found)?;
    let kept = letter.pair.ok_or_else(Problem::not_found)?;
    let bytes = match file.as_str() {
        "letter.dat" => kept.pair.data.clone(),
        "letter.ctl" => kept.pair.control.clone(),
        _ => return Err(Problem::not_found()),
    };
    Ok(download(bytes))
}

/// One of the visitor's files.
async fn connect(
    State(live_loop): State<LiveLoop>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let known = live_loop.places.visitor.files.iter();
    let mut known = known.copied();
    let name = known
        .find(|known| *known == name)
        .ok_or_else(Problem::not_found)?;
    let bytes = live_loop.running.file(name).await;
    bytes.map(download).ok_or_else(Problem::not_found)
}

/// Kept as a file, never shown as a page of this address.
fn download(bytes: Vec<u8>) -> Response {
    let kind = HeaderValue::from_static("application/octet-stream");
    let kept = HeaderValue::from_static("attachment");
    ([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, kept)], bytes).into_response()
}

#[derive(Deserialize)]
struct SendForm {
    example: String,
    #[serde(default)]
    pace: String,
}

async fn send(
    view: View,
    State(live_loop): State<LiveLoop>,
    Form(form): Form<SendForm>,
) -> Result<Redirect, Problem> {
    let example = Example::parse(&form.example).ok_or_else(Problem::not_found)?;
    let before = live_loop.recorder.heard();
    match live_loop.running.send(example).await {
        Ok(()) => {
            let heard = live_loop.recorder.next_letter(before);
            // a letter that takes longer is shown once it is heard of
            _ = tokio::time::timeout(HEARD_WITHIN, heard).await;
        }
        Err(reason) => view.tell(Notice::important(format!("Not sent: {reason}"))),
    }
    Ok(back(&form.pace))
}

#[derive(Deserialize)]
struct FaultForm {
    on: Option<String>,
    off: Option<String>,
    #[serde(default)]
    pace: String,
}

async fn faults(
    State(live_loop): State<LiveLoop>,
    Form(form): Form<FaultForm>,
) -> Result<Redirect, Problem> {
    let (name, on) = match (&form.on, &form.off) {
        (Some(name), None) => (name.as_str(), true),
        (None, Some(name)) => (name.as_str(), false),
        _ => return Err(Problem::not_found()),
    };
    if name == "all" && !on {
        Fault::ALL
            .into_iter()
            .for_each(|fault| live_loop.running.set(fault, false));
    } else {
        let fault = Fault::parse(name).ok_or_else(Problem::not_found)?;
        live_loop.running.set(fault, on);
    }
    live_loop.recorder.live().changed();
    Ok(back(&form.pace))
}

/// The page again, at the pace that was chosen; step by step would show a beginning that stands still.
fn back(pace: &str) -> Redirect {
    match Pace::parse(pace) {
        Pace::Live => Redirect::to("/?pace=live"),
        Pace::Slow | Pace::Steps => Redirect::to("/"),
    }
}
