//! What the settings of the visitor's clients say.

use secrecy::ExposeSecret;

use crate::client_toml::{ClientToml, InToml};

use super::{Connect, Facts, PAGES_USER};

impl Connect {
    /// The variables that `send.sh` and `send.py` read, for a shell to take in; the demo keeps its passwords here.
    pub(super) fn connect_env(&self, facts: &Facts<'_>) -> String {
        let path = |name: &str| self.dir.join(name).to_string_lossy().into_owned();
        let credentials = facts.credentials;
        let lines = [
            ("MESH_URL", facts.exchange.public_url.clone()),
            ("MESH_MAILBOX", facts.visitor.mailbox.to_string()),
            (
                "MESH_PASSWORD",
                credentials.mailbox_password.expose_secret().to_owned(),
            ),
            (
                "MESH_SHARED_KEY",
                credentials.shared_key.expose_secret().to_owned(),
            ),
            ("MESH_CA", path("ca.pem")),
            ("MESH_CERTIFICATE", path("client.pem")),
            ("MESH_KEY", path("client.key.pem")),
            ("PAGES_URL", facts.pages_url.to_owned()),
            ("PAGES_USER", PAGES_USER.to_owned()),
            (
                "PAGES_PASSWORD",
                credentials.pages_password.expose_secret().to_owned(),
            ),
        ];
        let lines = lines.map(|(name, value)| format!("{name}={}\n", in_shell(&value)));
        format!(
            "# How to reach the demo, written anew at each start; passwords and shared key stay as they are here.\n{}",
            lines.concat()
        )
    }

    /// For Restante's own client.
    pub(super) fn client_toml(&self, facts: &Facts<'_>) -> String {
        let credentials = facts.credentials;
        ClientToml {
            title: "A MESH client of your own at the demo, made by `restante demo`",
            url: &facts.exchange.public_url,
            shared_key: InToml::Text(credentials.shared_key.expose_secret()),
            certificate: &self.dir.join("client.pem"),
            key: &self.dir.join("client.key.pem"),
            authority: &self.dir.join("ca.pem"),
            poll_seconds: 2,
            mailbox: &facts.visitor.mailbox,
            password: InToml::Text(credentials.mailbox_password.expose_secret()),
            directory: &self.dir.join("mailbox"),
        }
        .text()
    }

    /// For the Java client, or Restante's: it takes the certificate from a key store, ours also from PEM files.
    pub(super) fn meshclient_cfg(&self, facts: &Facts<'_>) -> String {
        let path = |name: &str| in_xml(&self.dir.join(name).to_string_lossy());
        let credentials = facts.credentials;
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- A MESH client of your own at the demo, made by `restante demo`, for `restante client` as it is. The Java client takes
     certificate, key and authority from one key store. To make it, in this directory:
       openssl pkcs12 -export -in client.pem -inkey client.key.pem -out client.p12 -passout pass:changeit
       keytool -importcert -noprompt -alias demo -file ca.pem -keystore client.p12 -storepass changeit
     and put KeyStorePath and KeyStorePassword in place of the three paths below. -->
<MESHConfig>
  <PrimaryURL>{url}</PrimaryURL>
  <AuthenticationKey>{shared_key}</AuthenticationKey>
  <CertificatePath>{certificate}</CertificatePath>
  <PrivateKeyPath>{key}</PrivateKeyPath>
  <TrustPath>{authority}</TrustPath>
  <PollSeconds>2</PollSeconds>
  <ProcessingDelay>1</ProcessingDelay>
  <Client>
    <ClientIdentity>{mailbox}</ClientIdentity>
    <ClientAuthentication>{password}</ClientAuthentication>
    <MailboxType>MESH</MailboxType>
    <InterfaceRoot>{directory}</InterfaceRoot>
    <SaveSent>Y</SaveSent>
  </Client>
</MESHConfig>
"#,
            url = in_xml(&facts.exchange.public_url),
            shared_key = in_xml(credentials.shared_key.expose_secret()),
            certificate = path("client.pem"),
            key = path("client.key.pem"),
            authority = path("ca.pem"),
            mailbox = facts.visitor.mailbox,
            password = in_xml(credentials.mailbox_password.expose_secret()),
            directory = path("mailbox"),
        )
    }
}

/// A text as shells read it, whatever is in it.
fn in_shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn in_xml(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;")
}
