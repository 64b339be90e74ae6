//! The Java client's `meshclient.cfg`.

use std::path::Path;

use roxmltree::{Document, Node};
use settings::{List, Settings, Table};

use super::AgentConfig;
use super::load::CLIENT;
use crate::ClientError;

/// Reads the Java client's `meshclient.cfg` as it is, several `Client` blocks and our own extras
/// included (`CertificatePath`, `PrivateKeyPath`, `KeyPassword`, `TrustPath`, `PollSeconds`, `ChunkSize`, `Utc`).
/// The second part of the answer has a sentence for each element that has no effect.
///
/// # Errors
/// [`ClientError::Configuration`] when it is not such a file, or a needed element is missing.
pub fn from_meshclient_cfg(text: &str) -> Result<(AgentConfig, Vec<String>), ClientError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (settings, remarks) = read(Path::new("meshclient.cfg"), text)?;
    Ok((settings.into_checked(&CLIENT, &[])?, remarks))
}

/// As the settings that our TOML would have been read into.
pub(super) fn read(path: &Path, text: &str) -> Result<(Settings, Vec<String>), ClientError> {
    let (table, remarks) = table(text).map_err(|error| match error {
        ClientError::Configuration(what) => {
            ClientError::Configuration(format!("{}: {what}", path.display()))
        }
        other => other,
    })?;
    Ok((Settings::from_table(path, text, table), remarks))
}

fn table(text: &str) -> Result<(Table, Vec<String>), ClientError> {
    let document = Document::parse(text).map_err(|_| wrong("not well-formed XML"))?;
    let root = document.root_element();
    if root.tag_name().name() != "MESHConfig" {
        let found = root.tag_name().name();
        return Err(wrong(&format!(
            "expected the root element MESHConfig of a meshclient.cfg, found {found}"
        )));
    }
    let mut file = Reading::default();
    // As the Java client's installer sets it, in minutes.
    file.options.set("poll_seconds", 30.0 * 60.0);
    for element in root.children().filter(Node::is_element) {
        match element.tag_name().name() {
            "Client" => file.client(element)?,
            name => file.global(name, content(element), element.range().start)?,
        }
    }
    file.finish()
}

#[derive(Default)]
struct Reading {
    top: Table,
    server: Table,
    options: Table,
    mailboxes: List,
    remarks: Vec<String>,
}

impl Reading {
    fn remark(&mut self, text: &str) {
        self.remarks.push(text.to_owned());
    }

    fn global(&mut self, name: &str, value: String, at: usize) -> Result<(), ClientError> {
        let (server, options) = (&mut self.server, &mut self.options);
        match name {
            _ if value.is_empty() => {}
            "PrimaryURL" => server.set_at("url", value, at),
            "SecondaryURL" => server.set_at("secondary_url", value, at),
            "AuthenticationKey" => server.set_at("shared_key", value, at),
            "KeyStorePath" => server.set_at("key_store", value, at),
            "KeyStorePassword" => server.set_at("key_store_password", value, at),
            "CertificatePath" => server.set_at("certificate", value, at),
            "PrivateKeyPath" => server.set_at("private_key", value, at),
            "KeyPassword" => server.set_at("key_password", value, at),
            "TrustPath" => server.set_at("trust", value, at),
            "ProxyPath" => server.set_at("proxy", proxy_ini(&value), at),
            "WorkPath" => self.top.set_at("work_path", value, at),
            "PollPeriod" => options.set_at("poll_seconds", number(name, &value)? * 60.0, at),
            "PollSeconds" => options.set_at("poll_seconds", number(name, &value)?, at),
            "ProcessingDelay" => options.set_at("settle_seconds", number(name, &value)?, at),
            "ServerRetry" => server.set_at("tries", whole(name, &value)?.max(1), at),
            "MaxMessages" => options.set_at("max_messages", whole(name, &value)?, at),
            "MaxConnections" => options.set_at("max_transfers", whole(name, &value)?.max(1), at),
            "ChunkSize" => options.set_at("chunk_size", whole(name, &value)?, at),
            "Utc" => options.set_at("utc", is_yes(&value), at),
            "LogPath" => self.top.set_at("log_path", value, at),
            "SignalPath" => self.remark("SignalPath has no effect: stop the service instead"),
            "AutoUpgrade" => {
                self.remark("AutoUpgrade has no effect: the client never changes itself")
            }
            _ => self.remark(&format!("{name} is unknown and has no effect")),
        }
        Ok(())
    }

