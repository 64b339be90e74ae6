//! Every change leaves a line, and no line can be touched unseen.

use jiff::ToSpan;
use mail_store::{FailedAs, Kind, Op, Place, Right, Store, StoreOptions};
use nhs::WorkflowId;
use rusqlite::Connection;

use super::support::*;

/// `actor action subject detail`, in order.
fn trail(directory: &std::path::Path) -> Vec<String> {
    let connection = Connection::open(directory.join("records.sqlite3")).unwrap();
    let mut lines = connection
        .prepare("SELECT actor || ' ' || action || ' ' || subject || ' ' || detail FROM audit ORDER BY number")
        .unwrap();
    lines
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap()
        .map(|line| line.unwrap().trim_end().to_owned())
        .collect()
}

#[tokio::test]
async fn every_change_of_state_leaves_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    send(&store, 1).await;
    done(&store, vec![acknowledge(1)]).await;
    let mut routed = new_message(2, small(2));
    routed.recipient = None;
    let place = Place::Routing(sealed());
    let message = Box::new(routed);
    done(&store, vec![Op::Accept { message, place }]).await;
    let deliver = Op::Deliver {
        message: message_id(2),
        recipient: mailbox(RECEIVER),
        hidden: false,
        at: now(),
    };
    done(&store, vec![deliver]).await;
    let mut chunked = new_message(3, small(3));
    chunked.total_chunks = 2;
    let message = Box::new(chunked);
    let place = Place::Uploading(None);
    done(&store, vec![Op::Accept { message, place }]).await;
    let chunk = Op::Chunk {
        message: message_id(3),
        number: 2,
        body: small(4),
        at: now(),
    };
    done(&store, vec![chunk]).await;
    let mut report = new_message(4, small(4));
    (report.kind, report.sender, report.body) = (Kind::Report, None, None);
    report.recipient = Some(mailbox(SENDER));
    let mut reported = failure("EPL-151");
    reported.linked = Some(message_id(3).to_string());
    report.report = Some(reported);
    let fail = Op::Fail {
        message: message_id(3),
        failed_as: FailedAs::Error,
        failure: failure("EPL-151"),
    };
    done(&store, vec![fail, accept(report)]).await;
    let operators = store.operators_directory().unwrap();
    let workflow = WorkflowId::parse("GPFED_CONSULT_REPORT").unwrap();
    let mailboxes = [mailbox(SENDER), mailbox(RECEIVER)];
    operators
        .set_rights(&workflow, Right::Send, &mailboxes, true, now())
        .unwrap();
    operators
        .set_rights(&workflow, Right::Send, &mailboxes, true, now())
        .unwrap();
    let forget = Op::Forget {
        before: now().checked_add(1.second()).unwrap(),
        limit: 1,
        at: now(),
    };
    done(&store, vec![forget]).await;
    // nothing to do, nothing to tell
    store.commit(vec![acknowledge(1)]).await.unwrap();

    let w = "workflow=GPFED_CONSULT_REPORT";
    let ids: Vec<_> = (0..5).map(message_id).collect();
    assert_eq!(
        trail(dir.path()),
        [
            format!("{SENDER} accepted {} {w} to={RECEIVER}", ids[1]),
            format!("{RECEIVER} acknowledged {}", ids[1]),
            format!("{SENDER} accepted {} {w} routing", ids[2]),
            format!("exchange delivered {} to={RECEIVER}", ids[2]),
            format!("{SENDER} accepted {} {w} chunks=2 to={RECEIVER}", ids[3]),
            format!("{SENDER} chunk {} chunk=2/2 complete", ids[3]),
            format!("exchange failed {} code=EPL-151", ids[3]),
            format!(
                "exchange reported {} to={SENDER} code=EPL-151 about={}",
                ids[4], ids[3]
            ),
            format!("operator allow workflow GPFED_CONSULT_REPORT send={SENDER},{RECEIVER}"),
            format!("exchange forgotten {}", ids[1]),
        ]
    );
    let check = verify_audit(dir.path()).await;
    assert_eq!((check.lines, check.broken), (10, None));
    let options = StoreOptions::default();
    let about = options.audit_lines(dir.path(), ids[3].as_str()).await;
    let about: Vec<_> = about.unwrap().into_iter().map(|line| line.action).collect();
    assert_eq!(about, ["accepted", "chunk", "failed", "reported"]);
}

#[tokio::test]
async fn what_is_no_code_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let mut report = new_message(1, small(1));
    (report.kind, report.sender, report.body) = (Kind::Report, None, None);
    let mut told = failure("Bill GARTON born 1946");
    told.linked = Some("Bill GARTON".to_owned());
    report.report = Some(told);
    done(&store, vec![accept(report)]).await;
    let line = trail(dir.path()).pop().unwrap();
    assert!(!line.contains("GARTON"), "{line}");
}

#[tokio::test]
async fn the_first_line_touched_is_named() {
    for (sql, line) in [
        ("UPDATE audit SET actor = 'X26ABC1' WHERE number = 4", 4),
        ("UPDATE audit SET at = at + 1 WHERE number = 2", 2),
        ("UPDATE audit SET detail = X'00' WHERE number = 3", 3),
        ("UPDATE audit SET hash = zeroblob(32) WHERE number = 6", 6),
        ("DELETE FROM audit WHERE number = 5", 5),
        ("DELETE FROM audit WHERE number = 1", 1),
        ("DELETE FROM audit", 1),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        for number in 0..6 {
            send(&store, number).await;
        }
        assert_eq!(verify_audit(dir.path()).await.broken, None);
        meddle(dir.path(), sql);
        let broken = verify_audit(dir.path()).await.broken;
        assert_eq!(broken.map(|(number, _)| number), Some(line), "{sql}");
        // the mail goes on
        send(&store, 7).await;
    }
}
