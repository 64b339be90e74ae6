//! The layout around a page of work.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::assets;
use crate::frame::foot_links;
use crate::site_asset::{AssetKind, SiteAsset, of};

/// The envelope beside a place's name, in white.
const MARK: &str = r##"<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><rect width="32" height="32" rx="4" fill="#fff"/><path d="M5 9h22v14H5z" fill="none" stroke="#005eb8" stroke-width="2.5"/><path d="m5 9 11 9 11-9" fill="none" stroke="#005eb8" stroke-width="2.5"/></svg>"##;

/// A link in the head of a page of work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkLink {
    /// Its words.
    pub name: String,
    /// Where it leads.
    pub address: String,
    /// Whether this page is there.
    pub current: bool,
    /// How many there need somebody; nothing is shown of none.
    pub count: u64,
}

impl WorkLink {
    /// A link that is not this page's and counts nothing.
    pub fn new(name: impl Into<String>, address: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            address: address.into(),
            current: false,
            count: 0,
        }
    }

    /// The same, as this page's own.
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }

    /// The same, with how many there need somebody.
    pub fn count(mut self, count: u64) -> Self {
        self.count = count;
        self
    }

    fn draw(&self, current: &str) -> Markup {
        html! {
            a href=(self.address) aria-current=[self.current.then_some(current)] {
                (self.name)
                @if self.count > 0 { " " span.count { (self.count) } }
            }
        }
    }
}

/// A page of work with all that is around its content. Pages of people who are signed in are made by
/// [`Page::work`](crate::Page::work); this is for those without a sign-in.
pub struct WorkFrame<'a> {
    /// What the browser's tab says before the place's name.
    pub title: &'a str,
    /// The form on it was not taken.
    pub failed: bool,
    /// The place's name, such as the practice's.
    pub place: &'a str,
    /// The address of its first page.
    pub home: &'a str,
    /// Other places of the same address, in a strip above the head; empty for none.
    pub places: &'a [WorkLink],
    /// The pages of this place.
    pub navigation: &'a [WorkLink],
    /// Who looks, and what signs them out; at the end of the head.
    pub who: Markup,
    /// Where changes are told, and the version this page shows.
    pub events: Option<(String, u64)>,
    /// Addresses of further sheets and scripts.
    pub assets: &'a [(&'a SiteAsset, String)],
    /// Whether the content goes from edge to edge, as two panes do.
    pub fills: bool,
    /// What stands below; may be empty.
    pub foot: Markup,
    /// Where the help on this page is.
    pub help: Option<String>,
    /// The content, with an `h1`.
    pub content: Markup,
}

impl WorkFrame<'_> {
    /// The whole page.
    pub fn draw(&self) -> Markup {
        let (events, version) = match &self.events {
            Some((address, version)) => (Some(address), Some(version)),
            None => (None, None),
        };
        let main = if self.fills { "fill" } else { "page" };
        html! {
            (DOCTYPE)
            html lang="en-GB" {
                (self.head())
                body.work data-events=[events] data-version=[version] {
                    a.skip href="#maincontent" { "Skip to main content" }
                    (self.strip())
                    (self.bar())
                    main #maincontent class=(main) tabindex="-1" {
                        p."print-only pages-place" { (self.place) }
                        (self.content)
                    }
                    footer.foot { (self.foot) (foot_links(self.help.as_deref())) }
                }
            }
        }
    }

    fn head(&self) -> Markup {
        html! {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="theme-color" content="#005eb8";
                title { @if self.failed { "Error: " } (self.title) " · " (self.place) }
                @for style in assets::work_styles() { link rel="stylesheet" href=(style); }
                @for style in of(self.assets, AssetKind::Style) { link rel="stylesheet" href=(style); }
                link rel="stylesheet" media="print" href=(assets::print_style());
                link rel="icon" type="image/svg+xml" href=(assets::icon());
                script src=(assets::script()) defer {}
                @for script in of(self.assets, AssetKind::Script) { script src=(script) defer {} }
            }
        }
    }

    fn strip(&self) -> Markup {
        html! {
            @if !self.places.is_empty() {
                nav.strip aria-label="Places" {
                    ul { @for place in self.places { li { (place.draw("true")) } } }
                }
            }
        }
    }

    fn bar(&self) -> Markup {
        html! {
            header.bar {
                div.bar-in {
                    a.bar-name href=(self.home) { (PreEscaped(MARK)) span { (self.place) } }
                    nav.bar-nav aria-label=(self.place) { (self.entries()) }
                    div.bar-who { (self.who) }
                    details.bar-menu {
                        summary { "Menu" }
                        nav aria-label=(format!("{}, menu", self.place)) { (self.entries()) }
                        div.bar-menu-who { (self.who) }
                    }
                }
            }
        }
    }

    fn entries(&self) -> Markup {
        html! { ul { @for link in self.navigation { li { (link.draw("page")) } } } }
    }
}
