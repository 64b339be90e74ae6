//! A narrative as HTML. What senders nest as HTML does not allow is put right, so that a browser builds
//! what is written: rows stand in tables, cells in rows, items in lists.

use fhir::narrative::{Element, Narrative, Piece, Tag, Width};
use maud::{Markup, PreEscaped, html};
use pages::components::visible;

/// The narrative of a section; its tables are named after the section.
pub(super) fn show(narrative: &Narrative, section: &str) -> Markup {
    let mut writer = Writer {
        out: String::new(),
        section,
        tables: 0,
        depth: 0,
    };
    writer.flow(&narrative.pieces);
    PreEscaped(writer.out)
}

struct Writer<'a> {
    /// HTML: what others wrote comes in by [`Writer::text`] only.
    out: String,
    section: &'a str,
    tables: usize,
    /// Tables within tables.
    depth: usize,
}

impl Writer<'_> {
    fn text(&mut self, text: &str) {
        self.out.push_str(&html! { (visible(text)) }.into_string());
    }

    /// Text, blocks and what stands in a line, in any order.
    fn flow(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.text(text),
                Piece::Element(element) => self.element(element),
            }
        }
    }

    fn element(&mut self, element: &Element) {
        match element.tag {
            Tag::Table => self.table(element),
            Tag::Ul => self.list("ul", element),
            Tag::Ol => self.list("ol", element),
            Tag::Br => self.mark("<br>", element),
            Tag::Hr => self.mark("<hr>", element),
            Tag::Pre => self.within("pre", element),
            Tag::Blockquote => self.within("blockquote", element),
            Tag::P => self.block("pages-letter__paragraph", element),
            Tag::H1 | Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6 | Tag::Dt | Tag::Caption => {
                self.block("pages-letter__heading", element);
            }
            Tag::Dd => self.block("pages-letter__indented", element),
            Tag::Big | Tag::Span => self.within("span", element),
            Tag::Tt => self.within("code", element),
            tag if tag.is_inline() => self.within(tag.name(), element),
            // Rows and items outside of what they belong in.
            _ => self.within("div", element),
        }
    }

    fn mark(&mut self, mark: &str, element: &Element) {
        self.out.push_str(mark);
        self.flow(&element.within);
    }

    fn block(&mut self, class: &str, element: &Element) {
        self.out.push_str(&format!("<div class=\"{class}\">"));
        self.flow(&element.within);
        self.out.push_str("</div>");
    }

    fn within(&mut self, name: &'static str, element: &Element) {
        self.around(name, |writer| writer.flow(&element.within));
    }

    fn around(&mut self, name: &'static str, write: impl FnOnce(&mut Self)) {
        self.out.push_str(&format!("<{name}>"));
        write(self);
        self.out.push_str(&format!("</{name}>"));
    }

    fn list(&mut self, name: &'static str, list: &Element) {
        self.around(name, |writer| {
            for piece in list.within.iter().filter(|piece| !is_blank(piece)) {
                match piece {
                    Piece::Element(item) if item.tag == Tag::Li => writer.within("li", item),
                    other => writer.around("li", |it| it.flow(std::slice::from_ref(other))),
                }
            }
        });
    }

    /// A table that is wider than the screen is scrolled by itself, by keyboard too.
    fn table(&mut self, table: &Element) {
        let is_outermost = self.depth == 0;
        self.depth += 1;
        if is_outermost {
            self.tables += 1;
            let name = format!("{}, table {}", self.section, self.tables);
            let name = html! { (visible(&name)) }.into_string();
            self.out.push_str(&format!(
                "<div class=\"pages-letter__table\" role=\"region\" tabindex=\"0\" aria-label=\"{name}\">"
            ));
        }
        self.out.push_str(&format!("<table{}>", width(table.width)));
        let heads = has_data(table);
        let mut rest = table.within.as_slice();
        let first = table.within.iter().position(|piece| !is_blank(piece));
        if let Some((Piece::Element(caption), behind)) =
            first.and_then(|first| table.within.get(first..)?.split_first())
            && caption.tag == Tag::Caption
        {
            self.within("caption", caption);
            rest = behind;
        }
        self.rows(rest, heads);
        self.out.push_str("</table>");
        if is_outermost {
            self.out.push_str("</div>");
        }
        self.depth -= 1;
    }

    /// What stands in a table; what is no row becomes one.
    fn rows(&mut self, pieces: &[Piece], heads: bool) {
        for piece in pieces.iter().filter(|piece| !is_blank(piece)) {
            match piece {
                Piece::Element(row) if row.tag == Tag::Tr => {
                    self.around("tr", |writer| writer.cells(&row.within, heads));
                }
                Piece::Element(rows)
                    if matches!(rows.tag, Tag::Thead | Tag::Tbody | Tag::Tfoot) =>
                {
                    self.rows(&rows.within, heads);
                }
                other => self.around("tr", |writer| {
                    writer.cells(std::slice::from_ref(other), heads);
                }),
            }
        }
    }

    /// What stands in a row; what is no cell becomes one.
    fn cells(&mut self, pieces: &[Piece], heads: bool) {
        for piece in pieces.iter().filter(|piece| !is_blank(piece)) {
            match piece {
                Piece::Element(cell) if matches!(cell.tag, Tag::Td | Tag::Th) => {
                    let name = if cell.tag == Tag::Th && heads {
                        "th"
                    } else {
                        "td"
                    };
                    let (columns, rows) =
                        (span("colspan", cell.columns), span("rowspan", cell.rows));
                    let width = width(cell.width);
                    self.out
                        .push_str(&format!("<{name}{columns}{rows}{width}>"));
                    self.flow(&cell.within);
                    self.out.push_str(&format!("</{name}>"));
                }
                other => self.around("td", |writer| writer.flow(std::slice::from_ref(other))),
            }
        }
    }
}

