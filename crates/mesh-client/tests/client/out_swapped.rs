//! Whoever may write into OUT swaps files there for something else, between the client's look at them and
//! its taking them: nothing but what lay in OUT as a plain file is ever sent.
#![cfg(unix)]

use std::fs;
use std::path::Path;

use axum::http::Method;

use crate::kit::server::{Fault, Server};
use crate::kit::{Practice, names, read_control, until};

const A: &str = "A81001OT001";
const B: &str = "A20047OT001";
const SECRET: &[u8] = b"what only the client may read";

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Plain,
    Link,
    HardLink,
    Pipe,
    Directory,
    Gone,
}

const KINDS: [Kind; 6] = [
    Kind::Plain,
    Kind::Link,
    Kind::HardLink,
    Kind::Pipe,
    Kind::Directory,
    Kind::Gone,
];

/// Puts something else in the place of a file.
fn swap(path: &Path, kind: Kind, secret: &Path) {
    if kind == Kind::Plain {
        return;
    }
    fs::remove_file(path).unwrap();
    match kind {
        Kind::Plain | Kind::Gone => {}
        Kind::Link => std::os::unix::fs::symlink(secret, path).unwrap(),
        Kind::HardLink => fs::hard_link(secret, path).unwrap(),
        Kind::Directory => fs::create_dir(path).unwrap(),
        Kind::Pipe => {
            let made = std::process::Command::new("mkfifo").arg(path).status();
            assert!(made.unwrap().success());
        }
    }
}

/// Pairs before it, so many that it is not claimed while the first of them is sent.
const BEFORE: usize = 32;

/// Swaps `z` while the first pair is being sent, so after OUT was looked through.
async fn swapped_after_the_look(data: Kind, control: Kind) {
    let server = Server::start().await;
    let sender = Practice::new(&server.url, A);
    let secrets = [
        ("secret.dat", SECRET.to_vec()),
        ("secret.ctl", sender.control("THIEF").write()),
    ];
    for (name, contents) in &secrets {
        fs::write(sender.directory.path().join(name), contents).unwrap();
    }
    for n in 0..BEFORE {
        sender.put(&format!("a{n:02}"), b"first", &sender.control(B).write());
    }
    sender.put("z", b"second", &sender.control(B).write());
    server.fail(Method::POST, "/outbox", Fault::Hold);
    let agent = sender.agent();
    let (cycle, ()) = tokio::join!(agent.run_once(), async {
        until(|| server.mail.lock().unwrap().hanging == 1).await;
        for (name, kind) in [("dat", data), ("ctl", control)] {
            let secret = sender.directory.path().join(format!("secret.{name}"));
            swap(&sender.path(&format!("OUT/z.{name}")), kind, &secret);
        }
        server.gate.notify_one();
    });
    let what = format!("{data:?} and {control:?}");
    let whole = data == Kind::Plain && control == Kind::Plain;
    let left = data == Kind::Gone || control == Kind::Gone;
    let cycle = cycle.unwrap();
    assert_eq!(cycle.sent, BEFORE + usize::from(whole), "{what}");
    assert_eq!(cycle.failed, usize::from(!whole && !left), "{what}");
    let bodies: Vec<_> = {
        let mail = server.mail.lock().unwrap();
        mail.messages.iter().map(|it| it.chunks.concat()).collect()
    };
    let (first, others) = bodies.split_at(BEFORE);
    assert!(first.iter().all(|body| body == b"first"), "{what}");
    let expected: &[&[u8]] = if whole { &[b"second"] } else { &[] };
    assert_eq!(others, expected, "{what}");
    let reports = names(&sender.path("IN"));
    assert_eq!(reports.len(), cycle.failed, "{what}: {reports:?}");
    for name in &reports {
        let record = read_control(&sender.path("IN").join(name)).status.unwrap();
        let code = if control == Kind::Plain { "02" } else { "01" };
        assert_eq!(record.code.as_str(), code, "{what}");
        assert!(!record.description.contains("secret"), "{what}");
    }
    let claimed = names(&sender.path("TEMP"));
    assert!(
        !claimed.iter().any(|name| name.starts_with("out-")),
        "{what}: {claimed:?}"
    );

    // The mailbox goes on.
    sender.put("later", b"third", &sender.control(B).write());
    assert_eq!(agent.run_once().await.unwrap().sent, 1, "{what}");
}

#[tokio::test]
async fn nothing_but_plain_files_is_sent_whatever_they_are_swapped_for() {
    for data in KINDS {
        for control in KINDS {
            swapped_after_the_look(data, control).await;
        }
    }
}

#[tokio::test]
async fn what_is_no_plain_file_from_the_beginning_fails_or_is_named() {
    for kind in [Kind::Link, Kind::HardLink, Kind::Pipe] {
        let server = Server::start().await;
        let sender = Practice::new(&server.url, A);
        let secret = sender.directory.path().join("secret.dat");
        fs::write(&secret, SECRET).unwrap();
        sender.put("z", b"data", &sender.control(B).write());
        swap(&sender.path("OUT/z.dat"), kind, &secret);
        let cycle = sender.agent().run_once().await.unwrap();
        assert_eq!((cycle.sent, cycle.failed), (0, 1), "{kind:?}");
        let record = read_control(&sender.path("FAILED/z.ctl")).status.unwrap();
        assert_eq!(record.code.as_str(), "02");
        assert!(
            record.description.contains("was expected"),
            "{}",
            record.description
        );
    }
    let server = Server::start().await;
    let sender = Practice::new(&server.url, A);
    fs::create_dir_all(sender.path("OUT/letters.dat")).unwrap();
    sender.agent().run_once().await.unwrap();
    let mailbox = &sender.config.mailboxes[0];
    let found = mesh_client::agent::inspect(mailbox, jiff::Timestamp::now()).unwrap();
    assert_eq!(found.held_in_out[0].name, "letters.dat");
    assert!(found.held_in_out[0].why.contains("directory"));
}
