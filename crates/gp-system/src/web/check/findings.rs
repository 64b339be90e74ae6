//! What a check found, for people: each finding with the lines it is about, what its rule asks and what to do.

use maud::{Markup, html};
use mesh::ControlFile;
use mesh::control_file::ElementFault;
use message_check::{Checked, Found};
use pages::components::{Colour, foreign_text, inset_text, tag, visible, warning_callout};
use send_document::Severity;
use source_view::FINDINGS;

/// Whether the message is valid, and how much was found.
pub(in crate::web) fn verdict(checked: &Checked) -> Markup {
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

/// The findings, with the lines around each.
pub(in crate::web) fn list(
    checked: &Checked,
    lines: &[Option<Markup>],
    control: Option<&ControlFile>,
) -> Markup {
    let more = checked.findings.len().saturating_sub(FINDINGS);
    html! {
        @for (number, found) in checked.findings.iter().take(FINDINGS).enumerate() {
            (finding(number + 1, found, lines.get(number).and_then(Option::as_ref), control))
        }
        @if more > 0 { p { "And " (more) " more." } }
    }
}

fn finding(
    number: usize,
    found: &Found,
    lines: Option<&Markup>,
    control: Option<&ControlFile>,
) -> Markup {
    let (colour, word) = match found.severity {
        Severity::Error => (Colour::Red, "Error"),
        Severity::Warning => (Colour::Yellow, "Warning"),
    };
    let in_control = control.and_then(|control| in_control(&found.path, control));
    html! {
        div.nhsuk-card #{ "finding-" (number) } {
            div.nhsuk-card__content {
                h3."nhsuk-card__heading nhsuk-heading-s" { (tag(colour, word)) " " (found.id) }
                div.pages-finding {
                    div {
                        @if let Some(lines) = lines {
                            ol.source-text tabindex="0" aria-label={ "The message around finding " (number) } { (lines) }
                        } @else if let Some((name, value)) = in_control {
                            pre.pages-excerpt tabindex="0" aria-label={ "The control file at finding " (number) } {
                                code { "<" (name) ">" mark { (visible(value)) } "</" (name) ">" }
                            }
                        }
                        p.nhsuk-body-s {
                            @if let Some(position) = found.position {
                                "Line " (position.line) ", column " (position.column) ": "
                            }
                            code.pages-code { (foreign_text(&found.path)) }
                        }
                    }
                    (meaning(found))
                }
            }
        }
    }
}

/// What is wrong, what the rule asks and what to do.
fn meaning(found: &Found) -> Markup {
    html! {
        div {
            p { (found.what) }
            @if let Some(requirement) = found.requirement {
                p { strong { "What the rule asks: " } (requirement) }
            }
            @if !found.remedy.is_empty() { p { strong { "What to do: " } (found.remedy) } }
        }
    }
}

/// What the client would refuse the control file for.
pub(in crate::web) fn control_faults(faults: &[ElementFault]) -> Markup {
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

/// The element of the control file that a finding about the transport names, and its value.
fn in_control<'a>(path: &str, control: &'a ControlFile) -> Option<(&'static str, &'a str)> {
    let (name, value) = match path.strip_prefix("transport.")? {
        "from" => ("From_DTS", &control.from_dts),
        "to" => ("To_DTS", &control.to_dts),
        "subject" => ("Subject", &control.subject),
        "workflow" => ("WorkflowId", &control.workflow_id),
        "local_id" => ("LocalId", &control.local_id),
        _ => return None,
    };
    Some((name, value.as_deref().unwrap_or_default()))
}

/// What the message would be answered.
pub(in crate::web) fn answer(checked: &Checked, acknowledgement: Option<&[u8]>) -> Markup {
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
