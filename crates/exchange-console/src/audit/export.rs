//! The trail as a file.

use axum::extract::{Form, Query, State};
use axum::response::Response;
use exchange::AuditLine;
use pages::{CsvFile, Problem};

use super::wanted::Wanted;
use crate::console::{Console, View, problem};
use crate::export::{STEP, fill, refuse};

/// What an address asks for.
pub(crate) async fn export(
    view: View,
    State(console): State<Console>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    file(&view, &console, &wanted).await
}

/// What is in no address, as it may be anything.
pub(crate) async fn export_found(
    view: View,
    State(console): State<Console>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    file(&view, &console, &wanted).await
}

/// What the page shows, with each line's number: the chain's hashes are checked by `restante audit verify`. That it was
/// exported is in the trail.
async fn file(view: &View, console: &Console, wanted: &Wanted) -> Result<Response, Problem> {
    let exchange = &console.exchange;
    let (filter, errors) = wanted.filter();
    refuse(&errors, &["from", "to"])?;
    let user = view.session().user().to_owned();
    let noted = exchange
        .note_use(&user, "exported audit trail", "list")
        .await;
    noted.map_err(problem)?;
    let mut file = CsvFile::new(&["Line", "When (UTC)", "Who", "What", "About", "Detail"]);
    let read = |before| exchange.search_audit(&filter, before, STEP);
    fill(&mut file, read, cells).await?;
    file.download("audit-trail", exchange.now())
}

fn cells(line: &AuditLine) -> Vec<String> {
    vec![
        line.number.to_string(),
        CsvFile::moment(line.at),
        line.actor.clone(),
        line.action.clone(),
        line.subject.clone(),
        line.detail.clone(),
    ]
}
