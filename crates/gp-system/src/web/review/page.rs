//! The page as a whole.

use maud::{Markup, html};
use pages::components::{Errors, Field, Pagination, foreign_text, pagination, time};
use pages::work::{State, note};
use serde::Deserialize;
use update_record::{Comparison, Service};

use super::choice::Choice;
use super::entry::Shown;
use super::posted::Posted;
use super::{Reviewed, SCRIPT, STYLE, aside, banner, changes, entry, groups};
use crate::web::context::{Pages, View};
use crate::web::inbox::letter::{self, confirm};
use crate::web::role::PracticePermission::Review as MayReview;
use crate::{Task, TaskState};

/// Which part of a long record is asked for.
#[derive(Deserialize)]
pub(in crate::web) struct Asked {
    page: Option<String>,
}

impl Asked {
    pub(super) fn page(&self) -> usize {
        let page = self.page.as_deref();
        page.and_then(|page| page.parse().ok()).unwrap_or(1)
    }
}

/// The path of a task's review.
pub(super) fn path(task: &Task, page: usize) -> String {
    let part = match page {
        0 | 1 => String::new(),
        page => format!("?page={page}"),
    };
    format!("/inbox/{}/review{part}", task.id)
}

/// The page being put together.
pub(super) struct Page<'a> {
    view: &'a View,
    pages: &'a Pages,
    reviewed: &'a Reviewed,
    page: usize,
    posted: Option<&'a Posted>,
    errors: Option<&'a Errors>,
    /// The revision somebody saw who was not the first to save.
    seen: Option<u32>,
}

impl<'a> Page<'a> {
    pub(super) fn of(
        view: &'a View,
        pages: &'a Pages,
        reviewed: &'a Reviewed,
        page: usize,
    ) -> Self {
        Self {
            view,
            pages,
            reviewed,
            page: page.clamp(1, groups::pages(reviewed.stored.review.record())),
            posted: None,
            errors: None,
            seen: None,
        }
    }

    /// With what somebody chose in the fields.
    pub(super) fn with_posted(self, posted: &'a Posted) -> Self {
        let posted = Some(posted);
        Self { posted, ..self }
    }

    pub(super) fn with_errors(self, errors: &'a Errors) -> Self {
        let errors = Some(errors);
        Self { errors, ..self }
    }

    /// With what others decided since this revision.
    pub(super) fn with_conflict(self, seen: u32) -> Self {
        let seen = Some(seen);
        Self { seen, ..self }
    }

    pub(super) fn show(&self) -> Markup {
        let task = &self.reviewed.task;
        let none = Errors::new();
        let patient = pages::components::visible(&task.patient);
        let page = self.view.page(format!("Review: {patient}"));
        let page = page
            .without_heading()
            .errors(self.errors.unwrap_or(&none))
            .work()
            .asset(&letter::STYLE)
            .asset(&STYLE)
            .asset(&SCRIPT);
        page.show(html! {
            (banner::show(self.view, self.pages, self.reviewed))
            (self.state())
            @if self.may_decide() {
                form.review method="post" action=(self.view.link(&path(task, self.page)))
                    autocomplete="off" novalidate {
                    (self.view.token_field())
                    input type="hidden" name="revision" value=(self.reviewed.stored.revision);
                    input type="hidden" name="page" value=(self.page);
                    (confirm::question(
                        &self.pages.practice.patient_match(task),
                        self.errors.unwrap_or(&none),
                    ))
                    // What Enter in a field does.
                    button.unseen type="submit" name="do" value="save" tabindex="-1" aria-hidden="true" {}
                    (self.entries())
                    (self.beside())
                    (self.refusal())
                    (self.foot())
                }
            } @else {
                div.review { (self.entries()) (self.beside()) }
                (self.reopen())
            }
        })
    }

    fn may_decide(&self) -> bool {
        self.reviewed.is_open() && self.view.session().may(MayReview)
    }

    /// What is so of the whole, before its entries.
    fn state(&self) -> Markup {
        let stored = &self.reviewed.stored;
        html! {
            @if self.reviewed.is_open() {
                p.provisional {
                    b { "Provisional." }
                    " Nothing of this is in the record until you file it. Refusing is not told to the pharmacy \
                     by message."
                    @if !self.may_decide() { " Clinicians decide about it." }
                }
            } @else { (changes::ended(self.view, self.reviewed)) }
            @if self.seen.is_some() {
                div.gap-low role="alert" data-unsaved {
                    (note(State::Warning, html! {
                        b { "Somebody decided meanwhile. " }
                        "Nothing of yours is saved yet, and nothing of it is lost: "
                        @if self.reviewed.is_open() {
                            "look at the marked entries and save again."
                        } @else { "what you chose stands beside the entries." }
                    }))
                }
            }
            (changes::replacement(self.view, self.reviewed))
            @if stored.review.record().is_hidden_from_patient {
                div.gap-low {
                    (note(State::Warning, html! { b { "Not to be shown to the patient." } }))
                }
            }
        }
    }

    fn entries(&self) -> Markup {
        let stored = &self.reviewed.stored;
        let record = stored.review.record();
        let shown = groups::shown(record, self.page);
        let comparison = stored.comparison();
        html! {
            section.sheet aria-labelledby="entries" {
                (self.entries_head())
                div.entry.entry-head aria-hidden="true" {
                    span { "Code: what a computer will act on" }
                    span { "Text: what the pharmacist wrote" }
                    span { "Decision" }
                }
                @for (heading, entries) in &shown.groups {
                    h3.kind { (heading) }
                    @for (place, entry) in entries {
                        (entry::show(&self.entry(*place, entry, comparison.as_ref())))
                    }
                }
                @if let Some(comparison) = &comparison {
                    (changes::withdrawn(self.reviewed, comparison))
                }
                (self.parts(shown.page, shown.pages))
            }
        }
    }

