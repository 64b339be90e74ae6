//! Everybody's sessions, for administrators.

use axum::extract::Path;
use axum::response::Redirect;
use maud::{Markup, html};

use super::session_list;
use crate::{Notice, Problem, Role, View};

/// Everybody's sessions.
pub(super) async fn page<R: Role>(view: View<R>) -> Result<Markup, Problem> {
    let sessions = view.access().open_sessions().await;
    let sessions = sessions.map_err(super::problem)?;
    let content = html! {
        p { "Who is signed in at this address. Whoever's session is ended can sign in again: to keep somebody \
            out, disable the user." }
        (session_list::table(&view, "Sessions", &sessions, "/sessions"))
    };
    Ok(view
        .page("Sessions")
        .breadcrumb("Users", "/users")
        .show(content))
}

/// Ends one of them.
pub(super) async fn end<R: Role>(
    view: View<R>,
    Path(mark): Path<String>,
) -> Result<Redirect, Problem> {
    let ended = view.access().end_session(&view.actor(), &mark, None).await;
    view.tell(match ended {
        true => Notice::success("The session has ended"),
        false => Notice::important("That session had ended already"),
    });
    Ok(Redirect::to(&view.link("/sessions")))
}
