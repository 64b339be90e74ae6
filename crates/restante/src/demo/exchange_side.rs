//! The exchange of the demo: certificates made on the spot, a mailbox for each member, the workflows of the payloads
//! that practices send, a registry of test patients, and the MESH API behind mutual TLS. Clients reach it through a line
//! that can be made to fail.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use exchange::{Exchange, NewMailbox, Operator, Settings};
use exchange_console::Journeys;
use https_listener::certificate::{Authority, Issued, IssuedFiles};
use https_listener::{ListenerConfig, Server, TlsConfig};
use itk3::Kind;
use jiff::{SignedDuration, Timestamp};
use mesh::CertificateName;
use mesh_server::{Options, RequestWatcher};
use nhs::{Clock, MailboxId, SystemClock, SystemRandomness, WorkflowId};
use secrecy::SecretString;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Place;
use crate::error::{self, Error};
use crate::wiring;

use super::addresses::Listening;
use super::chaos::{Chaos, Line, Sender, with_faults};
use super::credentials::Credentials;
use super::practices::Member;

/// Longer than a client certificate is valid: one issued that long ago has expired.
const AGES_AGO: SignedDuration = SignedDuration::from_hours(24 * 1_200);

/// A running exchange and what a client needs to reach it.
pub struct ExchangeSide {
    /// Where clients on this machine reach it.
    pub url: String,
    /// Where clients find it by the name that others know this machine by.
    pub public_url: String,
    pub shared_key: SecretString,
    pub authority: PathBuf,
    pub exchange: Exchange,
    certificates: Authority,
    passwords: Vec<(MailboxId, SecretString)>,
    running: JoinHandle<()>,
}

/// What an exchange is started with.
pub struct Start<'a> {
    pub data: &'a Path,
    pub members: &'a [Member],
    /// The visitor, whose password is kept.
    pub visitor: &'a Member,
    pub credentials: &'a Credentials,
    pub listening: &'a Listening,
    pub journeys: &'a Journeys,
    pub chaos: &'a Chaos,
    /// Is shown the requests of the MESH API.
    pub watcher: Arc<dyn RequestWatcher>,
    /// Who is registered where.
    pub demographics: Arc<dyn pds::Demographics>,
    pub shutdown: &'a CancellationToken,
}

impl ExchangeSide {
    pub async fn start(start: Start<'_>) -> Result<Self, Error> {
        let data = start.data;
        std::fs::create_dir_all(data).map_err(error::at(data))?;
        let now = SystemClock.now();
        let certificates = Authority::open_or_create(&wiring::certificates_directory(data), now)?;
        let shared_key = start.credentials.shared_key.clone();
        let exchange = open(&start).await?;
        let passwords = fill_directory(&exchange.operator()?, &start)?;
        // bound first: the address of the API is what clients and files are given
        let bind = async |address| {
            let line = Line::bind(address, start.chaos.clone()).await;
            line.map_err(|error| Error::Usage(format!("the MESH API on {address}: {error}")))
        };
        let line = start.listening.bind_mesh(bind).await?;
        let port = line.address().port();
        let server = Server::bind(listener(&certificates, &start)?).await?;
        let watcher = Arc::clone(&start.watcher);
        let options = Options::default().served_by(&server);
        let api = mesh_server::watched_router(exchange.clone(), options, watcher);
        let sender = Sender {
            passwords: passwords.clone(),
            shared_key: shared_key.clone(),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
        };
        let api = with_faults(api, start.chaos.clone(), sender);
        let line = line.run(server.local_addr(), start.shutdown.clone());
        let shutdown = start.shutdown.clone();
        let serving = wiring::serve_exchange(exchange.clone(), server, api, shutdown);
        let running = tokio::spawn(async move {
            tokio::join!(line, serving);
        });
        Ok(Self {
            url: format!("https://{}:{port}", start.listening.own_host()),
            public_url: format!("https://{}:{port}", start.listening.host()),
            shared_key,
            authority: certificates.ca_path(),
            exchange,
            certificates,
            passwords,
            running,
        })
    }

