//! A message as a tree that opens and closes.

use fhir::Element;
use maud::{Markup, html};
use message_check::Found;
use pages::components::visible;

use crate::{Places, cut};

/// Elements drawn; of what is beyond, it is said that it is there.
const MOST: usize = 3_000;

/// The tree, open on the way to each finding and at its first two levels.
pub fn tree(root: &Element, places: &Places, findings: &[Found]) -> Markup {
    let mut tree = Tree {
        places,
        findings,
        left: MOST,
    };
    html! { ul.tree { (tree.draw(root, 0).0) } }
}

struct Tree<'a> {
    places: &'a Places,
    findings: &'a [Found],
    left: usize,
}

impl Tree<'_> {
    /// An element with what is in it, and whether a finding is there.
    fn draw(&mut self, element: &Element, depth: usize) -> (Markup, bool) {
        if self.left == 0 {
            return (html! {}, false);
        }
        self.left -= 1;
        let number = self.places.at(element);
        let found = number.and_then(|number| self.findings.get(number));
        let id = number.map(|number| format!("finding-{}", number + 1));
        let label = html! {
            @if found.is_some() { mark { (element.name()) } } @else { b { (element.name()) } }
            @if let Some(found) = found { " " span.hush { (found.id) } }
            @for text in [element.id(), element.url(), element.value(), element.xhtml()].into_iter().flatten() {
                " " span.s { (visible(&cut(text))) }
            }
        };
        if element.children().is_empty() {
            return (html! { li id=[id] { (label) } }, found.is_some());
        }
        let mut within = found.is_some();
        let mut children = Vec::new();
        for child in element.children() {
            let (drawn, has_finding) = self.draw(child, depth + 1);
            within |= has_finding;
            children.push(drawn);
        }
        let drawn = html! {
            li id=[id] {
                details open[within || depth < 2] {
                    summary { (label) }
                    ul { @for child in &children { (child) } }
                    @if self.left == 0 { p.hush.tiny { "More than " (MOST) " elements: see the other views." } }
                }
            }
        };
        (drawn, within)
    }
}
