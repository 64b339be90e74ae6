//! The bytes of a message as the exchange holds it.

use exchange::Exchange;
use nhs::MessageId;

/// The content, expanded where it was sent as gzip; none where it is gone or too large to be looked into.
pub async fn of(exchange: &Exchange, message: &MessageId) -> Option<Vec<u8>> {
    let envelope = exchange.message(message.as_str()).await.ok()?;
    match sandbox_pages::sandbox::message_bytes(exchange, &envelope).await {
        Ok(content) => content,
        Err(error) => {
            tracing::warn!(%message, %error, "a message of the rehearsal could not be looked into");
            None
        }
    }
}
