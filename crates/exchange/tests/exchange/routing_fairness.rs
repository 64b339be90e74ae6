//! One mailbox sends to thousands of patients: the others' messages do not wait for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use exchange::MessageState;
use nhs::{MessageId, NhsNumber, WorkflowId};
use pds::{Demographics, PdsError, Trace, TraceQuery};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::kit::{RECEIVER, SENDER, Setup, WORKFLOW, at, id, pieces, request, strict};

const OTHER: &str = "A81002OT001";
/// How many traces the source takes at once.
const AT_ONCE: usize = 4;

/// Answers one question each time it is let.
struct Slow {
    asked: Mutex<Vec<u64>>,
    was_asked: Notify,
    answers: Semaphore,
}

impl Slow {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            asked: Mutex::default(),
            was_asked: Notify::new(),
            answers: Semaphore::new(0),
        })
    }

    /// The questions so far, as soon as there are so many.
    async fn asked(&self, at_least: usize) -> Vec<u64> {
        loop {
            let more = self.was_asked.notified();
            let asked = self.asked.lock().unwrap().clone();
            if asked.len() >= at_least {
                return asked;
            }
            more.await;
        }
    }
}

#[async_trait::async_trait]
impl Demographics for Slow {
    async fn trace(&self, query: &TraceQuery) -> Result<Trace, PdsError> {
        self.asked.lock().unwrap().push(query.nhs_number.value());
        self.was_asked.notify_one();
        self.answers.acquire().await.unwrap().forget();
        Ok(at("A20047"))
    }

    fn at_once(&self) -> Option<usize> {
        Some(AT_ONCE)
    }
}

/// Patients that nobody else has, each with its number.
fn patients() -> impl Iterator<Item = (u64, String)> {
    (943_000_000_u64..).filter_map(|nine| {
        let number = (0..10).map(|last| format!("{nine}{last}"));
        let number = number
            .filter_map(|text| NhsNumber::parse(&text).ok())
            .next()?;
        let address = format!("GPPROVIDER_{}_23061946_GARTON", number.digits());
        Some((number.value(), address))
    })
}

async fn send(setup: &Setup, from: &str, to: &str) -> MessageId {
    let caller = setup.caller(from).await;
    let sending = setup.exchange();
    let sent = sending.send(&caller, request(to, 1), pieces(b"a letter"));
    sent.await.unwrap()
}

#[tokio::test]
async fn one_mailboxs_many_messages_delay_nobody_elses() {
    let slow = Slow::new();
    let setup = Setup::with(strict(), slow.clone()).await;
    setup.add_mailbox(OTHER, "A81002");
    let operator = setup.exchange().operator().unwrap();
    let workflow = WorkflowId::parse(WORKFLOW).unwrap();
    operator.allow(&workflow, &[id(OTHER)], &[]).unwrap();
    setup.exchange().refresh_directory().await.unwrap();
    let mut patients = patients();
    let mut of_sender = HashMap::new();
    for _ in 0..300 {
        let (number, address) = patients.next().unwrap();
        of_sender.insert(number, send(&setup, SENDER, &address).await);
    }
    let shutdown = CancellationToken::new();
    let (exchange, stop) = (setup.exchange().clone(), shutdown.clone());
    let running = tokio::spawn(async move { exchange.run(stop).await });
    let asked = slow.asked(AT_ONCE - 1).await;
    assert!(asked.iter().all(|number| of_sender.contains_key(number)));
    // the place that is left to others, then turn about
    let mut of_other = HashMap::new();
    for _ in 0..3 {
        let (number, address) = patients.next().unwrap();
        of_other.insert(number, send(&setup, OTHER, &address).await);
    }
    let asked = slow.asked(AT_ONCE).await;
    assert!(
        of_other.contains_key(&asked[AT_ONCE - 1]),
        "its first at once"
    );
    for answered in 1..=2 * AT_ONCE {
        slow.answers.add_permits(1);
        slow.asked(AT_ONCE + answered).await;
    }
    let asked = slow.asked(3 * AT_ONCE).await;
    let of_others = asked.iter().filter(|number| of_other.contains_key(number));
    assert_eq!(of_others.count(), 3, "{asked:?}");
    slow.answers.add_permits(AT_ONCE);
    slow.asked(4 * AT_ONCE).await;
    // what was asked first is answered first: all three are delivered, nearly three hundred wait; the next
    // question may be asked before the last delivery is on disk
    while setup.inbox(RECEIVER).await.len() < 3 * AT_ONCE {
        tokio::task::yield_now().await;
    }
    assert_eq!(setup.inbox(RECEIVER).await.len(), 3 * AT_ONCE);
    for message in of_other.values() {
        let caller = setup.caller(OTHER).await;
        let by_id = exchange::Track::Message(message.as_str());
        let tracked = setup.exchange().track(&caller, by_id).await.unwrap();
        assert!(tracked.recipient.is_some() && tracked.message.state == MessageState::Accepted);
    }
    shutdown.cancel();
    running.await.unwrap();
}
