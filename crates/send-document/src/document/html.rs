//! HTML that is sent as a file: a receiver shows it in a program of its own, perhaps without a network,
//! so it has to hold everything it shows, and nothing in it may act.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

/// Elements that run, load, ask for something or replace the page.
const REFUSED: [&[u8]; 22] = [
    b"applet",
    b"audio",
    b"base",
    b"button",
    b"embed",
    b"form",
    b"frame",
    b"frameset",
    b"iframe",
    b"input",
    b"link",
    b"math",
    b"object",
    b"portal",
    b"script",
    b"select",
    b"source",
    b"svg",
    b"template",
    b"textarea",
    b"track",
    b"video",
];
/// Attributes whose value is loaded.
const LOADED: [&[u8]; 10] = [
    b"action",
    b"background",
    b"data",
    b"formaction",
    b"longdesc",
    b"manifest",
    b"ping",
    b"poster",
    b"src",
    b"srcset",
];
/// How the value of `href` may begin: followed by people only, and meaning the same everywhere.
const LINKS: [&str; 5] = ["#", "http://", "https://", "mailto:", "tel:"];
/// How pictures begin that are in the page itself.
const PICTURES: [&str; 4] = [
    "data:image/png",
    "data:image/jpeg",
    "data:image/gif",
    "data:image/tiff",
];
/// Longest name of an attribute that is told, in characters.
const NAME: usize = 40;

/// The first thing in a page that is not held by it or acts, and where.
pub(super) fn unfit(html: &str) -> Option<String> {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut is_style = false;
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let Ok(token) = token;
        let (found, at) = match token {
            Token::StartTag(tag) => {
                is_style = tag.name.as_slice() == b"style";
                (of_tag(&tag), tag.span.start)
            }
            Token::EndTag(_) => {
                is_style = false;
                continue;
            }
            Token::String(text) if is_style => (of_style(&text.value), text.span.start),
            _ => continue,
        };
        if let Some(found) = found {
            let before = html.as_bytes().get(..at).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            return Some(format!("{found} in line {line}"));
        }
    }
    None
}

fn of_tag(tag: &StartTag<usize>) -> Option<String> {
    let element = told(&tag.name);
    if REFUSED.contains(&tag.name.as_slice()) {
        return Some(format!("<{element}>"));
    }
    let attributes = tag.attributes.iter();
    let mut wrong = attributes.filter_map(|(name, value)| {
        let text = String::from_utf8_lossy(&value.value);
        let text = text.trim().to_ascii_lowercase();
        let begins = |with: &[&str]| with.iter().any(|begin| text.starts_with(begin));
        let is_wrong = match name.as_slice() {
            b"style" => return of_style(value.value.as_slice()),
            b"http-equiv" => !matches!(text.as_str(), "content-type" | "x-ua-compatible"),
            b"charset" => text != "utf-8",
            b"content" => text.contains("charset=") && !text.contains("charset=utf-8"),
            b"href" | b"xlink:href" => !begins(&LINKS),
            loaded if LOADED.contains(&loaded) => !begins(&PICTURES),
            other => other.starts_with(b"on"),
        };
        is_wrong.then(|| format!("{} of <{element}>", told(name)))
    });
    wrong.next()
}

/// Style sheets may load others, pictures and fonts.
fn of_style(css: &[u8]) -> Option<String> {
    let css = String::from_utf8_lossy(css).to_ascii_lowercase();
    let loads = |rest: &str| {
        let rest = rest.trim_start_matches([' ', '"', '\'', '\t', '\n', '\r']);
        !PICTURES.iter().any(|picture| rest.starts_with(picture))
    };
    // The images of an image-set may be named by strings alone.
    let acts = ["@import", "expression(", "-moz-binding", "image-set(", "\\"];
    let found = acts.iter().find(|act| css.contains(**act));
    let loaded = css.split("url(").skip(1).any(loads).then_some(&"url()");
    found.or(loaded).map(|found| format!("{found} in a style"))
}

/// A name as it is shown to people.
fn told(name: &[u8]) -> String {
    String::from_utf8_lossy(name).chars().take(NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_that_shows_by_itself_is_fit() {
        for html in [
            "<!DOCTYPE html><html lang=en><head><meta charset=\"UTF-8\"><title>A <b></title>\
             <meta name=viewport content=\"width=device-width\"><style>p { color: red }</style></head>\
             <body><h1>A</h1><table style='width: 3em'><tr><td colspan=2>1 &lt; 2</td></tr></table>\
             <img alt=x src='data:image/png;base64,AAAA'><a href='https://www.nhs.uk'>b</a>\
             <a href=#c id=c>c</a><pre>onclick=</pre><!-- <script> --></body></html>",
            "<meta http-equiv=Content-Type content='text/html; charset=utf-8'><p>a",
            "<style>p { background: url( 'data:image/png;base64,AA' ) }</style>",
            "plain",
            "",
        ] {
            assert_eq!(unfit(html), None, "{html}");
        }
    }

    #[test]
    fn what_acts_or_is_elsewhere_is_named_with_its_line() {
        for (html, expected) in [
            ("<p>\n<SCRIPT>1</SCRIPT>", "<script> in line 2"),
            ("<p onclick='a()'>", "onclick of <p> in line 1"),
            ("<img\n src=photo.png>", "src of <img> in line 1"),
            (
                "<img src='https://x.example/a.png'>",
                "src of <img> in line 1",
            ),
            (
                "<img src='data:image/svg+xml,<svg/>'>",
                "src of <img> in line 1",
            ),
            ("<a href='javascript:a()'>", "href of <a> in line 1"),
            ("<a href='java\nscript:a()'>", "href of <a> in line 1"),
            ("<a href='other.html'>", "href of <a> in line 1"),
            ("<link rel=stylesheet href=a.css>", "<link> in line 1"),
            (
                "<meta http-equiv=refresh content='0;url=x'>",
                "http-equiv of <meta> in line 1",
            ),
            ("<meta charset=windows-1252>", "charset of <meta> in line 1"),
            (
                "<p style='background:url(a.png)'>",
                "url() in a style in line 1",
            ),
            (
                "<style>\n@IMPORT 'a.css';</style>",
                "@import in a style in line 1",
            ),
            ("<style>a{b:url(x)}</style>", "url() in a style in line 1"),
            (
                "<p style='background:-webkit-image-set(\"https://x.example/a.png\" 1x)'>",
                "image-set( in a style in line 1",
            ),
            ("<title><p onclick=a></title><form>", "<form> in line 1"),
            ("<svg><style><p onclick=a></style></svg>", "<svg> in line 1"),
        ] {
            assert_eq!(unfit(html).as_deref(), Some(expected), "{html}");
        }
    }
}