    fn entries_head(&self) -> Markup {
        let stored = &self.reviewed.stored;
        let record = stored.review.record();
        let all = record.entries.len();
        let open = stored.review.undecided().count();
        html! {
            div.sheet-head {
                h2 #entries { "Update Record: " (service(record.service)) }
                span.small.hush { (all) " entries, " (open) " to decide" }
                @if self.may_decide() && open > 0 {
                    button.btn.btn-sm type="submit" name="do" value="rest" {
                        "Accept the rest without a warning"
                    }
                }
            }
        }
    }

    /// Everything that is shown of one entry.
    fn entry<'b>(
        &'b self,
        place: usize,
        entry: &'b update_record::Entry,
        comparison: Option<&'b Comparison<'b>>,
    ) -> Shown<'b> {
        let stored = &self.reviewed.stored;
        let decided = stored.review.decided(place);
        let posted = self.posted.and_then(|posted| posted.choices.get(&place));
        let chosen = posted.filter(|choice| choice.what.is_some());
        let came = Choice::of(entry, decided.map(|act| &act.decision));
        let since = stored.decided_in.get(&place).copied().unwrap_or_default();
        let is_conflict = self.seen.is_some_and(|seen| since > seen)
            || self.seen.is_some() && !self.reviewed.is_open();
        Shown {
            view: self.view,
            task: &self.reviewed.task,
            record: stored.review.record(),
            place,
            entry,
            decided,
            others: is_conflict && chosen.is_some_and(|choice| *choice != came),
            yours: chosen,
            choice: chosen.cloned().unwrap_or(came),
            before: comparison.map(|it| it.before.get(place).copied().flatten()),
            errors: self.errors,
            may_decide: self.may_decide(),
        }
    }

    fn parts(&self, page: usize, pages: usize) -> Markup {
        let link = |page: usize| {
            let address = self.view.link(&path(&self.reviewed.task, page));
            (address, format!("Entries, page {page} of {pages}"))
        };
        pagination(&Pagination {
            previous: (page > 1).then(|| link(page - 1)),
            next: (page < pages).then(|| link(page + 1)),
        })
    }

    fn beside(&self) -> Markup {
        html! {
            div.stack {
                (aside::seen_at(self.reviewed))
                (aside::checks(self.view, self.reviewed))
                (changes::changed_here(self.reviewed))
            }
        }
    }

    fn refusal(&self) -> Markup {
        let none = Errors::new();
        let typed = self.posted.map_or("", |posted| posted.refusal.as_str());
        html! {
            section.sheet.review-refusal aria-labelledby="refuse-all" {
                div.sheet-head { h2 #refuse-all { "Refuse the update as a whole" } }
                div.sheet-in {
                    (Field::new("refusal", "Why nothing of it is filed")
                        .hint("No message goes to the pharmacy: tell them by telephone or email.")
                        .value(typed)
                        .errors(self.errors.unwrap_or(&none))
                        .textarea(2))
                    button.btn.btn-bad type="submit" name="do" value="refuse" { "Refuse all" }
                }
            }
        }
    }

    fn foot(&self) -> Markup {
        let review = &self.reviewed.stored.review;
        let open = groups::open(review);
        let decided = review.record().entries.len() - open.len();
        html! {
            div.review-foot {
                button.btn.btn-main type="submit" name="do" value="file" { "File to the record" }
                button.btn type="submit" name="do" value="save" { "Save for later" }
                a.btn.btn-bad href="#refusal" { "Refuse all …" }
                span.small {
                    (decided) " decided and saved"
                    @if !open.is_empty() {
                        ", " b { (open.len()) " to decide: " }
                        @for (index, entry) in open.iter().take(4).enumerate() {
                            @if index > 0 { ", " }
                            a href=(self.address_of(entry)) { (foreign_text(&entry.name)) }
                        }
                        @if open.len() > 4 { " …" }
                    }
                }
            }
        }
    }

    /// Where an entry stands: here, or on another page of the record.
    fn address_of(&self, entry: &groups::Open) -> String {
        let address = if entry.page == self.page {
            String::new()
        } else {
            self.view.link(&path(&self.reviewed.task, entry.page))
        };
        format!("{address}#entry-{}", entry.place)
    }

    fn reopen(&self) -> Markup {
        let (task, stored) = (&self.reviewed.task, &self.reviewed.stored);
        if !self.view.session().may(MayReview) || self.reviewed.is_open() {
            return html! {};
        }
        let words = match task.state {
            TaskState::Archived if stored.filed_now().is_some() => "Withdraw what was filed",
            TaskState::Archived | TaskState::Open => return html! {},
            TaskState::Filed => "Take up again, and withdraw what was filed",
            TaskState::Returned => "Take up again",
        };
        let address = format!("/inbox/{}/review/reopen", task.id);
        let button = html! { button.btn type="submit" { (words) } };
        html! { div.gap-top { (self.view.form(&address, button)) } }
    }
}

/// A service in short.
pub(super) fn service(service: Option<Service>) -> &'static str {
    match service {
        Some(Service::MinorIllness) => "Pharmacy First, minor illness",
        Some(Service::BloodPressure) => "blood pressure check",
        Some(Service::Contraception) => "contraception",
        Some(Service::UrgentSupply) => "urgent supply of prescription items",
        None => "service not known here",
    }
}

/// By whom and when.
pub(super) fn by(who: &str, at: jiff::Timestamp) -> Markup {
    html! { (who) ", " (time(at)) }
}