    fn client(&mut self, block: Node<'_, '_>) -> Result<(), ClientError> {
        let mut mailbox = Table::default();
        for element in block.children().filter(Node::is_element) {
            let text = content(element);
            let at = element.range().start;
            let yes = is_yes(&text);
            match element.tag_name().name() {
                "ClientIdentity" => mailbox.set_at("id", text, at),
                "ClientAuthentication" if text.is_empty() => {}
                "ClientAuthentication" => mailbox.set_at("password", text, at),
                "InterfaceRoot" if text.is_empty() => {}
                "InterfaceRoot" => mailbox.set_at("directory", text, at),
                "MailboxType" if text.is_empty() || text.eq_ignore_ascii_case("MESH") => {}
                "MailboxType" => {
                    self.remark(
                        "Client/MailboxType has no effect: every mailbox is a MESH mailbox",
                    );
                }
                "CollectReport" => mailbox.set_at("collect_report", yes, at),
                "TransferReport" => mailbox.set_at("transfer_report", yes, at),
                "PollReport" => mailbox.set_at("poll_report", yes, at),
                "DelayReport" => mailbox.set_at("delay_report", yes, at),
                "SaveSent" => mailbox.set_at("save_sent", yes, at),
                "ClientLogLevel" => {
                    self.remark("Client/ClientLogLevel has no effect: set RESTANTE_LOG instead");
                }
                name => self.remark(&format!("Client/{name} is unknown and has no effect")),
            }
        }
        let id = mailbox.text("id").unwrap_or_default();
        nhs::MailboxId::parse(id).map_err(|_| wrong("Client without a valid ClientIdentity"))?;
        if !mailbox.has("directory") {
            return Err(wrong("Client without InterfaceRoot"));
        }
        if !mailbox.has("password") {
            let env = format!("MESH_PASSWORD_{}", id.trim().to_ascii_uppercase());
            self.remark(&format!(
                "ClientAuthentication is absent: it is read from {env}"
            ));
            mailbox.set("password", variable(&env));
        }
        self.mailboxes.push_at(mailbox, block.range().start);
        Ok(())
    }

    fn finish(mut self) -> Result<(Table, Vec<String>), ClientError> {
        if !self.server.has("url") {
            return Err(wrong("PrimaryURL is missing"));
        }
        if self.mailboxes.is_empty() {
            return Err(wrong("there is no Client block"));
        }
        if !self.server.has("shared_key") {
            self.remark("AuthenticationKey is absent: the shared key is read from MESH_SHARED_KEY");
            self.server.set("shared_key", variable("MESH_SHARED_KEY"));
        }
        let pem = ["certificate", "private_key"].map(|key| self.server.has(key));
        if pem == [true, true] && self.server.remove("key_store") {
            self.server.remove("key_store_password");
            self.remark("KeyStorePath has no effect: CertificatePath and PrivateKeyPath are given");
        }
        if self.server.has("key_store") && !self.server.has("key_store_password") {
            let env = "MESH_KEY_STORE_PASSWORD";
            self.remark(&format!(
                "KeyStorePassword is absent: it is read from {env}"
            ));
            self.server.set("key_store_password", variable(env));
        }
        let mut top = self.top;
        top.set("server", self.server);
        top.set("options", self.options);
        top.set("mailbox", self.mailboxes);
        Ok((top, self.remarks))
    }
}

/// A secret that an environment variable holds.
fn variable(name: &str) -> Table {
    let mut secret = Table::default();
    secret.set("env", name.to_owned());
    secret
}

fn proxy_ini(directory: &str) -> Table {
    let mut proxy = Table::default();
    let file = Path::new(directory).join("proxy.ini");
    proxy.set("file", file.to_string_lossy().into_owned());
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
    ClientError::Configuration(what.to_owned())
}
