use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::java;
use super::{AgentConfig, from_toml, read_file};
use crate::ClientError;

/// Variables that begin so override a key each.
const PREFIX: &str = "RESTANTE_CLIENT__";
/// These are texts even where they look like numbers.
const TEXTS: [&str; 6] = [
    "shared_key",
    "password",
    "key_store_password",
    "id",
    "user",
    "url",
];

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
///
/// # Errors
/// [`ClientError::Configuration`]; its text never holds a secret.
pub fn load(
    path: &Path,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Loaded, ClientError> {
    let text = String::from_utf8(read_file(path, "configuration")?)
        .map_err(|_| ClientError::Configuration("the file is not UTF-8".to_owned()))?;
    let overrides: Vec<_> = variables
        .into_iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_owned(), value)))
        .collect();
    let text = text.trim_start_matches('\u{feff}');
    let is_java = text.trim_start().starts_with('<');
    let (mut table, remarks) = if is_java {
        java::read(text)?
    } else {
        if overrides.is_empty() {
            return Ok(Loaded {
                config: from_toml(text)?,
                remarks: Vec::new(),
                is_java,
            });
        }
        let table = text.parse().map_err(|error| super::refused(text, &error))?;
        (table, Vec::new())
    };
    for (name, value) in &overrides {
        override_one(&mut table, name, value)
            .ok_or_else(|| ClientError::Configuration(format!("{PREFIX}{name} names no key")))?;
    }
    Ok(Loaded {
        config: from_table(table)?,
        remarks,
        is_java,
    })
}

pub(super) fn from_table(table: Table) -> Result<AgentConfig, ClientError> {
    table
        .try_into()
        .map_err(|error: toml::de::Error| ClientError::Configuration(error.message().to_owned()))
}

fn override_one(table: &mut Table, name: &str, value: &str) -> Option<()> {
    let parts: Vec<&str> = name.split("__").collect();
    let (last, path) = parts.split_last()?;
    let mut place = table;
    let mut path = path.iter();
    while let Some(part) = path.next() {
        let key = part.to_ascii_lowercase();
        place = if key == "mailbox" {
            mailbox(place, path.next()?)?
        } else {
            table_at(place, &key)?
        };
    }
    let key = last.to_ascii_lowercase();
    let typed = (!TEXTS.contains(&key.as_str()))
        .then(|| format!("v = {value}").parse::<Table>().ok()?.remove("v"))
        .flatten();
    place.insert(
        key,
        typed.unwrap_or_else(|| Value::String(value.to_owned())),
    );
    Some(())
}

/// The table under a key; what is there and no table is replaced by one.
fn table_at<'a>(place: &'a mut Table, key: &str) -> Option<&'a mut Table> {
    if !place.get(key).is_some_and(Value::is_table) {
        place.insert(key.to_owned(), Value::Table(Table::new()));
    }
    place.get_mut(key)?.as_table_mut()
}

/// The mailbox of this id, which is added when there is none.
fn mailbox<'a>(place: &'a mut Table, id: &str) -> Option<&'a mut Table> {
    let mailboxes = place
        .entry("mailbox")
        .or_insert_with(|| Value::Array(Vec::new()))
        .as_array_mut()?;
    let is_this = |mailbox: &Value| {
        let found = mailbox.get("id").and_then(Value::as_str);
        found.is_some_and(|found| found.eq_ignore_ascii_case(id))
    };
    if !mailboxes.iter().any(is_this) {
        let mut new = Table::new();
        new.insert("id".to_owned(), Value::String(id.to_owned()));
        mailboxes.push(Value::Table(new));
    }
    mailboxes.iter_mut().find(|it| is_this(it))?.as_table_mut()
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
            proxy.and_then(|proxy| proxy.password.as_ref()),
        ];
        let secrets = secrets.into_iter().chain(passwords).flatten();
        let held = secrets.filter_map(|secret| match secret {
            super::Secret::File { file } => Some(file),
            _ => None,
        });
        named.into_iter().flatten().chain(held).cloned().collect()
    }
}
