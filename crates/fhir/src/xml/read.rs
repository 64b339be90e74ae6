//! Reading FHIR XML into the element tree.

use std::sync::Arc;

use roxmltree::{Node, NodeType, ParsingOptions, StringStorage};

use super::{order, prescan};
use crate::path::{Path, Place, Siblings};
use crate::{
    Document, Element, FhirError, Finding, Findings, Limits, NAMESPACE, Position, Severity, Text,
    XHTML_NAMESPACE,
};

const XSI_NAMESPACE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Reads a FHIR XML document of any resource type.
///
/// Refused: anything but UTF-8, a document type, more bytes, depth or elements than `limits` allow,
/// XML that is not well-formed, names that are not FHIR's. Tolerated with a finding: element order,
/// foreign attributes, text between elements. Comments, processing instructions and
/// `xsi:schemaLocation` are dropped without one. Values are kept as slices of one copy of `bytes`.
///
/// # Errors
/// Any of [`FhirError`] but those of JSON.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Document, FhirError> {
    let source: Arc<str> = crate::read::text(bytes, limits)?.into();
    prescan::check(&source, limits)?;
    let options = ParsingOptions {
        // An element has a few attributes' and texts' nodes beside its own.
        nodes_limit: u32::try_from(limits.elements.saturating_mul(4)).unwrap_or(u32::MAX),
        ..ParsingOptions::default()
    };
    let tree = roxmltree::Document::parse_with_options(&source, options)
        .map_err(|error| malformed(error, limits))?;
    let mut reader = Reader::new(&source, limits.depth);
    let root = tree.root_element();
    reader.path.push(root.tag_name().name(), None);
    let root = reader.element(
        root,
        Place::of_root(&Element::new(root.tag_name().name())),
        1,
    )?;
    let mut findings = reader.findings;
    findings.extend(order::check(&root));
    Ok(Document {
        root,
        findings: findings.into_list(),
    })
}

/// Whether the text is one well-formed `div` of XHTML, within the limits and without dangers.
pub(crate) fn is_xhtml(text: &str, limits: &Limits) -> bool {
    prescan::check(text, limits).is_ok()
        && roxmltree::Document::parse(text).is_ok_and(|tree| {
            let name = tree.root_element().tag_name();
            // A comment or declaration before the div would be none inside a document.
            text.starts_with('<')
                && !text.starts_with("<?")
                && tree.root().children().count() == 1
                && (name.namespace(), name.name()) == (Some(XHTML_NAMESPACE), "div")
        })
}

/// Where the parser stumbled; its own words may quote the document.
fn malformed(error: roxmltree::Error, limits: &Limits) -> FhirError {
    match error {
        roxmltree::Error::DtdDetected => FhirError::DocumentType,
        // More comments, texts and instructions than the elements could have.
        roxmltree::Error::NodesLimitReached => FhirError::TooManyElements {
            limit: limits.elements,
        },
        other => {
            let at = other.pos();
            FhirError::Malformed {
                format: "XML",
                line: at.row.into(),
                column: at.col.into(),
            }
        }
    }
}

