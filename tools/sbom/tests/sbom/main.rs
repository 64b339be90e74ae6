//! The bill of this very workspace, held against what CycloneDX 1.5 asks of a document.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The bill as the program writes it.
fn written(arguments: &[&str], moment: Option<&str>) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sbom"));
    command.args(arguments).current_dir(workspace());
    command.env_remove("SBOM_TIMESTAMP");
    if let Some(moment) = moment {
        command.env("SBOM_TIMESTAMP", moment);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn bill() -> Value {
    serde_json::from_str(&written(&[], Some("2026-11-27T22:00:00Z"))).unwrap()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().expect(field)
}

fn all(bill: &Value) -> Vec<&Value> {
    let components = bill["components"].as_array().unwrap();
    std::iter::once(&bill["metadata"]["component"])
        .chain(components)
        .collect()
}

/// The part of the schema that a document like ours can break.
#[test]
fn it_is_a_cyclonedx_document() {
    let bill = bill();
    assert_eq!(text(&bill, "bomFormat"), "CycloneDX");
    assert_eq!(text(&bill, "specVersion"), "1.5");
    assert!(bill["version"].as_u64().unwrap() >= 1);
    let uuid = text(&bill, "serialNumber")
        .strip_prefix("urn:uuid:")
        .unwrap();
    let lengths: Vec<_> = uuid.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12]);
    assert!(
        uuid.bytes()
            .all(|b| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    );
    assert_eq!(text(&bill["metadata"], "timestamp"), "2026-11-27T22:00:00Z");
    let known = [
        "$schema",
        "bomFormat",
        "specVersion",
        "serialNumber",
        "version",
        "metadata",
    ];
    let known = [&known[..], &["components", "dependencies"]].concat();
    let found: BTreeSet<_> = bill
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(found, known.into_iter().collect());
    for component in all(&bill) {
        component_is_valid(component);
    }
}

fn component_is_valid(component: &Value) {
    let known = [
        "type",
        "bom-ref",
        "name",
        "version",
        "description",
        "scope",
        "hashes",
        "licenses",
        "purl",
        "externalReferences",
    ];
    for field in component.as_object().unwrap().keys() {
        assert!(known.contains(&field.as_str()), "{field}");
    }
    assert!(["application", "library"].contains(&text(component, "type")));
    assert!(["required", "excluded"].contains(&text(component, "scope")));
    assert!(!text(component, "name").is_empty() && !text(component, "version").is_empty());
    let purl = text(component, "purl");
    assert!(purl.starts_with("pkg:") && !purl.contains('+'), "{purl}");
    let licenses = component["licenses"].as_array().unwrap();
    assert_eq!(licenses.len(), 1, "an expression stands alone: {purl}");
    let expression = text(&licenses[0], "expression");
    assert!(
        !expression.contains('/') && !expression.contains("  "),
        "{expression}"
    );
    for hash in component["hashes"].as_array().into_iter().flatten() {
        assert_eq!(text(hash, "alg"), "SHA-256");
        let content = text(hash, "content");
        assert!(content.len() == 64 && content.bytes().all(|b| b.is_ascii_hexdigit()));
    }
    for reference in component["externalReferences"]
        .as_array()
        .into_iter()
        .flatten()
    {
        assert_eq!(text(reference, "type"), "vcs");
        assert!(text(reference, "url").contains("://"), "{reference}");
    }
}

#[test]
fn references_are_unique_and_lead_somewhere() {
    let bill = bill();
    let names: Vec<_> = all(&bill).iter().map(|it| text(it, "bom-ref")).collect();
    let known: BTreeSet<_> = names.iter().copied().collect();
    assert_eq!(known.len(), names.len());
    let mut described = BTreeSet::new();
    for dependency in bill["dependencies"].as_array().unwrap() {
        assert!(
            described.insert(text(dependency, "ref")),
            "once each: {dependency}"
        );
        let needs = dependency["dependsOn"].as_array().unwrap();
        let distinct: BTreeSet<_> = needs.iter().map(|it| it.as_str().unwrap()).collect();
        assert_eq!(distinct.len(), needs.len());
        assert!(distinct.is_subset(&known), "{dependency}");
    }
    assert_eq!(described, known);
}

#[test]
fn what_is_in_the_program_is_told_from_what_builds_and_tests_it() {
    let bill = bill();
    let scopes: BTreeMap<_, _> = all(&bill)
        .iter()
        .map(|component| (text(component, "name"), text(component, "scope")))
        .collect();
    assert_eq!(text(&bill["metadata"]["component"], "name"), "restante");
    for shipped in [
        "exchange",
        "rustls",
        "ring",
        "libsqlite3-sys",
        "sqlite",
        "liberation-fonts",
    ] {
        assert_eq!(scopes.get(shipped), Some(&"required"), "{shipped}");
    }
    for builds in ["cc", "serde_derive", "syn"] {
        assert_eq!(scopes.get(builds), Some(&"excluded"), "{builds}");
    }
    for tests in ["proptest", "s3s", "test-kit", "sbom", "tidy"] {
        assert_eq!(scopes.get(tests), None, "{tests}");
    }
}

#[test]
fn every_package_from_a_registry_has_the_checksum_of_the_lock_file() {
    let bill = bill();
    let lock = fs::read_to_string(workspace().join("Cargo.lock")).unwrap();
    let mut with_checksum = 0;
    for component in all(&bill) {
        let hashes = component["hashes"].as_array();
        let is_ours = lock.contains(&format!(
            "name = \"{}\"\nversion = \"{}\"\ndependencies",
            text(component, "name"),
            text(component, "version")
        ));
        match hashes {
            Some(hashes) => {
                let checksum = format!("checksum = \"{}\"", text(&hashes[0], "content"));
                assert!(lock.contains(&checksum));
                with_checksum += 1;
            }
            None => assert!(is_ours || !text(component, "purl").starts_with("pkg:cargo/")),
        }
    }
    assert!(with_checksum > 200, "{with_checksum}");
}

#[test]
fn the_same_commit_gives_the_same_bill() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("bill.json");
    let moment = Some("2026-11-27T22:00:00Z");
    written(&[out.to_str().unwrap()], moment);
    let first = fs::read_to_string(&out).unwrap();
    assert_eq!(written(&[], moment), first);
    let without: Value = serde_json::from_str(&written(&[], None)).unwrap();
    assert!(without["metadata"]["timestamp"].is_null());
    let first: Value = serde_json::from_str(&first).unwrap();
    assert_ne!(without["serialNumber"], first["serialNumber"]);
}
