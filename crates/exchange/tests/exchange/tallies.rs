//! What is counted for charts, and that a restart forgets none of it; tries that an operator asks for.

use exchange::{ErrorKind, ExchangeError, HistoryRange, PatientsService, Refusal};
use jiff::SignedDuration;
use nhs::Clock;
use tokio_util::sync::CancellationToken;

use crate::kit::{GARTON, RECEIVER, SENDER, Setup, id, strict};

const UNKNOWN: &str = "GPPROVIDER_9111231130_23061946_GARTON";

async fn busy(setup: &Setup) {
    let message = setup.send(RECEIVER, b"x").await.unwrap();
    setup.send(GARTON, b"x").await.unwrap();
    setup.send(UNKNOWN, b"x").await.unwrap();
    setup.time.pass(SignedDuration::from_millis(80));
    setup.exchange().route_due().await.unwrap();
    let caller = setup.caller(RECEIVER).await;
    let acknowledged = setup
        .exchange()
        .acknowledge(&caller, message.as_str())
        .await;
    acknowledged.unwrap();
    let refused = setup.exchange().authenticate(SENDER, Some(b"x"), None);
    assert!(refused.await.is_err());
}

#[tokio::test]
async fn what_was_counted_outlives_a_restart_and_what_was_not_is_a_gap() {
    let mut setup = Setup::new(strict()).await;
    busy(&setup).await;
    setup.exchange().tidy().await.unwrap();
    let before = setup.exchange().history(HistoryRange::Hour).await.unwrap();
    let total = before.total();
    assert_eq!(
        (total.accepted, total.delivered, total.acknowledged),
        (3, 2, 1)
    );
    assert_eq!((total.refused, total.failed()), (1, 1));
    assert_eq!(total.reported.get("EPL-153"), Some(&1));
    assert_eq!(total.waiting, Some(2));
    // to a mailbox at once, by a patient's address after 80 ms
    assert_eq!(total.delivery.within(50), Some(1));
    assert_eq!(total.delivery.within(95), Some(100));
    // stops in good order, which writes the last minute
    let stopped = CancellationToken::new();
    stopped.cancel();
    setup.exchange().run(stopped).await;
    let away_from = setup.time.now();
    setup.restart().await;
    setup.time.pass(SignedDuration::from_mins(5));
    setup.exchange().write_tallies().await.unwrap();
    let after = setup.exchange().history(HistoryRange::Hour).await.unwrap();
    assert_eq!(after.total().accepted, 3);
    assert_eq!(after.total().delivery, total.delivery);
    assert_eq!(after.spells.len(), 60);
    let [.., gap] = after.gaps.as_slice() else {
        panic!("{after:?}")
    };
    let minute = SignedDuration::from_mins(1);
    assert!(gap.0 > away_from && gap.0 <= away_from + minute, "{gap:?}");
    assert_eq!(gap.1.duration_since(gap.0), SignedDuration::from_mins(4));
    assert!(after.spells[57..59].iter().all(|spell| !spell.is_known));
    for (range, spells) in [(HistoryRange::Day, 24), (HistoryRange::Week, 168)] {
        let history = setup.exchange().history(range).await.unwrap();
        assert_eq!(history.spells.len(), spells);
        assert_eq!(history.total().accepted, 3);
    }
}

#[tokio::test]
async fn the_same_hour_of_other_days_says_what_is_usual() {
    let setup = Setup::new(strict()).await;
    assert_eq!(setup.exchange().usual_hours().await.unwrap(), []);
    busy(&setup).await;
    setup.exchange().write_tallies().await.unwrap();
    setup.time.pass(SignedDuration::from_hours(48));
    let usual = setup.exchange().usual_hours().await.unwrap();
    assert_eq!(usual.len(), 1);
    assert_eq!((usual[0].accepted, usual[0].refused), (3, 1));
    setup.time.pass(SignedDuration::from_hours(1));
    assert_eq!(setup.exchange().usual_hours().await.unwrap(), []);
}

#[tokio::test]
async fn a_server_writes_once_for_each_minute_it_ran() {
    let setup = Setup::new(strict()).await;
    setup.exchange().write_tallies().await.unwrap();
    for _ in 0..3 {
        setup.time.pass(SignedDuration::from_secs(70));
        setup.exchange().write_tallies().await.unwrap();
    }
    let history = setup.exchange().history(HistoryRange::Hour).await.unwrap();
    assert!(history.spells[56..].iter().all(|spell| spell.is_known));
    assert_eq!(history.gaps.len(), 1, "{:?}", history.gaps);
}

