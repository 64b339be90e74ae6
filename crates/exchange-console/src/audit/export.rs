//! The trail as a file.

use axum::extract::{Query, State};
use axum::response::Response;
use pages::{CsvFile, Problem};

use super::page::Wanted;
use crate::console::{Console, View, problem};

/// Lines read at once.
const STEP: u32 = 1_000;
/// Reads of one file, at most.
const READS: usize = 200;

/// What the page shows, with each line's number: the chain's hashes are checked by `restante audit verify`. That it was
/// exported is in the trail.
pub(crate) async fn export(
    view: View,
    State(console): State<Console>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let exchange = &console.exchange;
    let user = view.session().user().to_owned();
    let noted = exchange
        .note_use(&user, "exported audit trail", "list")
        .await;
    noted.map_err(problem)?;
    let filter = wanted.filter();
    let mut file = CsvFile::new(&["Line", "When (UTC)", "Who", "What", "About", "Detail"]);
    let mut before = i64::MAX;
    'reads: for _ in 0..READS {
        let page = exchange.search_audit(&filter, before, STEP).await;
        let page = page.map_err(problem)?;
        for line in &page.found {
            let kept = file.row([
                line.number.to_string(),
                CsvFile::moment(line.at),
                line.actor.clone(),
                line.action.clone(),
                line.subject.clone(),
                line.detail.clone(),
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
    file.download("audit-trail", exchange.now())
}
