//! Attachments are looked at for malware before a task is raised; what cannot be looked at waits.

use std::fs;
use std::path::Path;

use gp_system::web::PracticeRole;
use gp_system::{Scan, ScannedBy, ScannerAddress};
use send_document::{Attachment, Consultation};

use crate::support::scanner::{Clamd, PATTERN, by_shell, by_socket, impatient, stand_in};
use crate::support::site::Site;
use crate::support::{Pair, Which, World, consultation, patient, settle, with_replaced};

/// A consultation with a note of this text.
fn with_note(number: u128, text: &[u8]) -> Consultation {
    let mut consultation = consultation();
    consultation.encounter.id = uuid::Uuid::from_u128(number);
    consultation.attachments = vec![Attachment {
        title: "Note".to_owned(),
        content_type: "text/plain".to_owned(),
        content: text.to_vec(),
    }];
    consultation
}

fn infected() -> Consultation {
    with_note(1, format!("before {PATTERN} behind").as_bytes())
}

fn scanned_by(scan: Scan) -> World {
    World::with(|_, osprey| osprey.scan = Some(scan.clone()))
}

async fn publish(world: &mut World, consultation: Consultation) -> Pair {
    let (_, pair) = world.send(consultation).await;
    world.publish(Which::Osprey, &pair);
    pair
}

fn files(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// That the infected document was refused and set apart, and the one beside it taken.
async fn infected_is_set_apart_and_clean_taken(world: &mut World) {
    let bad = publish(world, infected()).await;
    let good = publish(world, with_note(2, b"nothing")).await;
    let summary = world.osprey.pass().await;
    assert_eq!((summary.messages_taken, summary.left), (2, 0));
    let mut answers = world.osprey.answered();
    answers.sort_unstable();
    assert_eq!(answers, [20004, 20013, 30001]);
    let tasks = world.osprey.practice.tasks().unwrap();
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0].attachments.len(), 2);

    let names = |pair: &Pair| ["ctl", "dat"].map(|ending| format!("{}.{ending}", pair.base));
    assert_eq!(files(&world.osprey.data.join("quarantine")), names(&bad));
    assert_eq!(files(&world.osprey.data.join("received")), names(&good));
    let alerts = world.osprey.alerts();
    assert_eq!(alerts.len(), 1);
    assert!(alerts[0].contains("malware scanner found"), "{alerts:?}");
    assert!(!alerts[0].contains("GARTON"));
    assert!(world.osprey.names("IN").is_empty());
}

#[tokio::test]
async fn clamd_finds_the_test_pattern_and_no_task_is_raised() {
    let Some(clamd) = Clamd::start() else { return };
    let mut world = scanned_by(by_socket(&clamd.socket()));
    infected_is_set_apart_and_clean_taken(&mut world).await;
    assert!(world.osprey.alerts()[0].contains("Restante.Test.Pattern"));

    // Nothing shows it: the message's page says why it was refused, and no task holds it.
    let site = Site::of(&world.osprey, "").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let refused = world.osprey.practice.received().unwrap();
    let refused = refused.iter().find(|it| it.answers == [20004]).unwrap();
    let page = reader.text(&format!("/received/{}", refused.number)).await;
    assert!(page.contains("malware scanner") && !page.contains(PATTERN));
    // The sender is told what it may be.
    world.carry(Which::Osprey);
    world.starling.pass().await;
    let failures = world.starling.alerts();
    assert!(failures[0].contains("malware scanner"), "{failures:?}");
    // The same document without it, in a new message, is welcome.
    publish(&mut world, with_note(3, b"nothing")).await;
    world.osprey.pass().await;
    assert_eq!(world.osprey.answered().last(), Some(&30001));
}

#[tokio::test]
async fn clamd_is_asked_over_tcp_and_what_it_does_not_take_waits_and_is_told() {
    let Some(clamd) = Clamd::start() else { return };
    let address = ScannerAddress::Tcp(format!("127.0.0.1:{}", clamd.port));
    let mut world = scanned_by(Scan::new(ScannedBy::Clamd(address)));
    // Three megabytes where clamd takes one.
    let large = publish(&mut world, with_note(1, &vec![b'x'; 3 << 20])).await;
    publish(&mut world, with_note(2, b"nothing")).await;
    let summary = world.osprey.pass().await;
    assert_eq!((summary.messages_taken, summary.left), (1, 1));
    world.clock.advance(16);
    world.osprey.pass().await;
    let alerts = world.osprey.alerts();
    assert_eq!(alerts.len(), 1);
    assert!(alerts[0].contains("StreamMaxLength"), "{alerts:?}");
    assert_eq!(world.osprey.names("IN").len(), 2);
    assert!(world.osprey.names("IN")[0].starts_with(&large.base));
}

