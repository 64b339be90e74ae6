//! What real applications put into OUT: every file ends sent, failed with a report, or named in the status.

use std::fs::{self, File, FileTimes};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::http::Method;
use jiff::{SignedDuration, Timestamp};
use mesh_client::agent::{MailboxSnapshot, directory_faults, inspect};

use crate::kit::server::{Fault, Server};
use crate::kit::{Hands, Practice, names, read_control};

const A: &str = "A81001OT001";
const B: &str = "A20047OT001";
const DAY: Duration = Duration::from_secs(86_400);

fn set_time(path: &Path, to: SystemTime) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_times(FileTimes::new().set_modified(to)).unwrap();
}

fn snapshot(practice: &Practice) -> MailboxSnapshot {
    inspect(&practice.config.mailboxes[0], Timestamp::now()).unwrap()
}

/// A practice with the defaults of settling, and a clock that a test moves.
fn with_a_clock(server: &Server) -> (Practice, Arc<Hands>) {
    let mut practice = Practice::new(&server.url, A);
    practice.config.options.settle_seconds = 10.0;
    practice.config.options.lone_control_file_seconds = 60.0;
    let clock = Arc::new(Hands(Mutex::new(Timestamp::now())));
    practice.clock = clock.clone();
    fs::create_dir_all(practice.path("OUT")).unwrap();
    (practice, clock)
}

#[tokio::test]
async fn old_data_that_was_copied_or_moved_in_waits_for_its_control_file() {
    let server = Server::start().await;
    let (practice, clock) = with_a_clock(&server);
    let start = Timestamp::now();
    let data = practice.path("OUT/letter.dat");
    fs::write(&data, "letter").unwrap();
    set_time(&data, SystemTime::now() - 3 * DAY);
    let mut agent = practice.agent();
    for hours in [0, 1, 20, 23] {
        clock.set(start + SignedDuration::from_hours(hours));
        let cycle = agent.run_once().await.unwrap();
        assert_eq!((cycle.sent, cycle.failed), (0, 0), "after {hours} h");
        // A restart does not begin to count anew.
        drop(agent);
        agent = practice.agent();
    }
    let held = &snapshot(&practice).held_in_out[0];
    assert_eq!(held.name, "letter.dat");
    assert!(held.why.contains("control file"), "{}", held.why);
    clock.set(start + SignedDuration::from_hours(25));
    assert_eq!(agent.run_once().await.unwrap().failed, 1);
    let report = names(&practice.path("IN"));
    assert!(report[0].starts_with("letter_COLLECT_"), "{report:?}");

    // Back from FAILED, with a control file this time.
    fs::rename(practice.path("FAILED/letter.dat"), &data).unwrap();
    assert_eq!(agent.run_once().await.unwrap().failed, 0);
    fs::write(practice.path("OUT/letter.ctl"), practice.control(B).write()).unwrap();
    clock.set(start + SignedDuration::from_hours(25) + SignedDuration::from_secs(11));
    agent.run_once().await.unwrap();
    clock.set(start + SignedDuration::from_hours(25) + SignedDuration::from_secs(22));
    agent.run_once().await.unwrap();
    assert_eq!(names(&practice.path("SENT")), ["letter.ctl", "letter.dat"]);
}

/// While the server refuses the login nothing is taken from OUT, and time goes on.
#[tokio::test]
async fn half_a_pair_is_not_waited_for_anew_because_the_server_was_away() {
    let server = Server::start().await;
    let (practice, clock) = with_a_clock(&server);
    fs::write(practice.path("OUT/z.dat"), "letter").unwrap();
    practice.put("a", b"data", &practice.control(B).write());
    let agent = practice.agent();
    agent.run_once().await.unwrap();
    let much_later = Timestamp::now() + SignedDuration::from_hours(25);
    clock.set(much_later);
    server.fail(Method::POST, "/outbox", Fault::Status(403));
    assert!(agent.run_once().await.is_err());
    clock.set(much_later + SignedDuration::from_secs(5));
    let cycle = agent.run_once().await.unwrap();
    assert_eq!((cycle.sent, cycle.failed), (1, 1));
}

