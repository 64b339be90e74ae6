//! One's own account: who one is here, and where one is signed in.

use axum::extract::Path;
use axum::response::Redirect;
use maud::{Markup, html};

use super::session_list;
use crate::components::{SummaryRow, summary_list};
use crate::{Notice, Problem, Role, View};

/// Who one is here, and where one is signed in.
pub(super) async fn page<R: Role>(view: View<R>) -> Result<Markup, Problem> {
    let user = view.session().user();
    let sessions = view.access().open_sessions().await;
    let mut sessions = sessions.map_err(super::problem)?;
    sessions.retain(|session| session.identity.name == user);
    let users = view.access().users().await.map_err(super::problem)?;
    let by_provider = users.iter().any(|it| it.name == user && it.by_provider);
    let proof = match view.access().openid().filter(|_| by_provider) {
        Some(openid) => SummaryRow::text("Signed in with", openid.name()),
        None => SummaryRow::text("Password", "Only you know it")
            .action("Change", view.link("/account/password")),
    };
    let content = html! {
        (summary_list(&[
            SummaryRow::text("User name", user),
            SummaryRow::text("Role", view.session().role().title()),
            proof,
        ]))
        h2 { "Where you are signed in" }
        (session_list::table(&view, "Your sessions", &sessions, "/account/sessions"))
    };
    Ok(view.page("Your account").show(content))
}

/// Ends one of one's own sessions.
pub(super) async fn end_session<R: Role>(
    view: View<R>,
    Path(mark): Path<String>,
) -> Result<Redirect, Problem> {
    let (by, user) = (view.actor(), view.session().user());
    let ended = view.access().end_session(&by, &mark, Some(user)).await;
    view.tell(match ended {
        true => Notice::success("The session has ended"),
        false => Notice::important("That session had ended already"),
    });
    Ok(Redirect::to(&view.link("/account")))
}
