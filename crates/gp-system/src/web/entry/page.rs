//! The form of a consultation: what is known already stands in a line that opens, so that in the usual case the
//! patient is found and the notes are typed, and nothing else.

use maud::{Markup, html};
use nhs::{DateOfBirth, FamilyName, NhsNumber};
use pages::components::{
    Errors, Field, button, inset_text, secondary_button, time, warning_callout,
};

use super::begun::Begun;
use super::fields::Fields;
use super::moment::{self, BORN, SEEN_AT, SEEN_ON};
use super::routing::Route;
use super::{KEEP, STYLE, clinician, note_rows, seen};
use crate::DraftLine;
use crate::web::context::{Pages, View};

/// The form of a new consultation, with the way to the drafts of whoever looks.
pub(super) fn new(
    view: &View,
    pages: &Pages,
    begun: &Begun,
    fields: &Fields,
    drafts: &[DraftLine],
) -> Markup {
    let errors = Errors::new();
    let form = Form {
        view,
        pages,
        begun,
        fields,
        errors: &errors,
    };
    form.page(begun_before(view, drafts))
}

/// The form, with what is wrong in it.
pub(super) fn page(
    view: &View,
    pages: &Pages,
    begun: &Begun,
    fields: &Fields,
    errors: &Errors,
) -> Markup {
    let form = Form {
        view,
        pages,
        begun,
        fields,
        errors,
    };
    form.page(Markup::default())
}

/// Names no patient: the look at this page is not noted.
fn begun_before(view: &View, drafts: &[DraftLine]) -> Markup {
    let Some(latest) = drafts.first() else {
        return Markup::default();
    };
    let number = drafts.len();
    inset_text(html! {
        p {
            "You have " (number) @if number == 1 { " draft" } @else { " drafts" } " that you did not send. "
            a href=(view.link(&format!("/drafts/{}", latest.id))) {
                "Go on with the one kept " (time(latest.kept_at))
            }
            " or see "
            a href=(view.link("/drafts")) { "all your drafts" }
            "."
        }
    })
}

struct Form<'a> {
    view: &'a View,
    pages: &'a Pages,
    begun: &'a Begun,
    fields: &'a Fields,
    errors: &'a Errors,
}

/// A part of the form under its heading. Once it is complete it is one line that opens.
struct Part {
    legend: &'static str,
    /// The part in a line; none while something in it is to be entered or corrected.
    summary: Option<String>,
    content: Markup,
}

impl Part {
    fn show(self) -> Markup {
        html! {
            fieldset.nhsuk-fieldset {
                legend."nhsuk-fieldset__legend nhsuk-fieldset__legend--m" {
                    h2.nhsuk-fieldset__heading { (self.legend) }
                }
                @if let Some(summary) = self.summary {
                    details.nhsuk-details {
                        summary.nhsuk-details__summary {
                            span.nhsuk-details__summary-text {
                                (summary) span.nhsuk-u-visually-hidden { ": change" }
                            }
                        }
                        div.nhsuk-details__text { (self.content) }
                    }
                } @else {
                    (self.content)
                }
            }
        }
    }
}

