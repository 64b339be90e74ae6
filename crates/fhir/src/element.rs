//! The element tree: one shape for resources, elements and primitives, in XML and JSON alike.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{FhirError, Text, visits};

/// Where an element began in the XML it was read from: line and column, in characters, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// One element of a FHIR document: a resource (named by its type, `Patient`), an element of a
/// datatype or resource (`identifier`), or a primitive (`active`, with a value).
///
/// The tree is the XML shape of FHIR: `entry` holds `resource`, which holds `Patient`. A repeating
/// element is several children of one name. Equality ignores positions. `Debug` shows names only.
#[derive(Clone)]
pub struct Element {
    pub(crate) name: Text,
    pub(crate) id: Option<Text>,
    pub(crate) url: Option<Text>,
    pub(crate) value: Option<Text>,
    pub(crate) xhtml: Option<Text>,
    pub(crate) children: Vec<Element>,
    pub(crate) position: Option<Position>,
}

/// Building.
impl Element {
    /// An element without value or children: `Element::new("Patient")`.
    pub fn new(name: impl Into<Text>) -> Self {
        Self {
            name: name.into(),
            id: None,
            url: None,
            value: None,
            xhtml: None,
            children: Vec::new(),
            position: None,
        }
    }

    /// A primitive: `Element::primitive("active", true)`.
    pub fn primitive(name: impl Into<Text>, value: impl Into<Text>) -> Self {
        Self {
            value: Some(value.into()),
            ..Self::new(name)
        }
    }

    /// An extension with this url and the given `value[x]` element, or, when `value` is itself an
    /// `extension`, with that as its part; more with [`Element::with`].
    pub fn extension(url: impl Into<Text>, value: Element) -> Self {
        Self {
            url: Some(url.into()),
            ..Self::new(Text::constant("extension"))
        }
        .with(value)
    }

    /// A `Reference` under this name: `Element::reference("subject", "urn:uuid:…")`.
    pub fn reference(name: impl Into<Text>, to: impl Into<Text>) -> Self {
        Self::new(name).child("reference", to)
    }

    /// A `CodeableConcept`'s or other element's `Coding` under this name.
    pub fn coding(
        name: impl Into<Text>,
        system: impl Into<Text>,
        code: impl Into<Text>,
        display: impl Into<Text>,
    ) -> Self {
        Self::new(name)
            .child("system", system)
            .child("code", code)
            .child("display", display)
    }