fn span(attribute: &str, span: u16) -> String {
    match span {
        0 | 1 => String::new(),
        span => format!(" {attribute}=\"{span}\""),
    }
}

/// The page's policy forbids styles in elements; this attribute is none.
fn width(width: Option<Width>) -> String {
    match width {
        Some(Width::Percent(width)) => format!(" width=\"{width}%\""),
        Some(Width::Pixels(width)) => format!(" width=\"{width}\""),
        None => String::new(),
    }
}

/// White space between rows or items, or a column without words.
fn is_blank(piece: &Piece) -> bool {
    match piece {
        Piece::Text(text) => text.trim().is_empty(),
        Piece::Element(element) => {
            matches!(element.tag, Tag::Col | Tag::Colgroup) && element.within.iter().all(is_blank)
        }
    }
}

/// Whether a table has cells that its heads can head.
fn has_data(element: &Element) -> bool {
    element.within.iter().any(|piece| match piece {
        Piece::Text(_) => false,
        Piece::Element(element) => element.tag == Tag::Td || has_data(element),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(xhtml: &str) -> String {
        show(&Narrative::of(xhtml), "Plan").into_string()
    }

    #[test]
    fn a_table_is_a_region_of_its_own_with_its_spans_and_widths() {
        assert_eq!(
            html(
                "<table width=\"90%\"><caption>Doses</caption><tbody>\n<tr><th>Dose</th><td colspan=\"2\">\
                 <p>5 mg</p></td></tr></tbody></table>"
            ),
            "<div class=\"pages-letter__table\" role=\"region\" tabindex=\"0\" aria-label=\"Plan, table 1\">\
             <table width=\"90%\"><caption>Doses</caption><tr><th>Dose</th><td colspan=\"2\">\
             <div class=\"pages-letter__paragraph\">5 mg</div></td></tr></table></div>"
        );
    }

    #[test]
    fn what_html_does_not_allow_is_put_right() {
        for (xhtml, expected) in [
            (
                "<table>a<td>b</td><p>c</p></table>",
                "<tr><td>a</td></tr><tr><td>b</td></tr><tr><td>",
            ),
            (
                "<table><tr>a<td>b</td></tr></table>",
                "<tr><td>a</td><td>b</td></tr>",
            ),
            (
                "<table><tbody><tbody><tr><td>a</td></tr></tbody></tbody></table>",
                "<table><tr><td>a</td>",
            ),
            ("<table><tr><th>a</th></tr></table>", "<tr><td>a</td></tr>"),
            (
                "<table><colgroup><col/></colgroup><tr><td>a</td></tr></table>",
                "<table><tr>",
            ),
            ("<ul>a<li>b</li> </ul>", "<ul><li>a</li><li>b</li></ul>"),
            ("<li>a</li><td>b</td>", "<div>a</div><div>b</div>"),
            (
                "<dl><dt>a</dt><dd>b</dd></dl>",
                "pages-letter__heading\">a</div>",
            ),
            ("<h1>a</h1>", "<div class=\"pages-letter__heading\">a</div>"),
            (
                "<p>a<table><tr><td>b</td></tr></table></p>",
                "<div class=\"pages-letter__paragraph\">a<div",
            ),
            ("<br>a</br>", "<br>a"),
        ] {
            assert!(html(xhtml).contains(expected), "{xhtml}: {}", html(xhtml));
        }
    }

    #[test]
    fn text_is_escaped_and_hidden_characters_are_shown() {
        assert_eq!(
            html("<b>&lt;script&gt;&amp;\u{202e}</b>"),
            "<b>&lt;script&gt;&amp;[U+202E]</b>"
        );
        let name = show(
            &Narrative::of("<table><tr><td>a</td></tr></table>"),
            "\"><script>",
        );
        assert!(!name.into_string().contains("<script>"));
    }
}