#[tokio::test]
async fn a_program_says_by_its_exit_code_what_it_found() {
    let script = format!("if grep -q {PATTERN}; then exit 1; fi");
    let mut world = scanned_by(by_shell(&script));
    infected_is_set_apart_and_clean_taken(&mut world).await;
}

#[tokio::test]
async fn what_cannot_be_scanned_waits_unanswered_is_told_and_goes_on_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("socket");
    let mut world = scanned_by(by_socket(&socket));
    publish(&mut world, with_note(1, b"nothing")).await;
    for _ in 0..3 {
        let summary = world.osprey.pass().await;
        assert_eq!((summary.messages_taken, summary.left), (0, 1));
        world.clock.advance(4);
    }
    assert!(world.osprey.answered().is_empty());
    assert!(world.osprey.alerts().is_empty(), "not for long yet");
    world.clock.advance(4);
    world.osprey.pass().await;
    world.osprey.pass().await;
    let alerts = world.osprey.alerts();
    assert_eq!(alerts.len(), 1, "told once");
    assert!(alerts[0].contains("cannot be reached"), "{alerts:?}");
    // It waits in IN over a restart, and is kept once.
    world.osprey.reopen();
    world.osprey.pass().await;
    assert_eq!(files(&world.osprey.data.join("received")).len(), 2);

    stand_in(&socket, Some("stream: OK\0"));
    world.clock.advance(2);
    let summary = world.osprey.pass().await;
    assert_eq!((summary.messages_taken, summary.left), (1, 0));
    assert_eq!(world.osprey.answered(), [20013, 30001]);
    assert_eq!(files(&world.osprey.data.join("received")).len(), 2);
}

