use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, html};

use super::Pages;

/// The parts of the practice, as the navigation shows them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Overview,
    Inbox,
    Sent,
    New,
}

const PARTS: [(Part, &str, &str); 4] = [
    (Part::Overview, "", "Overview"),
    (Part::Inbox, "/inbox", "Workflow inbox"),
    (Part::Sent, "/sent", "Sent"),
    (Part::New, "/new", "New consultation"),
];

/// A whole page of the practice around `body`.
pub(super) fn page(pages: &Pages, part: Part, title: &str, body: Markup) -> Markup {
    let config = pages.practice.config();
    let style = format!("{}/style.css", pages.base);
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            (head(title, &config.name, Some(&style)))
            body {
                a.skip href="#content" { "Skip to content" }
                header {
                    div.wide {
                        strong { (config.name) }
                        span.mailbox { (config.ods) ", mailbox " (config.mailbox) }
                    }
                }
                nav aria-label="Parts of the practice" {
                    ul {
                        @for (other, path, name) in PARTS {
                            li {
                                a href=(link(pages, path))
                                    aria-current=[(other == part).then_some("page")] { (name) }
                            }
                        }
                    }
                }
                main id="content" {
                    h1 { (title) }
                    (body)
                }
                footer { div.wide { "Restante: practice pages" } }
            }
        }
    }
}

/// A page without a practice, for errors.
pub(super) fn bare(title: &str, words: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            (head(title, "Restante", None))
            body { main { h1 { (title) } p { (words) } } }
        }
    }
}

fn head(title: &str, site: &str, style: Option<&str>) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            title { (title) " - " (site) }
            @if let Some(style) = style { link rel="stylesheet" href=(style); }
        }
    }
}

/// The address of a page of this practice.
pub(super) fn link(pages: &Pages, path: &str) -> String {
    match (&*pages.base, path) {
        ("", "") => "/".to_owned(),
        (base, path) => format!("{base}{path}"),
    }
}

/// A time as people in England read it.
pub(super) fn time(at: Timestamp) -> Markup {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    let shown = at
        .to_zoned(zone)
        .strftime("%-d %b %Y, %H:%M:%S")
        .to_string();
    html! { time datetime=(at) { (shown) } }
}
