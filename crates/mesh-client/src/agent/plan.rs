//! A configuration made ready: its files and secrets read, so that what changed can be told.

use std::sync::Arc;

use nhs::MailboxId;
use secrecy::{ExposeSecret, SecretString};

use super::certificate::OwnCertificate;
use super::environment::Environment;
use super::turns::Turns;
use crate::ClientError;
use crate::api::{Connection, ConnectionSettings};
use crate::config::{AgentConfig, MailboxConfig, Options};

/// What the mailboxes share: the connection to the server, the options, the transfers at once.
pub(super) struct Link {
    pub connection: Connection,
    pub options: Arc<Options>,
    pub turns: Turns,
    pub certificate: OwnCertificate,
    settings: ConnectionSettings,
}

/// One mailbox to serve.
#[derive(Clone)]
pub(super) struct MailboxPlan {
    pub config: MailboxConfig,
    pub password: SecretString,
    pub link: Arc<Link>,
}

/// All mailboxes to serve.
pub(super) type Plans = Vec<MailboxPlan>;

/// Reads what a configuration names. What did not change keeps its connection.
pub(super) fn make(
    config: AgentConfig,
    before: Option<&Arc<Link>>,
    environment: &Environment,
) -> Result<Plans, ClientError> {
    let settings = config.connection_settings()?;
    let unchanged =
        before.filter(|link| *link.options == config.options && same(&link.settings, &settings));
    let link = match unchanged {
        Some(link) => link.clone(),
        None => {
            let connection = Connection::new(
                &settings,
                environment.clock.clone(),
                environment.randomness.clone(),
            )?;
            Arc::new(Link {
                connection,
                turns: Turns::new(config.options.max_transfers),
                options: Arc::new(config.options),
                certificate: OwnCertificate::of(settings.identity.as_ref()),
                settings,
            })
        }
    };
    let mut plans: Plans = Vec::with_capacity(config.mailboxes.len());
    for config in config.mailboxes {
        if plans.iter().any(|other| other.config.id == config.id) {
            let what = format!("mailbox {} is configured twice", config.id);
            return Err(ClientError::Configuration(what));
        }
        let password = config.password.resolve()?;
        plans.push(MailboxPlan {
            config,
            password,
            link: link.clone(),
        });
    }
    Ok(plans)
}

impl MailboxPlan {
    pub fn id(&self) -> &MailboxId {
        &self.config.id
    }

    /// Whether a mailbox that is served by the one plan may go on under the other.
    pub fn same_as(&self, other: &Self) -> bool {
        let facts = |plan: &Self| {
            let config = &plan.config;
            (
                config.id.clone(),
                config.directory.clone(),
                config.collect_report,
                config.transfer_report,
                config.delay_report,
                config.poll_report,
                config.save_sent,
                config.messages_at_once,
            )
        };
        Arc::ptr_eq(&self.link, &other.link)
            && facts(self) == facts(other)
            && self.password.expose_secret() == other.password.expose_secret()
    }
}

fn same(one: &ConnectionSettings, other: &ConnectionSettings) -> bool {
    let identity = |settings: &ConnectionSettings| {
        let identity = settings.identity.as_ref();
        identity.map(|identity| (identity.certificate.clone(), identity.key.clone()))
    };
    let proxy = |settings: &ConnectionSettings| {
        settings.proxy.as_ref().map(|proxy| {
            let credentials = proxy.credentials.as_ref();
            let credentials =
                credentials.map(|(user, word)| (user.clone(), word.expose_secret().to_owned()));
            (proxy.url.clone(), credentials, proxy.except.clone())
        })
    };
    let retry = |settings: &ConnectionSettings| (settings.retry.tries, settings.retry.pause);
    one.base_url == other.base_url
        && one.secondary_url == other.secondary_url
        && one.shared_key.expose_secret() == other.shared_key.expose_secret()
        && one.roots == other.roots
        && one.read_timeout == other.read_timeout
        && retry(one) == retry(other)
        && identity(one) == identity(other)
        && proxy(one) == proxy(other)
}
