//! The rules of ITK3 and of FHIR itself, which have ids of their own.

use std::collections::BTreeMap;
use std::fmt::Write;

use itk3::ResponseCode;

use super::page::links;
use super::sources::{Sources, Test};

/// Ids of FHIR rules that are no invariant's key.
const FHIR: [&str; 12] = [
    "attribute",
    "binding",
    "cardinality",
    "extension-url",
    "json",
    "order",
    "reference",
    "required",
    "text",
    "type",
    "unknown-element",
    "unknown-resource",
];

pub fn write(sources: &Sources) -> String {
    let mut page = String::from(
        "\n## ITK3 Message Distribution\n\nRules of the message bundle, the header, the handling \
         extension and the acknowledgements.\n\n| finding | enforced in | proved by |\n|---|---|---|\n",
    );
    for (id, file) in ids(sources, "crates/itk3/src/check/", is_itk3) {
        let tests = naming(
            sources,
            &["crates/itk3/tests", "crates/send-document/tests"],
            id,
        );
        assert!(!tests.is_empty(), "no test of {id}");
        let proof = links(&tests);
        writeln!(
            page,
            "| `{id}` | [{}](../../{file}) | {proof} |",
            short(file)
        )
        .unwrap();
    }
    page.push_str(&codes(sources));
    page.push_str(
        "\n## FHIR STU3\n\nWithout profiles.\n\n| finding | enforced in | proved by |\n|---|---|---|\n",
    );
    for (id, file) in ids(sources, "crates/fhir/src/", is_fhir) {
        let tests = naming(sources, &["crates/fhir/tests"], id);
        assert!(!tests.is_empty(), "no test of {id}");
        writeln!(
            page,
            "| `{id}` | [{}](../../{file}) | {} |",
            short(file),
            links(&tests)
        )
        .unwrap();
    }
    page
}

fn codes(sources: &Sources) -> String {
    let mut list = String::from(
        "\n### Response codes\n\nEach with the tests that see it given or read; beside them every \
         code goes through\n`every_code_comes_back_from_xml_and_json` and \
         `mappings_are_those_of_the_published_table`.\n\n| code | display | proved by |\n|---|---|---|\n",
    );
    for code in ResponseCode::ALL {
        let digits = code.code();
        let tests: Vec<&Test> = sources
            .tests
            .iter()
            .filter(|test| test.name.split('_').any(|word| word == digits))
            .collect();
        writeln!(
            list,
            "| {digits} | {} | {} |",
            code.display(),
            links(&tests)
        )
        .unwrap();
    }
    list
}

fn is_itk3(literal: &str) -> bool {
    literal.strip_prefix("itk3-").is_some_and(|rest| {
        rest.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    })
}

fn is_fhir(literal: &str) -> bool {
    let bytes = literal.as_bytes();
    let is_invariant = bytes.len() == 5
        && bytes[..3].iter().all(u8::is_ascii_lowercase)
        && bytes[3] == b'-'
        && bytes[4].is_ascii_digit();
    is_invariant || FHIR.contains(&literal)
}

/// Every such string of the sources in a folder, with the last file that has it: of the fhir crate
/// that is the validator's rather than the table's.
fn ids<'s>(
    sources: &'s Sources,
    folder: &str,
    wanted: fn(&str) -> bool,
) -> BTreeMap<&'s str, &'s str> {
    let mut found = BTreeMap::new();
    let tables = "crates/fhir/src/stu3/";
    let files = sources
        .files
        .iter()
        .filter(|(file, _)| file.starts_with(folder));
    for (file, text) in files.filter(|(file, _)| !file.starts_with(tables)) {
        for literal in text
            .split('"')
            .skip(1)
            .step_by(2)
            .filter(|text| wanted(text))
        {
            found.insert(literal, file.as_str());
        }
    }
    found
}

/// The tests under these folders that name the id.
fn naming<'s>(sources: &'s Sources, folders: &[&str], id: &str) -> Vec<&'s Test> {
    let quoted = format!("\"{id}\"");
    let inside = |test: &&Test| folders.iter().any(|folder| test.file.starts_with(folder));
    let found = sources.tests.iter().filter(inside);
    found.filter(|test| test.body.contains(&quoted)).collect()
}

fn short(file: &str) -> &str {
    file.trim_start_matches("crates/")
}
