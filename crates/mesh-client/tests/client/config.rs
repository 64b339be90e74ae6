//! The two ways to configure the agent.

use std::path::Path;

use mesh_client::config::{describe, from_meshclient_cfg, from_toml, load};
use proptest::prelude::*;
use secrecy::ExposeSecret;

const JAVA: &str = r"<?xml version='1.0'?>
<MESHConfig>
  <PrimaryURL>https://mesh.example.test</PrimaryURL>
  <KeyStorePath>/opt/MESH/KEYSTORE/mesh.keystore</KeyStorePath>
  <KeyStorePassword>word</KeyStorePassword>
  <SecondaryURL>https://mesh2.example.test</SecondaryURL>
  <LogPath>/opt/MESH/log</LogPath>
  <ProxyPath>/opt/MESH/proxy</ProxyPath>
  <MaxConnections>3</MaxConnections>
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
    <ClientLogLevel>1</ClientLogLevel>
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
    let server = &config.server;
    assert_eq!(
        server.secondary_url.as_deref(),
        Some("https://mesh2.example.test")
    );
    let store = server.key_store.as_deref().unwrap();
    assert_eq!(store, Path::new("/opt/MESH/KEYSTORE/mesh.keystore"));
    let proxy = server.proxy.as_ref().unwrap().file.as_deref().unwrap();
    assert_eq!(proxy, Path::new("/opt/MESH/proxy/proxy.ini"));
    assert_eq!(config.options.max_transfers, 3);
    assert_eq!(config.mailboxes.len(), 2);
    assert!(config.mailboxes[0].collect_report && !config.mailboxes[0].save_sent);
    assert_eq!(config.log_path.as_deref(), Some(Path::new("/opt/MESH/log")));
    for name in ["AutoUpgrade", "Novelty", "Client/ClientLogLevel"] {
        assert!(
            remarks.iter().any(|remark| remark.starts_with(name)),
            "{name}"
        );
    }
    assert_eq!(remarks.len(), 3);
}

#[test]
fn secrets_that_the_java_file_lacks_come_from_named_variables() {
    let lacking = JAVA
        .replace("<AuthenticationKey>TestKey</AuthenticationKey>", "")
        .replace("<KeyStorePassword>word</KeyStorePassword>", "")
        .replacen(
            "<ClientAuthentication>password</ClientAuthentication>",
            "",
            1,
        );
    let (config, remarks) = from_meshclient_cfg(&lacking).unwrap();
    for variable in [
        "MESH_SHARED_KEY",
        "MESH_KEY_STORE_PASSWORD",
        "MESH_PASSWORD_A81001OT001",
    ] {
        assert!(
            remarks.iter().any(|remark| remark.contains(variable)),
            "{variable}"
        );
    }
    assert!(
        config.mailboxes[0]
            .password
            .source()
            .contains("MESH_PASSWORD_A81001OT001")
    );
    let faults: Vec<_> = config.faults().iter().map(ToString::to_string).collect();
    assert!(
        !faults.is_empty()
            && faults
                .iter()
                .all(|fault| fault.starts_with("configuration"))
    );
    for missing in ["PrimaryURL", "ClientIdentity", "InterfaceRoot"] {
        let without = JAVA.replace(missing, "Other");
        assert!(from_meshclient_cfg(&without).is_err(), "{missing}");
    }
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

#[test]
fn variables_override_keys_of_either_file() {
    let directory = tempfile::tempdir().unwrap();
    let word = directory.path().join("word.txt");
    std::fs::write(&word, "from the file\n").unwrap();
    let toml = "[server]\nurl = \"http://x\"\nshared_key = \"k\"\n\n[[mailbox]]\n\
                id = \"A81001OT001\"\npassword = \"p\"\ndirectory = \"d\"\n";
    let variables = [
        ("RESTANTE_CLIENT__SERVER__URL", "https://y"),
        ("RESTANTE_CLIENT__SERVER__SHARED_KEY", "12345"),
        ("RESTANTE_CLIENT__OPTIONS__POLL_SECONDS", "7"),
        ("RESTANTE_CLIENT__SERVER__PROXY__EXCEPT", "[\"localhost\"]"),
        (
            "RESTANTE_CLIENT__MAILBOX__A81001OT001__PASSWORD__FILE",
            word.to_str().unwrap(),
        ),
        ("RESTANTE_CLIENT__MAILBOX__NEW1__PASSWORD", "n"),
        ("RESTANTE_CLIENT__MAILBOX__NEW1__DIRECTORY", "new"),
        ("OTHER", "1"),
    ];
    let variables = || variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    for (text, mailboxes) in [(toml, 2), (JAVA, 3)] {
        let path = directory.path().join("file");
        std::fs::write(&path, text).unwrap();
        let loaded = load(&path, &[], variables()).unwrap();
        let config = loaded.config;
        assert_eq!(loaded.is_java, mailboxes == 3);
        assert_eq!(config.server.url, "https://y");
        assert_eq!(
            config.server.shared_key.resolve().unwrap().expose_secret(),
            "12345"
        );
        assert_eq!(config.options.poll_seconds, 7.0);
        assert_eq!(config.server.proxy.as_ref().unwrap().except, ["localhost"]);
        let password = config.mailboxes[0].password.resolve().unwrap();
        assert_eq!(password.expose_secret(), "from the file");
        assert_eq!(config.mailboxes.len(), mailboxes);
        assert!(config.files().contains(&word));
        let wrong = [(
            "RESTANTE_CLIENT__SERVER__NOVELTY".to_owned(),
            "1".to_owned(),
        )];
        assert!(
            load(&path, &[], wrong)
                .unwrap_err()
                .to_string()
                .contains("novelty")
        );
    }
}

#[test]
fn what_was_understood_is_told_without_a_secret() {
    let (mut config, _) = from_meshclient_cfg(JAVA).unwrap();
    config.server.url = "https://user:hidden@mesh.example.test".to_owned();
    let told: Vec<_> = describe(&config)
        .into_iter()
        .map(|(name, words)| format!("{name}: {words}"))
        .collect();
    let told = told.join("\n");
    for words in [
        "mesh2.example.test",
        "mesh.keystore",
        "none: /opt/MESH/proxy/proxy.ini is not there",
        "every 300 s",
        "mailbox A20047OT001",
    ] {
        assert!(told.contains(words), "{words} is not in\n{told}");
    }
    for secret in ["TestKey", "hidden", "password;", "word;"] {
        assert!(
            !told.contains(&format!(": {secret}")) && !told.contains("hidden"),
            "{told}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = from_meshclient_cfg(&text);
        let _ = from_toml(&text);
    }
}
