//! The server's time and the weight of each page with many tasks in the inbox.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gp_system::web::{self, PracticeRole};
use gp_system::{Practice, PracticeConfig};
use nhs::{Clock, MailboxId, OdsCode, SystemClock, SystemRandomness};
use pages::{Access, AccessOptions, Live, NewUser, Role, Surroundings, Users};
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, redirect};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const TURNS: usize = 20;
const PATHS: [(&str, &str); 8] = [
    ("overview", "/"),
    ("inbox, to do", "/inbox"),
    ("inbox, last page", "/inbox?page=1000000"),
    ("inbox, all states, middle", "/inbox?state=all&page=1000"),
    (
        "inbox, by patient, last page",
        "/inbox?sort=patient&page=1000000",
    ),
    ("inbox, filed, by sender", "/inbox?state=filed&sort=sender"),
    (
        "inbox, one sender, for action",
        "/inbox?sender=Practice+7&kind=action",
    ),
    ("inbox, assigned to me", "/inbox?assigned=me"),
];

/// What a pharmacy sent: ten entries.
const UPDATE: &[u8] = include_bytes!("../../../crates/update-record/tests/update_record/good.xml");
/// Reviews: the name of the page, the number of the task, how often the record has the update's entries.
const REVIEWS: [(&str, u32, usize); 2] = [
    ("review, 10 entries", 1, 1),
    ("review, 500 entries, 50 a page", 2, 50),
];

const SEARCHES: [(&str, &str); 3] = [
    ("search: one patient", "surname4711"),
    ("search: a word of every task", "report"),
    ("search: start of NHS numbers", "9000"),
];

pub async fn run(count: u32) {
    _ = rustls::crypto::ring::default_provider().install_default();
    let directory = tempfile::tempdir().unwrap();
    let practice = practice(directory.path());
    fill(&directory.path().join("practice.sqlite"), count);
    let (address, cookie) = serve(&practice).await;
    let client = Client::new();
    println!("{count} tasks, {TURNS} requests a page over one connection");
    println!(
        "{:<32} {:>9} {:>9} {:>9}",
        "page", "median", "slowest", "bytes"
    );
    let mut pages: Vec<(&str, String)> = PATHS.map(|(name, path)| (name, path.to_owned())).into();
    for (name, task, times) in REVIEWS {
        let id = put_under_review(&directory.path().join("practice.sqlite"), task, times);
        pages.push((name, format!("/inbox/{id}/review")));
    }
    for (name, words) in SEARCHES {
        pages.push((name, search(&address, &cookie, words).await));
    }
    for (name, path) in pages {
        let mut times = Vec::new();
        let mut bytes = 0;
        for _ in 0..TURNS {
            let asked = Instant::now();
            let request = client
                .get(format!("{address}{path}"))
                .header(COOKIE, &cookie);
            let answer = request.send().await.unwrap();
            assert!(answer.status().is_success(), "{path}");
            bytes = answer.bytes().await.unwrap().len();
            times.push(asked.elapsed());
        }
        times.sort();
        let shown = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
        let (median, slowest) = (times[TURNS / 2], times[TURNS - 1]);
        println!(
            "{name:<32} {:>9} {:>9} {bytes:>9}",
            shown(median),
            shown(slowest)
        );
    }
}

/// The address of a search: its words are posted.
async fn search(address: &str, cookie: &str, words: &str) -> String {
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .build()
        .unwrap();
    let inbox = format!("{address}/inbox");
    let page = client.get(&inbox).header(COOKIE, cookie).send().await;
    let page = page.unwrap().text().await.unwrap();
    let (_, rest) = page.split_once("name=\"token\" value=\"").unwrap();
    let (token, _) = rest.split_once('"').unwrap();
    let posted = client
        .post(&inbox)
        .header(COOKIE, cookie)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(format!("token={token}&state=all&q={words}"))
        .send()
        .await
        .unwrap();
    posted.headers()[LOCATION].to_str().unwrap().to_owned()
}