#[tokio::test]
async fn a_message_is_tried_at_once_but_not_again_and_again() {
    let setup = Setup::new(strict()).await;
    setup.patients.answer(9_693_632_109, None);
    let exchange = setup.exchange();
    assert_eq!(exchange.patients_service(), PatientsService::default());
    let message = setup.send(GARTON, b"x").await.unwrap();
    exchange.route_due().await.unwrap();
    assert!(exchange.patients_service().away_since.is_some());
    let [waits] = &exchange.routing_queue(9).await.unwrap()[..] else {
        panic!("nothing waits")
    };
    assert!(waits.next_at > setup.time.now());
    exchange.try_now(message.as_str(), "alex").await.unwrap();
    exchange.route_due().await.unwrap();
    let tried = exchange.routing_queue(9).await.unwrap();
    assert_eq!(tried[0].attempts, 2);
    let again = exchange.try_now(message.as_str(), "alex").await;
    let Err(error @ ExchangeError::TriedJustNow { .. }) = again else {
        panic!("{again:?}")
    };
    assert_eq!(error.kind(), ErrorKind::Busy);
    let line = exchange.audit_page(None, 1).await.unwrap().remove(0);
    let said = (
        line.actor.as_str(),
        line.action.as_str(),
        line.subject.as_str(),
    );
    assert_eq!(said, ("console user alex", "try now", message.as_str()));
    setup.time.pass(SignedDuration::from_secs(31));
    setup
        .patients
        .answer(9_693_632_109, Some(crate::kit::at("A20047")));
    exchange.try_now(message.as_str(), "alex").await.unwrap();
    assert_eq!(exchange.route_due().await.unwrap(), 1);
    assert_eq!(exchange.patients_service().away_since, None);
    setup.time.pass(SignedDuration::from_secs(31));
    let gone = exchange.try_now(message.as_str(), "alex").await;
    assert!(matches!(gone, Err(ExchangeError::NotFound)), "{gone:?}");
}

#[tokio::test]
async fn operators_have_twenty_tries_a_minute() {
    let setup = Setup::new(strict()).await;
    setup.patients.answer(9_693_632_109, None);
    let exchange = setup.exchange();
    let mut waiting = Vec::new();
    for _ in 0..25 {
        waiting.push(setup.send(GARTON, b"x").await.unwrap());
    }
    exchange.route_due().await.unwrap();
    let mut refused = 0;
    for message in &waiting {
        // what is not there is not counted
        let unknown = exchange.new_id().unwrap();
        let tried = exchange.try_now(unknown.as_str(), "alex").await;
        assert!(matches!(tried, Err(ExchangeError::NotFound)), "{tried:?}");
        let tried = exchange.try_now(message.as_str(), "alex").await;
        refused += usize::from(matches!(tried, Err(ExchangeError::TriedJustNow { .. })));
    }
    assert_eq!(refused, 5);
}

#[tokio::test]
async fn a_mailbox_says_what_it_may_what_it_took_and_who_was_refused_in_its_name() {
    let setup = Setup::new(strict()).await;
    busy(&setup).await;
    let exchange = setup.exchange();
    let rights = exchange.rights_of(&id(SENDER));
    assert_eq!((rights.sends.len(), rights.receives.len()), (1, 0));
    let mailboxes = exchange.mailbox_overview().await.unwrap();
    let of = |name| mailboxes.iter().find(|found| found.mailbox.id == id(name));
    let sender = of(SENDER).unwrap();
    let refused = sender.refused.as_ref().unwrap();
    assert_eq!(
        (refused.reason, refused.last_hour),
        (Refusal::TokenMalformed, 1)
    );
    assert_eq!((sender.sent.messages, sender.quota_used), (3, Some(0)));
    assert!(!sender.is_missing);
    assert_eq!(of(RECEIVER).unwrap().refused, None);
    setup.time.pass(SignedDuration::from_hours(49));
    let mailboxes = exchange.mailbox_overview().await.unwrap();
    assert!(mailboxes.iter().all(|mailbox| mailbox.is_missing));
    let refused = mailboxes.iter().find_map(|mailbox| mailbox.refused.clone());
    assert_eq!(refused.unwrap().last_hour, 0);
}

#[tokio::test]
async fn what_somebody_does_on_a_page_is_theirs_in_the_trail() {
    let setup = Setup::new(strict()).await;
    let exchange = setup.exchange();
    let off = exchange.operate("alex", |operator| operator.set_active(&id(SENDER), false));
    off.await.unwrap();
    let line = exchange.audit_page(None, 1).await.unwrap().remove(0);
    assert_eq!(line.actor, "console user alex");
    assert_eq!(line.action, "disable mailbox");
    assert!(!exchange.mailbox(SENDER).unwrap().active);
}
