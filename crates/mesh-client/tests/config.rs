//! The two ways to configure the agent.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use mesh_client::config::{from_meshclient_cfg, from_toml};
use proptest::prelude::*;
use secrecy::ExposeSecret;

const JAVA: &str = r"<?xml version='1.0'?>
<MESHConfig>
  <PrimaryURL>https://mesh.example.test</PrimaryURL>
  <KeyStorePath>/opt/MESH/KEYSTORE/mesh.keystore</KeyStorePath>
  <KeyStorePassword>word</KeyStorePassword>
  <CertificatePath>client.pem</CertificatePath>
  <AuthenticationKey>TestKey</AuthenticationKey>
  <WorkPath>/opt/MESH/working</WorkPath>
  <PollPeriod>5</PollPeriod>
  <ProcessingDelay>1</ProcessingDelay>
  <MaxMessages>100</MaxMessages>
  <AutoUpgrade>Y</AutoUpgrade>
  <Novelty>1</Novelty>
  <Client>
    <ClientIdentity>A81001OT001</ClientIdentity>
    <ClientAuthentication>password</ClientAuthentication>
    <MailboxType>MESH</MailboxType>
    <InterfaceRoot>/data/A81001OT001</InterfaceRoot>
    <CollectReport>Y</CollectReport><SaveSent>N</SaveSent>
  </Client>
  <Client>
    <ClientIdentity>A20047OT001</ClientIdentity>
    <ClientAuthentication>password</ClientAuthentication>
    <InterfaceRoot>/data/A20047OT001</InterfaceRoot>
  </Client>
</MESHConfig>";

#[test]
fn the_java_clients_file_is_read_with_a_word_on_what_has_no_effect() {
    let (config, remarks) = from_meshclient_cfg(JAVA).unwrap();
    assert_eq!(config.server.url, "https://mesh.example.test");
    assert_eq!(
        config.server.shared_key.resolve().unwrap().expose_secret(),
        "TestKey"
    );
    assert_eq!(
        (config.options.poll_seconds, config.options.settle_seconds),
        (300.0, 1.0)
    );
    assert_eq!(config.mailboxes.len(), 2);
    assert!(config.mailboxes[0].collect_report && !config.mailboxes[0].save_sent);
    for name in ["KeyStorePath", "KeyStorePassword", "AutoUpgrade", "Novelty"] {
        assert!(
            remarks.iter().any(|remark| remark.starts_with(name)),
            "{name}"
        );
    }
    assert_eq!(remarks.len(), 4);
}

#[test]
fn unknown_keys_are_refused_and_secrets_never_quoted() {
    let text = "[server]\nurl = \"http://x\"\nshared_key = \"hidden\"\nsurprise = 1\n";
    let error = from_toml(text).unwrap_err().to_string();
    assert!(
        error.contains("surprise") && !error.contains("hidden"),
        "{error}"
    );
    let (config, _) = from_meshclient_cfg(JAVA).unwrap();
    let shown = format!("{config:?}");
    assert!(
        !shown.contains("TestKey") && !shown.contains("\"password\""),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = from_meshclient_cfg(&text);
        let _ = from_toml(&text);
    }
}
