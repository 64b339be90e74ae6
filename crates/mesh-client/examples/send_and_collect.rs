//! Sends a file to another mailbox and collects what waits there, against a sandbox:
//!
//! ```sh
//! restante server --sandbox --listen 127.0.0.1:8700
//! cargo run -p mesh-client --example send_and_collect -- http://127.0.0.1:8700 FILE
//! ```

use std::error::Error;
use std::sync::Arc;

use mesh::SendHeaders;
use mesh_client::api::{Connection, ConnectionSettings};
use nhs::{MailboxId, SystemClock, SystemRandomness, WorkflowId};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("expected the server's URL")?;
    let file = arguments.next().ok_or("expected a file to send")?;
    let settings = ConnectionSettings::plain(&url, "TestKey".into());
    let connection = Connection::new(&settings, Arc::new(SystemClock), Arc::new(SystemRandomness))?;

    let sender = connection.mailbox(MailboxId::parse("X26ABC1")?, "password".into());
    let headers = SendHeaders::new("X26ABC2", WorkflowId::parse("TEST_WORKFLOW")?);
    let file = tokio::fs::File::open(file).await?;
    let id = sender.send(headers, file).await?;
    println!("sent as {id}");

    let recipient = connection.mailbox(MailboxId::parse("X26ABC2")?, "password".into());
    for id in recipient.list_inbox().await? {
        let mut received = Vec::new();
        let headers = recipient.download(&id, &mut received).await?;
        println!("{} bytes came as {}", received.len(), headers.message_id);
        // from here on the server may forget the message: it has to be kept before
        recipient.acknowledge(&id).await?;
    }
    Ok(())
}
