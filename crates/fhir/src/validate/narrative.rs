//! The XHTML of a narrative: formatting only, and some content.

use super::Check;
use crate::{Element, XHTML_NAMESPACE};

const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "b",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "ul",
    "var",
];

const ATTRIBUTES: &[&str] = &[
    "abbr",
    "accesskey",
    "align",
    "alt",
    "axis",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "char",
    "charoff",
    "charset",
    "cite",
    "class",
    "colspan",
    "compact",
    "coords",
    "dir",
    "frame",
    "headers",
    "height",
    "href",
    "hreflang",
    "hspace",
    "id",
    "lang",
    "longdesc",
    "name",
    "nowrap",
    "rel",
    "rev",
    "rowspan",
    "rules",
    "scope",
    "shape",
    "span",
    "src",
    "start",
    "style",
    "summary",
    "tabindex",
    "title",
    "type",
    "valign",
    "value",
    "vspace",
    "width",
];

pub(super) fn check(check: &mut Check<'_>, div: &Element) {
    let Some(xhtml) = div.xhtml() else { return };
    let Ok(tree) = roxmltree::Document::parse(xhtml) else {
        return check.error(div, "txt-1", "expected well-formed XHTML");
    };
    let mut content = false;
    for node in tree.descendants() {
        if node.is_text() {
            content |= node.text().is_some_and(|text| !text.trim().is_empty());
        } else if node.is_element() {
            content |= node.has_tag_name("img") || node.tag_name().name() == "img";
            if !is_formatting(node) {
                check.error(
                    div,
                    "txt-1",
                    "expected formatting only, found another XHTML element",
                );
            }
            if !node.attributes().all(|attribute| is_harmless(&attribute)) {
                check.error(
                    div,
                    "txt-1",
                    "expected formatting only, found another XHTML attribute",
                );
            }
        }
    }
    if !content {
        check.error(div, "txt-2", "expected some text or an image");
    }
}

fn is_formatting(node: roxmltree::Node<'_, '_>) -> bool {
    let name = node.tag_name();
    name.namespace() == Some(XHTML_NAMESPACE) && ELEMENTS.contains(&name.name())
}

fn is_harmless(attribute: &roxmltree::Attribute<'_, '_>) -> bool {
    let active = |value: &str| {
        let scheme: String = value
            .chars()
            .filter(|c| !c.is_whitespace())
            .take(11)
            .collect();
        scheme.eq_ignore_ascii_case("javascript:")
    };
    match attribute.namespace() {
        None => ATTRIBUTES.contains(&attribute.name()) && !active(attribute.value()),
        Some(namespace) => namespace == roxmltree::NS_XML_URI && attribute.name() == "lang",
    }
}
