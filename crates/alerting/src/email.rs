//! Sending by e-mail.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use crate::settings::EmailSettings;
use crate::smtp::Server;
use crate::values::MailAddress;
use crate::{AlertingError, Message, tls};

/// How long it has to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// People, and the server that takes mail for them.
pub(crate) struct Email {
    server: Server,
    from: MailAddress,
    to: Vec<MailAddress>,
    /// How long the server has, to taking the message.
    time_limit: Duration,
}

impl Email {
    /// Who gets mail; the password is read, nothing is sent.
    pub fn new(settings: &EmailSettings, time_limit: Duration) -> Result<Self, AlertingError> {
        let wrong = |setting, problem: String| AlertingError::Configuration { setting, problem };
        let login = match &settings.login {
            Some((user, password)) => {
                let password = password
                    .first_line()
                    .map_err(|error| wrong("email.password", error.to_string()))?;
                let password = password.expose_secret().to_owned();
                Some(Credentials::new(user.clone(), password))
            }
            None => None,
        };
        let config = tls::client_config(settings.ca_file.as_deref())
            .map_err(|problem| wrong("email.ca_file", problem))?;
        Ok(Self {
            server: Server {
                host: settings.host.as_str().to_owned(),
                port: settings.port,
                tls: settings.tls,
                config,
                login,
            },
            from: settings.from.clone(),
            to: settings.to.clone(),
            time_limit,
        })
    }

    /// The mail server.
    pub fn host(&self) -> &str {
        &self.server.host
    }

    /// Sends a message to everybody whom the server takes it for; gives what it said.
    pub async fn send(&self, message: &Message, now: Timestamp) -> Result<String, AlertingError> {
        let mail = self.compose(message, now)?;
        self.within(async {
            let mut connection = self.server.connect().await?;
            let sent = self.deliver(&mut connection, &mail).await;
            leave(&mut connection).await;
            sent
        })
        .await
    }

    /// Whether the server takes connections and lets us in; nothing is sent.
    pub async fn reach(&self) -> Result<String, AlertingError> {
        self.within(async {
            let mut connection = self.server.connect().await?;
            leave(&mut connection).await;
            Ok(format!("{} lets us in", self.host()))
        })
        .await
    }

    async fn within(
        &self,
        work: impl Future<Output = Result<String, AlertingError>>,
    ) -> Result<String, AlertingError> {
        timeout(self.time_limit, work).await.unwrap_or_else(|_| {
            Err(AlertingError::TimedOut {
                host: self.host().to_owned(),
                after: self.time_limit,
            })
        })
    }

    async fn deliver(
        &self,
        connection: &mut AsyncSmtpConnection,
        mail: &[u8],
    ) -> Result<String, AlertingError> {
        let failed = |error: SmtpError| self.server.failed(&error);
        let from = Mail::new(Some(self.from.address().clone()), Vec::new());
        connection.command(from).await.map_err(failed)?;
        let mut refusals = Vec::new();
        for to in &self.to {
            let to = Rcpt::new(to.address().clone(), Vec::new());
            match connection.command(to).await {
                Ok(_) => {}
                Err(error) if error.status().is_some() => refusals.push(error),
                Err(error) => return Err(failed(error)),
            }
        }
        let refused = refusals.len();
        if refused == self.to.len()
            && let Some(error) = refusals.pop()
        {
            return Err(failed(error));
        }
        connection.command(Data).await.map_err(failed)?;
        let taken = connection.message(mail).await.map_err(failed)?;
        if let Some(error) = refusals.first() {
            let error = failed_words(&self.server, error);
            tracing::warn!(
                host = self.host(),
                refused,
                of = self.to.len(),
                error,
                "the mail server does not take \
                alerts for some of those in [alerting.email] to; the others get them"
            );
        }
        Ok(taken.code().to_string())
    }

    fn compose(&self, message: &Message, now: Timestamp) -> Result<Vec<u8>, AlertingError> {
        let domain = self.from.address().domain();
        let mut mail = lettre::Message::builder()
            .from(mailbox(&self.from))
            .subject(message.subject())
            .date(SystemTime::from(now))
            .message_id(Some(format!("<{}@{domain}>", message.id)))
            .raw_header(automatic())
            .header(ContentType::TEXT_PLAIN);
        for to in &self.to {
            mail = mail.to(mailbox(to));
        }
        let mail = mail
            .body(message.text())
            .map_err(|error| AlertingError::Message(error.to_string()))?;
        Ok(mail.formatted())
    }
}

fn failed_words(server: &Server, error: &SmtpError) -> String {
    server.failed(error).to_string()
}

fn mailbox(address: &MailAddress) -> Mailbox {
    Mailbox::new(None, address.address().clone())
}

/// Keeps programs that answer mail from answering this (RFC 3834).
fn automatic() -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("Auto-Submitted");
    HeaderValue::new(name, "auto-generated".to_owned())
}

/// Ends a connection; whether the server answers is of no matter any more.
async fn leave(connection: &mut AsyncSmtpConnection) {
    _ = timeout(GOODBYE, connection.quit()).await;
}
