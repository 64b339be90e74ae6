//! The list as a file.

use axum::extract::{Query, State};
use axum::response::Response;
use exchange::Kind;
use pages::{CsvFile, Problem};

use super::list::Wanted;
use crate::console::{Console, View, problem};

/// Rows read at once.
const STEP: u32 = 1_000;
/// Reads of one file, at most: with a filter that finds little each looks at thousands.
const READS: usize = 200;

/// What the list shows, without what may name a patient. That it was exported is in the audit trail.
pub(crate) async fn export(
    view: View,
    State(console): State<Console>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let exchange = &console.exchange;
    let user = view.session().user().to_owned();
    let noted = exchange.note_use(&user, "exported messages", "list").await;
    noted.map_err(problem)?;
    let (filter, _) = wanted.filter();
    let mut file = CsvFile::new(&[
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
    ]);
    let mut before = i64::MAX;
    'reads: for _ in 0..READS {
        let page = exchange.search_messages(&filter, before, STEP).await;
        let page = page.map_err(problem)?;
        for listed in &page.found {
            let message = &listed.envelope.message;
            let mailbox = |id: &Option<nhs::MailboxId>| id.as_ref().map(ToString::to_string);
            let failure = listed.envelope.failure();
            let linked = failure.and_then(|failure| failure.linked.clone());
            let kept = file.row([
                message.id.to_string(),
                match message.kind {
                    Kind::Data => "data".to_owned(),
                    Kind::Report => "report".to_owned(),
                },
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
            ]);
            if !kept {
                break 'reads;
            }
        }
        match page.next {
            Some(next) => before = next,
            None => break,
        }
    }
    file.download("messages", exchange.now())
}
