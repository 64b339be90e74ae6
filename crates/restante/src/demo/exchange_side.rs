//! The exchange of the demo: certificates made on the spot, two mailboxes, two workflows, a registry
//! of test patients, the MESH API behind mutual TLS on a free port.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use exchange::{Exchange, NewMailbox, Operator, Settings};
use exchange_console::Journeys;
use https_listener::certificate::{Authority, IssuedFiles};
use https_listener::{ListenerConfig, Server, TlsConfig};
use mesh::CertificateName;
use mesh_server::Options;
use nhs::{Clock, MailboxId, SystemClock, WorkflowId};
use secrecy::{ExposeSecret, SecretString};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Place;
use crate::error::{self, Error};
use crate::wiring;

use super::patients;
use super::practices::PracticeIdentity;

/// A running exchange and what a client needs to reach it.
pub struct ExchangeSide {
    pub url: String,
    pub shared_key: SecretString,
    pub authority: PathBuf,
    pub exchange: Exchange,
    certificates: Authority,
    passwords: Vec<(MailboxId, SecretString)>,
    running: JoinHandle<()>,
}

impl ExchangeSide {
    pub async fn start(
        data: &Path,
        practices: &[PracticeIdentity; 2],
        journeys: &Journeys,
        shutdown: &CancellationToken,
    ) -> Result<Self, Error> {
        std::fs::create_dir_all(data).map_err(error::at(data))?;
        let certificates =
            Authority::open_or_create(&wiring::certificates_directory(data), SystemClock.now())?;
        let registry = import_registry(&wiring::registry_directory(data))?;
        let shared_key = wiring::secret();
        let place = Place::in_directory(data);
        let exchange = wiring::open_exchange(
            &place,
            Arc::new(registry),
            shared_key.clone().into(),
            // a demonstration must not depend on how full the disk is
            Settings {
                reserve_bytes: Some(0),
                ..Settings::default()
            },
            Arc::new(journeys.clone()),
        )
        .await?;
        let passwords = fill_directory(&exchange.operator()?, practices)?;
        let server = Server::bind(listener(&certificates, data)?).await?;
        let url = format!("https://localhost:{}", server.local_addr().port());
        let router = mesh_server::router(exchange.clone(), Options::default());
        let serving = wiring::serve_exchange(exchange.clone(), server, router, shutdown.clone());
        let running = tokio::spawn(serving);
        let authority = certificates.ca_path();
        Ok(Self {
            url,
            shared_key,
            authority,
            exchange,
            certificates,
            passwords,
            running,
        })
    }

    /// A client certificate for the practice, written into its own folder.
    pub fn issue_certificate(
        &self,
        practice: &PracticeIdentity,
        dir: &Path,
    ) -> Result<IssuedFiles, Error> {
        let name = CertificateName::new(practice.folder, practice.ods.clone())?;
        let issued = self
            .certificates
            .issue_client(&name.to_string(), SystemClock.now())?;
        Ok(issued.write(dir, "client")?)
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

fn import_registry(dir: &Path) -> Result<pds::Registry, Error> {
    let report = pds::import(
        dir,
        patients::PATIENTS.as_bytes(),
        Some(pds::Kind::Patients),
        SystemClock.now(),
    )?;
    tracing::debug!(
        accepted = report.accepted,
        refused = report.refused,
        "registry imported"
    );
    Ok(pds::Registry::open(dir)?)
}

fn listener(certificates: &Authority, data: &Path) -> Result<ListenerConfig, Error> {
    let names = ["localhost", "127.0.0.1"].map(str::to_owned);
    let issued = certificates.issue_server(&names, SystemClock.now())?;
    let files = issued.write(&wiring::certificates_directory(data), "server")?;
    let tls = TlsConfig {
        certificate: files.certificate,
        key: files.key,
        client_ca: Some(certificates.ca_path()),
        revocation_lists: vec![certificates.crl_path()],
        refuse_expired_revocation_lists: false,
    };
    Ok(ListenerConfig::tls(([127, 0, 0, 1], 0).into(), tls))
}

/// Adds what is missing: the demo may run again in the same directory.
fn fill_directory(
    operator: &Operator,
    practices: &[PracticeIdentity; 2],
) -> Result<Vec<(MailboxId, SecretString)>, Error> {
    let known = operator.mailboxes()?;
    let mut passwords = Vec::new();
    for practice in practices {
        let password = wiring::secret();
        if known.iter().any(|mailbox| mailbox.id == practice.mailbox) {
            operator.set_password(&practice.mailbox, &password)?;
        } else {
            operator.add_mailbox(NewMailbox {
                id: practice.mailbox.clone(),
                name: practice.name.to_owned(),
                ods: practice.ods.clone(),
                organisation_name: practice.name.to_owned(),
                billing_entity: String::new(),
                password: SecretString::from(password.expose_secret()),
            })?;
        }
        passwords.push((practice.mailbox.clone(), password));
    }
    let every: Vec<MailboxId> = practices
        .iter()
        .map(|practice| practice.mailbox.clone())
        .collect();
    let report = WorkflowId::parse("GPFED_CONSULT_REPORT")
        .map_err(|error| Error::Usage(error.to_string()))?;
    operator.allow(&report, &every, &every)?;
    operator.set_patient_routing(&report, true)?;
    operator.allow(&report.acknowledgement(), &every, &every)?;
    Ok(passwords)
}
