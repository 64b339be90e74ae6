//! Reading the configuration from a file and the environment.

use std::path::{Path, PathBuf};

use settings::{Kind, Secret, Settings, read_text};

use super::AgentConfig;
use super::java;
use crate::ClientError;

/// `client.toml`.
pub const CLIENT: Kind = Kind {
    name: "client.toml",
    given_to: "restante client --config",
    prefix: "RESTANTE_CLIENT__",
    keys: &[
        "server",
        "work_path",
        "log_path",
        "operations",
        "options",
        "mailbox",
    ],
    lists: &[("mailbox", "id")],
};

/// A configuration with what was learnt on the way.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration.
    pub config: AgentConfig,
    /// A sentence for each element of a `meshclient.cfg` that has no effect.
    pub remarks: Vec<String>,
    /// Whether the file is the Java client's.
    pub is_java: bool,
}

/// Reads a file, the Java client's when it begins with `<`, else our TOML, and then the variables:
/// `RESTANTE_CLIENT__SERVER__URL` overrides `url` in `[server]`,
/// `RESTANTE_CLIENT__MAILBOX__A81001OT001__PASSWORD__FILE` the `file` of that mailbox's `password`.
/// A file that is rather one of `others` is said to be.
///
/// # Errors
/// [`ClientError::Settings`] and [`ClientError::Configuration`]; their texts never hold a secret.
pub fn load(
    path: &Path,
    others: &[&Kind],
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Loaded, ClientError> {
    let file = read_text(path)?;
    let is_java = file.text.trim_start().starts_with('<');
    let (settings, remarks) = if is_java {
        java::read(path, &file.text)?
    } else {
        (Settings::parse(path, &file.text)?, Vec::new())
    };
    let mut settings = settings.found_in(&file);
    settings.set_variables(&CLIENT, variables)?;
    Ok(Loaded {
        config: settings.into_checked(&CLIENT, others)?,
        remarks,
        is_java,
    })
}

impl AgentConfig {
    /// The files it names: certificates, key stores, secrets. A change in one of them is a change
    /// of the configuration.
    pub fn files(&self) -> Vec<PathBuf> {
        let server = &self.server;
        let proxy = server.proxy.as_ref();
        let named = [
            server.certificate.as_ref(),
            server.private_key.as_ref(),
            server.trust.as_ref(),
            server.key_store.as_ref(),
            proxy.and_then(|proxy| proxy.file.as_ref()),
        ];
        let passwords = self.mailboxes.iter().map(|mailbox| Some(&mailbox.password));
        let secrets = [
            Some(&server.shared_key),
            server.key_store_password.as_ref(),
            server.key_password.as_ref(),
            proxy.and_then(|proxy| proxy.password.as_ref()),
        ];
        let secrets = secrets.into_iter().chain(passwords).flatten();
        let held = secrets.filter_map(Secret::file).map(Path::to_owned);
        named.into_iter().flatten().cloned().chain(held).collect()
    }
}
