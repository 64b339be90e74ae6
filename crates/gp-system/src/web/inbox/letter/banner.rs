//! Whom a letter is about, and whether that is who the practice's own list says: always in view.

use jiff::civil::Date;
use maud::{Markup, html};
use pages::components::{foreign_text, visible};
use pages::work::{State, tag};

use crate::{PatientDifference, PatientMatch, Task};

/// What stands in the banner of a letter.
pub(in crate::web) struct Banner<'a> {
    pub(in crate::web) task: &'a Task,
    /// How the patient compares with the practice's list now.
    pub(in crate::web) compared: &'a PatientMatch,
    pub(in crate::web) today: Date,
    /// What stands before the name, such as the way back.
    pub(in crate::web) before: Markup,
    /// What stands last.
    pub(in crate::web) after: Markup,
}

pub(in crate::web) fn show(banner: &Banner<'_>) -> Markup {
    let Banner { task, compared, .. } = banner;
    let class = if compared.is_full() {
        "patient"
    } else {
        "patient patient-odd"
    };
    html! {
        div class=(class) {
            (banner.before)
            h1 { (foreign_text(&task.patient)) }
            dl {
                div { dt { "Born" } dd { (born(task, banner.today)) } }
                div { dt { "NHS no." } dd { (number(task)) } }
            }
            (verdict(compared))
            @if task.matched == 30004 { (tag(State::Bad, "Patient recently deceased")) }
            (banner.after)
            (then(task, compared))
        }
    }
}

/// `23 Jun 1946 (80 y)`.
fn born(task: &Task, today: Date) -> Markup {
    let Some(stated) = &task.stated else {
        return html! { "not kept" };
    };
    html! {
        @match stated.birth_date {
            Some(born) => { (day(born.date())) " (" (age(born.date(), today)) " y)" }
            None => "not stated",
        }
    }
}

/// `969 363 2109`.
fn number(task: &Task) -> Markup {
    let number = task.nhs_number.as_deref();
    match number.and_then(|number| nhs::NhsNumber::parse(number).ok()) {
        Some(number) => html! { (number.spaced()) },
        None => html! { "not stated" },
    }
}

/// What was compared and what came of it, in words.
fn verdict(compared: &PatientMatch) -> Markup {
    let differences = compared.differences();
    let state = if compared.is_full() {
        State::Good
    } else {
        State::Warning
    };
    html! {
        @if compared.is_full() || differences.is_empty() {
            (tag(state, &sentence(&compared.words())))
        }
        @for difference in differences {
            @if difference.is_explained {
                span.small { (differs(difference)) }
            } @else {
                (tag(State::Warning, &differs(difference)))
            }
        }
    }
}

/// `Birth date differs: letter 23 Jun 1946, our list 26 Jun 1946`.
pub(super) fn differs(difference: &PatientDifference) -> String {
    let letter = match difference.letter.trim() {
        "" => "not stated".to_owned(),
        letter => visible(letter),
    };
    let fact = difference.fact;
    let verb = match difference.is_explained {
        true => "changed",
        false => "differs",
    };
    format!(
        "{fact} {verb}: letter {letter}, our list {}",
        difference.list
    )
}

/// How it was when the letter came, where the list says otherwise now.
fn then(task: &Task, compared: &PatientMatch) -> Markup {
    let then = task.match_then.as_deref();
    let changed = then.filter(|then| *then != compared.words());
    html! {
        @if let Some(then) = changed {
            span.small.hush { "When it came: " (then) "." }
        }
    }
}

/// With a capital letter.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

fn day(date: Date) -> String {
    date.strftime("%-d\u{a0}%b\u{a0}%Y").to_string()
}

fn age(born: Date, today: Date) -> i16 {
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    (today.year() - born.year() - i16::from(!had_birthday)).max(0)
}
