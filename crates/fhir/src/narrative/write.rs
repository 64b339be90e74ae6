//! A narrative as XHTML again, for whoever keeps it: what [`Narrative::of`] reads back as the same.

use quick_xml::escape::escape;

use super::{Element, Narrative, Piece, Width};

impl Narrative {
    /// Its allowed elements with the attributes that were kept, and its texts, escaped.
    pub fn to_xhtml(&self) -> String {
        let mut out = String::new();
        pieces(&self.pieces, &mut out);
        out
    }
}

fn pieces(pieces: &[Piece], out: &mut String) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => self::text(text, out),
            Piece::Element(element) => self::element(element, out),
        }
    }
}

/// A carriage return as itself would be read as the end of a line, and U+FEFF at the start as a byte order mark.
fn text(text: &str, out: &mut String) {
    let escaped = escape(text);
    out.push_str(
        &escaped
            .replace('\r', "&#13;")
            .replace('\u{feff}', "&#xFEFF;"),
    );
}

fn element(element: &Element, out: &mut String) {
    let name = element.tag.name();
    out.push('<');
    out.push_str(name);
    for (attribute, span) in [("colspan", element.columns), ("rowspan", element.rows)] {
        if span > 1 {
            out.push_str(&format!(" {attribute}=\"{span}\""));
        }
    }
    match element.width {
        Some(Width::Percent(width)) => out.push_str(&format!(" width=\"{width}%\"")),
        Some(Width::Pixels(width)) => out.push_str(&format!(" width=\"{width}\"")),
        None => {}
    }
    out.push('>');
    pieces(&element.within, out);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}
