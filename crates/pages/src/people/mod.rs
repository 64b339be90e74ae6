//! The pages about people that every site has: one's own account, and for its administrators the users and
//! their sessions.

mod account;
mod password;
mod session_list;
mod sessions;
mod summary;
mod user;
mod users;

pub use summary::people_summary;

use axum::http::StatusCode;

use crate::role::Role;
use crate::table::Table;
use crate::{PagesError, Problem};

impl<R: Role, S: Clone + Send + Sync + 'static> Table<R, S> {
    /// Adds the pages about people: one's own account for everybody, users and sessions for whoever may
    /// `administer`..
    #[must_use]
    pub fn people(self, administer: R::Permission) -> Self {
        self.own_get("/account", account::page::<R>)
            .own_post("/account/sessions/{session}/end", account::end_session::<R>)
            .password_get("/account/password", password::page::<R>)
            .password_post("/account/password", password::change::<R>)
            .get("/users", administer, users::page::<R>)
            .post("/users", administer, users::add::<R>)
            .get("/users/{user}", administer, user::page::<R>)
            .post("/users/{user}/role", administer, user::set_role::<R>)
            .post("/users/{user}/disable", administer, user::disable::<R>)
            .post("/users/{user}/enable", administer, user::enable::<R>)
            .post("/users/{user}/reset", administer, user::reset::<R>)
            .post(
                "/users/{user}/provider",
                administer,
                user::leave_to_provider::<R>,
            )
            .get("/sessions", administer, sessions::page::<R>)
            .post("/sessions/{session}/end", administer, sessions::end::<R>)
    }
}

/// What an error of the users is to somebody who looks at a page.
fn problem(error: PagesError) -> Problem {
    match error {
        PagesError::NoSuchUser => Problem::not_found(),
        PagesError::Busy => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too busy in this moment",
            "Too many passwords are looked at in this moment. Nothing was changed; try again.",
        ),
        error => {
            tracing::error!(%error, "the users' records cannot be used");
            Problem::internal()
        }
    }
}
