//! What a handler draws its page with: who looks at which site, and the page being put together.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use maud::{Markup, html};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use crate::access::{Access, Actor, FORM_TOKEN, SessionKey, Signed};
use crate::components::{Errors, error_summary};
use crate::frame::{Account, Entry, Frame};
use crate::site::{MountedSite, Section, Site};
use crate::site_asset::SiteAsset;
use crate::source::Source;
use crate::{Notice, Problem, Role, help};

/// How often an idle connection of an open page says that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// After an event, how long what changes is gathered for the next.
const REST: Duration = Duration::from_secs(1);

/// Who is signed in.
#[derive(Clone)]
pub struct Session<R: Role> {
    signed: Signed,
    role: R,
}

impl<R: Role> Session<R> {
    pub(crate) fn new(signed: Signed, role: R) -> Self {
        Self { signed, role }
    }

    /// The user's name.
    pub fn user(&self) -> &str {
        &self.signed.identity.name
    }

    /// The user's role.
    pub fn role(&self) -> R {
        self.role
    }

    /// Whether the user signed in with a password that somebody else gave out, and has to choose another.
    pub(crate) fn must_change_password(&self) -> bool {
        self.signed.identity.must_change
    }

    /// Whether the user may.
    pub fn may(&self, permission: R::Permission) -> bool {
        self.role.may(permission)
    }
}

/// What a page is drawn with: the site, who looks, where. An argument of handlers; cheap to clone.
#[derive(Clone)]
pub struct View<R: Role> {
    inner: Arc<Inner<R>>,
}

struct Inner<R: Role> {
    mounted: Arc<MountedSite<R>>,
    session: Session<R>,
    /// Where the request comes from.
    source: Source,
    /// The path within the site.
    path: String,
    /// Asked for by our own script, to renew an open page.
    live: bool,
}

impl<R: Role, S: Sync> FromRequestParts<S> for View<R> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let view = parts.extensions.get::<Self>().cloned();
        view.ok_or_else(Problem::internal)
    }
}

