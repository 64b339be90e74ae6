//! Pieces that show something: tags, cards, callouts, summaries, times.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::notice::Notice;

/// Text that others wrote, set apart from the direction of what stands around it, with the characters
/// named that nobody would see: `[U+202E]`.
pub fn foreign_text(text: impl std::fmt::Display) -> Markup {
    html! { bdi { (visible(&text.to_string())) } }
}

/// Text that others wrote, for places that take no markup.
pub fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        if text_input::is_unseen(character) && character != '\r' {
            visible.push_str(&format!("[U+{:04X}]", u32::from(character)));
        } else {
            visible.push(character);
        }
    }
    visible
}

/// The colours of tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Under way.
    Blue,
    /// Good.
    Green,
    /// Quiet: past, or of no consequence.
    Grey,
    /// Wants attention soon.
    Yellow,
    /// Wants attention now.
    Orange,
    /// Failed.
    Red,
    /// Set apart from all others.
    Purple,
}

/// A state in a word or two.
pub fn tag(colour: Colour, words: &str) -> Markup {
    let class = match colour {
        Colour::Blue => "nhsuk-tag nhsuk-tag--blue",
        Colour::Green => "nhsuk-tag nhsuk-tag--green",
        Colour::Grey => "nhsuk-tag nhsuk-tag--grey",
        Colour::Yellow => "nhsuk-tag nhsuk-tag--yellow",
        Colour::Orange => "nhsuk-tag nhsuk-tag--orange",
        Colour::Red => "nhsuk-tag nhsuk-tag--red",
        Colour::Purple => "nhsuk-tag nhsuk-tag--purple",
    };
    html! { strong class=(class) { (words) } }
}

/// A line of a summary list.
pub struct SummaryRow {
    key: String,
    value: Markup,
    action: Option<(String, String)>,
}

impl SummaryRow {
    /// What it is about, and what is so.
    pub fn new(key: impl Into<String>, value: Markup) -> Self {
        Self {
            key: key.into(),
            value,
            action: None,
        }
    }

    /// The same of plain text.
    pub fn text(key: impl Into<String>, value: impl std::fmt::Display) -> Self {
        Self::new(key, foreign_text(value))
    }

    /// A link to where it is changed: its words and address.
    pub fn action(mut self, words: impl Into<String>, address: impl Into<String>) -> Self {
        self.action = Some((words.into(), address.into()));
        self
    }
}

/// What is known of one thing.
pub fn summary_list(rows: &[SummaryRow]) -> Markup {
    let acts = rows.iter().any(|row| row.action.is_some());
    html! {
        dl.nhsuk-summary-list {
            @for row in rows {
                @let class = if acts && row.action.is_none() {
                    "nhsuk-summary-list__row nhsuk-summary-list__row--no-actions"
                } else {
                    "nhsuk-summary-list__row"
                };
                div class=(class) {
                    dt.nhsuk-summary-list__key { (row.key) }
                    dd.nhsuk-summary-list__value { (row.value) }
                    @if let Some((words, address)) = &row.action {
                        dd.nhsuk-summary-list__actions {
                            a href=(address) {
                                (words)
                                span.nhsuk-u-visually-hidden { " (" (row.key) ")" }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What was done, or is to be done, told once above a page.
pub fn notification_banner(notice: &Notice) -> Markup {
    let (class, role, title) = if notice.good {
        (
            "nhsuk-notification-banner nhsuk-notification-banner--success",
            "alert",
            "Success",
        )
    } else {
        ("nhsuk-notification-banner", "region", "Important")
    };
    html! {
        div class=(class) role=(role) aria-labelledby="nhsuk-notification-banner-title" {
            div.nhsuk-notification-banner__header {
                h2.nhsuk-notification-banner__title #nhsuk-notification-banner-title { (title) }
            }
            div.nhsuk-notification-banner__content {
                p.nhsuk-notification-banner__heading { (notice.words) }
            }
        }
    }
}

/// More, for who wants it.
pub fn details(summary: &str, content: Markup) -> Markup {
    html! {
        details.nhsuk-details {
            summary.nhsuk-details__summary {
                span.nhsuk-details__summary-text { (summary) }
            }
            div.nhsuk-details__text { (content) }
        }
    }
}

/// Set apart from the text around it.
pub fn inset_text(content: Markup) -> Markup {
    html! {
        div.nhsuk-inset-text {
            span.nhsuk-u-visually-hidden { "Information: " }
            (content)
        }
    }
}

/// What must not be overlooked.
pub fn warning_callout(heading: &str, content: Markup) -> Markup {
    html! {
        div.nhsuk-warning-callout {
            h2.nhsuk-warning-callout__label {
                span role="text" {
                    span.nhsuk-u-visually-hidden { "Important: " }
                    (heading)
                }
            }
            (content)
        }
    }
}

/// A box with a heading of the given level, 2 to 4.
pub fn card(heading: &str, level: u8, content: Markup) -> Markup {
    html! {
        div.nhsuk-card {
            div.nhsuk-card__content {
                @match level {
                    2 => h2."nhsuk-card__heading nhsuk-heading-m" { (heading) },
                    3 => h3."nhsuk-card__heading nhsuk-heading-s" { (heading) },
                    _ => h4."nhsuk-card__heading nhsuk-heading-xs" { (heading) },
                }
                (content)
            }
        }
    }
}

/// A number with what it counts, as a link to the things themselves.
pub fn count_card(number: impl std::fmt::Display, words: &str, address: &str) -> Markup {
    html! {
        a.pages-count href=(address) {
            span.pages-count__number { (number) }
            " "
            span.pages-count__words { (words) }
        }
    }
}

/// Prints the page. There is a sheet for paper, and without a script there is no such button: the browser has one.
pub fn print_button() -> Markup {
    html! {
        button."nhsuk-button nhsuk-button--secondary pages-print" type="button" data-print { "Print" }
    }
}

/// For screen readers only.
pub fn visually_hidden(words: &str) -> Markup {
    html! { span.nhsuk-u-visually-hidden { (words) } }
}

/// A PDF or picture of this site's own, shown in the page, with a link for where it cannot be.
pub fn document(address: &str, title: &str) -> Markup {
    html! {
        iframe.pages-document src=(address) title=(title) loading="lazy" {}
        p.no-print { a href=(address) target="_blank" rel="noopener" { "Open " (title) " in a new tab" } }
        p.print-only { "The document is a file of its own: open it and print it from there." }
    }
}

/// A moment as people in England read it.
pub fn time(at: Timestamp) -> Markup {
    let shown = at
        .to_zoned(nhs::uk_time_zone())
        .strftime("%-d\u{a0}%b\u{a0}%Y, %H:%M:%S")
        .to_string();
    html! { time datetime=(at) { (shown) } }
}
