//! Who may sign in, in numbers, and what each role may.

use maud::{Markup, html};

use crate::components::{Column, DataTable};
use crate::{Problem, Role, View};

/// The roles in words with how many have each, and the ways to users and sessions; under a heading.
///
/// # Errors
/// The users cannot be read.
pub async fn people_summary<R: Role>(
    view: &View<R>,
    roles: &[(R, &str)],
) -> Result<Markup, Problem> {
    let access = view.access();
    let users = access.users().await.map_err(super::problem)?;
    let sessions = access.open_sessions().await.map_err(super::problem)?;
    let disabled = users.iter().filter(|user| user.disabled).count();
    let enabled = users.len() - disabled;
    let of = |role: R| {
        let named = users.iter().filter(|user| !user.disabled);
        named.filter(|user| user.role == role.name()).count()
    };
    let rows = roles.iter().map(|(role, may)| {
        vec![
            html! { (role.title()) },
            html! { (may) },
            html! { (of(*role)) },
        ]
    });
    let columns = vec![
        Column::text("Role"),
        Column::text("May"),
        Column::text("Users"),
    ];
    let table = DataTable::new("Roles", columns).hide_caption().rows(rows);
    Ok(html! {
        h2.nhsuk-heading-m #people { "Users and roles" }
        p {
            a href=(view.link("/users")) { (enabled) @if enabled == 1 { " user" } @else { " users" } }
            @if disabled > 0 { " and " (disabled) " disabled" }
            ", "
            a href=(view.link("/sessions")) { (sessions.len()) @if sessions.len() == 1 { " session" } @else { " sessions" } " now" }
            "."
        }
        (table.show())
    })
}
