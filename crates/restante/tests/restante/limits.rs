//! What a flood leaves in the log of a running server.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use crate::kit::{Service, restante};

fn status(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = "GET /messageexchange/A81001OT001/inbox HTTP/1.1\r\nhost: x\r\n\
                   connection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().to_owned()
}

#[test]
fn a_flood_of_refused_calls_leaves_lines_for_the_first_and_one_for_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("shared.key");
    durable::replace(&key, b"a key of the tests\n", durable::Access::Owner).unwrap();
    let text = "data = \"exchange\"\nshared_key_file = \"shared.key\"\n[listener]\n\
                listen = \"127.0.0.1:0\"\n[exchange]\nrequire_certificate = false\n\
                [api]\nrefused_burst = 3\nrefused_per_minute = 1\n";
    fs::write(directory.path().join("server.toml"), text).unwrap();
    let log = tempfile::NamedTempFile::new().unwrap();
    let service = Service::start(
        restante()
            .args(["server", "--config", "server.toml"])
            .current_dir(directory.path())
            .stderr(log.reopen().unwrap()),
    );
    let seen: Vec<String> = (0..30).map(|_| status(service.address())).collect();
    let (first, rest) = seen.split_at(3);
    assert!(first.iter().all(|status| status == "403"), "{seen:?}");
    assert!(rest.iter().all(|status| status == "429"), "{seen:?}");
    drop(service);
    let log = fs::read_to_string(log.path()).unwrap();
    assert_eq!(log.matches("caller refused").count(), 3, "{log}");
    assert_eq!(log.matches("calls are answered 429").count(), 1, "{log}");
    assert_eq!(log.matches("status=429").count(), 0, "{log}");
    assert_eq!(log.matches("status=403").count(), 3, "{log}");
}