impl<R: Role> View<R> {
    pub(crate) fn new(
        mounted: Arc<MountedSite<R>>,
        (session, source): (Session<R>, Source),
        path: String,
        live: bool,
    ) -> Self {
        let inner = Inner {
            mounted,
            session,
            source,
            path,
            live,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Who looks.
    pub fn session(&self) -> &Session<R> {
        &self.inner.session
    }

    pub(crate) fn access(&self) -> &Access {
        &self.inner.mounted.access
    }

    /// The session's key.
    pub(crate) fn key(&self) -> &SessionKey {
        &self.inner.session.signed.key
    }

    pub(crate) fn source(&self) -> Source {
        self.inner.source
    }

    /// Who looks, as the security log names them.
    pub(crate) fn actor(&self) -> Actor {
        let mark = self.key().mark();
        Actor::new(self.session().user(), self.inner.source, mark)
    }

    /// True when no person asked: our own script renews an open page. Such a look changes nothing
    /// and is not another look to be audited.
    pub fn is_renewal(&self) -> bool {
        self.inner.live
    }

    /// The address of a page of this site, from its path within the site.
    pub fn link(&self, path: &str) -> String {
        self.inner.mounted.link(path)
    }

    pub(crate) fn form_token(&self) -> &str {
        &self.inner.session.signed.form_token
    }

    /// A form that posts to a path of this site, with the session's token.
    pub fn form(&self, path: &str, content: Markup) -> Markup {
        html! {
            form method="post" action=(self.link(path)) autocomplete="off" novalidate {
                (self.token_field())
                (content)
            }
        }
    }

    /// A form with files that posts to a path of this site.
    pub fn upload_form(&self, path: &str, content: Markup) -> Markup {
        html! {
            form method="post" action=(self.link(path)) enctype="multipart/form-data"
                autocomplete="off" novalidate {
                (self.token_field())
                (content)
            }
        }
    }

    /// The hidden field every form has; for a form that [`View::form`] does not suit.
    pub fn token_field(&self) -> Markup {
        html! { input type="hidden" name=(FORM_TOKEN) value=(self.form_token()); }
    }

    /// Tells the user something on the next page they see, as after a form.
    pub fn tell(&self, notice: Notice) {
        let key = self.key();
        self.access().set_notice(key, notice);
    }

    /// Keeps a text that may be a patient's for this session, and gives what stands for it in an
    /// address: addresses end up in histories and logs. The session keeps the latest 50, of 500
    /// characters each.
    pub fn keep_text(&self, text: &str) -> String {
        let key = self.key();
        self.access().keep_text(key, text)
    }

    /// The text that stands for this in an address of this session.
    pub fn kept_text(&self, id: &str) -> Option<String> {
        let key = self.key();
        self.access().text(key, id)
    }

    /// Begins a page with its heading.
    pub fn page(&self, title: impl Into<String>) -> Page<'_, R> {
        Page {
            view: self,
            title: title.into(),
            caption: None,
            breadcrumbs: Vec::new(),
            errors: None,
            shows_heading: true,
            assets: Vec::new(),
        }
    }

    pub(crate) fn problem(&self, problem: &Problem) -> Markup {
        self.page(&problem.title)
            .show(html! { p { (problem.words) } })
    }

    pub(crate) fn site(&self) -> &Site<R> {
        &self.inner.mounted.site
    }

    /// The navigation as far as the user's role sees it, each entry with whether this page is within it.
    pub(crate) fn sections(&self) -> impl Iterator<Item = (&Section<R>, bool)> {
        let (inner, all) = (&self.inner, &self.inner.mounted.site.sections);
        let longest = all
            .iter()
            .filter(|section| is_within(&inner.path, section.path))
            .map(|section| section.path.len())
            .max();
        all.iter()
            .filter(|section| inner.session.may(section.needs))
            .map(move |section| {
                let within = is_within(&inner.path, section.path);
                (section, within && Some(section.path.len()) == longest)
            })
    }

    /// Where the help on this page is, where the site has such a page.
    pub(crate) fn help(&self) -> Option<String> {
        let section = self.sections().find(|(_, current)| *current);
        let path = section.map_or("/", |(section, _)| section.path);
        let has_help = self.inner.mounted.has_help;
        has_help.then(|| self.link(&help::address(path)))
    }

    fn account(&self) -> Account<'_> {
        Account {
            user: self.inner.session.user(),
            role: self.inner.session.role.title(),
            address: self.link("/account"),
            form_token: self.form_token(),
        }
    }

    /// Who looks and what signs them out, in the head of a page of work.
    pub(crate) fn who(&self) -> Markup {
        self.account().in_short()
    }

    pub(crate) fn take_notice(&self) -> Option<Notice> {
        let key: &SessionKey = &self.inner.session.signed.key;
        (!self.inner.live)
            .then(|| self.inner.mounted.access.take_notice(key))
            .flatten()
    }
}

/// A page being put together; [`Page::show`] draws it.
pub struct Page<'a, R: Role> {
    view: &'a View<R>,
    title: String,
    caption: Option<String>,
    breadcrumbs: Vec<(String, String)>,
    errors: Option<&'a Errors>,
    shows_heading: bool,
    assets: Vec<(&'a SiteAsset, String)>,
}

impl<'a, R: Role> Page<'a, R> {
    /// A line above the heading, such as the kind of thing the page is about.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }

    /// A step on the way to this page: its name and its path within the site.
    pub fn breadcrumb(mut self, name: impl Into<String>, path: &str) -> Self {
        self.breadcrumbs.push((name.into(), self.view.link(path)));
        self
    }

    /// What has to be corrected, told above the heading and in the title.
    pub fn errors(mut self, errors: &'a Errors) -> Self {
        self.errors = Some(errors).filter(|errors| !errors.is_empty());
        self
    }

    /// Leaves the heading to the content, which must have an `h1`.
    pub fn without_heading(mut self) -> Self {
        self.shows_heading = false;
        self
    }

