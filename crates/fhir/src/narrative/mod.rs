//! FHIR's Narrative, the text that people read, as a tree that is safe to show: formatting and tables,
//! nothing that is fetched, followed or run. What is not allowed stays as its text, so that no word is lost.

mod plain;
mod write;

use std::fmt;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// Elements within elements that are kept; what is deeper becomes text of the innermost.
const DEPTH: usize = 32;
/// Elements of one narrative that are kept; what follows becomes text.
pub const ELEMENTS: usize = 20_000;
/// Columns or rows that one cell may span.
const SPAN: u16 = 100;

/// A narrative.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Narrative {
    /// What it consists of, in its order.
    pub pieces: Vec<Piece>,
}

/// A part of a narrative.
#[derive(Clone, PartialEq, Eq)]
pub enum Piece {
    /// Characters, to be escaped where they are shown.
    Text(String),
    /// An allowed element.
    Element(Element),
}

/// An allowed element; those inside are at most 32 deep.
#[derive(Clone, PartialEq, Eq)]
pub struct Element {
    /// Which one.
    pub tag: Tag,
    /// Columns that a cell spans, 1 to 100.
    pub columns: u16,
    /// Rows that a cell spans, 1 to 100.
    pub rows: u16,
    /// How wide it wants to be.
    pub width: Option<Width>,
    /// What is in it.
    pub within: Vec<Piece>,
}

/// How wide an element wants to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Of what is around it, 1 to 100.
    Percent(u16),
    /// In pixels, 1 to 2,000.
    Pixels(u16),
}

macro_rules! tags {
    ($($tag:ident $name:literal)+) => {
        /// The elements that are allowed: FHIR's formatting without links and images.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Tag {
            $(
                #[doc = concat!("`", $name, "`")]
                $tag,
            )+
        }

        impl Tag {
            /// Every allowed element.
            pub const ALL: &[Self] = &[$(Self::$tag),+];

            /// Its name in HTML.
            pub fn name(self) -> &'static str {
                match self { $(Self::$tag => $name),+ }
            }
        }
    };
}
tags! {
    Abbr "abbr" B "b" Big "big" Blockquote "blockquote" Br "br" Caption "caption" Cite "cite" Code "code"
    Col "col" Colgroup "colgroup" Dd "dd" Dfn "dfn" Div "div" Dl "dl" Dt "dt" Em "em" H1 "h1" H2 "h2"
    H3 "h3" H4 "h4" H5 "h5" H6 "h6" Hr "hr" I "i" Li "li" Ol "ol" P "p" Pre "pre" Q "q" Samp "samp"
    Small "small" Span "span" Strong "strong" Sub "sub" Sup "sup" Table "table" Tbody "tbody" Td "td"
    Tfoot "tfoot" Th "th" Thead "thead" Tr "tr" Tt "tt" Ul "ul" Var "var"
}

impl Tag {
    /// Whether it stands within a line.
    pub fn is_inline(self) -> bool {
        matches!(
            self,
            Self::Abbr
                | Self::B
                | Self::Big
                | Self::Cite
                | Self::Code
                | Self::Dfn
                | Self::Em
                | Self::I
                | Self::Q
                | Self::Samp
                | Self::Small
                | Self::Span
                | Self::Strong
                | Self::Sub
                | Self::Sup
                | Self::Tt
                | Self::Var
        )
    }
}

impl Narrative {
    /// The narrative of a `div`, as XHTML writes it. Whatever it is, something is given: what cannot be
    /// parsed is text.
    pub fn of(xhtml: &str) -> Self {
        Self::within(xhtml, &mut ELEMENTS.clone())
    }

    /// Lines as they are written.
    pub fn of_lines(lines: &str) -> Self {
        let within = vec![Piece::Text(lines.to_owned())];
        let pre = Element {
            tag: Tag::Pre,
            columns: 1,
            rows: 1,
            width: None,
            within,
        };
        Self {
            pieces: vec![Piece::Element(pre)],
        }
    }

    /// [`Self::of`], with how many elements may still be kept ([`ELEMENTS`] at first), where several
    /// narratives are shown together.
    pub fn within(xhtml: &str, elements: &mut usize) -> Self {
        let mut reader = Reader::from_str(xhtml);
        let mut reading = Reading::new(elements);
        loop {
            match reader.read_event() {
                Ok(Event::Start(start)) => reading.start(&start),
                Ok(Event::Empty(start)) => {
                    reading.start(&start);
                    reading.end();
                }
                Ok(Event::End(_)) => reading.end(),
                Ok(Event::Text(text)) => reading.text(&text.into_inner()),
                Ok(Event::CData(text)) => reading.text(&text.into_inner()),
                Ok(Event::GeneralRef(reference)) => reading.reference(&reference),
                Ok(Event::Eof) => break,
                Ok(_) => {}
                Err(_) => {
                    let from = usize::try_from(reader.error_position()).unwrap_or_default();
                    reading.text(xhtml.get(from..).unwrap_or_default());
                    break;
                }
            }
        }
        reading.into_narrative()
    }
}

