//! The Java client's `meshclient.cfg`.

use roxmltree::{Document, Node};
use toml::{Table, Value};

use super::AgentConfig;
use super::load::from_table;
use crate::ClientError;

/// Reads the Java client's `meshclient.cfg` as it is, several `Client` blocks and our own extras
/// included (`CertificatePath`, `PrivateKeyPath`, `TrustPath`, `PollSeconds`, `ChunkSize`, `Utc`).
/// The second part of the answer has a sentence for each element that has no effect.
///
/// # Errors
/// [`ClientError::Configuration`] when it is not such a file, or a needed element is missing.
pub fn from_meshclient_cfg(text: &str) -> Result<(AgentConfig, Vec<String>), ClientError> {
    let (table, remarks) = read(text)?;
    Ok((from_table(table)?, remarks))
}

/// As the table that our TOML would have been read into.
pub(super) fn read(text: &str) -> Result<(Table, Vec<String>), ClientError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = Document::parse(text).map_err(|_| wrong("not well-formed XML"))?;
    let root = document.root_element();
    if root.tag_name().name() != "MESHConfig" {
        return Err(wrong("the root element is not MESHConfig"));
    }
    let mut file = Reading::default();
    // As the Java client's installer sets it, in minutes.
    set(&mut file.options, "poll_seconds", 30.0 * 60.0);
    for element in root.children().filter(Node::is_element) {
        match element.tag_name().name() {
            "Client" => file.client(element)?,
            name => file.global(name, content(element))?,
        }
    }
    file.finish()
}

#[derive(Default)]
struct Reading {
    top: Table,
    server: Table,
    options: Table,
    mailboxes: Vec<Value>,
    remarks: Vec<String>,
}

impl Reading {
    fn remark(&mut self, text: &str) {
        self.remarks.push(text.to_owned());
    }

    fn global(&mut self, name: &str, value: String) -> Result<(), ClientError> {
        let (server, options) = (&mut self.server, &mut self.options);
        match name {
            _ if value.is_empty() => {}
            "PrimaryURL" => set(server, "url", value),
            "SecondaryURL" => set(server, "secondary_url", value),
            "AuthenticationKey" => set(server, "shared_key", value),
            "KeyStorePath" => set(server, "key_store", value),
            "KeyStorePassword" => set(server, "key_store_password", value),
            "CertificatePath" => set(server, "certificate", value),
            "PrivateKeyPath" => set(server, "private_key", value),
            "TrustPath" => set(server, "trust", value),
            "ProxyPath" => set(server, "proxy", proxy_ini(&value)),
            "WorkPath" => set(&mut self.top, "work_path", value),
            "PollPeriod" => set(options, "poll_seconds", number(name, &value)? * 60.0),
            "PollSeconds" => set(options, "poll_seconds", number(name, &value)?),
            "ProcessingDelay" => set(options, "settle_seconds", number(name, &value)?),
            "ServerRetry" => set(server, "tries", whole(name, &value)?.max(1)),
            "MaxMessages" => set(options, "max_messages", whole(name, &value)?),
            "MaxConnections" => set(options, "max_transfers", whole(name, &value)?.max(1)),
            "ChunkSize" => set(options, "chunk_size", whole(name, &value)?),
            "Utc" => set(options, "utc", is_yes(&value)),
            "LogPath" => self.remark("LogPath has no effect: logs go to the standard error stream"),
            "SignalPath" => self.remark("SignalPath has no effect: stop the service instead"),
            "AutoUpgrade" => {
                self.remark("AutoUpgrade has no effect: the client never changes itself")
            }
            _ => self.remark(&format!("{name} is unknown and has no effect")),
        }
        Ok(())
    }

