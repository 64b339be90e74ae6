//! A store that 0.1 wrote is opened, read to the last record, and goes on.

use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;
use mail_store::{
    AuditLine, Details, Kind, ListFrom, MailboxRecord, Message, MessageState, Op, Quarantined,
    QueuedJob, RightRecord, Store, StoreError, Usage,
};
use nhs::{MailboxId, OdsCode};

use crate::kit::*;

const CLOSED: &str = "X26OT003";

fn fixture(path: &str) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/0.1");
    fixtures.join(path)
}

fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), &to).unwrap();
        }
    }
}

#[tokio::test]
async fn a_data_directory_is_opened_and_goes_on() {
    let backend = Backend::sqlite();
    let (_, directory) = backend.options();
    copy_tree(&fixture("sqlite"), directory);
    copy_tree(&fixture("bodies"), &directory.join("bodies"));
    let zipped = directory.join("records.sqlite3.gz");
    let mut records = flate2::read::GzDecoder::new(std::fs::File::open(&zipped).unwrap());
    let mut to = std::fs::File::create(directory.join("records.sqlite3")).unwrap();
    std::io::copy(&mut records, &mut to).unwrap();
    std::fs::remove_file(zipped).unwrap();
    everything_is_there_and_goes_on(&backend).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_is_opened_and_goes_on() {
    let backend = loaded("written_by_0_1").await;
    everything_is_there_and_goes_on(&backend).await;
}

/// What `restante backup` of this release makes of a database before it was brought up to date.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_is_backed_up_before_it_is_brought_up_to_date() {
    let backend = loaded("backed_up_before").await;
    let (options, directory) = backend.options();
    let copies = tempfile::tempdir().unwrap();
    let to = copies.path().join("copy");
    let backup = options.back_up(directory, &to, &[], &[]).await.unwrap();
    assert_eq!((backup.messages, backup.damaged), (14, vec![]));
    let refused = options.quarantined(directory).await.expect_err("older");
    assert!(
        matches!(refused, StoreError::OlderFormat { .. }),
        "{refused}"
    );
    let restored = Backend::scaled_out().await;
    let (options, _) = restored.options();
    options.restore(&to, &[]).await.unwrap();
    everything_is_there_and_goes_on(&restored).await;
}

/// The dump of a database, in a schema by this name.
async fn loaded(schema: &str) -> Backend {
    let backend = Backend::shared(schema).await;
    let Backend::ScaledOut { servers, .. } = &backend else {
        panic!("not scaled out")
    };
    let dump = std::fs::read_to_string(fixture("postgresql.sql")).unwrap();
    let dump = dump.replace("written_by_0_1", schema);
    let dump = dump.replace("CREATE SCHEMA ", "CREATE SCHEMA IF NOT EXISTS ");
    servers.postgresql.sql(&dump);
    let bucket = servers.s3.objects().join(schema.replace('_', "-"));
    copy_tree(&fixture("bodies"), &bucket);
    backend
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_database_is_restored_and_goes_on() {
    let backup = tempfile::tempdir().unwrap();
    copy_tree(&fixture("postgresql-backup"), backup.path());
    copy_tree(&fixture("bodies"), &backup.path().join("bodies"));
    let backend = Backend::scaled_out().await;
    let (options, _) = backend.options();
    let restored = options.restore(backup.path(), &[]).await.unwrap();
    assert_eq!((restored.messages, restored.bodies), (14, 1));
    assert_eq!(restored.damaged, [] as [String; 0]);
    everything_is_there_and_goes_on(&backend).await;
}

/// Tables are made for a new store, or led to by steps from older ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_steps_lead_to_the_tables_and_indexes_of_a_new_store() {
    let stepped = loaded("stepped_from_0_1").await;
    drop(stepped.open().await);
    let new = Backend::scaled_out().await;
    drop(new.open().await);
    let expected = tables(&new);
    assert!(expected.contains("message_report"), "{expected}");
    assert_eq!(tables(&stepped), expected);
}

/// Every column and index, as text.
fn tables(backend: &Backend) -> String {
    let Backend::ScaledOut {
        schema, servers, ..
    } = backend
    else {
        panic!("not scaled out")
    };
    let columns = format!(
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
           WHERE table_schema = '{schema}' ORDER BY 1, 2"
    );
    let indexes = format!(
        "SELECT replace(indexdef, '{schema}.', '') FROM pg_indexes
           WHERE schemaname = '{schema}' ORDER BY 1"
    );
    [columns, indexes]
        .map(|sql| servers.postgresql.sql(&sql))
        .concat()
}

async fn everything_is_there_and_goes_on(backend: &Backend) {
    let store = backend.open().await;
    directory_is_there(&store).await;
    messages_are_there(&store).await;
    queues_are_there(&store).await;
    usage_is_there(&store).await;
    lists_are_there(&store).await;
    trail_is_there(backend, &store).await;
    goes_on(backend, &store).await;
    drop(store);
    let again = backend.open().await;
    assert_eq!(inbox(&again, RECIPIENT).await, ids([1, 3, 5, 13, 4, 7, 20]));
}

