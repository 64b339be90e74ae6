//! What `restante join` makes.

use std::path::{Path, PathBuf};

use durable::Access;
use nhs::{Clock, SystemClock, SystemRandomness};
use pages::NewUser;
use secrecy::ExposeSecret;

use crate::client_toml::{ClientToml, InToml};
use crate::error::{self, Error};
use crate::joining::JoinFile;
use crate::new_directory::{quoted, quoted_path, write_secret};
use crate::wiring;

use super::Arguments;

/// The directories that client and GP system meet in.
const FOLDERS: [&str; 5] = ["OUT", "IN", "SENT", "FAILED", "TEMP"];
/// The first user of the pages.
const USER: &str = "administrator";

/// What was made.
#[derive(serde::Serialize)]
pub struct Joined {
    pub directory: PathBuf,
    pub client_config: PathBuf,
    pub practice_config: PathBuf,
    pub has_patients: bool,
    pub user: String,
    pub password: String,
}

/// Where everything is.
struct Places {
    shared_key: PathBuf,
    password: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
    authority: PathBuf,
    mailbox: PathBuf,
    records: PathBuf,
    patients: Option<PathBuf>,
}

/// Makes everything in a directory that is there and empty.
///
/// # Errors
///
/// When something cannot be read or written.
pub fn make(dir: &Path, file: &JoinFile, args: &Arguments) -> Result<Joined, Error> {
    let certificates = dir.join("certificates");
    let places = Places {
        shared_key: dir.join("shared.key"),
        password: dir.join("mailbox-password"),
        certificate: certificates.join("client.pem"),
        key: certificates.join("client.key.pem"),
        authority: certificates.join("ca.pem"),
        mailbox: dir.join("mailbox"),
        records: dir.join("records"),
        patients: args.patients.as_ref().map(|_| dir.join("patients.csv")),
    };
    places.write_secrets(&certificates, file)?;
    for folder in FOLDERS {
        durable::create_directory(&places.mailbox.join(folder), Access::Owner)?;
    }
    if let (Some(from), Some(to)) = (&args.patients, &places.patients) {
        let list = std::fs::read(from).map_err(error::at(from))?;
        durable::write_new(to, &list, Access::Owner)?;
    }
    let client_config = dir.join("client.toml");
    let client = places.client_toml(file);
    durable::write_new(&client_config, client.as_bytes(), Access::Owner)?;
    let practice_config = dir.join("practice.toml");
    let practice = places.practice_toml(file, args);
    durable::write_new(&practice_config, practice.as_bytes(), Access::Owner)?;
    Ok(Joined {
        directory: dir.to_owned(),
        client_config,
        practice_config,
        has_patients: places.patients.is_some(),
        user: USER.to_owned(),
        password: places.add_user()?,
    })
}

impl Places {
    fn write_secrets(&self, certificates: &Path, file: &JoinFile) -> Result<(), Error> {
        let (access, member) = (&file.access, &file.member);
        durable::create_directory(certificates, Access::Owner)?;
        durable::write_new(
            &self.certificate,
            member.certificate.as_bytes(),
            Access::Owner,
        )?;
        durable::write_new(&self.authority, access.authority.as_bytes(), Access::Owner)?;
        write_secret(&self.key, &member.private_key.resolve()?)?;
        write_secret(&self.shared_key, &access.shared_key.first_line()?)?;
        write_secret(&self.password, &member.password.first_line()?)
    }

    /// The first user's password, which is written nowhere.
    fn add_user(&self) -> Result<String, Error> {
        durable::create_directory(&self.records, Access::Owner)?;
        let password = wiring::secret();
        let user = NewUser {
            name: USER.to_owned(),
            role: "administrator".to_owned(),
            password: password.clone(),
        };
        wiring::open_users(&self.records)?.add(&user, SystemClock.now(), &SystemRandomness)?;
        Ok(password.expose_secret().to_owned())
    }

    fn client_toml(&self, file: &JoinFile) -> String {
        let practice = &file.member;
        let title = format!(
            "The MESH client of {} ({}), made by `restante join`",
            practice.name, practice.ods
        );
        ClientToml {
            title: &title,
            url: &file.access.url,
            shared_key: InToml::File(&self.shared_key),
            certificate: &self.certificate,
            key: &self.key,
            authority: &self.authority,
            poll_seconds: 10,
            mailbox: &practice.mailbox,
            password: InToml::File(&self.password),
            directory: &self.mailbox,
        }
        .text()
    }

    fn practice_toml(&self, file: &JoinFile, args: &Arguments) -> String {
        let practice = &file.member;
        let patients = match &self.patients {
            Some(path) => format!("patients = {}", quoted_path(path)),
            None => "# patients = \"patients.csv\"".to_owned(),
        };
        format!(
            r#"# {name} ({ods}), made by `restante join`. All keys are in docs/reference/configuration.md.

# Where the practice's pages are; [tls] is needed for other machines to reach them.
listen = {listen}

[practice]
ods = "{ods}"
name = {quoted_name}
mailbox = "{mailbox}"
# The directories that the MESH client serves, and the practice's own records.
mailbox_directory = {directory}
data_directory = {records}
# The practice's own patients, by whom letters are matched.
{patients}
# Printed on every report; without them somebody types them each time.
# phone = "01632 960001"
# address = ["1 Starling Road", "Cumbria"]
# Minutes between the last change of a consultation and its sending, up to 180, in which it can be withdrawn.
wait_minutes = 0
"#,
            name = practice.name,
            quoted_name = quoted(&practice.name),
            ods = practice.ods,
            listen = quoted(&args.listen.to_string()),
            mailbox = practice.mailbox,
            directory = quoted_path(&self.mailbox),
            records = quoted_path(&self.records),
        )
    }
}
