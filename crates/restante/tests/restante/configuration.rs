//! `docs/reference/configuration.md`, `docs/reference/practice-configuration.md` and `docs/reference/client-configuration.md` tell every key, and what they show is accepted.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::kit;

const PAGE: &str = concat!(
    include_str!("../../../../docs/reference/configuration.md"),
    include_str!("../../../../docs/reference/practice-configuration.md"),
    include_str!("../../../../docs/reference/client-configuration.md")
);
const UNKNOWN: &str = "no_such_key";

/// The examples of the page for a file, the complete one last.
fn examples(file: &str) -> Vec<String> {
    let fence = format!("```toml {file}");
    PAGE.split(&fence)
        .skip(1)
        .map(|after| {
            let (_, text) = after.split_once('\n').unwrap();
            text.split_once("```").unwrap().0.to_owned()
        })
        .collect()
}

fn complete(file: &str) -> String {
    examples(file).pop().unwrap()
}

/// The keys that the page lists for a table of a file.
fn listed(file: &str, table: &str) -> BTreeSet<String> {
    let heading = if table.is_empty() {
        format!("### {file}: top\n")
    } else {
        format!("### {file}: `{table}`\n")
    };
    let (_, section) = PAGE.split_once(&heading).expect(&heading);
    section
        .lines()
        .take_while(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned()))
        .collect()
}

/// The file with a key more in the table.
fn with_unknown_key(text: &str, table: &str) -> String {
    let line = format!("{UNKNOWN} = 1\n");
    if table.is_empty() {
        return line + text;
    }
    let header = format!("\n{table}\n");
    assert!(text.contains(&header), "{table} is not in the example");
    text.replace(&header, &format!("{header}{line}"))
}

