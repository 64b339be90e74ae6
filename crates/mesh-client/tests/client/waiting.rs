//! Waiting for mail at servers that wait, polling the others.

use axum::http::Method;
use mesh_client::agent::Event;

use crate::kit::server::{Fault, Server};
use crate::kit::{Practice, names, until};
use crate::service::Running;

const A: &str = "A81001OT001";
const B: &str = "A20047OT001";
const A_DAY: f64 = 86_400.0;

async fn server_that_waits() -> Server {
    let server = Server::start().await;
    server.mail.lock().unwrap().waits = true;
    server
}

/// Polled once at its start and then not for a day; a stop leaves requests a day too.
fn patient(server: &Server, mailbox: &str) -> Practice {
    let mut practice = Practice::new(&server.url, mailbox);
    practice.config.options.poll_seconds = A_DAY;
    practice.config.options.stop_seconds = A_DAY;
    practice
}

async fn waits(server: &Server) {
    until(|| server.mail.lock().unwrap().waiting == 1).await;
}

#[tokio::test]
async fn a_message_is_collected_when_it_comes_and_out_is_sent_meanwhile() {
    let server = server_that_waits().await;
    let practice = patient(&server, A);
    let running = Running::start(&practice);
    for number in 0..3 {
        waits(&server).await;
        server.deliver(A, &[b"x"], None);
        until(|| names(&practice.path("IN")).len() == 2 * (number + 1)).await;
    }
    waits(&server).await;
    practice.put("one", b"data", &practice.control(B).write());
    practice
        .wait_for(|event| matches!(event, Event::Sent { .. }))
        .await;
    running.stop().await;
    // the stop ended the wait
    until(|| server.mail.lock().unwrap().waiting == 0).await;
    let mail = server.mail.lock().unwrap();
    assert_eq!(mail.preferred[0], Some(0), "first it asks whether");
    assert!(mail.preferred[1..].contains(&Some(50)));
}

#[tokio::test]
async fn a_server_that_does_not_say_so_is_polled_as_ever() {
    let server = Server::start().await;
    let mut practice = Practice::new(&server.url, A);
    practice.config.options.poll_seconds = 0.05;
    let running = Running::start(&practice);
    let lists = || server.mail.lock().unwrap().preferred.clone();
    until(|| lists().len() >= 5).await;
    running.stop().await;
    assert!(lists().iter().all(|preferred| *preferred == Some(0)));

    practice.config.options.wait_seconds = 0;
    let (before, running) = (lists().len(), Running::start(&practice));
    server.mail.lock().unwrap().waits = true;
    until(|| lists().len() >= before + 3).await;
    running.stop().await;
    assert!(lists()[before..].iter().all(Option::is_none));
}

#[tokio::test]
async fn a_server_that_applies_no_time_at_all_is_not_asked_without_a_pause() {
    let server = server_that_waits().await;
    server.mail.lock().unwrap().never_waits_long = true;
    let practice = patient(&server, A);
    let running = Running::start(&practice);
    let lists = || server.mail.lock().unwrap().preferred.clone();
    until(|| lists().len() >= 2).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(lists(), [Some(0), Some(50)]);
    running.stop().await;
}

#[tokio::test]
async fn run_once_waits_for_nothing() {
    let server = server_that_waits().await;
    patient(&server, A).agent().run_once().await.unwrap();
    assert_eq!(server.mail.lock().unwrap().preferred, [None]);
}

#[tokio::test]
async fn behind_a_message_that_stays_it_waits_for_the_next() {
    let server = server_that_waits().await;
    let practice = patient(&server, A);
    server.deliver(A, &[b"cannot be fetched now"], None);
    server.fail(Method::GET, "/inbox/ID0000", Fault::Status(410));
    server.fail(Method::GET, "/inbox/ID0000", Fault::Status(410));
    let running = Running::start(&practice);
    waits(&server).await;
    assert_eq!(names(&practice.path("IN")), [""; 0]);
    server.deliver(A, &[b"the next"], None);
    until(|| names(&practice.path("IN")) == ["ID0001.ctl", "ID0001.dat"]).await;
    waits(&server).await;
    // what came later brings the one before along
    server.deliver(A, &[b"another"], None);
    until(|| names(&practice.path("IN")).len() == 6).await;
    running.stop().await;
}
