//! Whether elements stand in STU3 order. Published messages often do not.

use crate::path::{Path, Place, children};
use crate::{Element, Finding, Findings, Severity};

/// One warning for every element that stands behind one it should precede.
pub(super) fn check(root: &Element) -> Findings {
    let mut findings = Findings::default();
    walk(
        root,
        Place::of_root(root),
        &mut Path::of(root),
        &mut findings,
    );
    findings
}

fn walk(element: &Element, place: Place, path: &mut Path, findings: &mut Findings) {
    let mut latest = 0;
    for (child, place, index) in children(element, place) {
        let back = path.push(child.name(), index);
        if let Some(slot) = place.slot {
            if slot.order < latest {
                findings.push(Finding {
                    id: "order",
                    severity: Severity::Warning,
                    path: path.as_str().to_owned(),
                    position: child.position(),
                    what: "element stands behind one that STU3 puts after it".to_owned(),
                });
            }
            latest = latest.max(slot.order);
        }
        walk(child, place, path, findings);
        path.back(back);
    }
}
