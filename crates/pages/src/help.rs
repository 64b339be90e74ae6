//! What a newcomer should know of each page of a site, on one page that the foot of every other leads into.

use maud::{Markup, html};

use crate::{Role, View};

/// The path of a site's page of help.
pub(crate) const PATH: &str = "/help";

/// What is to be known of one section of a site.
pub struct Topic {
    /// The section's path without its slash, such as `inbox`; `overview` for the first page.
    pub id: &'static str,
    /// Its name.
    pub title: &'static str,
    /// A few short paragraphs.
    pub words: &'static [&'static str],
}

/// The page of help, which a site's table has at `/help`.
pub fn help_page<R: Role>(view: &View<R>, topics: &[Topic]) -> Markup {
    view.page("Help").show(html! {
        nav aria-label="On this page" {
            ul.nhsuk-list {
                @for topic in topics { li { a href={ "#" (topic.id) } { (topic.title) } } }
            }
        }
        @for topic in topics {
            section aria-labelledby=(topic.id) {
                h2.nhsuk-heading-m id=(topic.id) { (topic.title) }
                @for words in topic.words { p { (words) } }
            }
        }
    })
}

/// Where the help on a page begins: at its section.
pub(crate) fn address(section: &str) -> String {
    match section.trim_matches('/') {
        "" => format!("{PATH}#overview"),
        id => format!("{PATH}#{id}"),
    }
}
