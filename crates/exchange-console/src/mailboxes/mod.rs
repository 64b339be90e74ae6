//! The mailboxes: all of them, one with what it may and its latest messages, and a new one.

mod adding;
mod changing;
mod list;
mod one;

use exchange::MailboxOverview;
use maud::{Markup, html};
use nhs::MailboxId;
use pages::Problem;

use crate::console::{Console, problem};
use crate::labels::none;

pub(crate) use adding::{add, form};
pub(crate) use changing::{disable, enable};
pub(crate) use list::list;
pub(crate) use one::page;

/// How much of its quota a mailbox has taken.
pub(crate) fn quota(mailbox: &MailboxOverview) -> Markup {
    let label = format!("Quota of {}", mailbox.mailbox.id);
    html! {
        @match mailbox.quota_used {
            Some(used) => {
                meter min="0" max="100" low="70" high="90" optimum="0" value=(used) aria-label=(label) { (used) " %" }
                " " (used) " %"
            }
            None => (none())
        }
    }
}

/// A mailbox by the id in an address.
async fn found(console: &Console, id: &str) -> Result<MailboxOverview, Problem> {
    let id = MailboxId::parse(id).map_err(|_| Problem::not_found())?;
    let all = console.exchange.mailbox_overview().await.map_err(problem)?;
    let found = all.into_iter().find(|overview| overview.mailbox.id == id);
    found.ok_or_else(Problem::not_found)
}