/// The elements that are open, and what is told of them so far.
struct Reading<'a> {
    pieces: Vec<Piece>,
    open: Vec<Element>,
    /// Of every open element of the source, whether it is in `open`, or became text.
    sources: Vec<Became>,
    elements: &'a mut usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Became {
    Element,
    /// Text, apart from what is around it.
    Words,
    /// Text of the sentence it is in.
    Nothing,
}

impl<'a> Reading<'a> {
    fn new(elements: &'a mut usize) -> Self {
        Self {
            pieces: Vec::new(),
            open: Vec::new(),
            sources: Vec::new(),
            elements,
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) {
        let name = start.local_name().into_inner();
        let tag = Tag::ALL.iter().find(|tag| tag.name() == name).copied();
        let has_room = self.open.len() < DEPTH && *self.elements > 0;
        let became = match tag.filter(|_| has_room) {
            Some(tag) => {
                *self.elements -= 1;
                self.open.push(element(tag, start));
                Became::Element
            }
            None if name == "a" => Became::Nothing,
            None => {
                self.text(" ");
                if name == "img" {
                    self.text(&attribute(start, "alt").unwrap_or_default());
                }
                Became::Words
            }
        };
        self.sources.push(became);
    }

    fn end(&mut self) {
        match self.sources.pop() {
            Some(Became::Element) => self.close(),
            Some(Became::Words) => self.text(" "),
            Some(Became::Nothing) | None => {}
        }
    }

    fn close(&mut self) {
        if let Some(done) = self.open.pop() {
            self.current().push(Piece::Element(done));
        }
    }

    fn current(&mut self) -> &mut Vec<Piece> {
        match self.open.last_mut() {
            Some(element) => &mut element.within,
            None => &mut self.pieces,
        }
    }

    /// Texts beside each other are one piece, so that there are never many more than elements.
    fn text(&mut self, text: &str) {
        let pieces = self.current();
        match pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Text(before)) => before.push_str(text),
            _ => pieces.push(Piece::Text(text.to_owned())),
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>) {
        let name: &str = reference;
        match (
            reference.resolve_char_ref(),
            resolve_predefined_entity(name),
        ) {
            (Ok(Some(character)), _) => self.text(character.encode_utf8(&mut [0; 4])),
            (_, Some(meant)) => self.text(meant),
            _ => self.text(&format!("&{name};")),
        }
    }

    fn into_narrative(mut self) -> Narrative {
        while !self.open.is_empty() {
            self.close();
        }
        Narrative {
            pieces: self.pieces,
        }
    }
}

fn element(tag: Tag, start: &BytesStart<'_>) -> Element {
    let span = |name: &str| {
        let span = attribute(start, name).and_then(|value| value.trim().parse::<u16>().ok());
        span.map_or(1, |span| span.clamp(1, SPAN))
    };
    let of_style = || {
        let style = attribute(start, "style")?;
        let mut declarations = style.split(';').filter_map(|it| it.split_once(':'));
        declarations
            .find(|(property, _)| property.trim().eq_ignore_ascii_case("width"))
            .and_then(|(_, value)| Width::parse(value))
    };
    let is_cell = matches!(tag, Tag::Td | Tag::Th);
    Element {
        tag,
        columns: if is_cell { span("colspan") } else { 1 },
        rows: if is_cell { span("rowspan") } else { 1 },
        width: attribute(start, "width")
            .and_then(|value| Width::parse(&value))
            .or_else(of_style),
        within: Vec::new(),
    }
}

/// The value of an attribute without a prefix.
fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut all = start.attributes();
    let found = all.with_checks(false).flatten();
    let mut of_name = found.filter(|attribute| attribute.key.into_inner() == name);
    let value = of_name.next()?;
    let value = value.normalized_value(XmlVersion::Implicit1_0).ok()?;
    Some(value.into_owned())
}

impl Width {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let number = |text: &str, most: u16| {
            let whole = text.split('.').next().unwrap_or_default().trim();
            let number = whole.parse::<u16>().ok();
            number.filter(|number| (1..=most).contains(number))
        };
        match text.strip_suffix('%') {
            Some(percent) => number(percent, 100).map(Self::Percent),
            None => number(text.strip_suffix("px").unwrap_or(text), 2_000).map(Self::Pixels),
        }
    }
}

/// Narratives hold patient data: `Debug` tells their size.
impl fmt::Debug for Narrative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Narrative({} pieces)", self.pieces.len())
    }
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Element(element) => element.fmt(f),
        }
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({} pieces)", self.tag.name(), self.within.len())
    }
}
