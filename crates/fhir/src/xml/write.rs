//! Writing the element tree as FHIR XML, in STU3 order.

use crate::path::Place;
use crate::{Element, NAMESPACE};

/// Writes a resource as a FHIR XML document, UTF-8, elements in STU3 order whatever their order in
/// the tree. Within a resource type that is not in our table the order is that of the tree.
///
/// Characters that XML cannot carry (controls other than tab and line ends) become U+FFFD.
pub fn write(root: &Element) -> Vec<u8> {
    let mut out = String::with_capacity(size(root) + 128);
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    element(root, Place::of_root(root), Some(NAMESPACE), &mut out);
    out.push('\n');
    out.into_bytes()
}

/// Close to the bytes that the element takes, so that a large value is not moved while writing.
fn size(element: &Element) -> usize {
    let own = [&element.value, &element.xhtml, &element.url, &element.id];
    let own: usize = own.into_iter().flatten().map(|text| text.len()).sum();
    own + 2 * element.name.len() + 32 + element.children.iter().map(size).sum::<usize>()
}

fn element(element: &Element, place: Place, namespace: Option<&str>, out: &mut String) {
    if let Some(xhtml) = element.xhtml() {
        out.push_str(xhtml);
        return;
    }
    out.push('<');
    out.push_str(element.name());
    let attributes = [
        ("xmlns", namespace),
        ("id", element.id()),
        ("url", element.url()),
        ("value", element.value()),
    ];
    for (name, value) in attributes {
        if let Some(value) = value {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape(value, out);
            out.push('"');
        }
    }
    if element.children.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for (child, place) in in_order(element, place) {
        self::element(child, place, None, out);
    }
    out.push_str("</");
    out.push_str(element.name());
    out.push('>');
}

/// The children in STU3 order; unknown ones last. Repeats keep their order.
pub(crate) fn in_order(element: &Element, place: Place) -> Vec<(&Element, Place)> {
    let placed = element
        .children
        .iter()
        .map(|child| (child, place.child(child.name())));
    let mut children: Vec<_> = placed.collect();
    if place.definition.is_some() {
        children.sort_by_key(|(_, place)| place.slot.map_or(usize::MAX, |slot| slot.order));
    }
    children
}

/// An attribute's value. White space other than blanks is escaped, or a parser would make it one.
fn escape(value: &str, out: &mut String) {
    let mut rest = value;
    while let Some(at) = rest.bytes().position(may_need_escape) {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let mut letters = tail.chars();
        match letters.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('"') => out.push_str("&quot;"),
            Some('\t') => out.push_str("&#9;"),
            Some('\n') => out.push_str("&#10;"),
            Some('\r') => out.push_str("&#13;"),
            Some(c) if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            Some(c) => out.push(c),
            None => {}
        }
        rest = letters.as_str();
    }
    out.push_str(rest);
}

/// Markup, controls, and the first byte of the two characters U+FFFE and U+FFFF. All of them begin a
/// character, so a text may be split before them.
fn may_need_escape(byte: u8) -> bool {
    byte < b' ' || matches!(byte, b'&' | b'<' | b'>' | b'"' | 0xef)
}
