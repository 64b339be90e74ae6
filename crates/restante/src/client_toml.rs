//! A `client.toml` with comments, as `join` and the demo write it.

use std::path::Path;

use nhs::MailboxId;

use crate::new_directory::{quoted, quoted_path};

/// What stands in it.
pub struct ClientToml<'a> {
    /// Whose client it is and who wrote the file: its first line.
    pub title: &'a str,
    pub url: &'a str,
    pub shared_key: InToml<'a>,
    pub certificate: &'a Path,
    pub key: &'a Path,
    pub authority: &'a Path,
    /// Seconds between two looks for mail.
    pub poll_seconds: u32,
    /// The client's only mailbox.
    pub mailbox: &'a MailboxId,
    pub password: InToml<'a>,
    pub directory: &'a Path,
}

/// A secret of a configuration: itself, or the file it is in.
pub enum InToml<'a> {
    Text(&'a str),
    File(&'a Path),
}

impl InToml<'_> {
    fn written(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::File(path) => format!("{{ file = {} }}", quoted_path(path)),
        }
    }
}

impl ClientToml<'_> {
    /// The text of the file.
    pub fn text(&self) -> String {
        format!(
            r#"# {title}. All keys are in docs/reference/client-configuration.md.

[server]
url = {url}
shared_key = {shared_key}
certificate = {certificate}
private_key = {key}
trust = {authority}

[options]
# Seconds between two looks for mail. The national service asks for 1800.
poll_seconds = {poll_seconds}
# Seconds for which a file in OUT must rest; the GP system places its files whole.
settle_seconds = 1

[[mailbox]]
id = "{mailbox}"
password = {password}
directory = {directory}
"#,
            title = self.title,
            url = quoted(self.url),
            shared_key = self.shared_key.written(),
            certificate = quoted_path(self.certificate),
            key = quoted_path(self.key),
            authority = quoted_path(self.authority),
            poll_seconds = self.poll_seconds,
            mailbox = self.mailbox,
            password = self.password.written(),
            directory = quoted_path(self.directory),
        )
    }
}
