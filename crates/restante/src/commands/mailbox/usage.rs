//! `restante mailbox usage`: what the messages of each mailbox take.

use jiff::Timestamp;

use crate::error::Error;
use crate::output::{self, Format};
use crate::target::Target;

/// Of one mailbox. What it sent is held against its quota; its inbox is what others sent it.
#[derive(serde::Serialize)]
struct Row {
    mailbox: String,
    stored_bytes: u64,
    stored_messages: u64,
    waiting_messages: u64,
    uploading_messages: u32,
    inbox_messages: u64,
    oldest_in_inbox: Option<Timestamp>,
}

/// Prints all mailboxes, whoever stores most first.
///
/// # Errors
///
/// When the store cannot be read.
pub async fn run(target: &Target, format: Format) -> Result<(), Error> {
    let place = target.place()?;
    let mailboxes = place.store.usage(&place.data).await?;
    let mut rows: Vec<Row> = mailboxes
        .into_iter()
        .map(|mailbox| Row {
            mailbox: mailbox.mailbox.to_string(),
            stored_bytes: mailbox.sent.bytes,
            stored_messages: mailbox.sent.messages,
            waiting_messages: mailbox.sent.waiting,
            uploading_messages: mailbox.uploading,
            inbox_messages: mailbox.waiting,
            oldest_in_inbox: mailbox.oldest,
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.stored_bytes));
    output::print(format, &rows, |out| {
        writeln!(
            out,
            "{:<16} {:>16} {:>10} {:>10} {:>10}  oldest in inbox",
            "mailbox", "bytes stored", "messages", "waiting", "in inbox"
        )?;
        for row in &rows {
            let oldest = row
                .oldest_in_inbox
                .map_or("-".to_owned(), |at| at.to_string());
            writeln!(
                out,
                "{:<16} {:>16} {:>10} {:>10} {:>10}  {oldest}",
                row.mailbox,
                row.stored_bytes,
                row.stored_messages,
                row.waiting_messages,
                row.inbox_messages
            )?;
        }
        Ok(())
    })
}
