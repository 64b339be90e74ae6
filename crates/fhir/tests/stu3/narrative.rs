//! Hostile text gives allowed elements only, within the bounds, and loses no word.

use fhir::narrative::{Element, Narrative, Piece, Tag, Width};
use proptest::prelude::*;

/// Every element of a narrative with how deep it is, the outermost 1.
fn elements(narrative: &Narrative) -> Vec<(&Element, usize)> {
    let mut found = Vec::new();
    let mut waiting: Vec<(&Piece, usize)> = narrative.pieces.iter().map(|it| (it, 1)).collect();
    while let Some((piece, depth)) = waiting.pop() {
        if let Piece::Element(element) = piece {
            found.push((element, depth));
            waiting.extend(element.within.iter().map(|it| (it, depth + 1)));
        }
    }
    found
}

/// Every word of a narrative, in its order, without white space.
fn words(narrative: &Narrative) -> String {
    fn within(pieces: &[Piece], words: &mut String) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => words.extend(text.split_whitespace()),
                Piece::Element(element) => within(&element.within, words),
            }
        }
    }
    let mut words = String::new();
    within(&narrative.pieces, &mut words);
    words
}

/// Markup, good and bad, in any order.
fn markup() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "<(div|p|td|table|script|style|img|a|x:b|b)( on[a-z]{2}=\"[a-z();]{0,5}\")?>",
        "</(div|p|td|table|script|style|img|a|x:b|b)>",
        "<(div|td|br|img) (colspan|width|style|alt)=\"[0-9a-z:;%]{0,8}\"/>",
        "&(#[0-9]{1,9}|#x[0-9a-f]{1,6}|lt|amp|nbsp|);",
        "<!\\[CDATA\\[[a-z<>]{0,5}\\]\\]>",
        "\\PC{0,8}",
    ];
    prop::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_markup_is_read_within_the_bounds_and_is_the_same_once_written(markup in markup()) {
        let narrative = Narrative::of(&markup);
        prop_assert!(elements(&narrative).iter().all(|it| it.1 <= 32));
        for (element, _) in elements(&narrative) {
            prop_assert!((1..=100).contains(&element.columns) && (1..=100).contains(&element.rows));
        }
        let plain: String = narrative.plain_text().split_whitespace().collect();
        prop_assert_eq!(plain.replace('|', ""), words(&narrative).replace('|', ""));
        prop_assert!(Narrative::of(&narrative.to_xhtml()) == narrative);
    }

    #[test]
    fn escaped_text_comes_back_whole(text in "[ -~]{0,40}") {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let narrative = Narrative::of(&format!("<div><p>{escaped}</p></div>"));
        prop_assert_eq!(words(&narrative), text.split_whitespace().collect::<String>());
        prop_assert_eq!(elements(&narrative).len(), 2);
    }
}

#[test]
fn a_text_that_begins_like_a_byte_order_mark_is_the_same_once_written() {
    for xhtml in [
        "\u{feff}<?xml<p",
        "&#xFEFF;words",
        "\u{feff}\u{feff}<b>x</b>",
    ] {
        let narrative = Narrative::of(xhtml);
        assert!(
            Narrative::of(&narrative.to_xhtml()) == narrative,
            "{xhtml:?}"
        );
    }
}

#[test]
fn what_is_not_allowed_is_text() {
    for (xhtml, expected) in [
        ("<div><script>alert(1)</script></div>", "alert(1)"),
        (
            "<div><style>p { color: red }</style>x</div>",
            "p{color:red}x",
        ),
        ("<div><a href=\"https://x.example/\">look</a></div>", "look"),
        (
            "<div><img src=\"https://x.example/a.png\" alt=\"a chart\"/></div>",
            "achart",
        ),
        ("<div><link rel=\"stylesheet\" href=\"x\"/>a</div>", "a"),
        ("<div><iframe src=\"x\">b</iframe></div>", "b"),
        ("<div><svg><script>c</script></svg></div>", "c"),
        ("<div><SCRIPT>d</SCRIPT></div>", "d"),
        (
            "<div><x:script xmlns:x=\"http://www.w3.org/1999/xhtml\">e</x:script></div>",
            "e",
        ),
        (
            "<div><form><input value=\"q\"/><button>f</button></form></div>",
            "f",
        ),
        (
            "<div><![CDATA[<script>g</script>]]></div>",
            "<script>g</script>",
        ),
        (
            "<div>&lt;script&gt;h&#60;/script&#x3E;</div>",
            "<script>h</script>",
        ),
        ("<div>&nbsp;&unknown;i</div>", "&nbsp;&unknown;i"),
        ("<div><!-- secret --><?php j ?>k</div>", "k"),
        ("<!DOCTYPE x [<!ENTITY y \"z\">]><div>&y;</div>", "&y;"),
        ("no <markup", "no<markup"),
        ("<p>l</div>", "l</div>"),
        ("", ""),
    ] {
        let narrative = Narrative::of(xhtml);
        assert_eq!(words(&narrative), expected, "{xhtml}");
        let tags: Vec<_> = elements(&narrative).iter().map(|it| it.0.tag).collect();
        assert!(
            tags.iter().all(|tag| matches!(tag, Tag::Div | Tag::P)),
            "{xhtml}"
        );
    }
    for name in [
        "script", "style", "link", "img", "a", "svg", "form", "object", "base", "meta",
    ] {
        assert!(Tag::ALL.iter().all(|tag| tag.name() != name), "{name}");
    }
}

