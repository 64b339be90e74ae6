//! The rules of FHIR STU3 itself, without profiles.
//!
//! What is checked, by the id of the finding:
//!
//! | id | rule |
//! |---|---|
//! | `unknown-element`, `attribute` | an element or attribute that STU3 does not have at this place |
//! | `unknown-resource` (warning) | a resource type that is not in our table: carried, not checked |
//! | `required`, `cardinality` | an element that is missing, or there too often |
//! | `type` | a value that is none of its primitive type, or stands where elements belong |
//! | `binding` | a code outside a required binding |
//! | `reference` | a `urn:` reference that no entry of the bundle answers; a relative one is a warning |
//! | `extension-url` | an extension without url |
//! | `ele-1`, `ext-1`, `dom-1` … `dom-4`, `bdl-1` … `bdl-5`, `bdl-7` … `bdl-9`, `cmp-1`, `cmp-2`, `txt-1`, `txt-2`, `ref-1`, `att-1`, `cpt-2`, `qty-3`, `per-1`, `pat-1`, `org-1` … `org-3` | the invariant of this key |
//!
//! The readers add `order` (a warning), `attribute`, `text` and `json`.

mod bundle;
mod domain;
mod narrative;
mod references;
mod small;
mod structure;

use std::collections::HashSet;
use std::mem;

use crate::path::{Path, Place, children};
use crate::stu3::Content;
use crate::{Budget, Bundle, Element, Finding, Findings, Severity};

/// Checks a resource and everything in it. How many findings are kept, [`crate::Tally`] says.
pub fn base(root: &Element) -> Vec<Finding> {
    base_within(root, &Budget::unlimited())
}

/// [`base`], as far as the budget goes.
pub fn base_within(root: &Element, budget: &Budget<'_>) -> Vec<Finding> {
    let mut check = Check {
        findings: Findings::default(),
        path: Path::of(root),
        bundles: Vec::new(),
        contained: HashSet::new(),
        budget,
    };
    check.resource(root, Place::of_root(root), false);
    check.findings.into_list()
}

/// A walk over the tree, and what surrounds the element it has reached.
struct Check<'a> {
    findings: Findings,
    path: Path,
    /// The bundles around it, the outermost first.
    bundles: Vec<Bundle<'a>>,
    /// The ids contained in the resource around it that is not itself contained: where `#id` points.
    contained: HashSet<&'a str>,
    budget: &'a Budget<'a>,
}

impl<'a> Check<'a> {
    fn error(&mut self, element: &Element, id: &'static str, what: impl Into<String>) {
        self.finding(element, id, Severity::Error, what.into());
    }

    fn warning(&mut self, element: &Element, id: &'static str, what: impl Into<String>) {
        self.finding(element, id, Severity::Warning, what.into());
    }

    fn finding(&mut self, element: &Element, id: &'static str, severity: Severity, what: String) {
        let path = &self.path;
        self.findings.add(id, severity, || Finding {
            id,
            severity,
            path: path.as_str().to_owned(),
            position: element.position(),
            what,
        });
    }

    /// A resource: the root, an entry's, or a contained one.
    fn resource(&mut self, resource: &'a Element, place: Place, contained: bool) {
        if place.unknown {
            let what = "resource type is not among those that can be checked; carried as it is";
            return self.warning(resource, "unknown-resource", what);
        }
        let outer = (!contained).then(|| mem::replace(&mut self.contained, ids_in(resource)));
        let bundle = Bundle::of(resource);
        let is_bundle = bundle.is_some();
        self.bundles.extend(bundle);
        self.element(resource, place);
        domain::check(self, resource, contained);
        if is_bundle {
            bundle::check(self, resource);
            self.bundles.pop();
        }
        if let Some(outer) = outer {
            self.contained = outer;
        }
    }

    fn element(&mut self, element: &'a Element, place: Place) {
        if !self.budget.step() {
            return;
        }
        structure::check(self, element, place);
        if let Some(definition) = place.definition {
            small::check(self, element, definition.name);
            if definition.name == "Reference" {
                references::check(self, element);
            }
        }
        if place
            .slot
            .is_some_and(|slot| slot.content == Content::Xhtml)
        {
            narrative::check(self, element);
        }
        for (child, inner, index) in children(element, place) {
            let back = self.path.push(child.name(), index);
            if place.holds_resource() {
                self.resource(child, inner, element.name() == "contained");
            } else if inner.unknown {
                let what = "element is not known to STU3 at this place";
                self.error(child, "unknown-element", what);
            } else {
                self.element(child, inner);
            }
            self.path.back(back);
        }
    }
}

/// The ids of what a resource contains.
fn ids_in(resource: &Element) -> HashSet<&str> {
    resource
        .all("contained")
        .filter_map(Element::resource)
        .filter_map(|inner| inner.value_at("id"))
        .collect()
}
