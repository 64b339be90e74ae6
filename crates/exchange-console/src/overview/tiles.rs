//! Six numbers with what is usual.

use maud::{Markup, html};
use pages::components::elapsed;

use super::standing::{MOST, Standing};
use crate::console::View;
use crate::labels::size;

/// Codes that are named.
const NAMED: usize = 3;

struct Tile {
    class: &'static str,
    number: String,
    unit: &'static str,
    words: String,
    address: String,
}

pub(super) fn show(view: &View, standing: &Standing) -> Markup {
    let tiles = [
        oldest(view, standing),
        waiting(view, standing),
        routing(view, standing),
        refused(view, standing),
        given_up(view, standing),
        room(view, standing),
    ];
    html! {
        nav.tiles aria-label="Numbers now" {
            @for tile in tiles {
                a class=(format!("tile {}", tile.class)) href=(tile.address) {
                    b { (tile.number) @if !tile.unit.is_empty() { " " small { (tile.unit) } } }
                    " " span { (tile.words) }
                }
            }
        }
    }
}

/// `usually 4`, with a comma before it; nothing where it is not known.
fn usually(usual: Option<u64>) -> String {
    usual.map_or_else(String::new, |usual| format!(", usually {usual}"))
}

fn at_most(count: usize) -> String {
    if count >= MOST {
        format!("{MOST}+")
    } else {
        count.to_string()
    }
}

fn oldest(view: &View, standing: &Standing) -> Tile {
    let slowest = standing.waiting().into_iter().next();
    let waited = slowest.and_then(|mailbox| mailbox.oldest);
    let waited = waited.map(|since| elapsed(standing.now.duration_since(since)));
    let (address, words) = match slowest {
        None => (
            "/mailboxes".to_owned(),
            "oldest waiting: no inbox holds a message".to_owned(),
        ),
        Some(mailbox) => {
            let id = &mailbox.mailbox.id;
            (format!("/mailboxes/{id}"), format!("oldest waiting, {id}"))
        }
    };
    Tile {
        class: if slowest.is_some_and(|mailbox| mailbox.not_collected) {
            "warn"
        } else {
            ""
        },
        number: waited.unwrap_or_else(|| "–".to_owned()),
        unit: "",
        words,
        address: view.link(&address),
    }
}

fn waiting(view: &View, standing: &Standing) -> Tile {
    let waiting: u64 = standing
        .mailboxes
        .iter()
        .map(|mailbox| mailbox.waiting)
        .sum();
    let inboxes = match standing.waiting().len() {
        1 => "1 inbox".to_owned(),
        count => format!("{count} inboxes"),
    };
    let usual = standing.usually(|spell| spell.waiting.unwrap_or(0));
    Tile {
        class: "",
        number: waiting.to_string(),
        unit: "",
        words: format!("waiting in {inboxes}{}", usually(usual)),
        address: view.link("/mailboxes"),
    }
}

fn routing(view: &View, standing: &Standing) -> Tile {
    let patients = &standing.patients;
    let words = match (patients.away_since, patients.answered) {
        (Some(since), _) => {
            let away = elapsed(standing.now.duration_since(since));
            format!("being routed, no answer from PDS for {away}")
        }
        (None, Some((_, took))) => format!("being routed, PDS answers in {} ms", took.as_millis()),
        (None, None) => "being routed, PDS not asked yet".to_owned(),
    };
    Tile {
        class: if patients.away_since.is_some() {
            "bad"
        } else {
            ""
        },
        number: at_most(standing.routing.len()),
        unit: "",
        words,
        address: view.link("/queues"),
    }
}

fn refused(view: &View, standing: &Standing) -> Tile {
    let (now, usual) = (
        standing.last_hour.refused,
        standing.usually(|spell| spell.refused),
    );
    // what is far more than usual: twice as many, and ten more
    let many = usual.is_some_and(|usual| now > usual.saturating_mul(2).max(usual + 10));
    Tile {
        class: if many { "bad" } else { "" },
        number: now.to_string(),
        unit: "",
        words: format!("refused in the last hour{}", usually(usual)),
        address: view.link("/charts?range=hour"),
    }
}

fn given_up(view: &View, standing: &Standing) -> Tile {
    let mut codes: Vec<_> = standing.last_day.reported.iter().collect();
    codes.sort_by_key(|(code, count)| (std::cmp::Reverse(**count), (*code).clone()));
    let more = codes.len() > NAMED;
    let named = codes.iter().take(NAMED);
    let named: Vec<String> = named
        .map(|(code, count)| format!("{count} {code}"))
        .collect();
    let words = match named.as_slice() {
        [] => "given up in 24 hours".to_owned(),
        named => format!(
            "given up in 24 hours: {}{}",
            named.join(", "),
            if more { ", …" } else { "" }
        ),
    };
    Tile {
        class: "",
        number: standing.last_day.failed().to_string(),
        unit: "",
        words,
        address: view.link("/messages?show=reports"),
    }
}

/// Of the disk; where it is another machine's, what is set aside.
fn room(view: &View, standing: &Standing) -> Tile {
    let Some(disk) = standing.disk.filter(|disk| disk.total > 0) else {
        return Tile {
            class: if standing.quarantined > 0 { "warn" } else { "" },
            number: standing.quarantined.to_string(),
            unit: "",
            words: "in quarantine, damaged".to_owned(),
            address: view.link("/messages?show=reports"),
        };
    };
    let short = standing.room.is_some_and(|room| room.is_short());
    Tile {
        class: if short { "bad" } else { "" },
        number: (u128::from(disk.free) * 100 / u128::from(disk.total)).to_string(),
        unit: "%",
        words: format!("of the disk free, {}", size(disk.free)),
        address: view.link("/queues"),
    }
}
