//! The first and the last day that a list is narrowed to, as they are typed.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use maud::{Markup, html};
use pages::components::{Errors, Field};

/// The fields of both.
pub(crate) fn fields(from: &str, to: &str, errors: &Errors) -> Markup {
    html! {
        (Field::new("from", "From day").value(from).errors(errors).width(10).input("date"))
        (Field::new("to", "To day").value(to).errors(errors).width(10).input("date"))
    }
}

/// When the first begins and the last ends. One that is no day is told, one that is empty narrows nothing.
pub(crate) fn read(
    from: &str,
    to: &str,
    errors: &mut Errors,
) -> (Option<Timestamp>, Option<Timestamp>) {
    let mut moment = |field: &str, text: &str, days_on: i64| {
        let text = text.trim();
        let at = day(text).and_then(|day| begin(day, days_on));
        if at.is_none() && !text.is_empty() {
            errors.add(field, "Enter a day, such as 2026-11-27");
        }
        at
    };
    (moment("from", from, 0), moment("to", to, 1))
}

/// A day as it is typed: `2026-11-27`, and nothing beside it.
pub(crate) fn day(text: &str) -> Option<Date> {
    text.parse()
        .ok()
        .filter(|day: &Date| day.to_string() == text)
}

/// The beginning of a day in England, or of one after it.
fn begin(day: Date, days_on: i64) -> Option<Timestamp> {
    let day = day.checked_add(Span::new().days(days_on)).ok()?;
    Some(day.to_zoned(nhs::uk_time_zone()).ok()?.timestamp())
}
