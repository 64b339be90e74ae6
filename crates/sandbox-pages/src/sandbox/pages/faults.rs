//! Faults on purpose: which is on, and the form that switches one on.

use axum::extract::{Form, State};
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;

use crate::sandbox::actions;
use crate::sandbox::fault::{Fault, Kind, LONGEST_DELAY, MOST_TIMES};
use crate::sandbox::state::{Sandbox, SandboxError};

use super::frame::SandboxPage;

pub(super) async fn page(State(sandbox): State<Sandbox>) -> Markup {
    let content = html! {
        h1.gap-low { "Make it go wrong" }
        p { "What a client must outlive. The test-only routes and this page go on as ever." }
        div.two {
            section.sheet aria-labelledby="on-h" {
                div.sheet-head { h2 #on-h { "Now" } }
                div.sheet-in.stack #fault data-live { (now(&sandbox)) }
            }
            section.sheet aria-labelledby="switch-h" {
                div.sheet-head { h2 #switch-h { "Switch a fault on" } }
                div.sheet-in { (form(&sandbox)) }
            }
        }
    };
    SandboxPage {
        title: "Make it go wrong",
        section: "/faults",
        count: 0,
        is_live: true,
        content,
    }
    .draw(&sandbox)
}

fn now(sandbox: &Sandbox) -> Markup {
    let Some(fault) = sandbox.faults().on() else {
        return html! { p { "Nothing goes wrong on purpose." } };
    };
    html! {
        p { b { (fault.fault.words()) } }
        p { (extent(&fault)) }
        (sandbox.site().form("/faults/off", html! {
            button.btn type="submit" { "Switch it off" }
        }))
    }
}

fn extent(fault: &Fault) -> Markup {
    html! {
        @if fault.times == 0 { "Over." } @else { "For the next " (fault.times) " requests" }
        @if fault.times > 0 {
            @if let Some(mailbox) = &fault.mailbox { " of " (mailbox) }
            "."
        }
        " " (fault.met) " met it."
        @if fault.fault == Kind::Slow { " Held back: " (fault.milliseconds) " ms." }
    }
}

fn form(sandbox: &Sandbox) -> Markup {
    let mailboxes = sandbox.exchange().mailboxes();
    sandbox.site().form(
        "/faults",
        html! {
            div.nhsuk-form-group {
                label.field for="kind" { "What" }
                select.input #kind name="fault" {
                    @for kind in Kind::ALL { option value=(kind.name()) { (kind.words()) } }
                }
            }
            div.nhsuk-form-group {
                label.field for="mailbox" { "Whose requests" }
                select.input #mailbox name="mailbox" {
                    option value="" { "Everyone’s" }
                    @for mailbox in mailboxes.iter() { option value=(mailbox.id) { (mailbox.id) } }
                }
            }
            div.two {
                div.nhsuk-form-group {
                    label.field for="times" { "How many requests" }
                    input.input #times name="times" type="number" min="1" max=(MOST_TIMES) value="1";
                }
                div.nhsuk-form-group {
                    label.field for="milliseconds" { "Milliseconds, of a slow answer" }
                    input.input #milliseconds name="milliseconds" type="number" min="0" max=(LONGEST_DELAY) value="2000";
                }
            }
            button.btn.btn-main type="submit" { "Switch it on" }
        },
    )
}

#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    fault: String,
    #[serde(default)]
    mailbox: String,
    times: u32,
    milliseconds: u64,
}

pub(super) async fn switch_on(
    State(sandbox): State<Sandbox>,
    Form(wanted): Form<Wanted>,
) -> Result<Redirect, SandboxError> {
    let wrong = || SandboxError::Invalid("choose one of the faults".to_owned());
    let kind = Kind::parse(&wanted.fault).ok_or_else(wrong)?;
    actions::fault(
        &sandbox,
        kind,
        wanted.times,
        &wanted.mailbox,
        wanted.milliseconds,
    )?;
    Ok(Redirect::to("/faults"))
}

pub(super) async fn switch_off(State(sandbox): State<Sandbox>) -> Redirect {
    sandbox.faults().switch(None);
    sandbox.recorder().changed();
    Redirect::to("/faults")
}
