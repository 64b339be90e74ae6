//! A page of work of somebody who is signed in.

use maud::{Markup, html};

use super::frame::{WorkFrame, WorkLink};
use crate::Role;
use crate::components::{breadcrumbs, error_summary, notification_banner};
use crate::site_asset::SiteAsset;
use crate::view::Page;

/// A page of work being put together: [`Page::work`] begins one, [`WorkPage::show`] draws it.
pub struct WorkPage<'a, R: Role> {
    page: Page<'a, R>,
    tab: Option<String>,
    places: Vec<WorkLink>,
    counts: Vec<(&'a str, u64)>,
    fills: bool,
    foot: Option<Markup>,
}

impl<'a, R: Role> Page<'a, R> {
    /// Makes it a page of work. Its heading is for screen readers only, unless the content has it
    /// ([`Page::without_heading`]); a caption is not shown.
    pub fn work(self) -> WorkPage<'a, R> {
        WorkPage {
            page: self,
            tab: None,
            places: Vec::new(),
            counts: Vec::new(),
            fills: false,
            foot: None,
        }
    }
}

impl<'a, R: Role> WorkPage<'a, R> {
    /// What the browser's tab says in place of the heading: `25 to do · Inbox`.
    pub fn tab(mut self, words: impl Into<String>) -> Self {
        self.tab = Some(words.into());
        self
    }

    /// How many need somebody on the page of the navigation with this path.
    pub fn count(mut self, path: &'a str, count: u64) -> Self {
        self.counts.push((path, count));
        self
    }

    /// Other places of the same address, in a strip above the head.
    pub fn places(mut self, places: Vec<WorkLink>) -> Self {
        self.places = places;
        self
    }

    /// A sheet or script of the site's own, which its table serves
    /// ([`Table::asset`](crate::Table::asset)).
    pub fn asset(mut self, asset: &'a SiteAsset) -> Self {
        self.page = self.page.asset(asset);
        self
    }

    /// The content goes from edge to edge, as two panes do.
    pub fn fills_screen(mut self) -> Self {
        self.fills = true;
        self
    }

    /// What stands below, in place of what the site says of itself.
    pub fn foot(mut self, foot: Markup) -> Self {
        self.foot = Some(foot);
        self
    }

    /// The whole page around its content.
    pub fn show(self, content: Markup) -> Markup {
        let page = &self.page;
        let view = page.view();
        let site = view.site();
        let navigation: Vec<WorkLink> = view
            .sections()
            .map(|(section, current)| {
                let count = self.counts.iter().find(|(path, _)| *path == section.path);
                WorkLink::new(section.name, view.link(section.path))
                    .current(current)
                    .count(count.map_or(0, |(_, count)| *count))
            })
            .collect();
        let content = html! {
            (breadcrumbs(page.steps()))
            @if let Some(notice) = view.take_notice() { (notification_banner(&notice)) }
            @if let Some(errors) = page.wrong() { (error_summary(errors)) }
            @if page.has_heading() { h1.unseen { (page.title()) } }
            (content)
        };
        let foot = self.foot.unwrap_or_else(|| {
            html! {
                @if !site.about.is_empty() { (site.about) " · " }
                "Restante " (env!("CARGO_PKG_VERSION"))
            }
        });
        WorkFrame {
            title: self.tab.as_deref().unwrap_or(page.title()),
            failed: page.wrong().is_some(),
            place: &site.name,
            home: &view.link("/"),
            places: &self.places,
            navigation: &navigation,
            who: view.who(),
            events: Some((view.link("/events"), site.live.version())),
            assets: page.assets(),
            fills: self.fills,
            foot,
            help: view.help(),
            content,
        }
        .draw()
    }
}
