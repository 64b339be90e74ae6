//! One user: role, state, password.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::users::{one_time, role_title, state};
use crate::access::User;
use crate::components::{Field, SummaryRow, secondary_button, summary_list, time, warning_button};
use crate::{Notice, Problem, Role, View};

/// One user.
pub(super) async fn page<R: Role>(
    view: View<R>,
    Path(name): Path<String>,
) -> Result<Markup, Problem> {
    let users = view.access().users().await.map_err(super::problem)?;
    let user = users.into_iter().find(|user| user.name == name);
    let user = user.ok_or_else(Problem::not_found)?;
    let mut rows = vec![
        SummaryRow::text("Role", role_title::<R>(&user.role)),
        SummaryRow::new("State", state(&user)),
        SummaryRow::new("Added", time(user.added_at)),
    ];
    if let Some(until) = user.one_time_until {
        rows.push(SummaryRow::new("One-time password good until", time(until)));
    }
    let content = html! {
        (summary_list(&rows))
        @if user.name == view.session().user() {
            p { "This is you. Another administrator can change your role or disable you; your password you change "
                a href=(view.link("/account/password")) { "yourself" } "." }
        } @else { (changes(&view, &user)) }
    };
    Ok(view
        .page(user.name.clone())
        .caption("User")
        .breadcrumb("Users", "/users")
        .show(content))
}

fn changes<R: Role>(view: &View<R>, user: &User) -> Markup {
    let path = |what: &str| format!("/users/{}/{what}", user.name);
    let roles: Vec<(&str, &str)> = R::ALL
        .iter()
        .map(|role| (role.name(), role.title()))
        .collect();
    let role = html! {
        (Field::new("role", "Another role").hint("It counts from the next page they open.")
            .value(&user.role).select(&roles))
        (secondary_button("Change the role"))
    };
    html! {
        @if user.by_provider {
            p { "The provider proves who this is, and says at each sign-in which role they have." }
        } @else {
            h2 { "Role" }
            (view.form(&path("role"), role))
            h2 { "Password" }
            p { "Where a password is forgotten or known to others: a one-time password takes its place, and all "
                "sessions of this user end." }
            (view.form(&path("reset"), secondary_button("Make a one-time password")))
            @if view.access().openid().is_some() {
                p { "Where the provider knows this person by the same name: it proves who they are from now on, the "
                    "password is gone, and all sessions end." }
                (view.form(&path("provider"), secondary_button("Leave sign-in to the provider")))
            }
        }
        h2 { "Sign-in" }
        @if user.disabled {
            p { "This user cannot sign in." }
            (view.form(&path("enable"), secondary_button("Let them sign in again")))
        } @else {
            p { "Whoever has left is disabled: all their sessions end, and their name stays with what they did." }
            (view.form(&path("disable"), warning_button("Disable the user")))
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RoleForm {
    role: String,
}

/// Gives the user another role.
pub(super) async fn set_role<R: Role>(
    view: View<R>,
    Path(name): Path<String>,
    Form(form): Form<RoleForm>,
) -> Result<Redirect, Problem> {
    let Some(role) = R::parse(&form.role) else {
        return Ok(told(&view, &name, Notice::important("Choose a role")));
    };
    if let Some(refused) = not_oneself(&view, &name) {
        return Ok(refused);
    }
    let (by, user) = (view.actor(), name.clone());
    let change = move |users: &crate::Users, now, _: &dyn nhs::Randomness| {
        users.set_role(&by, &user, role.name(), now)
    };
    view.access().manage(change).await.map_err(super::problem)?;
    let words = format!("The role is now {}", role.title());
    Ok(told(&view, &name, Notice::success(words)))
}

/// Refuses the user from now on; their sessions end.
pub(super) async fn disable<R: Role>(
    view: View<R>,
    Path(name): Path<String>,
) -> Result<Redirect, Problem> {
    if let Some(refused) = not_oneself(&view, &name) {
        return Ok(refused);
    }
    switch(
        &view,
        name,
        true,
        "The user is disabled, and signed out everywhere",
    )
    .await
}

/// Lets the user in again.
pub(super) async fn enable<R: Role>(
    view: View<R>,
    Path(name): Path<String>,
) -> Result<Redirect, Problem> {
    switch(&view, name, false, "The user may sign in again").await
}

async fn switch<R: Role>(
    view: &View<R>,
    name: String,
    disabled: bool,
    words: &str,
) -> Result<Redirect, Problem> {
    let (by, user) = (view.actor(), name.clone());
    let change = move |users: &crate::Users, now, _: &dyn nhs::Randomness| {
        users.disable(&by, &user, disabled, now)
    };
    view.access().manage(change).await.map_err(super::problem)?;
    view.access().end_sessions_of(&name);
    Ok(told(view, &name, Notice::success(words)))
}

/// Gives the user a one-time password, and shows it this once; their sessions end.
pub(super) async fn reset<R: Role>(
    view: View<R>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    if let Some(refused) = not_oneself(&view, &name) {
        return Ok(refused.into_response());
    }
    let (by, user) = (view.actor(), name.clone());
    let reset = view
        .access()
        .manage(move |users, now, randomness| users.reset_password(&by, &user, now, randomness));
    let password = reset.await.map_err(super::problem)?;
    view.access().end_sessions_of(&name);
    Ok(one_time(&view, "One-time password", &name, &password).into_response())
}

/// Takes the user's password away: the provider proves who it is from now on. Their sessions end.
pub(super) async fn leave_to_provider<R: Role>(
    view: View<R>,
    Path(name): Path<String>,
) -> Result<Redirect, Problem> {
    if view.access().openid().is_none() {
        let words = "Nothing was changed: no provider is set up";
        return Ok(told(&view, &name, Notice::important(words)));
    }
    if let Some(refused) = not_oneself(&view, &name) {
        return Ok(refused);
    }
    let (by, user) = (view.actor(), name.clone());
    let change = move |users: &crate::Users, now, _: &dyn nhs::Randomness| {
        users.leave_to_provider(&by, &user, now)
    };
    view.access().manage(change).await.map_err(super::problem)?;
    view.access().end_sessions_of(&name);
    let words = "The provider proves who this is from now on";
    Ok(told(&view, &name, Notice::success(words)))
}

/// Nobody takes their own rights away: so there is always an administrator left.
fn not_oneself<R: Role>(view: &View<R>, name: &str) -> Option<Redirect> {
    let words = "Nothing was changed: this is you. Another administrator can do it";
    (name == view.session().user()).then(|| told(view, name, Notice::important(words)))
}

/// Back to the user's page with a word on what was done.
fn told<R: Role>(view: &View<R>, name: &str, notice: Notice) -> Redirect {
    view.tell(notice);
    Redirect::to(&view.link(&format!("/users/{name}")))
}
