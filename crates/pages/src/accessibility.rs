//! The accessibility statement: the same for every site, open to whoever asks, as it is asked for before a sign-in too.

use axum::Router;
use axum::routing::get;
use maud::{Markup, html};

use crate::frame;

/// The statement's address.
pub(crate) const ADDRESS: &str = "/accessibility";

pub(crate) fn router() -> Router {
    Router::new().route(ADDRESS, get(async || statement()))
}

fn statement() -> Markup {
    let content = html! {
        h1.nhsuk-heading-l { "Accessibility statement" }
        p { "This statement is about the web pages of Restante: those of a practice, of the exchange, of the sandbox and of the demo." }
        h2.nhsuk-heading-m { "What you can do" }
        ul.nhsuk-list.nhsuk-list--bullet {
            li { "make text twice as large, or use a window of 320 pixels, and read without scrolling to the side" }
            li { "do everything with the keyboard; where a page has keys of one letter, its list of keys switches them off" }
            li { "use the pages without JavaScript: then a page renews itself only when you reload it" }
            li { "use your own colours and contrast settings; no state is told by colour alone" }
            li { "ask your system for less motion; nothing then moves by itself" }
        }
        h2.nhsuk-heading-m { "How accessible the pages are" }
        p { "They are made to meet level AA of the Web Content Accessibility Guidelines (WCAG) 2.2. We know of these exceptions:" }
        ul.nhsuk-list.nhsuk-list--bullet {
            li { "Documents and attachments that others sent are shown as they came. A PDF may have no text for a screen reader. \
                  Where a letter has its text in the message, the page shows that text too." }
            li { "A PDF in a page is shown by the viewer of your browser, which is not ours. The link beside it opens the file." }
            li { "A message's source has long lines. It is in a part of the page that scrolls to the side." }
        }
        h2.nhsuk-heading-m { "How they were tested" }
        p { "The tests of each release open the pages in a browser. At a width of 1280 pixels axe-core finds nothing serious in them \
             against levels A and AA of WCAG 2.0, 2.1 and 2.2, and at 320 pixels none is wider than the window. Keys alone, no \
             JavaScript and a small screen are tried for the main work and not for every page, less motion where something \
             moves, other colours not at all. Nobody outside the project has audited the pages, and they were not tested with people who use \
             assistive technology." }
        h2.nhsuk-heading-m { "When something is in your way" }
        p { "Tell whoever runs this service for you: your practice manager or IT support. They can report it to the project and \
             give you the information in another way." }
        p { "If you are in England, Scotland or Wales and are not content with the answer, ask the "
            "Equality Advisory and Support Service. In Northern Ireland ask the Equality Commission for Northern Ireland." }
        p { "This statement was prepared on 28 November 2026, for Restante " (env!("CARGO_PKG_VERSION")) "." }
        p { a href="/" { "Go to the first page" } }
    };
    frame::bare("Restante", "Accessibility statement", false, content)
}
