//! The audit trail: its check, what it says of a message, and its shortening.

use mail_store::{AuditHead, NewMessage, Outcome, Place};

use crate::kit::*;

/// The number of the first line that disagrees.
async fn first_broken(backend: &Backend, noted: Option<AuditHead>) -> Option<i64> {
    let (options, directory) = backend.options();
    let check = options.verify_audit(directory, noted).await.unwrap();
    check.broken.map(|(number, _)| number)
}

async fn checked(backend: &Backend) -> (u64, AuditHead) {
    let (options, directory) = backend.options();
    let check = options.verify_audit(directory, None).await.unwrap();
    assert_eq!(check.broken, None);
    (check.lines, check.head)
}

pub async fn the_chain_is_checked_line_by_line(backend: Backend) {
    let store = backend.open().await;
    for number in 0..6 {
        done(&store, into_inbox(number)).await;
    }
    let (lines, head) = checked(&backend).await;
    assert_eq!((lines, head.number), (6, 6));
    // from the end to the beginning, so that each is the first
    for (sql, line) in [
        (
            "UPDATE audit SET hash = (SELECT hash FROM audit WHERE number = 1) WHERE number = 6",
            6,
        ),
        ("DELETE FROM audit WHERE number = 5", 5),
        ("UPDATE audit SET actor = 'X26ABC1' WHERE number = 4", 4),
        ("UPDATE audit SET detail = '' WHERE number = 3", 3),
        ("UPDATE audit SET at = at + 1 WHERE number = 2", 2),
        ("DELETE FROM audit WHERE number = 1", 1),
        ("DELETE FROM audit", 1),
    ] {
        backend.meddle(sql);
        assert_eq!(first_broken(&backend, None).await, Some(line), "{sql}");
        // the mail goes on
        done(&store, into_inbox(100 + line as usize * 2 + sql.len())).await;
    }
}

pub async fn a_noted_head_tells_a_trail_cut_or_written_anew(backend: Backend) {
    let store = backend.open().await;
    for number in 0..4 {
        done(&store, into_inbox(number)).await;
    }
    let (_, noted) = checked(&backend).await;
    assert_eq!(AuditHead::parse(&noted.to_string()), Some(noted));
    done(&store, into_inbox(4)).await;
    assert_eq!(first_broken(&backend, Some(noted)).await, None);
    let anew = AuditHead {
        hash: [7; 32],
        ..noted
    };
    assert_eq!(first_broken(&backend, Some(anew)).await, Some(4));
    backend.meddle("DELETE FROM audit WHERE number > 3");
    assert_eq!(first_broken(&backend, Some(noted)).await, Some(4));
}

pub async fn the_trail_of_a_message_has_its_reports(backend: Backend) {
    let store = backend.open().await;
    done(&store, into_inbox(1)).await;
    done(&store, into_inbox(2)).await;
    let mut linked = failure("14");
    linked.linked = Some(id(1).to_string());
    let report = NewMessage {
        kind: mail_store::Kind::Report,
        sender: None,
        report: Some(linked),
        body: None,
        ..new(3)
    };
    done(&store, accept(report, Place::Inbox)).await;
    done(&store, acknowledge(1, RECIPIENT)).await;
    let (options, directory) = backend.options();
    let lines = options.audit_lines(directory, id(1).as_str()).await;
    let told: Vec<_> = lines
        .unwrap()
        .into_iter()
        .map(|line| (line.number, line.action))
        .collect();
    let expected = [(1, "accepted"), (3, "reported"), (4, "acknowledged")];
    assert_eq!(
        told,
        expected.map(|(number, what)| (number, what.to_owned()))
    );
}

pub async fn old_lines_are_forgotten_without_breaking_the_chain(backend: Backend) {
    let store = backend.open().await;
    for number in 0..10 {
        done(&store, into_inbox(number)).await;
    }
    let (_, noted) = checked(&backend).await;
    let (options, directory) = backend.options();
    let shorten = || options.shorten_audit(directory, at(6), at(100));
    assert_eq!(shorten().await.unwrap(), 6);
    assert_eq!(shorten().await.unwrap(), 0);
    done(&store, into_inbox(10)).await;
    let (lines, head) = checked(&backend).await;
    assert_eq!((lines, head.number), (6, 12));
    assert_eq!(first_broken(&backend, Some(noted)).await, None);
    assert_eq!(
        options
            .shorten_audit(directory, at(8), at(101))
            .await
            .unwrap(),
        2
    );
    // what is left is as well protected as before, its beginning included
    backend.meddle("DELETE FROM audit WHERE number = 9");
    assert_eq!(first_broken(&backend, None).await, Some(9));
}

pub async fn a_check_is_not_disturbed_by_a_running_server(backend: Backend) {
    let store = backend.open().await;
    let sending = async {
        for number in 0..60 {
            done(&store, into_inbox(number)).await;
        }
    };
    let checking = async {
        let (options, directory) = backend.options();
        let mut noted = None;
        for round in 0..10 {
            let check = options.verify_audit(directory, noted).await.unwrap();
            assert_eq!(check.broken, None);
            noted = (check.lines > 0).then_some(check.head);
            let before = at(5 * round);
            options
                .shorten_audit(directory, before, at(1_000))
                .await
                .unwrap();
        }
    };
    tokio::join!(sending, checking);
    checked(&backend).await;
    let told = outcome(&store, acknowledge(59, RECIPIENT)).await;
    assert_eq!(told, Outcome::Done);
}