async fn directory_is_there(store: &Store) {
    let directory = store.directory().await.unwrap();
    assert_eq!(directory.version, 9);
    assert_eq!(store.directory_version().await.unwrap(), 9);
    let record = |number: usize, id: &str, ods: &str, organisation: &str| MailboxRecord {
        id: mailbox(id),
        name: format!("Mailbox {number}"),
        ods: OdsCode::parse(ods).unwrap(),
        organisation_name: organisation.to_owned(),
        billing_entity: "England".to_owned(),
        active: id != CLOSED,
        password: format!("sealed password {number}").into_bytes(),
    };
    let expected = [
        record(1, RECIPIENT, "A20047", "The receiving practice"),
        record(0, SENDER, "A81001", "The sending practice"),
        record(2, CLOSED, "X26", "A closed practice"),
    ];
    assert!(directory.mailboxes == expected);
    let right = |id: &str, routed: bool, senders: &[&str], receivers: &[&str]| RightRecord {
        workflow: workflow(id),
        patient_routing: routed,
        senders: senders.iter().map(|id| mailbox(id)).collect(),
        receivers: receivers.iter().map(|id| mailbox(id)).collect(),
    };
    let expected = [
        right(WORKFLOW, true, &[SENDER], &[RECIPIENT]),
        right("GPFED_CONSULT_REPORT_ACK", false, &[], &[SENDER, CLOSED]),
    ];
    assert_eq!(directory.workflows, expected);
    assert_eq!(directory.revoked, ["0badcafe"]);
}

async fn body(store: &Store, message: &Message, chunk: u32) -> String {
    let body = store.chunk(message.seq, chunk).await.unwrap();
    let parts: Vec<_> = store
        .read(body.expect("a body"))
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    String::from_utf8(parts.concat()).unwrap()
}

/// State, when it came into it, recipient, code of its failure, bytes.
fn summary(message: &Message) -> (MessageState, i64, Option<&str>, Option<&str>, u64) {
    let since = message.state_at.as_second() - start().as_second();
    let to = message.recipient.as_ref().map(MailboxId::as_str);
    let failure = message.failure.as_ref();
    let code = failure.map(|failure| failure.code.as_str());
    (message.state, since, to, code, message.size)
}

async fn messages_are_there(store: &Store) {
    use MessageState::{Accepted, Acknowledged, Error, Undeliverable, Uploading};
    let to = Some(RECIPIENT);
    for (number, expected) in [
        (1, (Accepted, 1, to, None, 21)),
        (2, (Acknowledged, 102, to, None, 21)),
        (3, (Accepted, 3, to, None, 33_600)),
        (4, (Uploading, 4, to, None, 0)),
        (5, (Accepted, 105, to, None, 42)),
        (6, (Accepted, 6, to, None, 21)),
        (7, (Accepted, 7, None, None, 21)),
        (8, (Error, 109, None, Some("EPL-151"), 21)),
        (9, (Accepted, 9, Some(SENDER), None, 0)),
        (10, (Error, 110, to, Some("14"), 22)),
        (11, (Undeliverable, 111, to, Some("14"), 22)),
        (12, (Accepted, 12, Some(CLOSED), None, 22)),
        (13, (Accepted, 13, to, None, 22)),
        (14, (Accepted, 14, Some(SENDER), None, 0)),
    ] {
        let message = message(store, number).await;
        assert_eq!(summary(&message), expected, "{number}");
        assert_eq!(message.recipient_hidden, number == 6);
        if message.kind == Kind::Report {
            assert!(store.chunk(message.seq, 1).await.unwrap().is_none());
        } else if number != 3 {
            let expected = format!("the body of message {number}");
            assert_eq!(body(store, &message, 1).await, expected);
        }
    }
    let first = Details {
        local_id: Some(b"local-1".to_vec()),
        subject: Some("a subject, with an \u{e9}".as_bytes().to_vec()),
        file_name: Some(b"a file.dat".to_vec()),
        partner_id: Some(b"partner".to_vec()),
        checksum: Some(b"b10a8db164e0754105b7a99be72e3fe5".to_vec()),
        content_type: Some(b"application/octet-stream".to_vec()),
        gzip: false,
        compressed: true,
        encrypted: true,
    };
    assert!(message(store, 1).await.details == first);
    let large = body(store, &message(store, 3).await, 1).await;
    assert!(large == "a large body, in a file of its own\n".repeat(960));
    let second = body(store, &message(store, 4).await, 2).await;
    assert_eq!(second, "the second chunk");
    let second = body(store, &message(store, 5).await, 2).await;
    assert_eq!(second, " and its second chunk");
    let report = message(store, 9).await.report.expect("a report");
    assert_eq!(report.description, "why it failed");
    assert_eq!(report.linked.as_deref(), Some(id(8).as_str()));
}