/// Neither a scanner that hangs nor one that fails holds up what needs no scan.
#[tokio::test]
async fn while_documents_wait_everything_else_is_taken() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("socket");
    stand_in(&socket, None);
    for scan in [
        impatient(by_socket(&socket)),
        // Itself the process that is ended, so that nothing outlives the test.
        impatient(by_shell("exec sleep 600")),
        by_shell("exit 2"),
    ] {
        let mut world = World::with(|starling, osprey| {
            osprey.scan = Some(scan.clone());
            starling.scan = Some(scan.clone());
        });
        let pair = publish(&mut world, with_note(1, b"nothing")).await;
        // Refused at once: an unknown patient, a message that is no XML.
        let mut stranger = with_note(2, b"nothing");
        stranger.patient = patient("9000000009", "STRANGER", "Sam", "1960-01-01");
        publish(&mut world, stranger).await;
        let mut broken = world.again(&pair);
        broken.data = b"no XML".to_vec();
        world.publish(Which::Osprey, &broken);
        let summary = world.osprey.pass().await;
        assert_eq!((summary.messages_taken, summary.left), (2, 1));
        let mut answers = world.osprey.answered();
        answers.sort_unstable();
        assert_eq!(answers, [10009, 20013, 30002]);
        // Acknowledgements are no documents.
        world.carry(Which::Osprey);
        let summary = world.starling.pass().await;
        assert_eq!(summary.acknowledgements_received, 3);
        assert!(world.osprey.practice.tasks().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_replacement_waits_for_what_it_replaces() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("socket");
    let mut world = scanned_by(by_socket(&socket));
    let (id, first) = world.send(with_note(1, b"nothing")).await;
    let practice = world.starling.practice.clone();
    practice
        .update(id, with_note(1, b"something"))
        .await
        .unwrap();
    world.starling.pass().await;
    let second = world.collect(Which::Starling).remove(0);
    world.publish(Which::Osprey, &first);
    world.publish(Which::Osprey, &second);
    let summary = world.osprey.pass().await;
    assert_eq!((summary.messages_taken, summary.left), (0, 2));
    assert!(world.osprey.answered().is_empty(), "no 20014 yet");
    stand_in(&socket, Some("stream: OK\0"));
    world.clock.advance(2);
    world.osprey.pass().await;
    world.osprey.pass().await;
    assert_eq!(world.osprey.answered(), [20013, 30001, 20013, 30001]);
    let tasks = world.osprey.practice.tasks().unwrap();
    assert_eq!(tasks.len(), 2);
    assert_eq!(tasks[0].replaces, Some(tasks[1].id));
}

#[tokio::test]
async fn what_was_set_apart_is_removed_with_the_refused_messages() {
    let mut world = scanned_by(by_shell("exit 1"));
    publish(&mut world, with_note(1, b"nothing")).await;
    world.osprey.pass().await;
    let quarantine = world.osprey.data.join("quarantine");
    assert_eq!(files(&quarantine).len(), 2);
    let mode = |path: &Path| {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode(&quarantine), 0o700);
    assert_eq!(mode(&quarantine.join(&files(&quarantine)[0])), 0o600);
    let alert = world.osprey.practice.alerts().unwrap().remove(0);
    let practice = world.osprey.practice.clone();
    settle(&practice, alert.id).await;
    world.clock.advance(732 * 24 * 60);
    world.osprey.pass().await;
    assert!(files(&quarantine).is_empty());
}

/// A pair is set apart before it is recorded: after a crash in between it is judged anew.
#[tokio::test]
async fn a_crash_while_setting_apart_leaves_one_copy_in_quarantine() {
    let mut world = scanned_by(by_shell("exit 1"));
    let pair = publish(&mut world, with_note(1, b"nothing")).await;
    let quarantine = world.osprey.data.join("quarantine");
    fs::write(quarantine.join(format!("{}.dat", pair.base)), &pair.data).unwrap();
    let control = pair.control.write_received();
    fs::write(quarantine.join(format!("{}.ctl", pair.base)), control).unwrap();
    world.osprey.pass().await;
    assert_eq!(world.osprey.answered(), [20004]);
    assert_eq!(files(&quarantine).len(), 2);
    assert!(files(&world.osprey.data.join("received")).is_empty());
    // Other bytes of that name are another message.
    let mut other = world.again(&pair);
    other.base.clone_from(&pair.base);
    other.data = with_replaced(&other.data, "1946-06-23", "1946-06");
    world.publish(Which::Osprey, &other);
    world.osprey.pass().await;
    assert_eq!(files(&quarantine).len(), 2);
    let kept = files(&world.osprey.data.join("received"));
    assert_eq!(kept[0], format!("{}_1.ctl", pair.base));
}

/// What was found clean is the copy that was looked at, whatever is in IN by then.
#[tokio::test]
async fn a_pair_that_is_exchanged_while_it_waits_is_scanned_anew() {
    let directory = tempfile::tempdir().unwrap();
    // Exchanges the pair at its first look, and finds nothing; looks from then on.
    let here = directory.path().display();
    let script = format!(
        "if test -e {here}/done; then if grep -q {PATTERN}; then exit 1; fi; exit 0; fi; \
         touch {here}/done; cp {here}/infected $(cat {here}/place)"
    );
    let mut world = scanned_by(by_shell(&script));
    let (_, bad) = world.send(infected()).await;
    fs::write(directory.path().join("infected"), &bad.data).unwrap();
    let (_, pair) = world.send(with_note(2, b"nothing")).await;
    let place = world
        .osprey
        .mailbox
        .join("IN")
        .join(format!("{}.dat", pair.base));
    fs::write(directory.path().join("place"), place.to_str().unwrap()).unwrap();
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    assert_eq!(world.osprey.answered(), [20004]);
    assert!(world.osprey.practice.tasks().unwrap().is_empty());
}

#[tokio::test]
async fn a_pair_that_is_taken_away_while_it_waits_is_told() {
    let mut world = scanned_by(by_shell("exit 2"));
    let pair = publish(&mut world, with_note(1, b"nothing")).await;
    world.osprey.pass().await;
    for ending in ["ctl", "dat"] {
        let name = format!("{}.{ending}", pair.base);
        fs::remove_file(world.osprey.mailbox.join("IN").join(name)).unwrap();
    }
    world.osprey.pass().await;
    world.osprey.pass().await;
    let alerts = world.osprey.alerts();
    assert_eq!(alerts.len(), 1);
    assert!(alerts[0].contains("somebody took it"), "{alerts:?}");
}
