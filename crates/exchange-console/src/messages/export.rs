//! The list as a file.

use axum::extract::{Query, State};
use axum::response::Response;
use exchange::{Kind, Listed};
use pages::{CsvFile, Problem};

use super::list::Wanted;
use crate::console::{Console, View, problem};
use crate::export::{STEP, fill, refuse};

const COLUMNS: [&str; 11] = [
    "Message",
    "Kind",
    "Sent (UTC)",
    "From",
    "To",
    "Workflow",
    "State",
    "Since (UTC)",
    "Code",
    "Linked message",
    "Bytes",
];

/// What the list shows, without what may name a patient. That it was exported is in the audit trail.
pub(crate) async fn export(
    view: View,
    State(console): State<Console>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let exchange = &console.exchange;
    let (filter, errors) = wanted.filter(&console).await?;
    refuse(&errors, &["workflow", "of", "from", "to"])?;
    let user = view.session().user().to_owned();
    let noted = exchange.note_use(&user, "exported messages", "list").await;
    noted.map_err(problem)?;
    let mut file = CsvFile::new(&COLUMNS);
    let read = |before| exchange.search_messages(&filter, before, STEP);
    fill(&mut file, read, cells).await?;
    file.download("messages", exchange.now())
}

fn cells(listed: &Listed) -> Vec<String> {
    let message = &listed.envelope.message;
    let mailbox = |id: &Option<nhs::MailboxId>| id.as_ref().map(ToString::to_string);
    let failure = listed.envelope.failure();
    let linked = failure.and_then(|failure| failure.linked.clone());
    let kind = match message.kind {
        Kind::Data => "data",
        Kind::Report => "report",
    };
    vec![
        message.id.to_string(),
        kind.to_owned(),
        CsvFile::moment(message.sent_at),
        mailbox(&message.sender).unwrap_or_default(),
        mailbox(&message.recipient).unwrap_or_default(),
        message.workflow.to_string(),
        message.state.as_str().to_owned(),
        CsvFile::moment(message.state_at),
        failure
            .map(|failure| failure.code.clone())
            .unwrap_or_default(),
        linked.unwrap_or_default(),
        message.size.to_string(),
    ]
}