    /// A client certificate for an organisation, written under a name into a folder.
    pub fn issue_certificate(
        &self,
        (local, ods): (&str, &nhs::OdsCode),
        dir: &Path,
    ) -> Result<IssuedFiles, Error> {
        let issued = self.issue((local, ods), SystemClock.now())?;
        Ok(issued.write(dir, "client")?)
    }

    /// One that has expired.
    pub fn issue_expired_certificate(
        &self,
        name: (&str, &nhs::OdsCode),
        dir: &Path,
    ) -> Result<IssuedFiles, Error> {
        let issued = self.issue(name, SystemClock.now() - AGES_AGO)?;
        Ok(issued.write(dir, "expired")?)
    }

    fn issue(&self, (local, ods): (&str, &nhs::OdsCode), at: Timestamp) -> Result<Issued, Error> {
        let name = CertificateName::new(local, ods.clone())?;
        Ok(self.certificates.issue_client(&name.to_string(), at)?)
    }

    pub fn password(&self, mailbox: &MailboxId) -> Option<&SecretString> {
        self.passwords
            .iter()
            .find(|(id, _)| id == mailbox)
            .map(|(_, password)| password)
    }

    /// Waits until the server and its background work have stopped.
    pub async fn stopped(self) {
        if self.running.await.is_err() {
            tracing::error!("the exchange stopped abnormally");
        }
    }
}

async fn open(start: &Start<'_>) -> Result<Exchange, Error> {
    let settings = Settings {
        // a demonstration must not depend on how full the disk is
        reserve_bytes: Some(0),
        // and whoever switches PDS on again does not want to wait for minutes
        routing_retry_seconds: 1,
        routing_retry_longest_seconds: 2,
        ..Settings::default()
    };
    wiring::open_exchange(
        &Place::in_directory(start.data),
        Arc::clone(&start.demographics),
        start.credentials.shared_key.clone().into(),
        settings,
        Arc::new(start.journeys.clone()),
    )
    .await
}

fn listener(certificates: &Authority, start: &Start<'_>) -> Result<ListenerConfig, Error> {
    let names = start.listening.names();
    let issued = certificates.issue_server(&names, SystemClock.now())?;
    let files = issued.write(&wiring::certificates_directory(start.data), "server")?;
    let tls = TlsConfig {
        certificate: files.certificate,
        key: files.key,
        client_ca: Some(certificates.ca_path()),
        revocation_lists: vec![certificates.crl_path()],
        refuse_expired_revocation_lists: false,
    };
    let behind_the_line = SocketAddr::from(([127, 0, 0, 1], 0));
    Ok(ListenerConfig::tls(behind_the_line, tls))
}

/// Adds what is missing: the demo may run again in the same directory.
fn fill_directory(
    operator: &Operator,
    start: &Start<'_>,
) -> Result<Vec<(MailboxId, SecretString)>, Error> {
    let known = operator.mailboxes()?;
    let mut passwords = Vec::new();
    for member in start.members {
        let password = if member.mailbox == start.visitor.mailbox {
            start.credentials.mailbox_password.clone()
        } else {
            wiring::secret()
        };
        if known.iter().any(|mailbox| mailbox.id == member.mailbox) {
            operator.set_password(&member.mailbox, &password)?;
        } else {
            operator.add_mailbox(NewMailbox {
                id: member.mailbox.clone(),
                name: member.name.to_owned(),
                ods: member.ods.clone(),
                organisation_name: member.name.to_owned(),
                billing_entity: String::new(),
                password: password.clone(),
            })?;
        }
        passwords.push((member.mailbox.clone(), password));
    }
    allow_workflows(operator, start.members)?;
    Ok(passwords)
}

/// Every member may send and receive every payload and its answers; patient addresses lead to the practice.
fn allow_workflows(operator: &Operator, members: &[Member]) -> Result<(), Error> {
    let members = members.iter().map(|member| member.mailbox.clone());
    let every: Vec<MailboxId> = members.collect();
    for workflow in Kind::rows().iter().flat_map(|kind| kind.workflows) {
        let workflow =
            WorkflowId::parse(workflow).map_err(|error| Error::Usage(error.to_string()))?;
        operator.allow(&workflow, &every, &every)?;
        operator.set_patient_routing(&workflow, true)?;
        operator.allow(&workflow.acknowledgement(), &every, &every)?;
    }
    Ok(())
}