/// The keys that a refusal names: all that the table may have.
fn known(refusal: &str) -> BTreeSet<String> {
    let is_key = |word: &str| {
        word != UNKNOWN
            && !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let (_, expected) = refusal.split_once("expected").expect(refusal);
    expected
        .split('`')
        .skip(1)
        .filter(|word| is_key(word))
        .map(str::to_owned)
        .collect()
}

fn run(arguments: &[&str], directory: &Path, variables: &[(&str, &str)]) -> Output {
    kit::restante()
        .args(arguments)
        .current_dir(directory)
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

/// What is written to stderr when the file is refused; `None` when it is accepted.
fn refused(command: &[&str], text: &str, variables: &[(&str, &str)]) -> Option<String> {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("file.toml"), text).unwrap();
    let columns = "nhs_number,family_name,given_names,date_of_birth,gp_ods_code,gp_end_date,\
                   date_of_death,superseded_by\n";
    fs::write(directory.path().join("patients.csv"), columns).unwrap();
    let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n";
    for secret in ["webhook.token", "webhook.key", "smtp.password"] {
        fs::write(directory.path().join(secret), key).unwrap();
    }
    let output = run(command, directory.path(), variables);
    let stderr = String::from_utf8(output.stderr).unwrap();
    (!output.status.success()).then_some(stderr)
}

/// Reads `server.toml` and nothing else of it but `data`.
const SERVER: [&str; 4] = ["registry", "--config", "file.toml", "status"];
const PRACTICE: [&str; 4] = ["practice", "--config", "file.toml", "--once"];

#[test]
fn every_key_of_server_toml_is_told_and_no_other_accepted() {
    for table in [
        "",
        "[listener]",
        "[listener.tls]",
        "[console]",
        "[console.tls]",
        "[pages]",
        "[pages.openid]",
        "[alerting]",
        "[alerting.webhook]",
        "[alerting.email]",
        "[store]",
        "[store.postgresql]",
        "[store.s3]",
        "[exchange]",
        "[exchange.quota]",
        "[exchange.quota.mailbox.X26OT001]",
        "[api]",
        "[demographics]",
        "[demographics.policy]",
        "[demographics.fhir]",
        "[demographics.fhir.credentials]",
    ] {
        let text = with_unknown_key(&complete("server.toml"), table);
        let refusal = refused(&SERVER, &text, &[]).expect(table);
        assert_eq!(
            listed("server.toml", table),
            known(&refusal),
            "{table}: {refusal}"
        );
    }
}

#[test]
fn every_key_of_practice_toml_is_told_and_no_other_accepted() {
    for table in [
        "",
        "[tls]",
        "[pages]",
        "[pages.openid]",
        "[alerting]",
        "[alerting.webhook]",
        "[alerting.email]",
        "[retention]",
        "[scan]",
        "[practice]",
    ] {
        let text = with_unknown_key(&complete("practice.toml"), table);
        let refusal = refused(&PRACTICE, &text, &[]).expect(table);
        assert_eq!(
            listed("practice.toml", table),
            known(&refusal),
            "{table}: {refusal}"
        );
    }
}

#[test]
fn every_key_of_client_toml_is_told_and_no_other_accepted() {
    for table in ["", "[server]", "[server.proxy]", "[options]", "[[mailbox]]"] {
        let text = with_unknown_key(&complete("client.toml"), table);
        let refusal = mesh_client::config::from_toml(&text)
            .unwrap_err()
            .to_string();
        assert_eq!(
            listed("client.toml", table),
            known(&refusal),
            "{table}: {refusal}"
        );
    }
}

#[test]
fn the_examples_are_accepted() {
    for text in examples("server.toml") {
        assert_eq!(refused(&SERVER, &text, &[]), None, "{text}");
    }
    for text in examples("practice.toml") {
        assert_eq!(refused(&PRACTICE, &text, &[]), None, "{text}");
    }
    for text in examples("client.toml") {
        mesh_client::config::from_toml(&text).expect(&text);
    }
}

/// The least files, as they stand on the page but for the port, and the commands that it gives.
#[cfg(unix)]
#[test]
fn the_least_files_and_the_commands_beside_them_make_a_loop_that_works() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    for file in ["server.toml", "client.toml", "practice.toml"] {
        let least = examples(file).swap_remove(0);
        assert_ne!(least, complete(file));
        fs::write(here.join(file), least).unwrap();
    }
    let (_, commands) = PAGE.split_once("```sh server.toml\n").unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_restante")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let made = std::process::Command::new("sh")
        .args(["-e", "-c", commands.split_once("```").unwrap().0])
        .env("PATH", path)
        .current_dir(here)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let mut server = kit::restante();
    server
        .args(["server", "--config", "server.toml"])
        .env("RESTANTE_SERVER__LISTENER__LISTEN", "127.0.0.1:0")
        .current_dir(here);
    let server = kit::Service::start(&mut server);
    let (_, port) = server.address().rsplit_once(':').unwrap();
    let url = format!("https://localhost:{port}");
    let url = [("RESTANTE_CLIENT__SERVER__URL", url.as_str())];
    for (arguments, variables) in [
        (["client", "--config", "client.toml", "--once"], &url[..]),
        (["practice", "--config", "practice.toml", "--once"], &[]),
    ] {
        let output = run(&arguments, here, variables);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
}

#[test]
fn the_complete_examples_have_every_key() {
    for (file, tables) in [
        ("server.toml", 21),
        ("practice.toml", 11),
        ("client.toml", 5),
    ] {
        let text = complete(file);
        let headings = PAGE.matches(&format!("### {file}: ")).count();
        assert_eq!(headings, tables, "{file}");
        let keys: BTreeSet<&str> = text
            .lines()
            // What cannot stand beside another key is commented out.
            .filter_map(|line| Some(line.split_once(" = ")?.0.trim_start_matches("# ")))
            .collect();
        for heading in PAGE
            .lines()
            .filter(|line| line.starts_with(&format!("### {file}: ")))
        {
            let table = heading.rsplit_once(": ").unwrap().1.trim_matches('`');
            let table = if table == "top" { "" } else { table };
            // of 0.1, without effect
            for key in listed(file, table)
                .into_iter()
                .filter(|key| key != "sandbox")
            {
                let nested = text.lines().any(|line| {
                    let name = line.trim_matches(['[', ']']);
                    line.starts_with('[') && name.split('.').any(|part| part == key)
                });
                assert!(
                    nested || keys.contains(key.as_str()),
                    "{file} {table} {key}"
                );
            }
        }
    }
}

#[test]
fn a_variable_wins_over_the_file() {
    let text = complete("server.toml");
    let wrong = [
        ("RESTANTE_SERVER__LISTENER__LISTEN", "nowhere"),
        ("RESTANTE_SERVER__LISTENER__TLS__REVOCATION_LISTS", "7"),
        ("RESTANTE_SERVER__EXCHANGE__MAX_CHUNKS", "many"),
        (
            "RESTANTE_SERVER__DEMOGRAPHICS__POLICY__SUPERSEDED",
            "perhaps",
        ),
        ("RESTANTE_SERVER__NO_SUCH_KEY", "1"),
    ];
    for variable in wrong {
        assert!(
            refused(&SERVER, &text, &[variable]).is_some(),
            "{variable:?}"
        );
    }
    let right = [
        ("RESTANTE_SERVER__LISTENER__LISTEN", "127.0.0.1:0"),
        (
            "RESTANTE_SERVER__LISTENER__TLS__REVOCATION_LISTS",
            r#"["a.pem", "b.pem"]"#,
        ),
        ("RESTANTE_SERVER__EXCHANGE__MAX_CHUNKS", "10"),
        (
            "RESTANTE_SERVER__BEHIND_PROXY",
            r#"["listener", "operations"]"#,
        ),
    ];
    assert_eq!(refused(&SERVER, &text, &right), None);
    let practice = complete("practice.toml");
    let too_long = [("RESTANTE_PRACTICE__PRACTICE__WAIT_MINUTES", "181")];
    let refusal = refused(&PRACTICE, &practice, &too_long).unwrap();
    assert!(refusal.contains("wait_minutes"), "{refusal}");
}

#[test]
fn a_file_of_another_command_is_said_to_be_one() {
    for (command, file, said) in [
        (
            &SERVER[..],
            "client.toml",
            "is given to restante client --config",
        ),
        (
            &SERVER,
            "practice.toml",
            "is given to restante practice --config",
        ),
        (
            &PRACTICE,
            "server.toml",
            "is given to restante server --config",
        ),
        (
            &PRACTICE,
            "client.toml",
            "is given to restante client --config",
        ),
        (
            &["client", "--config", "file.toml", "--check"],
            "server.toml",
            "is given to restante server --config",
        ),
    ] {
        let refusal = refused(command, &complete(file), &[]).expect(file);
        let looks = format!("looks like {file}");
        assert!(
            refusal.contains(&looks) && refusal.contains(said),
            "{refusal}"
        );
    }
    let refusal = refused(&SERVER, "<MESHConfig/>", &[]).unwrap();
    assert!(
        refusal.contains("is a meshclient.cfg, which is given to restante client --config"),
        "{refusal}"
    );
}

#[test]
fn a_mistake_is_told_with_its_place_and_the_likely_key() {
    let text = complete("server.toml").replace("max_chunks", "max_chunk");
    let line = 1 + text
        .lines()
        .position(|line| line.starts_with("max_chunk"))
        .unwrap();
    let refusal = refused(&SERVER, &text, &[]).unwrap();
    for said in [
        format!("file.toml, line {line}, column 1: `max_chunk` is not a known key of [exchange]"),
        "did you mean `max_chunks`?".to_owned(),
    ] {
        assert!(refusal.contains(&said), "{refusal}");
    }
}

#[test]
fn texts_that_look_like_numbers_are_texts_in_variables() {
    let text = complete("server.toml");
    let right = [
        ("RESTANTE_SERVER__API__ENVIRONMENT", "7"),
        ("RESTANTE_SERVER__DATA", "2026"),
        ("RESTANTE_SERVER__SHARED_KEY", "12345"),
    ];
    assert_eq!(refused(&SERVER, &text, &right), None);
}

#[test]
fn a_secret_in_a_file_of_its_own_is_written_as_version_0_1_did() {
    let text = complete("server.toml").replace(
        "shared_key = { file = \"shared.key\" }",
        "shared_key_file = \"shared.key\"",
    );
    assert!(text.contains("shared_key_file"));
    assert_eq!(refused(&SERVER, &text, &[]), None);
    let twice = format!("shared_key = \"hidden\"\n{text}");
    let refusal = refused(&SERVER, &twice, &[]).unwrap();
    assert!(
        refusal.contains("are both given") && !refusal.contains("hidden"),
        "{refusal}"
    );
}
