//! A password of one's own choice.

use axum::extract::Form;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use secrecy::SecretString;
use serde::Deserialize;

use crate::access::{PASSWORD_LENGTH, PasswordChange};
use crate::components::{Errors, Field, button, inset_text};
use crate::sign_in_page::spoken;
use crate::{Notice, Problem, Role, View};

const PRESENT: &str = "present";
const CHOSEN: &str = "chosen";
const REPEATED: &str = "repeated";

/// Asks for the present password and another.
pub(super) async fn page<R: Role>(view: View<R>) -> Markup {
    show(&view, &Errors::new())
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct PasswordForm {
    present: String,
    chosen: String,
    repeated: String,
}

impl PasswordForm {
    /// What can be told without a look at the records.
    fn errors(&self) -> Errors {
        let mut errors = Errors::new();
        if self.present.is_empty() {
            errors.add(PRESENT, "Enter your present password");
        }
        if !PASSWORD_LENGTH.contains(&self.chosen.chars().count()) {
            errors.add(CHOSEN, "Choose a password of 12 to 256 characters");
        } else if self.chosen == self.present {
            errors.add(
                CHOSEN,
                "Choose a password that differs from the present one",
            );
        } else if self.chosen != self.repeated {
            errors.add(
                REPEATED,
                "Enter the new password a second time as you chose it",
            );
        }
        errors
    }
}

/// Changes it; the user's other sessions end.
pub(super) async fn change<R: Role>(
    view: View<R>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Problem> {
    let mut errors = form.errors();
    if !errors.is_empty() {
        return Ok(show(&view, &errors).into_response());
    }
    let by = view.actor();
    let change = view.access().change_own_password(
        (&by, view.key(), view.source()),
        SecretString::from(form.present),
        SecretString::from(form.chosen),
    );
    match change.await.map_err(super::problem)? {
        PasswordChange::Changed => {
            view.tell(Notice::success(
                "Your password is changed. Your other sessions have ended",
            ));
            return Ok(Redirect::to(&view.link("/account")).into_response());
        }
        PasswordChange::Wrong => errors.add(PRESENT, "This is not your present password"),
        PasswordChange::Wait(seconds) => {
            let words = format!("Too many wrong tries. Try again in {}", spoken(seconds));
            errors.add(PRESENT, words);
        }
        PasswordChange::Busy => return Err(super::problem(crate::PagesError::Busy)),
    }
    Ok(show(&view, &errors).into_response())
}

fn show<R: Role>(view: &View<R>, errors: &Errors) -> Markup {
    let must = view.session().must_change_password();
    let fields = html! {
        (Field::new(PRESENT, if must { "One-time password" } else { "Present password" })
            .errors(errors).autocomplete("current-password").width(30).input("password"))
        (Field::new(CHOSEN, "New password")
            .hint("12 characters or more. Three words that do not belong together are good.")
            .errors(errors).autocomplete("new-password").width(30).input("password"))
        (Field::new(REPEATED, "New password, a second time")
            .errors(errors).autocomplete("new-password").width(30).input("password"))
        (button("Change the password"))
    };
    let content = html! {
        @if must {
            (inset_text(html! {
                p { "An administrator gave you the password you signed in with. Choose one that only you know; \
                    the other pages open then." }
            }))
        }
        p { "Wherever else you are signed in, you are signed out." }
        (view.form("/account/password", fields))
    };
    let page = view.page("Change your password").errors(errors);
    match must {
        true => page.show(content),
        false => page.breadcrumb("Your account", "/account").show(content),
    }
}
