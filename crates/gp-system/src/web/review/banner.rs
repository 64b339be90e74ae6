//! Whom the update is about, and whether that is who the practice's list says it is.

use jiff::civil::Date;
use maud::{Markup, html};
use pages::components::foreign_text;
use pages::work::{State, tag};

use super::Reviewed;
use crate::ListedPatient;
use crate::web::context::{Pages, View};

pub(super) fn show(view: &View, pages: &Pages, reviewed: &Reviewed) -> Markup {
    let patient = &reviewed.stored.review.record().patient;
    let today = pages.practice.inner().today();
    html! {
        div.patient {
            a.small href=(view.link("/inbox")) { "‹ Inbox" }
            h1 { (foreign_text(&reviewed.task.patient)) }
            dl {
                div {
                    dt { "Born" }
                    dd {
                        @match patient.birth_date {
                            Some(born) => { (day(born.date())) " (" (age(born.date(), today)) " y)" }
                            None => "not stated",
                        }
                    }
                }
                div {
                    dt { "NHS no." }
                    dd { (patient.nhs_number.map_or_else(|| "not stated".to_owned(), |it| it.spaced())) }
                }
            }
            (matched(pages, reviewed))
            @if reviewed.task.matched == 30004 { (tag(State::Bad, "Patient recently deceased")) }
            a.small.push href=(view.link(&format!("/inbox/{}", reviewed.task.id))) {
                "Task " (reviewed.task.number) ": assign, notes, history"
            }
        }
    }
}

/// What the practice's own list says of this patient now.
fn matched(pages: &Pages, reviewed: &Reviewed) -> Markup {
    if pages.practice.config().patients.is_none() {
        return tag(State::Quiet, "No patient list here to compare with");
    }
    let patient = &reviewed.stored.review.record().patient;
    let number = patient.nhs_number;
    let listed = number.and_then(|number| pages.practice.listed_patient(number));
    let Some(listed) = listed else {
        return tag(State::Warning, "Not on this practice's list");
    };
    let ListedPatient {
        family_name,
        birth_date,
        ..
    } = listed;
    if patient.birth_date != Some(birth_date) {
        let words = format!(
            "Birth date differs: our list has {}",
            day(birth_date.date())
        );
        return tag(State::Bad, &words);
    }
    let listed_name = nhs::FamilyName::parse(&family_name);
    let is_same = patient
        .family_name
        .as_ref()
        .is_some_and(|name| listed_name.is_ok_and(|listed| listed.matches(name)));
    if is_same {
        tag(State::Good, "Number, family name and birth date match")
    } else {
        tag(
            State::Warning,
            "Number and birth date match, the family name differs",
        )
    }
}

fn day(date: Date) -> String {
    date.strftime("%-d\u{a0}%b\u{a0}%Y").to_string()
}

fn age(born: Date, today: Date) -> i16 {
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    (today.year() - born.year() - i16::from(!had_birthday)).max(0)
}
