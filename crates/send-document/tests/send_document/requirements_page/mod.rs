//! `docs/reference/requirements.md` says of every requirement where it is enforced and which test proves it.
//! This test fails when the page is out of date; it writes the page when asked:
//!
//! ```text
//! RESTANTE_WRITE=1 cargo test -p send-document requirements_page
//! ```

mod itk3_and_fhir;
mod page;
mod proofs;
mod sources;

use std::path::PathBuf;

use self::sources::Sources;
use send_document::{Enforced, requirements};

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

#[test]
fn the_committed_page_is_up_to_date() {
    let page = page::write(&Sources::read(&workspace()));
    let command = "cargo test -p send-document requirements_page";
    test_kit::committed_page("docs/reference/requirements.md", &page, command);
}

#[test]
fn every_requirement_has_a_test_or_a_reason_why_not() {
    let sources = Sources::read(&workspace());
    for row in requirements() {
        let tests = proofs::tests(&sources, &row);
        let reason = proofs::untested(&row);
        assert!(
            tests.is_empty() == reason.is_some(),
            "{}: expected either tests or a reason, found {} tests",
            row.id,
            tests.len()
        );
    }
}

#[test]
fn every_place_named_in_the_table_exists() {
    let workspace = workspace();
    for row in requirements() {
        let Enforced::Elsewhere(place) = row.enforced else {
            continue;
        };
        if place.starts_with(proofs::PEOPLE) {
            continue;
        }
        let (file, function) = place.split_once(": ").unwrap_or((place, ""));
        let text = std::fs::read_to_string(workspace.join(file));
        let text = text.unwrap_or_else(|_| panic!("{}: {file} is not there", row.id));
        assert!(
            function.is_empty() || text.contains(&format!("fn {function}(")),
            "{}: no function {function} in {file}",
            row.id
        );
    }
}

#[test]
fn names_of_tests_name_their_requirements() {
    let named = |name| sources::named_after(name);
    assert_eq!(named("gpcm_sd_115_type_is"), ["GPCM-SD-115"]);
    assert_eq!(named("gpcm_sd_050_051_an"), ["GPCM-SD-050", "GPCM-SD-051"]);
    assert_eq!(
        named("gpcm_sd_096_and_142_an"),
        ["GPCM-SD-096", "GPCM-SD-142"]
    );
    assert_eq!(named("gpcm_c_02_itk3"), ["GPCM-C-02"]);
    assert_eq!(named("attachment_type_is_listed"), ["attachment-type"]);
    assert!(named("gpcm_sd_tst_01_a_saved").is_empty());
}
