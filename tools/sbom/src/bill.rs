//! The bill as a document.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::cargo::Package;
use crate::graph::Graph;
use crate::{Embedded, Error, Lock, Metadata};

/// When what the bill is about was made, as RFC 3339 has it, such as `2026-11-27T22:00:00Z`: the time of its commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment(pub String);

/// The bill of one package of the workspace.
///
/// # Errors
/// [`Error::Unknown`] when there is no such package, or cargo does not describe one.
pub fn bill(
    product: &str,
    metadata: &Metadata,
    lock: &Lock,
    embedded: &[Embedded],
    moment: Option<&Moment>,
) -> Result<Value, Error> {
    let graph = Graph::of(metadata, product)?;
    let (mut components, mut dependencies) = (Vec::new(), Vec::new());
    let mut subject = Value::Null;
    for (package, needs) in graph.sorted()? {
        let component = component(package, &graph, lock);
        if package.name == product && package.source.is_none() {
            subject = component;
        } else {
            components.push(component);
        }
        let carries = embedded.iter().filter(|it| it.within == package.name);
        let mut refs: Vec<_> = needs.into_iter().map(reference).collect();
        refs.extend(carries.clone().map(reference_of_embedded));
        refs.sort();
        refs.dedup();
        dependencies.push(json!({ "ref": reference(package), "dependsOn": refs }));
        for carried in carries {
            components.push(component_of_embedded(carried));
            dependencies.push(json!({ "ref": reference_of_embedded(carried), "dependsOn": [] }));
        }
    }
    let mut about = json!({
        "tools": { "components": [{
            "type": "application",
            "name": "sbom",
            "version": env!("CARGO_PKG_VERSION"),
        }] },
        "component": subject,
    });
    if let (Some(moment), Some(about)) = (moment, about.as_object_mut()) {
        about.insert("timestamp".to_owned(), moment.0.clone().into());
    }
    let number = serial_number(&about, &components, &dependencies);
    Ok(json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": number,
        "version": 1,
        "metadata": about,
        "components": components,
        "dependencies": dependencies,
    }))
}

fn component(package: &Package, graph: &Graph<'_>, lock: &Lock) -> Value {
    let url = reference(package);
    let is_ours = package.source.is_none();
    let kind = if is_ours && package.name == "restante" {
        "application"
    } else {
        "library"
    };
    let mut component = json!({
        "type": kind,
        "bom-ref": url,
        "name": package.name,
        "version": package.version,
        "scope": if graph.is_shipped(package) { "required" } else { "excluded" },
        "purl": url,
    });
    let Some(fields) = component.as_object_mut() else {
        return component;
    };
    put(fields, "description", package.description.as_deref());
    if let Some(license) = &package.license {
        // cargo used to allow "A/B"
        let expression = license.replace('/', " OR ").replace("  ", " ");
        fields.insert("licenses".to_owned(), json!([{ "expression": expression }]));
    }
    if let Some(checksum) = lock.checksum(package) {
        let hashes = json!([{ "alg": "SHA-256", "content": checksum }]);
        fields.insert("hashes".to_owned(), hashes);
    }
    if let Some(repository) = &package.repository {
        let references = json!([{ "type": "vcs", "url": repository }]);
        fields.insert("externalReferences".to_owned(), references);
    }
    component
}

fn put(fields: &mut Map<String, Value>, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        fields.insert(name.to_owned(), text.trim().into());
    }
}

fn component_of_embedded(embedded: &Embedded) -> Value {
    let url = reference_of_embedded(embedded);
    json!({
        "type": "library",
        "bom-ref": url,
        "name": embedded.name,
        "version": embedded.version,
        "scope": "required",
        "licenses": [{ "expression": embedded.license }],
        "purl": url,
    })
}

/// A package URL, which is also the component's name within the bill. A `+` in a version is written `%2B`.
fn reference(package: &Package) -> String {
    let version = package.version.replace('+', "%2B");
    format!("pkg:cargo/{}@{version}", package.name)
}

fn reference_of_embedded(embedded: &Embedded) -> String {
    format!("pkg:{}@{}", embedded.published, embedded.version)
}

/// A UUID of version 8 made of the contents: the same bill has the same.
fn serial_number(about: &Value, components: &[Value], dependencies: &[Value]) -> String {
    let mut hash = Sha256::new();
    hash.update(about.to_string());
    for value in components.iter().chain(dependencies) {
        hash.update(value.to_string());
    }
    let digits: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!(
        "urn:uuid:{}-{}-8{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 15),
        part(15, 18),
        part(18, 30)
    )
}