    /// A sheet or script of the site's own, which its table serves
    /// ([`Table::asset`](crate::Table::asset)).
    pub fn asset(mut self, asset: &'a SiteAsset) -> Self {
        let address = self.view.link(asset.path());
        self.assets.push((asset, address));
        self
    }

    pub(crate) fn assets(&self) -> &[(&'a SiteAsset, String)] {
        &self.assets
    }

    pub(crate) fn view(&self) -> &'a View<R> {
        self.view
    }

    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    pub(crate) fn steps(&self) -> &[(String, String)] {
        &self.breadcrumbs
    }

    pub(crate) fn wrong(&self) -> Option<&'a Errors> {
        self.errors
    }

    pub(crate) fn has_heading(&self) -> bool {
        self.shows_heading
    }

    /// The whole page around its content.
    pub fn show(self, content: Markup) -> Markup {
        let inner = &self.view.inner;
        let mounted = &inner.mounted;
        let sections = self
            .view
            .sections()
            .map(|(section, current)| Entry {
                name: section.name,
                address: mounted.link(section.path),
                current,
            })
            .collect();
        let content = html! {
            @if let Some(errors) = self.errors { (error_summary(errors)) }
            @if self.shows_heading {
                h1.nhsuk-heading-l {
                    @if let Some(caption) = &self.caption {
                        span.nhsuk-caption-l { (caption) " " }
                    }
                    (self.title)
                }
            }
            (content)
        };
        Frame {
            title: &self.title,
            failed: self.errors.is_some(),
            service: &mounted.site.name,
            about: &mounted.site.about,
            home: mounted.link("/"),
            sections,
            account: Some(self.view.account()),
            breadcrumbs: &self.breadcrumbs,
            notice: self.view.take_notice(),
            events: Some((mounted.link("/events"), mounted.site.live.version())),
            help: self.view.help(),
            assets: &self.assets,
            content,
        }
        .draw()
    }
}

/// Whether a path is a section's first page or one below it.
fn is_within(path: &str, section: &str) -> bool {
    match path.strip_prefix(section) {
        Some(rest) => section == "/" && rest.is_empty() || section != "/" && ends_part(rest),
        None => false,
    }
}

fn ends_part(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// Tells an open page each new version of what the site shows, once a second at most, until its session
/// ends.
pub(crate) async fn events<R: Role>(
    view: View<R>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let access = &view.inner.mounted.access;
    let place = access
        .stream_place(&view.inner.session.signed.key)
        .ok_or_else(Problem::too_many_pages)?;
    let look = access.options().look;
    let watch = Watch {
        view,
        seen: 0,
        look_at: Instant::now() + look,
        rests: false,
        _place: place,
    };
    let stream = unfold(Some(watch), async |watch| {
        let (event, watch) = watch?.next().await?;
        Some((Ok(event), watch))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// An open page's connection.
struct Watch<R: Role> {
    view: View<R>,
    /// The version it was told last.
    seen: u64,
    /// When to see whether its session still lives: not at each event, of which there may be many.
    look_at: Instant,
    /// An event was sent just now.
    rests: bool,
    _place: OwnedSemaphorePermit,
}

impl<R: Role> Watch<R> {
    /// The next event, and the connection unless it was the last.
    async fn next(mut self) -> Option<(Event, Option<Self>)> {
        let mounted = Arc::clone(&self.view.inner.mounted);
        let live = &mounted.site.live;
        if self.rests && !live.rest(REST).await {
            return None;
        }
        loop {
            if Instant::now() >= self.look_at {
                let key = self.view.inner.session.signed.key;
                if !matches!(mounted.access.still_signed_in(key).await, Ok(Some(_))) {
                    return Some((Event::default().event("signed-out").data(""), None));
                }
                self.look_at = Instant::now() + mounted.access.options().look;
            }
            if let Ok(next) = timeout_at(self.look_at, live.next(self.seen)).await {
                self.seen = next?;
                self.rests = true;
                let event = Event::default().data(self.seen.to_string());
                return Some((event, Some(self)));
            }
        }
    }
}
