//! The first page of the demo: the way to both practices and the console, examples to send, and what can go wrong.

use axum::Router;
use axum::extract::{Form, State};
use axum::response::Redirect;
use exchange_console::{ExchangePermission, ExchangeRole};
use maud::{Markup, html};
use pages::components::{card, secondary_button};
use pages::{Access, Live, Notice, Problem, Section, Site, Table, View};
use sandbox_pages::live_loop::{Example, Fault};
use serde::Deserialize;

use super::pages::Controls;

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

pub fn router(access: &Access, live: Live, controls: Controls) -> Router {
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
        .post("/examples", ExchangePermission::Administer, send)
        .post("/faults", ExchangePermission::Administer, switch)
        .people(ExchangePermission::Administer)
        .open(site, "", access, controls)
}

async fn page(view: View<ExchangeRole>, State(controls): State<Controls>) -> Markup {
    let faults = controls.chaos.states();
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
        h2 { "Send one from Starling to Osprey" }
        @for example in Example::ALL {
            (view.form("/examples", html! {
                input type="hidden" name="example" value=(example.name());
                (secondary_button(words_of(example)))
            }))
        }
        h2 { "Make it go wrong" }
        @for state in faults {
            @let is_on = state.since.is_some();
            (view.form("/faults", html! {
                input type="hidden" name="fault" value=(state.fault.name());
                input type="hidden" name="on" value=(if is_on { "no" } else { "yes" });
                (secondary_button(&format!(
                    "{}: switch {}", effect_of(state.fault), if is_on { "off" } else { "on" }
                )))
            }))
        }
    })
}

#[derive(Deserialize)]
struct Chosen {
    example: String,
}

async fn send(
    view: View<ExchangeRole>,
    State(controls): State<Controls>,
    Form(chosen): Form<Chosen>,
) -> Result<Redirect, Problem> {
    let example = Example::parse(&chosen.example).ok_or_else(Problem::not_found)?;
    match controls.examples.send(example).await {
        Ok(_) => view.tell(Notice::success("The letter is on its way.")),
        Err(error) => {
            tracing::error!(%error, example = example.name(), "an example was not sent");
            view.tell(Notice::important(error.to_string()));
        }
    }
    Ok(Redirect::to(&view.link("/")))
}

#[derive(Deserialize)]
struct Switched {
    fault: String,
    on: String,
}

async fn switch(
    view: View<ExchangeRole>,
    State(controls): State<Controls>,
    Form(switched): Form<Switched>,
) -> Result<Redirect, Problem> {
    let fault = Fault::parse(&switched.fault).ok_or_else(Problem::not_found)?;
    controls.chaos.set(fault, switched.on == "yes");
    Ok(Redirect::to(&view.link("/")))
}

fn words_of(example: Example) -> &'static str {
    match example {
        Example::Delivered => "Delivered",
        Example::UnknownPatient => "Patient unknown to PDS (EPL-153)",
        Example::NoPractice => "Patient without a practice (EPL-151)",
        Example::PayloadRefused => "Payload refused (20009)",
        Example::NotKnownHere => "Not known at the practice (30002)",
        Example::NoAnswer => "No answer",
        Example::Duplicate => "The same message twice (20007)",
        Example::Replacement => "A letter, and its second version",
        Example::Large => "Large attachments, in chunks",
    }
}

fn effect_of(fault: Fault) -> &'static str {
    match fault {
        Fault::PdsAway => "PDS does not answer",
        Fault::ServerBusy => "The MESH server answers 503",
        Fault::SlowLine => "A slow line",
        Fault::CutLine => "A line that breaks in the middle",
        Fault::DeliveredTwice => "Letters are sent twice",
        Fault::ExpiredCertificate => "Starling's certificate has expired",
    }
}
