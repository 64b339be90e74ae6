//! What holds for every ITK3 message, then what the profiles and the guide of Transfer of Care add: about
//! the composition and its sections.

use std::collections::HashSet;

use fhir::{Bundle, Document, Element, Severity, Tally};
use itk3::payload::{Inner, section_code};
use itk3::{Checking, Finding, IssueType, Message, ResponseCode, Rules, View, check as itk3_check};

use crate::heading::Heading;
use crate::payload::kind_of;

const RULES: [(&str, &str); 8] = [
    (
        "toc-mandatory",
        "A letter has the sections Allergies and adverse reactions and Patient demographics.",
    ),
    (
        "toc-expected",
        "A discharge from hospital has Clinical summary, Diagnoses, GP practice and Person completing \
         record as well; a receiver takes it without them.",
    ),
    (
        "toc-heading",
        "The code of a section is that of a heading of this letter; another section is shown as it is.",
    ),
    (
        "toc-title",
        "The title of a section is the one that goes with its code.",
    ),
    ("toc-text", "Every section has a text that people can read."),
    ("toc-once", "A heading comes once in a letter."),
    ("toc-flat", "A section has no sections in it."),
    (
        "toc-forbidden",
        "The composition has no confidentiality, attester or event.",
    ),
];

/// The rules of Transfer of Care that ITK3 does not have: their ids, and what they say.
pub fn rules() -> impl Iterator<Item = (&'static str, &'static str)> {
    RULES.into_iter()
}

/// Checks a message that should carry a letter, with the control file or headers it travelled with when
/// they are known. No errors means that it is taken. Of each rule a hundred findings at most
/// ([`fhir::Tally`]).
pub fn check(message: &Document, checking: &Checking<'_>) -> Vec<Finding> {
    let (root, budget) = (&message.root, checking.budget);
    let envelope = Message::of(root);
    let kind = kind_of(
        envelope.as_ref().and_then(Message::event),
        checking.transport.map(|transport| transport.workflow),
    );
    let view = checking.view;
    let rules = Rules { kind, view };
    let mut findings = itk3_check::envelope(message, &rules, checking);
    findings.extend(itk3_check::payload_within(root, Inner::Document, budget));
    if let Some(message) = envelope
        && let Some((path, composition)) = composition(&message)
        && budget.goes_on()
    {
        let mut check = Check::of(path, view);
        check.composition(composition);
        check.sections(composition, &rules, checking);
        findings.extend(check.into_list());
    }
    if budget.is_spent() {
        findings.push(itk3_check::out_of_time());
    }
    findings
}

/// The composition at the beginning of the document, and its path. Where there is none, the rules for
/// all have said so.
fn composition<'a>(message: &Message<'a>) -> Option<(String, &'a Element)> {
    let payload = message.payload()?;
    let place = message.place_of(payload)?;
    let first = Bundle::of(payload)?.first()?;
    let path = format!("Bundle.entry[{place}].resource.Bundle.entry[0].resource.Composition");
    (first.name() == "Composition").then_some((path, first))
}

struct Check {
    path: String,
    view: View,
    list: Vec<Finding>,
    tally: Tally,
}

impl Check {
    fn of(path: String, view: View) -> Self {
        Self {
            path,
            view,
            list: Vec::new(),
            tally: Tally::default(),
        }
    }

    fn composition(&mut self, composition: &Element) {
        for name in ["confidentiality", "attester", "event"] {
            let Some(found) = composition.at(name) else {
                continue;
            };
            let what = "expected no confidentiality, attester or event in the composition";
            let below = format!(".{name}");
            match self.view {
                View::Sender => {
                    self.error("toc-forbidden", &below, found, what, IssueType::Structure);
                }
                View::Receiver => self.warning("toc-forbidden", &below, found, what),
            }
        }
    }

    fn sections(&mut self, composition: &Element, rules: &Rules, checking: &Checking<'_>) {
        let mut seen: HashSet<&'static str> = HashSet::new();
        for (place, section) in composition.all("section").enumerate() {
            if !checking.budget.step() {
                return;
            }
            let below = format!(".section[{place}]");
            if let Some(heading) = self.heading(section, &below, rules)
                && !seen.insert(heading.code)
            {
                let what = "expected each heading once, found one again";
                self.warning("toc-once", &below, section, what);
            }
            if section.at("section").is_some() {
                let what = "expected no sections in a section; they are read behind it";
                self.warning("toc-flat", &below, section, what);
            }
            self.text(section, &below);
        }
        self.lacking(composition, &seen, rules);
    }

    fn heading(
        &mut self,
        section: &Element,
        below: &str,
        rules: &Rules,
    ) -> Option<&'static Heading> {
        let heading = section_code(section).and_then(Heading::of_code);
        if heading.is_none_or(|heading| !heading.is_in(rules.kind.event)) {
            let what =
                "expected the code of a heading of this letter; the section is shown as it is";
            self.warning("toc-heading", &format!("{below}.code"), section, what);
        }
        let heading = heading?;
        let title = section.value_at("title").unwrap_or_default();
        if !title.trim().eq_ignore_ascii_case(heading.title) {
            let what = format!(
                "expected the title that goes with the code, {}",
                heading.title
            );
            self.warning("toc-title", &format!("{below}.title"), section, &what);
        }
        Some(heading)
    }

    fn text(&mut self, section: &Element, below: &str) {
        let text = section.at("text.div").and_then(Element::xhtml_text);
        if text.is_none_or(|text| text.is_empty()) {
            let what = "expected a text in the section: it is what people read";
            self.error(
                "toc-text",
                &format!("{below}.text"),
                section,
                what,
                IssueType::Required,
            );
        }
    }

    fn lacking(&mut self, composition: &Element, seen: &HashSet<&'static str>, rules: &Rules) {
        for heading in Heading::all().filter(|heading| !seen.contains(heading.code)) {
            let what = format!("expected the section {} ({})", heading.title, heading.code);
            if heading.is_mandatory() {
                let issue = IssueType::Required;
                self.error("toc-mandatory", ".section", composition, &what, issue);
            } else if heading.is_expected_in(rules.kind.event) {
                self.warning("toc-expected", ".section", composition, &what);
            }
        }
    }

    fn error(
        &mut self,
        id: &'static str,
        below: &str,
        element: &Element,
        what: &str,
        issue: IssueType,
    ) {
        let answer = Some((ResponseCode::PayloadInvalid, issue));
        self.push(id, Severity::Error, below, element, what, answer);
    }

    fn warning(&mut self, id: &'static str, below: &str, element: &Element, what: &str) {
        self.push(id, Severity::Warning, below, element, what, None);
    }

    fn push(
        &mut self,
        id: &'static str,
        severity: Severity,
        below: &str,
        element: &Element,
        what: &str,
        answer: Option<(ResponseCode, IssueType)>,
    ) {
        if self.tally.keeps(id, severity) {
            self.list.push(Finding {
                id,
                severity,
                path: format!("{}{below}", self.path),
                position: element.position(),
                what: what.to_owned(),
                remedy: "",
                response: answer.map(|(code, _)| code),
                issue: answer.map(|(_, issue)| issue),
            });
        }
    }

    fn into_list(mut self) -> Vec<Finding> {
        self.tally.tell(&mut self.list);
        self.list
    }
}
