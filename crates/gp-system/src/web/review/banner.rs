//! Whom the update is about, and whether that is who the practice's list says it is.

use maud::{Markup, html};

use super::Reviewed;
use crate::web::context::{Pages, View};
use crate::web::inbox::letter::banner::{self, Banner};

pub(super) fn show(view: &View, pages: &Pages, reviewed: &Reviewed) -> Markup {
    let task = &reviewed.task;
    banner::show(&Banner {
        task,
        compared: &pages.practice.patient_match(task),
        today: pages.practice.inner().today(),
        before: html! { a.small href=(view.link("/inbox")) { "‹ Inbox" } },
        after: html! {
            a.small.push href=(view.link(&format!("/inbox/{}", task.id))) {
                "Task " (task.number) ": assign, notes, history"
            }
        },
    })
}