    /// A generated narrative, `text`, whose div is one paragraph of this plain text. Characters that
    /// XML cannot carry become U+FFFD.
    pub fn narrative(plain: &str) -> Self {
        // Here the text becomes markup, which is written as it is: XML must be able to carry it.
        let illegal = |c: char| {
            (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
        };
        let legal = plain.replace(illegal, "\u{fffd}");
        let escaped = quick_xml::escape::escape(&*legal);
        Self::generated_narrative(&format!("<p>{escaped}</p>"))
    }

    /// A generated narrative, `text`, with this content.
    pub fn narrative_of(narrative: &crate::narrative::Narrative) -> Self {
        Self::generated_narrative(&narrative.to_xhtml())
    }

    /// `content` is XHTML that is well formed.
    fn generated_narrative(content: &str) -> Self {
        let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{content}</div>");
        let div = Self {
            xhtml: Some(div.into()),
            ..Self::new(Text::constant("div"))
        };
        Self::new(Text::constant("text"))
            .child("status", Text::constant("generated"))
            .with(div)
    }

    /// Adds a primitive child.
    #[must_use]
    pub fn child(self, name: impl Into<Text>, value: impl Into<Text>) -> Self {
        self.with(Self::primitive(name, value))
    }

    /// Adds a primitive child when there is a value.
    #[must_use]
    pub fn child_if(self, name: impl Into<Text>, value: Option<impl Into<Text>>) -> Self {
        match value {
            Some(value) => self.child(name, value),
            None => self,
        }
    }

    /// Adds a child. Order is free: the writers put children in STU3 order.
    #[must_use]
    pub fn with(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    /// Adds every child of the iterator (an `Option` is one, too).
    #[must_use]
    pub fn with_all(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }

    /// Adds `meta` with this profile.
    #[must_use]
    pub fn profile(self, url: impl Into<Text>) -> Self {
        self.with(Self::new(Text::constant("meta")).child("profile", url))
    }

    /// The same element under another name.
    #[must_use]
    pub fn named(mut self, name: impl Into<Text>) -> Self {
        self.name = name.into();
        self
    }
}

/// Changing.
impl Element {
    /// The children, to add, change or take away.
    pub fn children_mut(&mut self) -> &mut Vec<Self> {
        &mut self.children
    }

    /// The first element on a dotted path, as [`Element::at`] finds it, to be changed.
    pub fn at_mut(&mut self, path: &str) -> Option<&mut Self> {
        path.split('.').try_fold(self, |element, name| {
            let mut children = element.children.iter_mut();
            children.find(|child| child.name() == name)
        })
    }

    /// The resource held by an `entry`, to be changed.
    pub fn resource_mut(&mut self) -> Option<&mut Self> {
        self.at_mut("resource")?.children.first_mut()
    }

    /// Gives a primitive another value.
    pub fn set_value(&mut self, value: impl Into<Text>) {
        self.value = Some(value.into());
    }
}

/// Reading.
impl Element {
    /// The element's name; of a resource, its type.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value of a primitive. `None` for one that has only extensions.
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// The value as a shared text: cloning it copies nothing.
    pub fn text(&self) -> Option<&Text> {
        self.value.as_ref()
    }

    /// The element's own `id` (an XML attribute; a resource's id is the child `id`).
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The url of an extension.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// The XHTML of a narrative's `div`, markup included.
    pub fn xhtml(&self) -> Option<&str> {
        self.xhtml.as_deref()
    }

    /// All children, in the order of the source.
    pub fn children(&self) -> &[Element] {
        visits::count(self.children.len());
        &self.children
    }

    /// All children of one name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> + Clone + 'a {
        self.children
            .iter()
            .inspect(|_| visits::count(1))
            .filter(move |child| child.name() == name)
    }

    /// The first element on a dotted path: `at("source.endpoint")`.
    pub fn at(&self, path: &str) -> Option<&Element> {
        path.split('.').try_fold(self, |element, name| {
            element
                .children
                .iter()
                .inspect(|_| visits::count(1))
                .find(|child| child.name() == name)
        })
    }

    /// The value of the first element on a dotted path.
    pub fn value_at(&self, path: &str) -> Option<&str> {
        self.at(path).and_then(Self::value)
    }

    /// The resource held by an `entry`, a `resource` or a `contained` element.
    pub fn resource(&self) -> Option<&Element> {
        match self.name() {
            "resource" | "contained" => self.children.first(),
            _ => self
                .at("resource")
                .and_then(|holder| holder.children.first()),
        }
    }

    /// The first extension with this url.
    pub fn extension_at(&self, url: &str) -> Option<&Element> {
        self.all("extension")
            .find(|extension| extension.url() == Some(url))
    }

    /// The `value[x]` element of an extension.
    pub fn extension_value(&self) -> Option<&Element> {
        self.children
            .iter()
            .inspect(|_| visits::count(1))
            .find(|child| child.name().starts_with("value"))
    }

    /// Whether the resource's `meta.profile` names this profile.
    pub fn has_profile(&self, url: &str) -> bool {
        self.all("meta")
            .flat_map(|meta| meta.all("profile"))
            .any(|p| p.value() == Some(url))
    }

    /// Where the element began, when it was read from XML.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Decodes a `base64Binary` value; white space anywhere in it is skipped (published messages
    /// break lines in the middle of a group of four). The only copy made is the decoded one, and
    /// one of the text when it holds white space.
    ///
    /// # Errors
    /// [`FhirError::Base64`] when the element has no value or it is not base64.
    pub fn decode_base64(&self) -> Result<Vec<u8>, FhirError> {
        let text = self.value().ok_or(FhirError::Base64)?.as_bytes();
        if text.iter().any(u8::is_ascii_whitespace) {
            let dense: Vec<u8> = text
                .iter()
                .copied()
                .filter(|byte| !byte.is_ascii_whitespace())
                .collect();
            STANDARD.decode(dense).map_err(|_| FhirError::Base64)
        } else {
            STANDARD.decode(text).map_err(|_| FhirError::Base64)
        }
    }

    /// The plain characters of a narrative `div`, tags left out, runs of white space made one blank.
    pub fn xhtml_text(&self) -> Option<String> {
        let document = roxmltree::Document::parse(self.xhtml()?).ok()?;
        let texts = document.descendants().filter(roxmltree::Node::is_text);
        let words: String = texts.filter_map(|node| node.text()).collect();
        Some(words.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.id == other.id
            && self.url == other.url
            && self.value == other.value
            && self.xhtml == other.xhtml
            && self.children == other.children
    }
}

impl Eq for Element {}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Element({}, {} children)",
            self.name(),
            self.children.len()
        )
    }
}

/// Base64 of `bytes`, as a value for [`Element::child`].
pub fn encode_base64(bytes: &[u8]) -> Text {
    STANDARD.encode(bytes).into()
}
