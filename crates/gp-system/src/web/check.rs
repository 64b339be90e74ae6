//! Checking a message that somebody pastes or uploads. Nothing of it is stored or logged.

use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use maud::{Markup, html};
use mesh::ControlFile;
use mesh::control_file::{self, ElementFault, Places};
use message_check::{Answerer, Checked, Found};
use pages::Problem;
use pages::components::{
    Choice, Colour, Errors, Field, button, foreign_text, inset_text, radios, tag, warning_callout,
};
use send_document::{Budget, Ruleset, Severity};

use super::context::{Pages, View};

/// Findings shown: a hostile message has no end of them.
const MOST_SHOWN: usize = 200;

/// What was pasted or uploaded. Holds patient data and has no `Debug`.
#[derive(Default)]
struct Given {
    message: Vec<u8>,
    control: Vec<u8>,
    rules: String,
    /// Pasted, so that it is put back into the form.
    is_pasted: bool,
}

/// The empty form.
pub(super) async fn form(view: View) -> Markup {
    page(&view, &Given::default(), &Errors::new(), html! {})
}

/// The findings, and the acknowledgement the message would get.
pub(super) async fn run(
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
        let words = "Wait until the message you sent before is checked, then send this one again.";
        let title = "Your last message is still being checked";
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, title, words));
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
            Ok((given, control, checked, acknowledgement))
        })
        .await?;
    let (given, control, checked, acknowledgement) = outcome;
    let findings = html! {
        (verdict(&checked))
        (control_faults(&faults))
        (list(&checked, control.as_ref()))
        (answer(&checked, acknowledgement.as_deref()))
    };
    Ok(page(&view, &given, &Errors::new(), findings).into_response())
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
    let pasted = if given.is_pasted {
        String::from_utf8_lossy(&given.message)
    } else {
        "".into()
    };
    let control = String::from_utf8_lossy(&given.control);
    let choice = |value, label, hint| Choice { value, label, hint };
    let rules = if given.rules.is_empty() {
        "control"
    } else {
        &given.rules
    };
    view.page("Check a message").errors(errors).show(html! {
        (findings)
        p { "Checks a message against FHIR, ITK3 and Send Document, as a receiving practice would. \
             Nothing of it is kept." }
        (view.upload_form("/check", html! {
            (Field::new("message", "Message")
                .hint("The .dat file's text: XML, or JSON")
                .value(&pasted)
                .errors(errors)
                .textarea(8))
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
            (button("Check"))
        }))
    })
}

fn verdict(checked: &Checked) -> Markup {
    let count = |severity| {
        let all = checked.findings.iter();
        all.filter(|found| found.severity == severity).count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    html! {
        h2.nhsuk-heading-m #result {
            @if checked.is_valid() { (tag(Colour::Green, "Valid")) }
            @else { (tag(Colour::Red, "Not valid")) }
            " by the rules of " (checked.rules)
        }
        p { (counted(errors, "error")) ", " (counted(warnings, "warning")) "." }
    }
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

fn list(checked: &Checked, control: Option<&ControlFile>) -> Markup {
    let more = checked.findings.len().saturating_sub(MOST_SHOWN);
    html! {
        @for found in checked.findings.iter().take(MOST_SHOWN) { (finding(found, control)) }
        @if more > 0 { p { "And " (more) " more." } }
    }
}

fn finding(found: &Found, control: Option<&ControlFile>) -> Markup {
    let (colour, word) = match found.severity {
        Severity::Error => (Colour::Red, "Error"),
        Severity::Warning => (Colour::Yellow, "Warning"),
    };
    let in_control = control.and_then(|control| in_control(&found.path, control));
    let excerpt = found.excerpt.as_deref().or(in_control.as_deref());
    html! {
        div.nhsuk-card {
            div.nhsuk-card__content {
                h3."nhsuk-card__heading nhsuk-heading-s" { (tag(colour, word)) " " (found.id) }
                p { (found.what) }
                p.nhsuk-body-s {
                    @if let Some(position) = found.position {
                        "Line " (position.line) ", column " (position.column) ": "
                    }
                    code.pages-code { (foreign_text(&found.path)) }
                }
                @if let Some(excerpt) = excerpt {
                    pre.pages-excerpt tabindex="0" { code { (foreign_text(excerpt)) } }
                }
                @if let Some(requirement) = found.requirement {
                    p.nhsuk-body-s { "Requirement: " (requirement) }
                }
                @if !found.remedy.is_empty() { p { strong { "What to do: " } (found.remedy) } }
            }
        }
    }
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

fn control_faults(faults: &[ElementFault]) -> Markup {
    if faults.is_empty() {
        return html! {};
    }
    warning_callout(
        "The client would not send this control file",
        html! {
            ul.nhsuk-list."nhsuk-list--bullet" {
                @for fault in faults { li { (fault) " (" (fault.fault.code) " " (fault.fault.text) ")" } }
            }
        },
    )
}

/// The element of the control file that a finding about the transport names.
fn in_control(path: &str, control: &ControlFile) -> Option<String> {
    let (name, value) = match path.strip_prefix("transport.")? {
        "from" => ("From_DTS", &control.from_dts),
        "to" => ("To_DTS", &control.to_dts),
        "subject" => ("Subject", &control.subject),
        "workflow" => ("WorkflowId", &control.workflow_id),
        "local_id" => ("LocalId", &control.local_id),
        _ => return None,
    };
    let value = value.as_deref().unwrap_or_default();
    Some(format!("<{name}>{value}</{name}>"))
}

fn answer(checked: &Checked, acknowledgement: Option<&[u8]>) -> Markup {
    let Some(code) = checked.code else {
        return inset_text(html! {
            p { "This is an acknowledgement: nobody answers it." }
        });
    };
    html! {
        h2.nhsuk-heading-m { "The acknowledgement it would get" }
        @if code.is_positive() {
            (inset_text(html! {
                p { (code.code()) " " (code.display()) }
                p { "A business acknowledgement follows, by the practice's own list of patients: \
                     30001 when the patient is registered there." }
            }))
        } @else {
            (warning_callout(&format!("{} {}", code.code(), code.display()), html! {
                p { "A negative answer ends it: nothing follows." }
            }))
        }
        @if let Some(xml) = acknowledgement {
            pre.pages-excerpt tabindex="0" aria-label="The acknowledgement's XML" {
                code { (indented(&String::from_utf8_lossy(xml))) }
            }
        }
    }
}

/// XML as we write it, one element a line, for people.
fn indented(xml: &str) -> String {
    let mut out = String::with_capacity(xml.len() * 2);
    let mut depth = 0usize;
    for part in xml.split_inclusive('>') {
        let part = part.trim();
        if part.starts_with("</") {
            depth = depth.saturating_sub(1);
        }
        out.extend(std::iter::repeat_n("  ", depth));
        out.push_str(part);
        out.push('\n');
        if part.starts_with('<')
            && !part.starts_with("</")
            && !part.starts_with("<?")
            && !part.ends_with("/>")
        {
            depth += 1;
        }
    }
    out
}
