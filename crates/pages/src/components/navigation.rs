//! Links along pages: breadcrumbs and the pages of a list.

use maud::{Markup, html};

/// The way to a page: names and addresses, the site's first page first.
pub fn breadcrumbs(steps: &[(String, String)]) -> Markup {
    html! {
        @if let Some((name, address)) = steps.last() {
            nav.nhsuk-breadcrumb aria-label="Breadcrumb" {
                ol.nhsuk-breadcrumb__list {
                    @for (name, address) in steps {
                        li.nhsuk-breadcrumb__list-item {
                            a.nhsuk-breadcrumb__link href=(address) { (name) }
                        }
                    }
                }
                a.nhsuk-back-link href=(address) {
                    span.nhsuk-u-visually-hidden { "Back to " } (name)
                }
            }
        }
    }
}

/// Where a list goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pagination {
    /// The address of the part before, and what it is.
    pub previous: Option<(String, String)>,
    /// The address of the part after, and what it is.
    pub next: Option<(String, String)>,
}

/// Links to the parts of a list before and after this one.
pub fn pagination(parts: &Pagination) -> Markup {
    html! {
        @if parts.previous.is_some() || parts.next.is_some() {
            nav.nhsuk-pagination role="navigation" aria-label="Pagination" {
                ul.nhsuk-list.nhsuk-pagination__list {
                    @if let Some((address, name)) = &parts.previous {
                        li.nhsuk-pagination-item--previous {
                            a."nhsuk-pagination__link nhsuk-pagination__link--prev"
                                href=(address) rel="prev" {
                                (part("Previous", name))
                                (arrow("M10.7 6.3c.4.4.4 1 0 1.4L7.4 11H19a1 1 0 0 1 0 2H7.4l3.3 \
                                    3.3c.4.4.4 1 0 1.4a1 1 0 0 1-1.4 0l-5-5A1 1 0 0 1 4 12c0-.3.1-.5.3-.7l5-5a1 \
                                    1 0 0 1 1.4 0Z"))
                            }
                        }
                    }
                    @if let Some((address, name)) = &parts.next {
                        li.nhsuk-pagination-item--next {
                            a."nhsuk-pagination__link nhsuk-pagination__link--next"
                                href=(address) rel="next" {
                                (part("Next", name))
                                (arrow("m14.7 6.3 5 5c.2.2.3.4.3.7 0 .3-.1.5-.3.7l-5 5a1 1 0 0 1-1.4 \
                                    0 1 1 0 0 1 0-1.4l3.3-3.3H5a1 1 0 0 1 0-2h11.6l-3.3-3.3a1 1 0 1 1 \
                                    1.4-1.4Z"))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn part(words: &str, name: &str) -> Markup {
    html! {
        span.nhsuk-pagination__title { (words) }
        span.nhsuk-u-visually-hidden { ":" }
        span.nhsuk-pagination__page { (name) }
    }
}

fn arrow(path: &str) -> Markup {
    html! {
        svg.nhsuk-icon xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16" height="16"
            focusable="false" aria-hidden="true" {
            path d=(path) {}
        }
    }
}