async fn queues_are_there(store: &Store) {
    assert_eq!(inbox(store, RECIPIENT).await, ids([1, 3, 5, 6, 13]));
    assert_eq!(inbox(store, SENDER).await, ids([9, 14]));
    assert_eq!(inbox(store, CLOSED).await, []);
    let uploads = store.uploads(9).await.unwrap();
    assert_eq!(uploads.len(), 1);
    let upload = (&uploads[0].message, uploads[0].chunks_received);
    assert_eq!((upload, uploads[0].bytes), ((&id(4), 2), 37));
    assert_eq!(due_ids(store, 206).await, []);
    let jobs = store.routing_due(at(207), at(208), 9).await.unwrap();
    let [QueuedJob::Due(job)] = jobs.as_slice() else {
        panic!("{jobs:?}")
    };
    assert_eq!(job.address.0, b"sealed by the exchange");
    assert_eq!((job.order_key, job.attempts), ([7; 16], 1));
    assert!(store.token_is_used(&[1; 16]).await.unwrap());
    assert!(!store.token_is_used(&[2; 16]).await.unwrap());
}

/// Counted when the tables were brought up to date.
async fn usage_is_there(store: &Store) {
    let usage = store.usage(&mailbox(SENDER)).await.unwrap();
    let expected = Usage {
        messages: 12,
        bytes: 33_872,
        waiting: 7,
    };
    assert_eq!(usage, expected);
    let none = store.usage(&mailbox(RECIPIENT)).await.unwrap();
    assert_eq!(none, Usage::default());
}

async fn lists_are_there(store: &Store) {
    for (from, of, expected) in [
        (
            ListFrom::Sent,
            SENDER,
            vec![13, 12, 11, 10, 8, 7, 6, 5, 4, 3, 2, 1],
        ),
        (ListFrom::Received, SENDER, vec![14, 9]),
        (ListFrom::Sent, RECIPIENT, vec![]),
        (
            ListFrom::Received,
            RECIPIENT,
            vec![13, 11, 10, 6, 5, 4, 3, 2, 1],
        ),
    ] {
        let listed = store
            .lists()
            .await
            .unwrap()
            .newest(from, &mailbox(of), start(), i64::MAX, 99)
            .await;
        let listed: Vec<_> = listed.unwrap().into_iter().map(|found| found.id).collect();
        assert_eq!(listed, ids(expected), "{from:?} {of}");
    }
    let found = store
        .lists()
        .await
        .unwrap()
        .by_local_id(&mailbox(SENDER), b"local-1", 9)
        .await;
    assert_eq!(found.unwrap()[0].id, id(1));
}

/// Numbers and actions of the lines.
fn told(lines: Vec<AuditLine>) -> Vec<(i64, String)> {
    let told = |line: AuditLine| (line.number, line.action);
    lines.into_iter().map(told).collect()
}

async fn trail_is_there(backend: &Backend, store: &Store) {
    let (options, directory) = backend.options();
    let check = options.verify_audit(directory, None).await.unwrap();
    assert_eq!((check.lines, check.broken), (33, None));
    for (number, expected) in [
        (8, vec![(23, "accepted"), (24, "failed"), (25, "reported")]),
        (
            11,
            vec![(28, "accepted"), (29, "state set"), (33, "reported")],
        ),
    ] {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(number, action)| (number, action.to_owned()))
            .collect();
        let subject = id(number).to_string();
        let lines = store
            .lists()
            .await
            .unwrap()
            .audit_of(&subject)
            .await
            .unwrap();
        assert_eq!(told(lines), expected);
        let lines = options.audit_lines(directory, &subject).await.unwrap();
        assert_eq!(told(lines), expected);
    }
    let newest = store.audit_page(None, 2).await.unwrap();
    let expected = [(33, "reported".to_owned()), (32, "accepted".to_owned())];
    assert_eq!(told(newest), expected);
    let listed = Quarantined {
        seq: message(store, 10).await.seq,
        id: Some(id(10)),
        at: at(110),
        reason: "14".to_owned(),
    };
    assert_eq!(options.quarantined(directory).await.unwrap(), [listed]);
}

/// Whatever was under way when 0.1 stopped comes to its end.
async fn goes_on(backend: &Backend, store: &Store) {
    let third = Op::Chunk {
        message: id(4),
        number: 3,
        body: inline(b"the third chunk"),
        at: at(1_000),
    };
    done(store, third).await;
    done(store, deliver(7)).await;
    done(store, into_inbox(20)).await;
    done(store, acknowledge(6, RECIPIENT)).await;
    assert_eq!(inbox(store, RECIPIENT).await, ids([1, 3, 5, 13, 4, 7, 20]));
    let (options, directory) = backend.options();
    let check = options.verify_audit(directory, None).await.unwrap();
    assert_eq!((check.lines, check.broken), (37, None));
    let reused = Op::UseToken {
        token: [1; 16],
        forget_at: at(9_000),
    };
    assert_eq!(outcome(store, reused).await, mail_store::Outcome::Duplicate);
}
