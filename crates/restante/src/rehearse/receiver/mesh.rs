//! Through MESH: messages are sent from a mailbox, and answers collected there. What is in the inbox and answers none of
//! the messages is not acknowledged.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use mesh::{ContentEncoding, HeaderText, MessageType, ReceivedHeaders, SendHeaders};
use mesh_client::ClientError;
use mesh_client::api::{Connection, MeshClient, Upload};
use mesh_client::config::AgentConfig;
use nhs::{Clock, MailboxId, MessageId, SystemClock, SystemRandomness};
use rehearsal::receiver::{Incoming, Planned, Transport};

use crate::error::{self, Error};
use crate::wiring;

use super::carrier::{Came, LONGEST_ANSWER};
use super::planning::Planning;

/// Messages of the inbox that are looked at in one look.
const MOST_LOOKED_AT: usize = 500;
/// Between two looks at somebody's exchange.
pub const PAUSE: Duration = Duration::from_secs(2);

/// A mailbox that sends.
pub struct Mesh {
    client: MeshClient,
    receiver: MailboxId,
    by_patient: bool,
    pause: Duration,
    /// Of messages that were sent, by the id that MESH gave.
    sent: HashMap<MessageId, u32>,
    /// What was in the inbox before, or answers none of the messages.
    left: HashSet<MessageId>,
    turn: u64,
}

impl Mesh {
    /// By the configuration of a client.
    ///
    /// # Errors
    ///
    /// When it is wrong, has another number of mailboxes than one, or the exchange cannot be reached.
    pub async fn of(
        config: &AgentConfig,
        planning: &Planning,
        (by_patient, pause): (bool, Duration),
    ) -> Result<Self, Error> {
        let [mailbox] = config.mailboxes.as_slice() else {
            return Err(Error::Arguments(format!(
                "--config: expected one mailbox to send from, found {}",
                config.mailboxes.len()
            )));
        };
        let connection = Connection::new(
            &config.connection_settings()?,
            Arc::new(SystemClock),
            Arc::new(SystemRandomness),
        )?;
        let password = mailbox.password.resolve()?;
        let client = connection.mailbox(mailbox.id.clone(), password);
        client.handshake().await?;
        let before = client.list_inbox().await?;
        Ok(Self {
            client,
            receiver: planning.receiver.mailbox.clone(),
            by_patient,
            pause,
            sent: HashMap::new(),
            left: before.into_iter().collect(),
            turn: 0,
        })
    }

    pub fn pause(&self) -> Duration {
        self.pause
    }

    pub async fn place(&mut self, planned: &Planned) -> Result<(), String> {
        let sent = self
            .send(planned)
            .await
            .map_err(|error| error.to_string())?;
        self.sent.insert(sent, planned.number);
        Ok(())
    }

    async fn send(&self, planned: &Planned) -> Result<MessageId, Error> {
        let to = if self.by_patient {
            planned.to_dts.clone()
        } else {
            self.receiver.to_string()
        };
        let text = |text: &str| Some(HeaderText::from(text));
        let mut headers = SendHeaders::new(to, planned.workflow.clone());
        headers.sender = Some(self.client.mailbox().to_string());
        headers.subject = text(&planned.subject);
        headers.local_id = text(&planned.local_id);
        match planned.transport {
            Transport::Plain => {}
            Transport::Gzip => headers.encoding = ContentEncoding::Gzip,
            Transport::Chunked => return self.send_in_chunks(headers, planned).await,
        }
        let bytes = std::io::Cursor::new(planned.bytes.clone());
        Ok(self.client.send(headers, bytes).await?)
    }

    /// In two chunks, of which the first is the longer one.
    async fn send_in_chunks(
        &self,
        headers: SendHeaders,
        planned: &Planned,
    ) -> Result<MessageId, Error> {
        let directory = wiring::temporary_directory("restante-rehearsal-")?;
        let path = directory.path().join("message");
        std::fs::write(&path, &planned.bytes).map_err(error::at(&path))?;
        let length = planned.bytes.len() as u64;
        let upload = Upload {
            file: Arc::new(std::fs::File::open(&path).map_err(error::at(&path))?),
            length,
            chunk_size: length.div_ceil(2).max(1),
            position: Arc::default(),
        };
        let mut state = self.client.begin_upload(headers, &upload).await?;
        while !state.is_complete() {
            self.client.continue_upload(&mut state, &upload).await?;
        }
        Ok(state.message_id)
    }

    pub async fn collect(&mut self) -> Result<Vec<Came>, Error> {
        let mut came = Vec::new();
        let listed = self.client.list_inbox().await?;
        let new: Vec<MessageId> = listed
            .into_iter()
            .filter(|id| !self.left.contains(id))
            .collect();
        for id in new.into_iter().take(MOST_LOOKED_AT) {
            match self.look(&id).await {
                Ok(found) => came.extend(found),
                // what was found before it is not lost; the next look meets the rest again
                Err(error) if came.is_empty() => return Err(error),
                Err(_) => break,
            }
            self.left.insert(id);
        }
        Ok(came)
    }

    /// One message of the inbox.
    async fn look(&mut self, id: &MessageId) -> Result<Option<Came>, Error> {
        let headers = self.client.head(id).await?;
        if headers.message_type == MessageType::Report {
            return self.report(id, &headers).await;
        }
        if self.is_from_receiver(&headers) {
            return self.download(id, headers).await.map(Some);
        }
        Ok(None)
    }

    /// A report about one of our messages; about others it is left.
    async fn report(
        &self,
        id: &MessageId,
        headers: &ReceivedHeaders,
    ) -> Result<Option<Came>, Error> {
        let about = headers.linked_message.as_ref();
        let Some(number) = about.and_then(|it| self.sent.get(it)) else {
            return Ok(None);
        };
        self.client.acknowledge(id).await?;
        let why = headers.status.as_ref().map_or_else(
            || "MESH reports that it was not delivered".to_owned(),
            |status| format!("MESH reports {}: {}", status.code, status.description),
        );
        Ok(Some(Came::NotDelivered {
            number: *number,
            why,
        }))
    }

    fn is_from_receiver(&self, headers: &ReceivedHeaders) -> bool {
        let from = headers.sender.as_deref().unwrap_or_default();
        from.trim().eq_ignore_ascii_case(self.receiver.as_str())
    }

    async fn download(&mut self, id: &MessageId, headers: ReceivedHeaders) -> Result<Came, Error> {
        let mut bytes = Vec::new();
        for index in 1..=headers.chunk_range.total() {
            let room = LONGEST_ANSWER.saturating_sub(bytes.len() as u64);
            let chunk = self.client.chunk(id, index).await?;
            match chunk.copy_to(&mut bytes, room).await {
                Ok(_) => {}
                Err(ClientError::TooLarge(_) | ClientError::ExpandsTooMuch { .. }) => {
                    return Ok(Came::Unusable {
                        workflow: headers.workflow.map(|it| it.to_string()),
                        why: "it is longer than any answer",
                    });
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.turn += 1;
        Ok(Came::Incoming(Incoming {
            name: id.to_string(),
            at: SystemClock.now(),
            turn: self.turn,
            from: headers.sender,
            to: headers.recipient,
            workflow: headers.workflow.map(|it| it.to_string()),
            bytes,
        }))
    }

    pub async fn keep(&mut self, name: &str) -> Result<(), Error> {
        if let Ok(id) = MessageId::parse(name) {
            self.client.acknowledge(&id).await?;
        }
        Ok(())
    }
}