#[test]
fn words_of_elements_that_are_left_out_stay_apart() {
    let apart =
        Narrative::of("<div><li><u>10</u><u>0 mg</u></li> of <a>par</a><a>acetamol</a></div>");
    assert_eq!(apart.plain_text(), "10 0 mg\nof paracetamol");
}

#[test]
fn of_attributes_only_spans_and_width_are_kept() {
    let narrative = Narrative::of(
        "<table onclick=\"x()\" class=\"y\" width=\"80%\"><tr><td colspan=\"2\" rowspan=\"9999\" \
         style=\"background: url(https://x.example/); width: 120px\" onmouseover=\"z()\">a</td>\
         <td colspan=\"0\" width=\"999%\">b</td><td colspan=\"-1\" style=\"width:expression(1)\">c\
         </td></tr></table>",
    );
    let found = elements(&narrative);
    assert_eq!(found[0].0.width, Some(Width::Percent(80)));
    let mut cells: Vec<_> = found
        .iter()
        .map(|it| it.0)
        .filter(|it| it.tag == Tag::Td)
        .collect();
    cells.reverse();
    let kept: Vec<_> = cells
        .iter()
        .map(|it| (it.columns, it.rows, it.width))
        .collect();
    assert_eq!(
        kept,
        [
            (2, 100, Some(Width::Pixels(120))),
            (1, 1, None),
            (1, 1, None)
        ]
    );
}

#[test]
fn ten_thousand_levels_become_the_text_of_the_innermost() {
    let deep = format!("{}in{}out", "<div>".repeat(10_000), "</div>".repeat(10_000));
    let narrative = Narrative::of(&deep);
    assert_eq!(words(&narrative), "inout");
    assert_eq!(elements(&narrative).iter().map(|it| it.1).max(), Some(32));
    assert_eq!(narrative.plain_text(), "in\nout");
    let unclosed = Narrative::of(&format!("{}in", "<b>".repeat(10_000)));
    assert_eq!(words(&unclosed), "in");
}

#[test]
fn more_elements_than_are_kept_become_text() {
    let many = format!("<div>{}</div>", "<p>x</p>".repeat(50_000));
    let narrative = Narrative::of(&many);
    assert_eq!(elements(&narrative).len(), 20_000);
    assert_eq!(words(&narrative).len(), 50_000);
    let Piece::Element(outer) = &narrative.pieces[0] else {
        panic!("a div")
    };
    assert!(outer.within.len() <= 20_000);
}

#[test]
fn plain_text_has_a_line_for_a_row_and_a_block() {
    for (xhtml, expected) in [
        (
            "<table><tbody><tr><th>Dose</th><td><p>5  mg</p><p>at night</p></td><td><p>oral</p></td></tr>\
             <tr><th>Form</th>\n<td/></tr><tr><td> </td><td>tablet</td></tr></tbody></table><p>end</p>",
            "Dose | 5 mg\nat night | oral\nForm | \n | tablet\nend",
        ),
        (
            "<div>\n<pre>a\n  b</pre>c<br/><br/>d <b>e</b>f<p/> g</div>",
            "a\n  b\nc\nd ef\ng",
        ),
        (
            "<ul><li>one</li><li>two <i>three</i> </li></ul>four",
            "one\ntwo three\nfour",
        ),
    ] {
        assert_eq!(Narrative::of(xhtml).plain_text(), expected, "{xhtml}");
    }
}