fn practice(directory: &std::path::Path) -> Practice {
    let config = PracticeConfig::new(
        OdsCode::parse("A20047").unwrap(),
        "Osprey Medical Centre",
        MailboxId::parse("A20047OT001").unwrap(),
        directory.join("mailbox"),
        directory,
    );
    Practice::open(
        config,
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
        Arc::new(|_| ()),
    )
    .unwrap()
}

/// Tasks as receiving makes them, straight into the records.
fn fill(path: &std::path::Path, count: u32) {
    let mut records = rusqlite::Connection::open(path).unwrap();
    let transaction = records.transaction().unwrap();
    for n in 1..=count {
        let id = Uuid::from_u128(u128::from(n)).to_string();
        let (patient, sender) = (format!("SURNAME{n}, Given"), format!("Practice {}", n % 40));
        let number = format!("9{:09}", n * 7 % 1_000_000_000);
        let subject = format!(
            "Consultation report for {patient}, NHS Number {number}, seen at {sender}, Version 1"
        );
        let state = ["open", "open", "open", "filed", "returned"][n as usize % 5];
        transaction
            .prepare_cached(
                "INSERT INTO task (id, received_at, subject, sender, sender_mailbox, version,
                     for_action, patient, matched, number, nhs_number, state, assigned_to)
                 VALUES (?1, ?2, ?3, ?4, 'A81001OT001', 1, ?5, ?6, 30001, ?2, ?7, ?8, ?9)",
            )
            .unwrap()
            .execute(rusqlite::params![
                id,
                n,
                subject,
                sender,
                n % 3 != 0,
                patient,
                number,
                state,
                (n % 50 == 0).then_some("clinician"),
            ])
            .unwrap();
        transaction
            .prepare_cached(
                "INSERT INTO task_search (rowid, subject, patient, nhs_number, sender)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .unwrap()
            .execute(rusqlite::params![n, subject, patient, number, sender])
            .unwrap();
    }
    transaction.commit().unwrap();
}

/// Makes a task one that is reviewed entry by entry; gives its id.
fn put_under_review(path: &std::path::Path, task: u32, times: usize) -> Uuid {
    let message = fhir::xml::read(UPDATE, &fhir::Limits::default()).unwrap();
    let mut record = update_record::read_record(&message).unwrap();
    let entries = std::iter::repeat_n(record.entries, times);
    record.entries = entries.flatten().collect();
    let record = serde_json::to_string(&record).unwrap();
    let id = Uuid::from_u128(u128::from(task));
    let records = rusqlite::Connection::open(path).unwrap();
    records
        .execute(
            "INSERT INTO review (task, record) VALUES (?1, ?2)",
            [id.to_string(), record],
        )
        .unwrap();
    let marked = "UPDATE task SET needs_review = 1, state = 'open' WHERE id = ?1";
    assert_eq!(records.execute(marked, [id.to_string()]).unwrap(), 1);
    id
}

/// The pages on a free port, and the cookie of a clinician.
async fn serve(practice: &Practice) -> (String, String) {
    let users = Users::in_memory().unwrap();
    let clinician = NewUser {
        name: "clinician".to_owned(),
        role: PracticeRole::Clinician.name().to_owned(),
        password: "a password of the bench".to_owned().into(),
    };
    users
        .add(&clinician, SystemClock.now(), &SystemRandomness)
        .unwrap();
    let access = Access::new(
        users.clone(),
        AccessOptions::new("Bench", "practice"),
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
    );
    let live = Live::new(CancellationToken::new());
    let router = web::router(
        practice.clone(),
        "",
        &access,
        (&users, Surroundings::default()),
        live,
    );
    let router = pages::listener(&access, [router]);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let link = access.sign_in_link(users.identity("clinician").unwrap().unwrap());
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .build()
        .unwrap();
    let signed = client.get(format!("{address}{link}")).send().await.unwrap();
    let cookie = signed.headers()[SET_COOKIE].to_str().unwrap();
    (address, cookie.split(';').next().unwrap().to_owned())
}