    fn client(&mut self, block: Node<'_, '_>) -> Result<(), ClientError> {
        let mut mailbox = Table::new();
        for element in block.children().filter(Node::is_element) {
            let text = content(element);
            let yes = is_yes(&text);
            match element.tag_name().name() {
                "ClientIdentity" => set(&mut mailbox, "id", text),
                "ClientAuthentication" if text.is_empty() => {}
                "ClientAuthentication" => set(&mut mailbox, "password", text),
                "InterfaceRoot" if text.is_empty() => {}
                "InterfaceRoot" => set(&mut mailbox, "directory", text),
                "MailboxType" if text.is_empty() || text.eq_ignore_ascii_case("MESH") => {}
                "MailboxType" => {
                    self.remark(
                        "Client/MailboxType has no effect: every mailbox is a MESH mailbox",
                    );
                }
                "CollectReport" => set(&mut mailbox, "collect_report", yes),
                "TransferReport" => set(&mut mailbox, "transfer_report", yes),
                "PollReport" => set(&mut mailbox, "poll_report", yes),
                "DelayReport" => set(&mut mailbox, "delay_report", yes),
                "SaveSent" => set(&mut mailbox, "save_sent", yes),
                "ClientLogLevel" => {
                    self.remark("Client/ClientLogLevel has no effect: set RESTANTE_LOG instead");
                }
                name => self.remark(&format!("Client/{name} is unknown and has no effect")),
            }
        }
        let id = mailbox
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        nhs::MailboxId::parse(id).map_err(|_| wrong("Client without a valid ClientIdentity"))?;
        if !mailbox.contains_key("directory") {
            return Err(wrong("Client without InterfaceRoot"));
        }
        if !mailbox.contains_key("password") {
            let env = format!("MESH_PASSWORD_{}", id.trim().to_ascii_uppercase());
            self.remark(&format!(
                "ClientAuthentication is absent: it is read from {env}"
            ));
            set(&mut mailbox, "password", variable(&env));
        }
        self.mailboxes.push(Value::Table(mailbox));
        Ok(())
    }

    fn finish(mut self) -> Result<(Table, Vec<String>), ClientError> {
        if !self.server.contains_key("url") {
            return Err(wrong("PrimaryURL is missing"));
        }
        if self.mailboxes.is_empty() {
            return Err(wrong("there is no Client block"));
        }
        if !self.server.contains_key("shared_key") {
            self.remark("AuthenticationKey is absent: the shared key is read from MESH_SHARED_KEY");
            set(&mut self.server, "shared_key", variable("MESH_SHARED_KEY"));
        }
        let pem = ["certificate", "private_key"].map(|key| self.server.contains_key(key));
        if pem == [true, true] && self.server.remove("key_store").is_some() {
            self.server.remove("key_store_password");
            self.remark("KeyStorePath has no effect: CertificatePath and PrivateKeyPath are given");
        }
        if self.server.contains_key("key_store") && !self.server.contains_key("key_store_password")
        {
            let env = "MESH_KEY_STORE_PASSWORD";
            self.remark(&format!(
                "KeyStorePassword is absent: it is read from {env}"
            ));
            set(&mut self.server, "key_store_password", variable(env));
        }
        let mut top = self.top;
        set(&mut top, "server", self.server);
        set(&mut top, "options", self.options);
        set(&mut top, "mailbox", self.mailboxes);
        Ok((top, self.remarks))
    }
}

fn set(table: &mut Table, key: &str, value: impl Into<Value>) {
    table.insert(key.to_owned(), value.into());
}

/// A secret that an environment variable holds.
fn variable(name: &str) -> Table {
    let mut secret = Table::new();
    set(&mut secret, "env", name.to_owned());
    secret
}

fn proxy_ini(directory: &str) -> Table {
    let mut proxy = Table::new();
    let file = std::path::Path::new(directory).join("proxy.ini");
    set(&mut proxy, "file", file.to_string_lossy().into_owned());
    proxy
}

fn content(element: Node<'_, '_>) -> String {
    element.text().unwrap_or_default().trim().to_owned()
}

fn is_yes(value: &str) -> bool {
    value.eq_ignore_ascii_case("y") || value.eq_ignore_ascii_case("yes")
}

fn number(name: &str, value: &str) -> Result<f64, ClientError> {
    value.parse().map_err(|_| not_a_number(name))
}

fn whole(name: &str, value: &str) -> Result<i64, ClientError> {
    value.parse().map_err(|_| not_a_number(name))
}

fn not_a_number(name: &str) -> ClientError {
    wrong(&format!("{name} is not a number"))
}

fn wrong(what: &str) -> ClientError {
    ClientError::Configuration(format!("meshclient.cfg: {what}"))
}