struct Reader<'a> {
    source: &'a Arc<str>,
    findings: Findings,
    path: Path,
    depth: usize,
    cursor: Cursor<'a>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Arc<str>, depth: usize) -> Self {
        let cursor = Cursor {
            source,
            offset: 0,
            position: Position { line: 1, column: 1 },
        };
        Self {
            source,
            findings: Findings::default(),
            path: Path::default(),
            depth,
            cursor,
        }
    }

    fn element(
        &mut self,
        node: Node<'_, 'a>,
        place: Place,
        level: usize,
    ) -> Result<Element, FhirError> {
        if level > self.depth {
            return Err(FhirError::TooDeep { limit: self.depth });
        }
        let mut element = Element::new(self.name(node, place));
        element.position = Some(self.cursor.advance(node.range().start));
        match node.tag_name().namespace() {
            Some(NAMESPACE) => {}
            Some(XHTML_NAMESPACE) if node.tag_name().name() == "div" && level > 1 => {
                element.xhtml = Some(self.xhtml(node));
                return Ok(element);
            }
            _ => {
                return Err(FhirError::NotFhir {
                    found: "an element of another namespace",
                });
            }
        }
        self.attributes(node, &mut element);
        let mut siblings = Siblings::default();
        for child in node.children() {
            match child.node_type() {
                NodeType::Element => {
                    let name = child.tag_name().name();
                    let inner = place.child(name);
                    let back = self.path.push(name, siblings.index(name, inner));
                    let child = self.element(child, inner, level + 1)?;
                    self.path.back(back);
                    element.children.push(child);
                }
                NodeType::Text if child.text().is_some_and(|text| !text.trim().is_empty()) => {
                    self.finding(
                        "text",
                        element.position,
                        "text between elements is not FHIR",
                    );
                }
                _ => {}
            }
        }
        Ok(element)
    }

    /// The element's name, without a copy where the table has it.
    fn name(&self, node: Node<'_, 'a>, place: Place) -> Text {
        match place.slot {
            Some(slot) => Text::constant(&slot.name),
            None => Text::of_source(self.source, node.tag_name().name()),
        }
    }

    fn attributes(&mut self, node: Node<'_, 'a>, element: &mut Element) {
        for attribute in node.attributes() {
            let value = Some(match attribute.value_storage() {
                StringStorage::Borrowed(part) => Text::of_source(self.source, part),
                StringStorage::Owned(text) => Text::from(Arc::clone(text)),
            });
            match (attribute.namespace(), attribute.name()) {
                (None, "value") => element.value = value,
                (None, "id") => element.id = value,
                (None, "url") => element.url = value,
                (Some(XSI_NAMESPACE), "schemaLocation") => {}
                _ => self.finding(
                    "attribute",
                    element.position,
                    "expected only the attributes value, id and url, found another",
                ),
            }
        }
    }

    /// The markup of a narrative's div as it stands when it names its own namespace, else rebuilt.
    fn xhtml(&self, node: Node<'_, 'a>) -> Text {
        let raw = self.source.get(node.range()).unwrap_or_default();
        let own = roxmltree::Document::parse(raw).is_ok_and(|alone| {
            alone.root_element().tag_name().namespace() == Some(XHTML_NAMESPACE)
        });
        if own {
            Text::of_source(self.source, raw)
        } else {
            rebuilt(node).into()
        }
    }

    fn finding(&mut self, id: &'static str, position: Option<Position>, what: &str) {
        self.findings.push(Finding {
            id,
            severity: Severity::Error,
            path: self.path.as_str().to_owned(),
            position,
            what: what.to_owned(),
        });
    }
}

/// XHTML written anew, for a div whose prefix or namespace is declared outside it.
fn rebuilt(root: Node<'_, '_>) -> String {
    let mut out = String::new();
    rebuild(root, None, &mut out);
    out
}

fn rebuild(node: Node<'_, '_>, outer: Option<&str>, out: &mut String) {
    let (name, namespace) = (node.tag_name().name(), node.tag_name().namespace());
    out.push('<');
    out.push_str(name);
    if namespace != outer {
        let namespace = quick_xml::escape::escape(namespace.unwrap_or_default());
        out.push_str(&format!(" xmlns=\"{namespace}\""));
    }
    for attribute in node.attributes() {
        let prefix = match attribute.namespace() {
            None => "",
            Some(roxmltree::NS_XML_URI) => "xml:",
            Some(_) => continue,
        };
        let value = quick_xml::escape::escape(attribute.value());
        out.push_str(&format!(" {prefix}{}=\"{value}\"", attribute.name()));
    }
    out.push('>');
    for child in node.children() {
        match child.node_type() {
            NodeType::Element => rebuild(child, namespace, out),
            NodeType::Text => {
                out.push_str(&quick_xml::escape::escape(child.text().unwrap_or_default()));
            }
            _ => {}
        }
    }
    out.push_str(&format!("</{name}>"));
}

/// Turns the rising offsets of elements into lines and columns in one pass over the source.
struct Cursor<'a> {
    source: &'a str,
    offset: usize,
    position: Position,
}

impl Cursor<'_> {
    fn advance(&mut self, offset: usize) -> Position {
        let passed = self.source.get(self.offset..offset).unwrap_or_default();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let lines = passed.bytes().filter(|byte| *byte == b'\n').count();
        let last = passed.rsplit('\n').next().unwrap_or_default();
        let column = if lines == 0 { self.position.column } else { 1 };
        self.position = Position {
            line: self.position.line.saturating_add(count(lines)),
            column: column.saturating_add(count(last.chars().count())),
        };
        self.offset = self.offset.max(offset);
        self.position
    }
}
