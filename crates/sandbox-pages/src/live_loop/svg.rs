//! The shapes that the map is made of.

use maud::{Markup, html};

use super::frame::Mark;
use super::map::Colour;

/// A text; nothing where it is empty.
pub(crate) fn text(x: i32, y: i32, class: &str, anchor: &str, words: &str) -> Markup {
    html! { @if !words.is_empty() { text class=(class) x=(x) y=(y) text-anchor=(anchor) { (words) } } }
}

/// A line that something travels on.
pub(crate) fn pipe(class: &str, path: &str) -> Markup {
    html! { path class=(class) d=(path) {} }
}

/// The head of an arrow at its foot's upper corner, to the right or to the left.
pub(crate) fn arrow(class: &str, x: i32, y: i32, right: bool) -> Markup {
    let path = if right {
        format!("m{x} {y} 10 6 -10 6z")
    } else {
        format!("m{x} {y} -10 6 10 6z")
    };
    pipe(class, &path)
}

/// One of the three places, with its name and what it is.
pub(crate) fn place(x: i32, width: i32, is_here: bool, (name, about): (&str, &str)) -> Markup {
    html! {
        rect class=(if is_here { "m-place m-place-on" } else { "m-place" }) x=(x) y="1" width=(width) height="312" rx="6" {}
        (text(x + 15, 25, "m-title", "start", name))
        (text(x + 15, 44, "m-sub", "start", about))
    }
}

/// A part of a place; amber while something is wrong with it on purpose.
pub(crate) fn part(
    (x, y): (i32, i32),
    (width, height): (i32, i32),
    name: &str,
    note: Option<&str>,
    is_wrong: bool,
) -> Markup {
    html! {
        rect class=(if is_wrong { "m-chaos" } else { "m-part" }) x=(x) y=(y) width=(width) height=(height) rx="4" {}
        (text(x + 12, y + 19, "m-name", "start", name))
        @if let Some(note) = note {
            (text(x + width - 10, y + 19, if is_wrong { "m-quiet m-amber" } else { "m-quiet" }, "end", note))
        }
    }
}

/// A directory or an inbox with what waits in it, where that is known.
pub(crate) fn tray(
    (x, y): (i32, i32),
    width: i32,
    name: &str,
    count: Option<u64>,
    is_on: bool,
) -> Markup {
    let count = count.map(|count| count.to_string()).unwrap_or_default();
    html! {
        rect class=(if is_on { "m-tray m-tray-on" } else { "m-tray" }) x=(x) y=(y) width=(width) height="36" rx="3" {}
        (text(x + 9, y + 23, "m-name", "start", name))
        (text(x + width - 9, y + 23, "m-text", "end", &count))
    }
}

/// A stage's mark: shapes differ as well as colours.
pub(crate) fn mark(mark: Mark, (x, y): (i32, i32), words: &str) -> Markup {
    let (ring, number) = match mark {
        Mark::Done => ("ring m-dot", "m-dot-n"),
        Mark::Now | Mark::Held => ("ring m-now", "m-now-n"),
        Mark::Stopped => ("ring m-stop", "m-dot-n"),
        Mark::Later | Mark::Never => ("ring m-wait", "m-wait-n"),
    };
    html! {
        @if mark == Mark::Stopped {
            rect class=(ring) x=(x - 11) y=(y - 11) width="22" height="22" rx="3" {}
        } @else {
            circle class=(ring) cx=(x) cy=(y) r="11" {}
        }
        (text(x, y + 4, number, "middle", words))
    }
}

/// An envelope around its middle; the small one is an answer's.
pub(crate) fn envelope((x, y): (i32, i32), is_small: bool, colour: Colour) -> Markup {
    let class = match colour {
        Colour::Out => "m-env",
        Colour::Back => "m-env-back",
        Colour::Bad => "m-env-bad",
    };
    let (width, height) = if is_small { (38, 26) } else { (46, 30) };
    let (left, top) = (x - width / 2, y - height / 2);
    let half = width / 2 - 2;
    let flap = format!(
        "m{} {} {half} {} {half} -{}",
        left + 2,
        top + 3,
        height / 2 - 3,
        height / 2 - 3
    );
    html! {
        rect class=(class) x=(left) y=(top) width=(width) height=(height) rx="3" {}
        path.m-env-line d=(flap) {}
    }
}

/// A label under an envelope, on its own ground; its middle and its upper edge.
pub(crate) fn pill((x, y): (i32, i32), words: &str, colour: Colour) -> Markup {
    let width = i32::try_from(words.chars().count()).unwrap_or(20) * 8 + 14;
    let (pill, letters) = if colour == Colour::Bad {
        ("m-pill m-pill-bad", "m-ms m-bad")
    } else {
        ("m-pill", "m-ms")
    };
    html! {
        rect class=(pill) x=(x - width / 2) y=(y) width=(width) height="22" rx="11" {}
        (text(x, y + 15, letters, "middle", words))
    }
}
