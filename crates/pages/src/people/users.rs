//! The users of a site: all of them, and the way to add one.

use axum::extract::Form;
use maud::{Markup, html};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::access::{ONE_TIME, User};
use crate::components::{Colour, Column, DataTable, Errors, Field, button, inset_text, tag, time};
use crate::{PagesError, Problem, Role, View};

/// All users.
pub(super) async fn page<R: Role>(view: View<R>) -> Result<Markup, Problem> {
    show(&view, &AddForm::default(), &Errors::new()).await
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct AddForm {
    name: String,
    role: String,
}

/// Adds a user, and shows the one-time password this once.
pub(super) async fn add<R: Role>(
    view: View<R>,
    Form(form): Form<AddForm>,
) -> Result<Markup, Problem> {
    let mut errors = Errors::new();
    let Some(role) = R::parse(&form.role) else {
        errors.add("role", "Choose a role");
        return show(&view, &form, &errors).await;
    };
    let (by, name) = (view.actor(), form.name.clone());
    let add = view.access().manage(move |users, now, randomness| {
        users.add_with_one_time(&by, &name, role.name(), now, randomness)
    });
    let words = match add.await {
        Ok(password) => {
            let name = form.name.trim().to_lowercase();
            return Ok(one_time(&view, "User added", &name, &password));
        }
        Err(PagesError::Name) => "Enter 1 to 64 characters of a-z, 0-9 and . _ - @",
        Err(PagesError::Exists) => "Choose another name: a user has this one already",
        Err(error) => return Err(super::problem(error)),
    };
    errors.add("name", words);
    show(&view, &form, &errors).await
}

/// A one-time password, shown this once.
pub(super) fn one_time<R: Role>(
    view: &View<R>,
    title: &str,
    name: &str,
    password: &SecretString,
) -> Markup {
    let hours = ONE_TIME.as_hours();
    let content = html! {
        p { "The one-time password of " strong { (name) } " is:" }
        (inset_text(html! { p.pages-code #one-time-password { (password.expose_secret()) } }))
        p { "It is not shown again. Give it to " (name) " by a way that nobody else reads. It can be used for "
            (hours) " hours, and has to be changed at the first sign-in." }
        p { a href=(view.link("/users")) { "Back to the users" } }
    };
    view.page(title).breadcrumb("Users", "/users").show(content)
}

async fn show<R: Role>(view: &View<R>, form: &AddForm, errors: &Errors) -> Result<Markup, Problem> {
    let users = view.access().users().await.map_err(super::problem)?;
    let roles: Vec<(&str, &str)> = R::ALL
        .iter()
        .map(|role| (role.name(), role.title()))
        .collect();
    let weakest = roles.first().map_or("", |(name, _)| *name);
    let chosen = match form.role.as_str() {
        "" => weakest,
        role => role,
    };
    let fields = html! {
        (Field::new("name", "User name")
            .hint("One person each. Capitals are made small.")
            .value(&form.name).errors(errors).width(20).input("text"))
        (Field::new("role", "Role").value(chosen).errors(errors).select(&roles))
        (button("Add the user"))
    };
    let content = html! {
        (table(view, &users))
        p { a href=(view.link("/sessions")) { "Who is signed in" } }
        h2 { "Add a user" }
        (view.form("/users", fields))
    };
    Ok(view.page("Users").errors(errors).show(content))
}

fn table<R: Role>(view: &View<R>, users: &[User]) -> Markup {
    let columns = vec![
        Column::text("Name"),
        Column::text("Role"),
        Column::text("Added"),
        Column::text("State"),
    ];
    let rows = users.iter().map(|user| {
        let address = view.link(&format!("/users/{}", user.name));
        vec![
            html! { a.nhsuk-link href=(address) { (user.name) } },
            html! { (role_title::<R>(&user.role)) },
            time(user.added_at),
            state(user),
        ]
    });
    DataTable::new("Users", columns).rows(rows).show()
}

/// The role's name for people; the word that is kept where this site has no such role.
pub(super) fn role_title<R: Role>(role: &str) -> &str {
    match R::parse(role) {
        Some(role) => role.title(),
        None => role,
    }
}

/// Whether somebody may sign in.
pub(super) fn state(user: &User) -> Markup {
    match (user.disabled, user.one_time_until) {
        (true, _) => tag(Colour::Grey, "Disabled"),
        (false, Some(_)) => tag(Colour::Yellow, "One-time password"),
        (false, None) if user.by_provider => tag(Colour::Blue, "By the provider"),
        (false, None) => tag(Colour::Green, "May sign in"),
    }
}
