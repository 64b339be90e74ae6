//! What `restante init exchange` makes.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use durable::Access;
use exchange::{NewMailbox, Operator};
use https_listener::certificate::Authority;
use jiff::Timestamp;
use mesh::CertificateName;
use nhs::{Clock, MailboxId, SystemClock, SystemRandomness, WorkflowId};
use pages::NewUser;
use secrecy::{ExposeSecret, SecretString};

use crate::config::{self, Place};
use crate::error::{self, Error};
use crate::joining::NewJoinFile;
use crate::new_directory::write_secret;
use crate::wiring;

use super::server_toml::{self, CONSOLE};
use super::{Exchange, NewPractice};

/// The workflows of the consultation report, Send Document and Update Record; each has one for its answers.
const WORKFLOWS: [&str; 3] = [
    "GPFED_CONSULT_REPORT",
    "GPCONNECT_SEND_DOCUMENT",
    "GPCONNECT_UPDATE_RECORD",
];
/// The first user of the console.
const USER: &str = "administrator";

/// What was made.
#[derive(serde::Serialize)]
pub struct Made {
    pub directory: PathBuf,
    pub config: PathBuf,
    pub url: String,
    pub practices: Vec<Practice>,
    /// How many patients the registry has; none when no list was given.
    pub patients: Option<u64>,
    pub console: Console,
}

/// A practice, and the file it joins with.
#[derive(serde::Serialize)]
pub struct Practice {
    pub ods_code: String,
    pub name: String,
    pub mailbox: String,
    pub join: PathBuf,
}

/// Where the console is, and its first user.
#[derive(serde::Serialize)]
pub struct Console {
    pub url: String,
    pub user: String,
    pub password: String,
}

/// What every practice is given alike.
struct Shared {
    url: String,
    shared_key: SecretString,
    authority: Authority,
    authority_pem: String,
    operator: Operator,
    joining: PathBuf,
    now: Timestamp,
}

/// Makes everything in a directory that is there and empty.
///
/// # Errors
///
/// When a list of patients has rows that are refused, or something cannot be written.
pub fn make(dir: &Path, args: &Exchange) -> Result<Made, Error> {
    let now = SystemClock.now();
    let data = dir.join("data");
    durable::create_directory(&data, Access::Owner)?;
    let patients = match &args.patients {
        Some(path) => Some(import(&wiring::registry_directory(&data), path, now)?),
        None => None,
    };
    let config = dir.join("server.toml");
    let text = server_toml::text(dir, &data, args);
    durable::write_new(&config, text.as_bytes(), Access::Owner)?;
    // variables may name another store than the directory, as for the server
    let place = config::server(&config)?.place();
    let shared = share(dir, &place, args, now)?;
    let practices = args.practices.iter();
    let practices: Vec<Practice> = practices
        .map(|practice| shared.add(practice))
        .collect::<Result<_, _>>()?;
    allow_workflows(&shared.operator, args)?;
    let console = first_user(&data, now)?;
    Ok(Made {
        directory: dir.to_owned(),
        config,
        url: shared.url,
        practices,
        patients,
        console,
    })
}

fn share(dir: &Path, place: &Place, args: &Exchange, now: Timestamp) -> Result<Shared, Error> {
    let shared_key = wiring::secret();
    write_secret(&dir.join("shared.key"), &shared_key)?;
    let authority = Authority::open_or_create(&wiring::certificates_directory(&place.data), now)?;
    let names = [args.name.clone(), "localhost".to_owned()];
    let names = if args.name == "localhost" {
        &names[1..]
    } else {
        &names
    };
    authority
        .issue_server(names, now)?
        .write_new(&dir.join("tls"), "server")?;
    let ca = authority.ca_path();
    let operator = Operator::open_with(
        &place.store,
        &place.data,
        &place.key_file,
        Arc::new(SystemRandomness),
        Arc::new(SystemClock),
    )?;
    let joining = dir.join("joining");
    durable::create_directory(&joining, Access::Owner)?;
    Ok(Shared {
        url: format!("https://{}:{}", args.name, args.listen.port()),
        shared_key,
        authority_pem: std::fs::read_to_string(&ca).map_err(error::at(&ca))?,
        authority,
        operator,
        joining,
        now,
    })
}

impl Shared {
    /// The practice's mailbox, its client's certificate and its `.join` file.
    fn add(&self, practice: &NewPractice) -> Result<Practice, Error> {
        let mailbox = mailbox_of(practice)?;
        let password = wiring::secret();
        self.operator.add_mailbox(NewMailbox {
            id: mailbox.clone(),
            name: practice.name.clone(),
            ods: practice.ods.clone(),
            organisation_name: practice.name.clone(),
            billing_entity: String::new(),
            password: password.clone(),
        })?;
        let name = CertificateName::new("client", practice.ods.clone())?;
        let issued = self.authority.issue_client(&name.to_string(), self.now)?;
        let join = self.joining.join(format!("{}.join", practice.ods));
        let file = NewJoinFile {
            url: &self.url,
            shared_key: &self.shared_key,
            authority: &self.authority_pem,
            ods: &practice.ods,
            name: &practice.name,
            mailbox: &mailbox,
            password: &password,
            certificate: &issued.certificate_pem,
            private_key: &issued.key_pem,
        };
        file.write(&join)?;
        Ok(Practice {
            ods_code: practice.ods.to_string(),
            name: practice.name.clone(),
            mailbox: mailbox.to_string(),
            join,
        })
    }
}

fn mailbox_of(practice: &NewPractice) -> Result<MailboxId, Error> {
    MailboxId::parse(&format!("{}OT001", practice.ods))
        .map_err(|error| Error::Usage(format!("--practice {}: {error}", practice.ods)))
}

/// Every practice may send and receive all of them; patient addresses lead to the practice.
fn allow_workflows(operator: &Operator, args: &Exchange) -> Result<(), Error> {
    let practices = args.practices.iter();
    let every: Vec<MailboxId> = practices.map(mailbox_of).collect::<Result<_, _>>()?;
    for workflow in WORKFLOWS {
        let workflow =
            WorkflowId::parse(workflow).map_err(|error| Error::Usage(error.to_string()))?;
        operator.allow(&workflow, &every, &every)?;
        operator.set_patient_routing(&workflow, true)?;
        operator.allow(&workflow.acknowledgement(), &every, &every)?;
    }
    Ok(())
}

fn first_user(data: &Path, now: Timestamp) -> Result<Console, Error> {
    let password = wiring::secret();
    let user = NewUser {
        name: USER.to_owned(),
        role: "administrator".to_owned(),
        password: password.clone(),
    };
    wiring::open_users(data)?.add(&user, now, &SystemRandomness)?;
    Ok(Console {
        url: format!("http://{CONSOLE}"),
        user: USER.to_owned(),
        password: password.expose_secret().to_owned(),
    })
}

/// Imports the patients, all of them or none.
fn import(registry: &Path, path: &Path, now: Timestamp) -> Result<u64, Error> {
    let list = BufReader::new(File::open(path).map_err(error::at(path))?);
    let report = pds::import(registry, list, None, now).map_err(|error| Error::List {
        path: path.to_owned(),
        error,
    })?;
    if report.refused == 0 {
        return Ok(report.accepted);
    }
    let rows = report.refused_rows.iter();
    let rows: String = rows
        .map(|row| format!("\n  line {}: {}", row.line, row.reason))
        .collect();
    Err(Error::Usage(format!(
        "{}: {} rows are refused, and nothing was made; put them right, or leave --patients out and import the \
         others by `restante registry import --accept-partial`{rows}",
        path.display(),
        report.refused
    )))
}
