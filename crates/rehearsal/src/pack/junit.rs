//! `junit.xml`, as build servers read it: a suite a list, a case a row.

use std::io;

use quick_xml::Writer;
use quick_xml::events::BytesText;

use crate::{CaseResult, Counts, RehearsalError, Verdict};

/// The list of results under one name, such as `rows`.
pub struct Suite<'a> {
    /// Its name.
    pub name: &'a str,
    /// What is in it.
    pub results: &'a [CaseResult],
}

/// All suites. What failed is a failure; what is open or not applicable is skipped, with its reason.
///
/// # Errors
///
/// Never but for want of memory.
pub fn xml(name: &str, suites: &[Suite<'_>]) -> Result<Vec<u8>, RehearsalError> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut writer, name, suites).map_err(|source| RehearsalError::Form {
        name: "junit.xml".to_owned(),
        source,
    })?;
    let mut text = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_vec();
    text.append(&mut writer.into_inner());
    text.push(b'\n');
    Ok(text)
}

fn write(writer: &mut Writer<Vec<u8>>, name: &str, suites: &[Suite<'_>]) -> io::Result<()> {
    let all = writer.create_element("testsuites");
    all.with_attribute(("name", name))
        .write_inner_content(|writer| {
            for suite in suites {
                write_suite(writer, suite)?;
            }
            Ok(())
        })?;
    Ok(())
}

fn write_suite(writer: &mut Writer<Vec<u8>>, suite: &Suite<'_>) -> io::Result<()> {
    let counts = Counts::of(suite.results);
    let number = |count: usize| count.to_string();
    writer
        .create_element("testsuite")
        .with_attribute(("name", suite.name))
        .with_attribute(("tests", number(counts.all).as_str()))
        .with_attribute(("failures", number(counts.fail).as_str()))
        .with_attribute(("errors", "0"))
        .with_attribute((
            "skipped",
            number(counts.open + counts.not_applicable).as_str(),
        ))
        .write_inner_content(|writer| {
            for result in suite.results {
                write_case(writer, suite.name, result)?;
            }
            Ok(())
        })?;
    Ok(())
}

fn write_case(writer: &mut Writer<Vec<u8>>, suite: &str, result: &CaseResult) -> io::Result<()> {
    let name = text(&format!("{} {}", result.id, result.title));
    let note = text(&result.note);
    let case = writer
        .create_element("testcase")
        .with_attribute(("classname", suite))
        .with_attribute(("name", name.as_str()));
    match result.verdict {
        Verdict::Pass => case.write_empty()?,
        Verdict::Fail => {
            let finding = text(result.first_finding.as_deref().unwrap_or(&result.note));
            case.write_inner_content(|writer| {
                let failure = writer.create_element("failure");
                let failure = failure.with_attribute(("message", note.as_str()));
                failure.write_text_content(BytesText::new(&finding))?;
                Ok(())
            })?
        }
        Verdict::Open | Verdict::NotApplicable => {
            let reason = format!("{}: {note}", result.verdict.as_str());
            case.write_inner_content(|writer| {
                let skipped = writer.create_element("skipped");
                skipped
                    .with_attribute(("message", reason.as_str()))
                    .write_empty()?;
                Ok(())
            })?
        }
    };
    Ok(())
}

/// Without what XML has no place for.
fn text(text: &str) -> String {
    let is_allowed =
        |c: &char| *c == '\t' || *c == '\n' || (*c >= ' ' && *c != '\u{fffe}' && *c != '\u{ffff}');
    text.chars().filter(is_allowed).collect()
}
