//! What the operator sets up.

use mail_store::{Directory, MailboxRecord, Right, Store};
use nhs::OdsCode;

use crate::kit::*;

pub fn record(id: &str, ods: &str) -> MailboxRecord {
    MailboxRecord {
        id: mailbox(id),
        name: "Cumbria Starling".to_owned(),
        ods: OdsCode::parse(ods).unwrap(),
        organisation_name: String::new(),
        billing_entity: "payer".to_owned(),
        active: true,
        password: vec![1, 2, 255],
    }
}

async fn version(store: &Store) -> i64 {
    let version = store.directory_version().await.unwrap();
    assert_eq!(store.directory().await.unwrap().version, version);
    version
}

pub async fn every_change_raises_the_version(backend: Backend) {
    let store = backend.open().await;
    let directory = store.operators_directory().unwrap();
    let mut last = version(&store).await;
    let (sender, flow) = (mailbox(SENDER), workflow(WORKFLOW));
    type Change<'a> = Box<dyn Fn(&Directory) + 'a>;
    let changes: [Change<'_>; 8] = [
        Box::new(|d| assert!(d.add_mailbox(&record(SENDER, "A81001"), at(1)).unwrap())),
        Box::new(|d| assert!(d.add_mailbox(&record(RECIPIENT, "A20047"), at(1)).unwrap())),
        Box::new(|d| assert!(d.set_active(&sender, false, at(2)).unwrap())),
        Box::new(|d| assert!(d.set_password(&sender, b"sealed", at(3)).unwrap())),
        Box::new(|d| {
            let both = [mailbox(SENDER), mailbox(RECIPIENT)];
            d.set_rights(&flow, Right::Send, &both, true, at(4))
                .unwrap();
        }),
        Box::new(|d| {
            let one = [mailbox(RECIPIENT)];
            d.set_rights(&flow, Right::Send, &one, false, at(5))
                .unwrap();
        }),
        Box::new(|d| d.set_patient_routing(&flow, true, at(6)).unwrap()),
        Box::new(|d| d.revoke("ab12", at(7)).unwrap()),
    ];
    for change in &changes {
        change(&directory);
        let now = version(&store).await;
        assert!(now > last);
        last = now;
    }
    let records = store.directory().await.unwrap();
    assert_eq!(records, directory.records().unwrap());
    let expected = MailboxRecord {
        active: false,
        password: b"sealed".to_vec(),
        ..record(SENDER, "A81001")
    };
    assert_eq!(records.mailboxes, [record(RECIPIENT, "A20047"), expected]);
    assert_eq!(records.workflows.len(), 1);
    let rights = &records.workflows[0];
    assert_eq!((&rights.workflow, rights.patient_routing), (&flow, true));
    assert_eq!(
        (rights.senders.as_slice(), rights.receivers.len()),
        ([sender.clone()].as_slice(), 0)
    );
    assert_eq!(records.revoked, ["ab12"]);
}

pub async fn changes_to_what_is_not_there_leave_no_trace(backend: Backend) {
    let store = backend.open().await;
    let directory = store.operators_directory().unwrap();
    assert!(
        directory
            .add_mailbox(&record(SENDER, "A81001"), at(1))
            .unwrap()
    );
    let before = version(&store).await;
    assert!(
        !directory
            .add_mailbox(&record(SENDER, "A20047"), at(2))
            .unwrap()
    );
    let nobody = mailbox("NOBODY");
    assert!(!directory.set_active(&nobody, false, at(3)).unwrap());
    assert!(!directory.set_password(&nobody, b"x", at(4)).unwrap());
    assert_eq!(version(&store).await, before);
    assert_eq!(store.audit_page(None, 9).await.unwrap().len(), 1);
    let records = directory.records().unwrap();
    assert_eq!(records.mailboxes, [record(SENDER, "A81001")]);
}
