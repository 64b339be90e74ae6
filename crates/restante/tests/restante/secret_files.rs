//! Each kind of file that holds a secret is judged by its rights: what everyone can write is refused, what others
//! can read is warned of, and refused where the program made it for itself.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::kit::{self, restante};

/// A file that holds a secret.
struct Kind {
    file: &'static str,
    /// What the command is given beside the server's least configuration.
    rest: &'static str,
    command: &'static [&'static str],
    /// The program made it for itself.
    ours: bool,
    /// The command succeeds when nothing is wrong with the rights.
    works: bool,
}

const SERVER: &[&str] = &["server", "--config", "server.toml"];
const PRACTICE: &[&str] = &["practice", "--config", "practice.toml"];
const CLIENT: &[&str] = &["client", "--config", "client.toml", "--check"];
const JAVA: &[&str] = &["client", "--config", "meshclient.cfg", "--check"];

const PDS: &str = "[demographics]\nsource = \"fhir\"\n[demographics.fhir]\nbase_url = \"https://pds.test\"\n\
    [demographics.fhir.credentials]\ntoken_url = \"https://pds.test/token\"\napi_key_file = \"pds.api\"\n\
    key_id = \"one\"\nprivate_key_file = \"pds.key\"\n";

const PRACTICE_TOML: &str = "listen = \"127.0.0.1:0\"\n[pages.openid]\nissuer = \"https://id.test\"\n\
    client_id = \"one\"\naddress = \"https://practice.test\"\nclient_secret = \"in the file\"\n\
    [practice]\nods = \"A81001\"\nname = \"One\"\nmailbox = \"A81001OT001\"\n\
    mailbox_directory = \"practice\"\ndata_directory = \"records\"\n";

const ELSEWHERE: &str = "[store.postgresql]\nurl = \"postgresql://nobody@127.0.0.1:1/none\"\n\
    password_file = \"database.password\"\n[store.s3]\nbucket = \"none\"\nregion = \"none\"\n\
    endpoint = \"http://127.0.0.1:1\"\naccess_key_id = \"none\"\nsecret_access_key_file = \"bucket.secret\"\n";

const KINDS: &[Kind] = &[
    given("shared.key", "", SERVER, true),
    given("server.key.pem", "", SERVER, true),
    given(
        "with-key.toml",
        "",
        &["server", "--config", "with-key.toml"],
        true,
    ),
    given("pds.api", PDS, SERVER, true),
    given("pds.key", PDS, SERVER, true),
    given(
        "database.password",
        ELSEWHERE,
        &["mailbox", "--config", "server.toml", "list"],
        false,
    ),
    ours("exchange/key", SERVER),
    ours("exchange/registry/registry.key", SERVER),
    ours(
        "exchange/certificates/ca.key.pem",
        &[
            "certificate",
            "--data",
            "exchange",
            "revoke",
            "ab12",
            "--force",
        ],
    ),
    given("practice.toml", "", PRACTICE, true),
    given("client.toml", "", CLIENT, true),
    given("client.shared", "", CLIENT, true),
    given("client.password", "", CLIENT, true),
    given("client.key.pem", "", CLIENT, true),
    given("proxy.ini", "", CLIENT, true),
    given("meshclient.cfg", "", JAVA, true),
    given("mesh.p12", "", JAVA, true),
];

const fn given(
    file: &'static str,
    rest: &'static str,
    command: &'static [&'static str],
    works: bool,
) -> Kind {
    Kind {
        file,
        rest,
        command,
        ours: false,
        works,
    }
}

