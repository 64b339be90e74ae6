//! The rules of `tidy`, applied to this repository.

use std::io;
use std::path::Path;

use tidy::{Finding, Tree};

fn tree() -> io::Result<Tree> {
    Tree::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
}

#[track_caller]
fn none(found: &[Finding]) {
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(
        lines.is_empty(),
        "{} to put right:\n{}",
        lines.len(),
        lines.join("\n")
    );
}

#[test]
fn every_source_file_says_what_it_is() -> io::Result<()> {
    none(&tidy::heads(&tree()?));
    Ok(())
}

#[test]
fn no_file_is_too_long() -> io::Result<()> {
    none(&tidy::lengths(&tree()?));
    Ok(())
}

#[test]
fn every_reference_to_a_page_and_its_section_resolves() -> io::Result<()> {
    none(&tidy::references(&tree()?));
    Ok(())
}

#[test]
fn every_relative_link_resolves() -> io::Result<()> {
    none(&tidy::links(&tree()?));
    Ok(())
}

#[test]
fn every_page_is_in_the_book() -> io::Result<()> {
    none(&tidy::book(&tree()?, "docs/SUMMARY.md"));
    Ok(())
}

#[test]
fn every_path_named_in_a_page_exists() -> io::Result<()> {
    none(&tidy::paths(&tree()?));
    Ok(())
}

#[test]
fn every_test_named_as_a_proof_exists() -> io::Result<()> {
    none(&tidy::named_tests(
        &tree()?,
        &[
            "docs/explanation/comparison.md",
            "docs/explanation/durability.md",
            "docs/explanation/hazards.md",
            "docs/explanation/security.md",
        ],
    ));
    Ok(())
}

#[test]
fn every_row_of_a_table_has_the_cells_of_its_head() -> io::Result<()> {
    none(&tidy::tables(&tree()?));
    Ok(())
}

#[test]
fn every_unreleased_change_has_a_kind_and_says_something() -> io::Result<()> {
    none(&tidy::changes(&tree()?));
    Ok(())
}

#[test]
fn every_metric_of_a_dashboard_or_alert_is_set_and_every_metric_is_in_a_page() -> io::Result<()> {
    none(&tidy::metrics(&tree()?));
    Ok(())
}

#[test]
fn every_decision_has_a_number_and_every_number_cited_is_a_decision() -> io::Result<()> {
    none(&tidy::decisions(&tree()?, "docs/decisions/"));
    Ok(())
}

#[test]
fn the_architecture_says_what_each_crate_knows() -> io::Result<()> {
    none(&tidy::rooms(
        &tree()?,
        "docs/explanation/architecture.md",
        &["test-kit"],
    ));
    Ok(())
}