impl Form<'_> {
    fn page(&self, before: Markup) -> Markup {
        let begun = self.begun;
        let wait = self.pages.practice.config().wait_minutes;
        let title = if begun.updates.is_none() {
            "New consultation"
        } else {
            "Change a consultation"
        };
        let page = self.view.page(title).errors(self.errors).asset(&STYLE);
        page.asset(&KEEP).show(html! {
            (before)
            (self.behind())
            p {
                "You see the report before anything is sent. It goes to the practice where the patient \
                 is registered, "
                @if wait == 0 { "as soon as you send it." }
                @else { (wait) " minutes after you send it." }
            }
            @if begun.updates.is_none() { (self.search()) }
            (self.form())
        })
    }

    /// The way to the draft as it is, where this form is not kept in it.
    fn behind(&self) -> Markup {
        let Some(draft) = self.begun.draft.filter(|_| self.begun.is_behind) else {
            return Markup::default();
        };
        warning_callout(
            "Changed in another window",
            html! {
                p {
                    "This draft was kept in another window after this form was shown. What is in this form is not kept: \
                     copy what you need from it, then "
                    a href=(self.view.link(&format!("/drafts/{draft}/edit"))) { "open the draft as it is now" }
                    "."
                }
            },
        )
    }

    fn search(&self) -> Markup {
        self.view.form(
            "/new/patients",
            html! {
                (self.draft_field())
                (Field::new("patient", "Find the patient in this practice's list")
                    .hint("Names, or the first digits of the NHS number. Or fill in the form below.")
                    .input("search"))
                (secondary_button("Find"))
            },
        )
    }

    /// The draft that this form is kept in; our script sets it once there is one.
    fn draft_field(&self) -> Markup {
        let draft = self.begun.draft.map(|id| id.to_string());
        html! { input type="hidden" name="draft" value=(draft.unwrap_or_default()); }
    }

    fn form(&self) -> Markup {
        let view = self.view;
        let keep = view.link("/drafts");
        let updates = self.begun.updates.map(|id| id.to_string());
        html! {
            form method="post" action=(view.link(&self.begun.to())) autocomplete="off" novalidate
                data-keep=(keep) data-unsaved[self.begun.is_unsaved] {
                (view.token_field())
                // What the Enter key presses: the first button of a form.
                button type="submit" hidden { "Check the report" }
                (self.draft_field())
                (seen::field(self.begun.revision))
                input type="hidden" name="updates" value=(updates.unwrap_or_default());
                (self.patient().show())
                (note_rows::show(view, self.pages, self.fields, self.errors))
                (self.encounter().show())
                (self.practice().show())
                (button("Check the report"))
                " "
                button.nhsuk-button.nhsuk-button--secondary type="submit" formaction=(keep) { "Save draft" }
                p.entry-kept role="status" data-kept {}
            }
        }
    }

    fn field<'a>(&'a self, name: &'a str, label: &'a str) -> Field<'a> {
        Field::new(name, label)
            .value(self.fields.get(name))
            .errors(self.errors)
    }

    fn is_wrong(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.errors.of(name).is_some())
    }

    /// Number and birth date, once they can be read.
    fn identity(&self) -> Option<(NhsNumber, DateOfBirth)> {
        let number = NhsNumber::parse(self.fields.get("nhs_number")).ok()?;
        let today = self.pages.practice.inner().today();
        let born = BORN.date(self.fields, today, &mut Errors::new())?;
        Some((number, DateOfBirth::from(born)))
    }

    fn patient(&self) -> Part {
        const NAMES: [&str; 5] = [
            "nhs_number",
            "family_name",
            "given_names",
            "title",
            "receiving_practice",
        ];
        let identity = self.identity();
        let practice = self.fields.get("receiving_practice");
        let is_named = FamilyName::parse(self.fields.get("family_name")).is_ok();
        let is_good = is_named && !practice.is_empty() && !self.is_wrong(&NAMES);
        let route = identity.map(|identity| Route::of(self.pages, identity, practice));
        let content = html! {
            (self.field("nhs_number", "NHS number").hint("10 digits").width(20).input("text"))
            (self.field("family_name", "Family name").width(30).input("text"))
            (self.field("given_names", "Given names").hint("Optional").width(30).input("text"))
            (self.field("title", "Title").hint("Optional").width(10).input("text"))
            (BORN.date_fields(self.fields, self.errors))
            (self.field("receiving_practice", "Practice where the patient is registered")
                .hint("Printed on the report. It does not decide where the report goes.")
                .input("text"))
            @if let Some(route) = &route {
                p { "Goes to " (route.words()) "." }
                (route.warning(practice))
            }
        };
        let summary = identity.filter(|_| is_good).map(|(number, born)| {
            let name = itk3::listed_name(
                self.fields.get("family_name"),
                self.fields.get("given_names"),
            );
            let born = moment::day(born.date());
            format!(
                "{name}, born {born}, NHS number {}, registered with {practice}",
                number.spaced()
            )
        });
        Part {
            legend: "Patient",
            summary,
            content,
        }
    }

    fn encounter(&self) -> Part {
        let known = &self.begun.known;
        let today = self.pages.practice.inner().today();
        let mut wrong = Errors::new();
        let day = SEEN_ON.date(self.fields, today, &mut wrong);
        let time = SEEN_AT.time(self.fields, &mut wrong);
        let summary = clinician::summary(self.fields, known)
            .zip(day.zip(time))
            .filter(|_| !clinician::is_wrong(self.errors))
            .map(|(who, (day, time))| {
                format!(
                    "Seen by {who}, on {} at {}",
                    moment::day(day),
                    time.strftime("%H:%M")
                )
            });
        Part {
            legend: "Consultation",
            summary,
            content: html! {
                (SEEN_ON.date_fields(self.fields, self.errors))
                (SEEN_AT.time_fields(self.fields, self.errors))
                (clinician::show(self.view, self.fields, known, self.errors))
            },
        }
    }

    fn practice(&self) -> Part {
        let (phone, address) = ("practice_phone", "practice_address");
        let (number, lines) = (self.fields.get(phone), self.fields.get(address));
        let is_whole = !number.is_empty() && !lines.is_empty() && !self.is_wrong(&[phone, address]);
        let summary = is_whole.then(|| {
            let lines: Vec<&str> = lines.lines().map(str::trim).collect();
            let name = &self.pages.practice.config().name;
            format!("{name}, {number}, {}", lines.join(", "))
        });
        Part {
            legend: "This practice",
            summary,
            content: html! {
                (self.field(phone, "Telephone number of this practice").width(20).input("tel"))
                (self.field(address, "Address of this practice").textarea(4))
            },
        }
    }
}