const fn ours(file: &'static str, command: &'static [&'static str]) -> Kind {
    Kind {
        file,
        rest: "",
        command,
        ours: true,
        works: true,
    }
}

/// A directory with all of them, each for its owner only.
fn site() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let run = |arguments: &[&str]| {
        let mut command = restante();
        let made = command.args(arguments).current_dir(directory.path());
        let made = made.output().unwrap();
        assert!(made.status.success(), "{made:?}");
    };
    kit::new_exchange(directory.path());
    let issue = ["certificate", "--data", "exchange"];
    run(&[
        &issue[..],
        &["issue-server", "--name", "localhost", "--out", "."],
    ]
    .concat());
    run(&[
        &issue[..],
        &[
            "issue",
            "--ods",
            "A81001",
            "--local-id",
            "client",
            "--out",
            ".",
        ],
    ]
    .concat());
    fs::write(at("practices.csv"), "ods_code,name\nA81001,One\n").unwrap();
    run(&["registry", "--data", "exchange", "import", "practices.csv"]);
    run(&["mailbox", "--data", "exchange", "list"]);
    for name in [
        "shared.key",
        "pds.api",
        "pds.key",
        "database.password",
        "bucket.secret",
    ] {
        fs::write(at(name), "a secret of the tests\n").unwrap();
    }
    for name in ["client.shared", "client.password"] {
        fs::write(at(name), "a secret of the tests\n").unwrap();
    }
    fs::write(
        at("with-key.toml"),
        server("shared_key = \"in the file\"", ""),
    )
    .unwrap();
    fs::write(at("client.toml"), CLIENT_TOML).unwrap();
    fs::write(at("practice.toml"), PRACTICE_TOML).unwrap();
    fs::write(at("meshclient.cfg"), MESHCLIENT_CFG).unwrap();
    fs::write(
        at("proxy.ini"),
        "host=proxy.test\nuser=one\npassword=word\n",
    )
    .unwrap();
    let store = include_bytes!("../../../mesh-client/tests/client/data/mesh.p12");
    fs::write(at("mesh.p12"), store).unwrap();
    let key = include_bytes!("../../../pds/tests/pds/keys/application.pem");
    fs::write(at("pds.key"), key).unwrap();
    for kind in KINDS {
        set_mode(&at(kind.file), 0o600);
    }
    directory
}

const CLIENT_TOML: &str = "[server]\nurl = \"https://localhost\"\nshared_key_file = \"client.shared\"\n\
    certificate = \"client.pem\"\nprivate_key = \"client.key.pem\"\nproxy = { file = \"proxy.ini\" }\n\
    [[mailbox]]\nid = \"A81001OT001\"\npassword = \"in the file\"\ndirectory = \"one\"\n\
    [[mailbox]]\nid = \"A81001OT002\"\npassword_file = \"client.password\"\ndirectory = \"two\"\n";

const MESHCLIENT_CFG: &str = "<MESHConfig><PrimaryURL>https://localhost</PrimaryURL>\
    <AuthenticationKey>in the file</AuthenticationKey><KeyStorePath>mesh.p12</KeyStorePath>\
    <KeyStorePassword>changeit</KeyStorePassword><Client><ClientIdentity>A81001OT003</ClientIdentity>\
    <ClientAuthentication>in the file</ClientAuthentication><InterfaceRoot>three</InterfaceRoot>\
    <MailboxType>MESH</MailboxType></Client></MESHConfig>";

fn server(key: &str, rest: &str) -> String {
    format!(
        "data = \"exchange\"\n{key}\n[listener]\nlisten = \"127.0.0.1:0\"\n[listener.tls]\n\
         certificate = \"server.pem\"\nkey = \"server.key.pem\"\nclient_ca = \"ca.pem\"\n{rest}"
    )
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Whether the command succeeds, or the service starts, and what is said meanwhile.
fn outcome(command: &mut Command, is_service: bool) -> (bool, String) {
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(log.reopen().unwrap())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut told = String::new();
    let succeeded = if is_service {
        let started = out.read_line(&mut told).unwrap() > 0;
        // it may have ended by itself
        let _ = child.kill();
        child.wait().unwrap();
        started
    } else {
        out.read_to_string(&mut told).unwrap();
        child.wait().unwrap().success()
    };
    told.push_str(&fs::read_to_string(log.path()).unwrap());
    (succeeded, told)
}

#[test]
fn every_file_of_a_secret_is_judged_by_its_rights() {
    let site = site();
    for kind in KINDS {
        let text = server("shared_key_file = \"shared.key\"", kind.rest);
        fs::write(site.path().join("server.toml"), text).unwrap();
        let path = site.path().join(kind.file);
        for mode in [0o600, 0o640, 0o644, 0o664, 0o602, 0o666] {
            set_mode(&path, mode);
            let mut command = restante();
            command.args(kind.command).current_dir(site.path());
            let (succeeded, told) = outcome(
                &mut command,
                ["server", "practice"].contains(&kind.command[0]),
            );
            let what = format!("{} {mode:o}: {told}", kind.file);
            let said = told.contains(kind.file) && told.contains("holds a secret");
            assert_eq!(said, mode != 0o600, "{what}");
            let refused = mode & 0o002 != 0 || kind.ours && mode != 0o600;
            assert_eq!(succeeded, kind.works && !refused, "{what}");
            let warned = told.contains("WARN") && told.contains(&format!("mode {mode:04o}"));
            assert_eq!(warned, said && !refused, "{what}");
            assert_eq!(
                told.contains("written by everyone"),
                mode & 0o002 != 0,
                "{what}"
            );
            assert!(!told.contains("secret of the tests"), "{what}");
        }
        set_mode(&path, 0o600);
    }
}
