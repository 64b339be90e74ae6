use std::path::PathBuf;

use nhs::MailboxId;
use roxmltree::{Document, Node};

use super::{AgentConfig, MailboxConfig, Secret};
use crate::ClientError;

/// Reads the Java client's `meshclient.cfg` as it is, several `Client` blocks and our own extras
/// included (`CertificatePath`, `PrivateKeyPath`, `TrustPath`, `PollSeconds`, `ChunkSize`, `Utc`).
/// The second part of the answer has a sentence for each element that has no effect.
///
/// # Errors
/// [`ClientError::Configuration`] when it is not such a file, or a needed element is missing.
pub fn from_meshclient_cfg(text: &str) -> Result<(AgentConfig, Vec<String>), ClientError> {
    let wrong = |what: &str| ClientError::Configuration(format!("meshclient.cfg: {what}"));
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = Document::parse(text).map_err(|_| wrong("not well-formed XML"))?;
    let root = document.root_element();
    if root.tag_name().name() != "MESHConfig" {
        return Err(wrong("the root element is not MESHConfig"));
    }
    let mut file = Reading {
        config: AgentConfig::new(
            "",
            Secret::Env {
                env: "MESH_SHARED_KEY".to_owned(),
            },
        ),
        remarks: Vec::new(),
    };
    // As the Java client's installer sets it, in minutes.
    file.config.options.poll_seconds = 30.0 * 60.0;
    let elements: Vec<_> = root.children().filter(Node::is_element).collect();
    for element in &elements {
        match element.tag_name().name() {
            "Client" => file.client(*element)?,
            name => file.global(name, content(*element))?,
        }
    }
    if file.config.server.url.is_empty() {
        return Err(wrong("PrimaryURL is missing"));
    }
    if file.config.mailboxes.is_empty() {
        return Err(wrong("there is no Client block"));
    }
    if !elements.iter().any(|e| e.has_tag_name("AuthenticationKey")) {
        file.remark("AuthenticationKey is absent: the shared key is read from MESH_SHARED_KEY");
    }
    Ok((file.config, file.remarks))
}

struct Reading {
    config: AgentConfig,
    remarks: Vec<String>,
}

impl Reading {
    fn remark(&mut self, text: &str) {
        self.remarks.push(text.to_owned());
    }

    fn global(&mut self, name: &str, value: String) -> Result<(), ClientError> {
        let options = &mut self.config.options;
        let server = &mut self.config.server;
        match name {
            "PrimaryURL" => server.url = value,
            "AuthenticationKey" => server.shared_key = Secret::from(value.as_str()),
            "WorkPath" => self.config.work_path = Some(PathBuf::from(value)),
            "CertificatePath" => server.certificate = Some(PathBuf::from(value)),
            "PrivateKeyPath" => server.private_key = Some(PathBuf::from(value)),
            "TrustPath" => server.trust = Some(PathBuf::from(value)),
            "PollPeriod" => options.poll_seconds = number(name, &value)? * 60.0,
            "PollSeconds" => options.poll_seconds = number(name, &value)?,
            "ProcessingDelay" => options.settle_seconds = number(name, &value)?,
            "ServerRetry" => server.tries = whole(name, &value)?,
            "MaxMessages" => options.max_messages = whole(name, &value)?,
            "ChunkSize" => options.chunk_size = whole(name, &value)?,
            "Utc" => options.utc = is_yes(&value),
            "KeyStorePath" | "KeyStorePassword" => self.remark(&format!(
                "{name} has no effect: name PEM files in CertificatePath, PrivateKeyPath and TrustPath"
            )),
            "LogPath" => self.remark("LogPath has no effect: logs go to the standard error stream"),
            "ProxyPath" => self.remark("ProxyPath has no effect: set HTTPS_PROXY instead"),
            "SecondaryURL" => self.remark("SecondaryURL has no effect"),
            "SignalPath" => self.remark("SignalPath has no effect: stop the service instead"),
            "AutoUpgrade" => self.remark("AutoUpgrade has no effect: the client never changes itself"),
            "MaxConnections" => {
                self.remark("MaxConnections has no effect: each mailbox has one transfer at a time");
            }
            _ => self.remark(&format!("{name} is unknown and has no effect")),
        }
        Ok(())
    }

    fn client(&mut self, block: Node<'_, '_>) -> Result<(), ClientError> {
        let value = |name: &str| {
            block
                .children()
                .find(|e| e.has_tag_name(name))
                .map(content)
                .unwrap_or_default()
        };
        let wrong = |what| ClientError::Configuration(format!("meshclient.cfg: Client {what}"));
        let id = MailboxId::parse(&value("ClientIdentity"))
            .map_err(|_| wrong("without a valid ClientIdentity"))?;
        let (password, directory) = (value("ClientAuthentication"), value("InterfaceRoot"));
        if password.is_empty() || directory.is_empty() {
            return Err(wrong("without ClientAuthentication or InterfaceRoot"));
        }
        let mut mailbox = MailboxConfig::new(id, password.as_str(), PathBuf::from(directory));
        for element in block.children().filter(Node::is_element) {
            let yes = is_yes(&content(element));
            match element.tag_name().name() {
                "ClientIdentity" | "ClientAuthentication" | "InterfaceRoot" | "MailboxType" => {}
                "CollectReport" => mailbox.collect_report = yes,
                "TransferReport" => mailbox.transfer_report = yes,
                "PollReport" => mailbox.poll_report = yes,
                "DelayReport" => mailbox.delay_report = yes,
                "SaveSent" => mailbox.save_sent = yes,
                "ClientLogLevel" => {
                    self.remark("ClientLogLevel has no effect: set RUST_LOG instead");
                }
                name => self.remark(&format!("Client/{name} is unknown and has no effect")),
            }
        }
        self.config.mailboxes.push(mailbox);
        Ok(())
    }
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

fn whole<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, ClientError> {
    value.parse().map_err(|_| not_a_number(name))
}

fn not_a_number(name: &str) -> ClientError {
    ClientError::Configuration(format!("meshclient.cfg: {name} is not a number"))
}
