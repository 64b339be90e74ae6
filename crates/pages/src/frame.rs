//! The layout around every page, in the markup of the NHS design system.

use maud::{DOCTYPE, Markup, html};

use crate::components::{breadcrumbs, notification_banner};
use crate::notice::Notice;
use crate::site_asset::{AssetKind, SiteAsset, of};
use crate::{Problem, accessibility, assets};

/// An entry of the navigation.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) address: String,
    pub(crate) current: bool,
}

/// Who is signed in, and what signs them out.
pub(crate) struct Account<'a> {
    pub(crate) user: &'a str,
    pub(crate) role: &'static str,
    /// The page of the user's own account.
    pub(crate) address: String,
    pub(crate) form_token: &'a str,
}

/// A page with all that is around its content.
pub(crate) struct Frame<'a> {
    pub(crate) title: &'a str,
    /// The form on it was not taken.
    pub(crate) failed: bool,
    pub(crate) service: &'a str,
    pub(crate) about: &'a str,
    pub(crate) home: String,
    pub(crate) sections: Vec<Entry>,
    pub(crate) account: Option<Account<'a>>,
    pub(crate) breadcrumbs: &'a [(String, String)],
    pub(crate) notice: Option<Notice>,
    /// Where changes are told, and the version this page shows.
    pub(crate) events: Option<(String, u64)>,
    /// Further sheets and scripts, with their addresses.
    pub(crate) assets: &'a [(&'a SiteAsset, String)],
    /// Where the help on this page is.
    pub(crate) help: Option<String>,
    pub(crate) content: Markup,
}

impl Frame<'_> {
    pub(crate) fn draw(&self) -> Markup {
        let (events, version) = match &self.events {
            Some((address, version)) => (Some(address), Some(version)),
            None => (None, None),
        };
        html! {
            (DOCTYPE)
            html.nhsuk-template lang="en-GB" {
                (self.head())
                body.nhsuk-template__body data-events=[events] data-version=[version] {
                    a.nhsuk-skip-link href="#maincontent" { "Skip to main content" }
                    (self.header())
                    div.nhsuk-width-container {
                        (breadcrumbs(self.breadcrumbs))
                        main.nhsuk-main-wrapper #maincontent tabindex="-1" {
                            p."print-only pages-place" { (self.service) }
                            @if let Some(notice) = &self.notice { (notification_banner(notice)) }
                            (self.content)
                        }
                    }
                    (self.footer())
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
                title { @if self.failed { "Error: " } (self.title) " – " (self.service) }
                @for style in assets::styles() { link rel="stylesheet" href=(style); }
                @for style in of(self.assets, AssetKind::Style) { link rel="stylesheet" href=(style); }
                link rel="stylesheet" media="print" href=(assets::print_style());
                link rel="icon" type="image/svg+xml" href=(assets::icon());
                script src=(assets::script()) defer {}
                @for script in of(self.assets, AssetKind::Script) { script src=(script) defer {} }
            }
        }
    }

    fn header(&self) -> Markup {
        html! {
            header.nhsuk-header role="banner" {
                div.nhsuk-header__container.nhsuk-width-container {
                    div.nhsuk-header__service {
                        a.nhsuk-header__service-name href=(self.home) { (self.service) }
                    }
                    @if let Some(account) = &self.account { (account.draw()) }
                }
                @if !self.sections.is_empty() {
                    nav.nhsuk-header__navigation aria-label="Menu" {
                        div.nhsuk-header__navigation-container.nhsuk-width-container {
                            ul.nhsuk-header__navigation-list {
                                @for entry in &self.sections { (entry.draw()) }
                            }
                        }
                    }
                }
            }
        }
    }

    fn footer(&self) -> Markup {
        html! {
            footer.nhsuk-footer role="contentinfo" {
                div.nhsuk-width-container {
                    div.nhsuk-footer__meta {
                        @if !self.about.is_empty() { p.nhsuk-body-s { (self.about) } }
                        p.nhsuk-body-s { "Restante " (env!("CARGO_PKG_VERSION")) }
                        (foot_links(self.help.as_deref()))
                    }
                }
            }
        }
    }
}

impl Entry {
    fn draw(&self) -> Markup {
        let class = if self.current {
            "nhsuk-header__navigation-item nhsuk-header__navigation-item--current"
        } else {
            "nhsuk-header__navigation-item"
        };
        html! {
            li class=(class) {
                a.nhsuk-header__navigation-link href=(self.address)
                    aria-current=[self.current.then_some("page")] {
                    @if self.current {
                        strong.nhsuk-header__navigation-item-current-fallback { (self.name) }
                    } @else { (self.name) }
                }
            }
        }
    }
}

impl Account<'_> {
    fn draw(&self) -> Markup {
        html! {
            nav.nhsuk-header__account aria-label="Account" {
                ul.nhsuk-header__account-list {
                    li.nhsuk-header__account-item {
                        a.nhsuk-header__account-link href=(self.address) {
                            (self.user) " (" (self.role) ")"
                        }
                    }
                    li.nhsuk-header__account-item {
                        form.nhsuk-header__account-form method="post" action="/sign-out" {
                            input type="hidden" name="token" value=(self.form_token);
                            button.nhsuk-header__account-button type="submit" { "Sign out" }
                        }
                    }
                }
            }
        }
    }
}

impl Account<'_> {
    /// In one line, for the head of a page of work.
    pub(crate) fn in_short(&self) -> Markup {
        html! {
            a href=(self.address) { (self.user) ", " (self.role) }
            " · "
            form.bar-form method="post" action="/sign-out" {
                input type="hidden" name="token" value=(self.form_token);
                button type="submit" { "Sign out" }
            }
        }
    }
}

/// What the foot of every page leads to.
pub(crate) fn foot_links(help: Option<&str>) -> Markup {
    html! {
        ul."nhsuk-body-s pages-foot-links" {
            @if let Some(help) = help { li { a href=(help) { "Help with this page" } } }
            li { a href=(accessibility::ADDRESS) { "Accessibility statement" } }
        }
    }
}

/// A page of no site.
pub(crate) fn bare(service: &str, title: &str, failed: bool, content: Markup) -> Markup {
    Frame {
        title,
        failed,
        service,
        about: "",
        home: "/".to_owned(),
        sections: Vec::new(),
        account: None,
        breadcrumbs: &[],
        notice: None,
        events: None,
        assets: &[],
        help: None,
        content,
    }
    .draw()
}

/// The page of a problem that no site drew.
pub(crate) fn bare_problem(problem: &Problem) -> Markup {
    let content = html! {
        h1.nhsuk-heading-l { (problem.title) }
        p { (problem.words) }
        p { a href="/" { "Go to the first page" } }
    };
    bare("Restante", &problem.title, false, content)
}