#[tokio::test]
async fn a_time_in_the_future_keeps_nothing_back() {
    let server = Server::start().await;
    let (practice, clock) = with_a_clock(&server);
    practice.put("later", b"data", &practice.control(B).write());
    for name in ["OUT/later.dat", "OUT/later.ctl"] {
        set_time(&practice.path(name), SystemTime::now() + 400 * DAY);
    }
    let agent = practice.agent();
    assert_eq!(agent.run_once().await.unwrap().sent, 0, "it has not rested");
    clock.set(Timestamp::now() + SignedDuration::from_secs(11));
    assert_eq!(agent.run_once().await.unwrap().sent, 1);
}

#[tokio::test]
async fn a_file_that_grows_is_left_alone_whatever_its_time_says() {
    let server = Server::start().await;
    let (practice, clock) = with_a_clock(&server);
    practice.put("grows", b"begin", &practice.control(B).write());
    let (data, control) = (
        practice.path("OUT/grows.dat"),
        practice.path("OUT/grows.ctl"),
    );
    let (start, future) = (Timestamp::now(), SystemTime::now() + DAY);
    let agent = practice.agent();
    set_time(&control, SystemTime::now() - DAY);
    set_time(&data, future);
    for (seconds, bytes) in [(0, "begin"), (8, "begin, go on"), (16, "begin, go on, end")] {
        fs::write(&data, bytes).unwrap();
        set_time(&data, SystemTime::now() - DAY);
        if seconds == 0 {
            set_time(&data, future);
        }
        clock.set(start + SignedDuration::from_secs(seconds));
        assert_eq!(agent.run_once().await.unwrap().sent, 0, "at {seconds} s");
    }
    clock.set(start + SignedDuration::from_secs(27));
    assert_eq!(agent.run_once().await.unwrap().sent, 1);
    let sent = server.mail.lock().unwrap().messages[0].chunks.concat();
    assert_eq!(sent, b"begin, go on, end");
}

#[tokio::test]
async fn names_that_differ_in_case_make_a_pair_where_that_is_plain() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    let control = practice.control(B).write();
    practice.put("Plain", b"plain", &control);
    fs::rename(
        practice.path("OUT/Plain.dat"),
        practice.path("OUT/PLAIN.DAT"),
    )
    .unwrap();
    // A whole pair is not torn up for a third file.
    practice.put("whole", b"whole", &control);
    fs::write(practice.path("OUT/WHOLE.dat"), "another").unwrap();
    assert_eq!(practice.agent().run_once().await.unwrap().sent, 2);
    assert_eq!(names(&practice.path("OUT")), ["WHOLE.dat"]);
    let held = snapshot(&practice).held_in_out;
    assert_eq!(held[0].name, "WHOLE.dat");
    let mail = server.mail.lock().unwrap();
    let bodies: Vec<_> = mail.messages.iter().map(|it| it.chunks.concat()).collect();
    assert_eq!(bodies, [b"plain".to_vec(), b"whole".to_vec()]);
}

#[tokio::test]
async fn a_claim_that_a_crash_cut_short_finds_its_data_in_another_case() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    drop(practice.agent());
    let claim = practice.path("TEMP/out-1795804200000-0000");
    fs::create_dir(&claim).unwrap();
    fs::write(claim.join("letter.ctl"), practice.control(B).write()).unwrap();
    fs::write(practice.path("OUT/LETTER.DAT"), "letter").unwrap();
    assert_eq!(practice.agent().run_once().await.unwrap().sent, 1);
    assert!(names(&practice.path("OUT")).is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn a_name_that_is_not_utf_8_is_sent() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    let out = practice.path("OUT");
    fs::create_dir_all(&out).unwrap();
    fs::write(out.join(OsStr::from_bytes(b"\xe9t\xe9.dat")), "data").unwrap();
    let control = practice.control(B).write();
    fs::write(out.join(OsStr::from_bytes(b"\xe9t\xe9.ctl")), control).unwrap();
    assert_eq!(practice.agent().run_once().await.unwrap().sent, 1);
    assert_eq!(
        names(&practice.path("SENT")),
        ["%E9t%E9.ctl", "%E9t%E9.dat"]
    );
}

#[tokio::test]
async fn the_longest_names_are_sent_and_can_fail() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    let longest = "x".repeat(251);
    practice.put(&longest, b"data", &practice.control(B).write());
    let agent = practice.agent();
    assert_eq!(agent.run_once().await.unwrap().sent, 1);
    for _ in 0..2 {
        practice.put(&longest, b"data", b"no control file");
        assert_eq!(agent.run_once().await.unwrap().failed, 1);
    }
    assert_eq!(names(&practice.path("FAILED")).len(), 4);
    let reports = names(&practice.path("IN"));
    assert_eq!(reports.len(), 2);
    assert!(read_control(&practice.path("IN").join(&reports[0])).is_error_report());
}

