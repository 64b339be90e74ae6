//! Checking a message that somebody pastes or uploads. Nothing of it is stored or logged.

pub(super) mod findings;

use std::borrow::Cow;

use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use maud::{Markup, html};
use mesh::ControlFile;
use mesh::control_file::{self, ElementFault, Places};
use message_check::Answerer;
use pages::Problem;
use pages::components::{Choice, Errors, Field, button, radios};
use send_document::{Budget, Ruleset};
use source_view::excerpts;

use crate::web::context::{Pages, View};

/// Lines of the message shown with each finding.
pub(super) const LINES_OF_FINDING: usize = 7;
/// Bytes of a message's file that are put into the form, so that it can be corrected there.
const LONGEST_IN_FORM: usize = 1024 * 1024;

/// What was pasted or uploaded. Holds patient data and has no `Debug`.
#[derive(Default)]
struct Given {
    message: Vec<u8>,
    control: Vec<u8>,
    rules: String,
    /// Pasted, so that it is put back into the form however long it is.
    is_pasted: bool,
}

impl Given {
    /// The message as it stands in the form, where it can be corrected and checked again: what was pasted, and a
    /// file's text that is not too long for a form.
    fn text(&self) -> Option<Cow<'_, str>> {
        if self.is_pasted {
            return Some(String::from_utf8_lossy(&self.message));
        }
        let fits = self.message.len() <= LONGEST_IN_FORM;
        let text = std::str::from_utf8(&self.message).ok();
        text.filter(|_| fits).map(Cow::Borrowed)
    }
}

/// The empty form.
pub(in crate::web) async fn form(view: View) -> Markup {
    page(&view, &Given::default(), &Errors::new(), html! {})
}

/// The findings, and the acknowledgement the message would get.
pub(in crate::web) async fn run(
    view: View,
    State(pages): State<Pages>,
    form: Multipart,
) -> Result<Response, Problem> {
    let given = read(form).await?;
    let mut errors = Errors::new();
    if given.message.is_empty() {
        errors.add("message", "Paste the message or choose its file");
    }
    let mut faults = Vec::new();
    let control = match given.control.trim_ascii() {
        [] => None,
        text => match ControlFile::read_with_places(text) {
            Ok((control, places)) => {
                faults = faults_of(&control, &places);
                Some(control)
            }
            Err(error) => {
                let fault = control_file::unreadable(&error);
                errors.add("control", format!("Correct the control file. {fault}"));
                None
            }
        },
    };
    if !errors.is_empty() {
        let page = page(&view, &given, &errors, html! {});
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let Some(turn) = pages.checks.start(view.session().user()) else {
        return Err(busy());
    };
    let stated = given.rules.parse::<Ruleset>().ok();
    let outcome = pages
        .ask(&view, move |practice| {
            // Given back when the check ends, whether or not somebody still waits for it.
            let _turn = turn;
            let inner = practice.inner();
            let until = inner.now() + SignedDuration::from_secs(message_check::CHECK_SECONDS);
            let in_time = || inner.now() < until;
            let budget = Budget::of(&in_time);
            let checked = message_check::check(&given.message, control.as_ref(), stated, &budget);
            let acknowledgement = checked.acknowledgement(&Answerer {
                organisation: &inner.config.ods,
                endpoint: &inner.config.mailbox,
                now: inner.now(),
                randomness: inner.randomness.as_ref(),
            });
            let document = message_check::read(&given.message).ok();
            let root = document.as_ref().map(|document| &document.root);
            let found = &checked.findings;
            let lines = excerpts(&given.message, root, found, LINES_OF_FINDING);
            Ok((given, control, checked, lines, acknowledgement))
        })
        .await?;
    let (given, control, checked, lines, acknowledgement) = outcome;
    let findings = html! {
        (findings::verdict(&checked))
        (findings::control_faults(&faults))
        (findings::list(&checked, &lines, control.as_ref()))
        (findings::answer(&checked, acknowledgement.as_deref()))
    };
    Ok(page(&view, &given, &Errors::new(), findings).into_response())
}

/// What the client would refuse the control file for; nothing for one that was received.
fn faults_of(control: &ControlFile, places: &Places) -> Vec<ElementFault> {
    if control.status.is_some() {
        return Vec::new();
    }
    control_file::check(control, places, None)
        .err()
        .unwrap_or_default()
}

/// Why a user's second check at once is refused.
pub(super) fn busy() -> Problem {
    let words = "Wait until the message you sent before is checked, then send this one again.";
    let title = "Your last message is still being checked";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, title, words)
}

async fn read(mut form: Multipart) -> Result<Given, Problem> {
    let broken = |_| {
        let words = "Send it again. A message and its control file have 20 MB at most.";
        Problem::new(StatusCode::BAD_REQUEST, "The message did not arrive", words)
    };
    let mut given = Given::default();
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let content = field.bytes().await.map_err(broken)?;
        if content.is_empty() {
            continue;
        }
        match name.as_str() {
            "message" => {
                given.message = content.to_vec();
                given.is_pasted = true;
            }
            // A file counts before what was pasted.
            "message_file" => {
                given.message = content.to_vec();
                given.is_pasted = false;
            }
            "control" | "control_file" => given.control = content.to_vec(),
            "rules" => given.rules = String::from_utf8_lossy(&content).into_owned(),
            _ => {}
        }
    }
    Ok(given)
}

fn page(view: &View, given: &Given, errors: &Errors, findings: Markup) -> Markup {
    let text = given.text();
    let is_again = !given.message.is_empty();
    let control = String::from_utf8_lossy(&given.control);
    let choice = |value, label, hint| Choice { value, label, hint };
    let rules = if given.rules.is_empty() {
        "control"
    } else {
        &given.rules
    };
    view.page("Check a message").errors(errors).show(html! {
        (findings)
        @if is_again { h2.nhsuk-heading-m #again { "Correct it and check again" } }
        @else {
            p { "Checks a message against FHIR, ITK3 and Send Document, as a receiving practice would. \
                 Nothing of it is kept." }
        }
        @if text.is_none() {
            p { "The file is too large to be corrected on this page, or is not text in UTF-8. Correct it where it \
                 is, and choose it again." }
        }
        (view.upload_form("/check", html! {
            div.pages-message {
                (Field::new("message", "Message")
                    .hint("The .dat file's text: XML, or JSON. Nothing of it is kept.")
                    .value(text.as_deref().unwrap_or_default())
                    .errors(errors)
                    .textarea(if is_again { 20 } else { 8 }))
            }
            (Field::new("message_file", "Or the message's file").file())
            (Field::new("control", "Control file")
                .hint("Optional: the .ctl file's text")
                .value(&control)
                .errors(errors)
                .textarea(4))
            (Field::new("control_file", "Or the control file itself").file())
            (radios("rules", "By which rules?", &[
                choice("control", "Those of the control file's workflow, else 1.3", ""),
                choice("1.3", "GP Connect Messaging 1.3", ""),
                choice("2.0", "Send Document 2.0", ""),
            ], rules, errors))
            (button(if is_again { "Check again" } else { "Check" }))
        }))
    })
}
