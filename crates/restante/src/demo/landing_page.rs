//! The first page of the demo: the way to both practices and the console.

use axum::Router;
use exchange_console::{ExchangePermission, ExchangeRole};
use maud::{Markup, html};
use pages::components::card;
use pages::{Access, Live, Section, Site, Table, View};

const PLACES: [(&str, &str, &str); 3] = [
    (
        "/starling",
        "Cumbria Starling Medical Centre",
        "Where the patient was seen. Write a consultation, preview its report and send it.",
    ),
    (
        "/osprey",
        "Osprey Medical Centre",
        "Where the patient is registered. The report is a task in the workflow inbox.",
    ),
    (
        "/console",
        "The exchange",
        "Its console: mailboxes, queues, and the journey of each message from OUT to IN.",
    ),
];

pub fn router(access: &Access, live: Live) -> Router {
    let section = |name, path| Section::<ExchangeRole> {
        name,
        path,
        needs: ExchangePermission::Observe,
    };
    let site = Site {
        name: "Restante demo".to_owned(),
        about: "Everything runs on this machine. The patients are published test patients."
            .to_owned(),
        sections: vec![
            section("Starling", "/starling"),
            section("Osprey", "/osprey"),
            section("Exchange", "/console"),
        ],
        live,
    };
    Table::new()
        .get("/", ExchangePermission::Observe, page)
        .people(ExchangePermission::Administer)
        .open(site, "", access, ())
}

async fn page(view: View<ExchangeRole>) -> Markup {
    view.page("Restante demo").show(html! {
        p { "Two practices and the exchange between them run on this machine." }
        div.pages-cards {
            @for (path, name, words) in PLACES {
                (card(name, 2, html! {
                    p { (words) }
                    p { a href=(path) { "Open " span.nhsuk-u-visually-hidden { (name) } } }
                }))
            }
        }
    })
}