#[tokio::test]
async fn files_without_a_name_are_named_in_the_status() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    practice.put("", b"data", &practice.control(B).write());
    practice.agent().run_once().await.unwrap();
    let held: Vec<_> = snapshot(&practice)
        .held_in_out
        .into_iter()
        .map(|file| file.name)
        .collect();
    assert_eq!(held.len(), 2);
    assert!(held.contains(&".dat".to_owned()) && held.contains(&".ctl".to_owned()));
}

/// What looks as if it were to be sent, and is not, is named.
#[tokio::test]
async fn files_of_almost_the_right_name_and_in_directories_are_named_in_the_status() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    let out = practice.path("OUT");
    fs::create_dir_all(out.join("today")).unwrap();
    fs::create_dir_all(out.join("archive")).unwrap();
    fs::write(out.join("archive/readme.txt"), "nothing to send").unwrap();
    for name in ["today/a.ctl", "b.ctl.txt", "c.dat ", "notes.txt"] {
        fs::write(out.join(name), "data").unwrap();
    }
    practice.agent().run_once().await.unwrap();
    let mut held = snapshot(&practice).held_in_out;
    held.sort_by(|one, other| one.name.cmp(&other.name));
    let told: Vec<_> = held.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(told, ["b.ctl.txt", "c.dat ", "today"]);
    assert!(held[0].why.contains("rename it"), "{}", held[0].why);
    assert!(held[2].why.contains("move the files up"), "{}", held[2].why);
}

/// `é` as one character and as two, as files that came by way of an old Mac have it.
#[tokio::test]
async fn accents_that_are_written_in_two_ways_make_a_pair() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    practice.put("caf\u{e9}", b"data", &practice.control(B).write());
    let (from, to) = ("OUT/caf\u{e9}.dat", "OUT/cafe\u{301}.dat");
    fs::rename(practice.path(from), practice.path(to)).unwrap();
    assert_eq!(practice.agent().run_once().await.unwrap().sent, 1);
    assert_eq!(names(&practice.path("OUT")), Vec::<String>::new());
}

#[cfg(unix)]
#[tokio::test]
async fn mailboxes_on_two_file_systems_are_noticed_before_they_are_served() {
    use std::os::unix::fs::MetadataExt;

    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    assert!(directory_faults(&practice.config).is_empty());
    let mut mistyped = practice.config.clone();
    mistyped.mailboxes[0].directory = practice.path("not/there");
    let told = directory_faults(&mistyped)[0].to_string();
    assert!(told.contains("check the path"), "{told}");
    mistyped.mailboxes[0].directory = "C:\\MESH\\A81001".into();
    let told = directory_faults(&mistyped)[0].to_string();
    assert!(told.contains("Windows"), "{told}");

    let shared_memory = Path::new("/dev/shm");
    let other = shared_memory.metadata().map(|it| it.dev()).ok();
    if other.is_none_or(|other| other == fs::metadata(practice.directory.path()).unwrap().dev()) {
        test_kit::skip(test_kit::Needs::Tools, "no second file system at /dev/shm");
        return;
    }
    let elsewhere = tempfile::tempdir_in(shared_memory).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), practice.path("IN")).unwrap();
    let told = directory_faults(&practice.config)[0].to_string();
    assert!(told.contains("one file system"), "{told}");
}

#[cfg(unix)]
#[tokio::test]
async fn directories_are_found_however_they_are_written() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    fs::create_dir(practice.path("Out")).unwrap();
    fs::write(practice.path("Out/one.dat"), "data").unwrap();
    fs::write(practice.path("Out/one.ctl"), practice.control(B).write()).unwrap();
    assert_eq!(practice.agent().run_once().await.unwrap().sent, 1);
    assert!(!practice.path("OUT").exists());
    // With two of them the one in upper case counts, and the other is named.
    fs::create_dir(practice.path("OUT")).unwrap();
    drop(practice.agent());
    let named = snapshot(&practice).second_spellings;
    assert_eq!(named.len(), 1);
    assert!(named[0].ends_with("/Out"), "{named:?}");
}
