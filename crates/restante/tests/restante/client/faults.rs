//! One fault at every request of a transfer, in both directions, and storms of them.

use mesh_client::{Agent, Cycle};

use super::dice::Dice;
use super::ledger;
use super::mailbox::{KINDS, Kind, Mailbox, Pair, RECEIVER, SENDER, settle};
use super::proxy::{Fault, Part, Proxy, every_fault};
use crate::kit::Sandbox;

struct Scene {
    server: Sandbox,
    proxy: Proxy,
    sender: Mailbox,
    receiver: Mailbox,
    _directory: tempfile::TempDir,
}

impl Scene {
    async fn set() -> Self {
        let server = Sandbox::start();
        let directory = tempfile::tempdir().unwrap();
        Self {
            proxy: Proxy::start(server.address()).await,
            sender: Mailbox::new(SENDER, directory.path()),
            receiver: Mailbox::new(RECEIVER, directory.path()),
            server,
            _directory: directory,
        }
    }

    /// Puts a pair into OUT and on the books.
    fn put(&self, base: &str, kind: Kind, pairs: &mut Vec<Pair>) {
        let pair = Pair::new(base, kind);
        self.sender.put(&pair);
        pairs.push(pair);
    }

    /// Runs rounds through the proxy until all is settled. A new round begins only when nothing is on
    /// its way any more.
    async fn transfer(&self, mailbox: &Mailbox, agent: &Agent) {
        for _ in 0..20 {
            let round = agent.run_once().await;
            self.proxy.at_rest().await;
            if round.is_ok_and(|cycle| cycle == Cycle::default()) && mailbox.is_settled() {
                return;
            }
        }
        panic!("{} does not come to rest", mailbox.id);
    }

    /// Breaks each request of a transfer in every way, one at a time; `prepare` gives something to
    /// transfer.
    async fn break_each(&self, mailbox: &Mailbox, mut prepare: impl AsyncFnMut(&str)) {
        let agent = mailbox.agent(&self.proxy.url);
        agent.run_once().await.unwrap();
        prepare("undisturbed").await;
        self.proxy.choose(|_, _| None);
        agent.run_once().await.unwrap();
        for (n, request) in self.proxy.seen().iter().enumerate() {
            for fault in faults_of(request) {
                prepare(&format!("{n} {fault:?}")).await;
                self.proxy.choose(move |i, _| (i == n).then_some(fault));
                self.transfer(mailbox, &agent).await;
                let reached = self.proxy.seen().get(n).cloned();
                assert!(reached.is_some(), "{request} was not reached");
            }
        }
    }
}

/// Every fault that can happen to this request.
fn faults_of(request: &str) -> Vec<Fault> {
    let has_body = request.starts_with("POST") && request.contains("/outbox");
    let cut_in_body = [Part::HalfTheBody, Part::AllButOne].map(Fault::RequestCut);
    let mut faults = every_fault();
    faults.retain(|fault| has_body || !cut_in_body.contains(fault));
    faults
}

async fn break_sending(kind: Kind) {
    let scene = Scene::set().await;
    let mut pairs = Vec::new();
    let put = async |base: &str| scene.put(base, kind, &mut pairs);
    scene.break_each(&scene.sender, put).await;
    settle(&scene.receiver, &scene.receiver.agent(scene.server.url())).await;
    ledger::check(&scene.sender, &scene.receiver, &pairs);
    assert!(scene.sender.names("FAILED").is_empty());
}

async fn break_receiving(kind: Kind) {
    let scene = Scene::set().await;
    let mut pairs = Vec::new();
    let sender = scene.sender.agent(scene.server.url());
    let send = async |base: &str| {
        scene.put(base, kind, &mut pairs);
        settle(&scene.sender, &sender).await;
    };
    scene.break_each(&scene.receiver, send).await;
    ledger::check(&scene.sender, &scene.receiver, &pairs);
}

#[tokio::test]
async fn a_small_message_is_sent_once_whatever_breaks() {
    break_sending(Kind::Small).await;
}

#[tokio::test]
async fn a_message_in_compressed_chunks_is_sent_once_whatever_breaks() {
    break_sending(Kind::ChunkedGzip).await;
}

#[tokio::test]
async fn a_small_message_is_received_once_whatever_breaks() {
    break_receiving(Kind::Small).await;
}

#[tokio::test]
async fn a_message_in_compressed_chunks_is_received_once_whatever_breaks() {
    break_receiving(Kind::ChunkedGzip).await;
}

/// The first request of an agent's life, and of each day.
#[tokio::test]
async fn a_handshake_is_made_whatever_breaks() {
    let scene = Scene::set().await;
    let mut pairs = Vec::new();
    for fault in faults_of("POST /messageexchange/X26ABC1 HTTP/1.1") {
        scene.put(&format!("{fault:?}"), Kind::Small, &mut pairs);
        scene.proxy.choose(move |i, _| (i == 0).then_some(fault));
        let agent = scene.sender.agent(&scene.proxy.url);
        scene.transfer(&scene.sender, &agent).await;
    }
    settle(&scene.receiver, &scene.receiver.agent(scene.server.url())).await;
    ledger::check(&scene.sender, &scene.receiver, &pairs);
}

/// Another network's page to log in at is no word of the server's about the message.
#[tokio::test]
async fn a_strangers_page_in_answer_to_the_question_doubles_no_message() {
    let scene = Scene::set().await;
    let mut pairs = Vec::new();
    scene.put("asked of a stranger", Kind::Small, &mut pairs);
    let sender = scene.sender.agent(&scene.proxy.url);
    scene.proxy.choose(|_, request| match request {
        _ if request.contains("/tracking") => Some(Fault::Stranger),
        _ if request.contains("/outbox") => Some(Fault::AnswerLost),
        _ => None,
    });
    for _ in 0..3 {
        let _ = sender.run_once().await;
        scene.proxy.at_rest().await;
    }
    let sent = |line: &&String| line.starts_with("POST") && line.contains("/outbox");
    assert_eq!(scene.proxy.seen().iter().filter(sent).count(), 1);
    scene.proxy.choose(|_, _| None);
    scene.transfer(&scene.sender, &sender).await;
    settle(&scene.receiver, &scene.receiver.agent(scene.server.url())).await;
    ledger::check(&scene.sender, &scene.receiver, &pairs);
}

/// A third of all requests breaks, those of recovering from a fault too.
#[tokio::test]
async fn storms_of_faults_neither_lose_nor_double_a_message() {
    let scene = Scene::set().await;
    let mut pairs = Vec::new();
    let sender = scene.sender.agent(&scene.proxy.url);
    let receiver = scene.receiver.agent(&scene.proxy.url);
    for seed in 1..=6 {
        for kind in KINDS {
            scene.put(&format!("storm {seed} {kind:?}"), kind, &mut pairs);
        }
        let mut dice = Dice::new(seed);
        scene.proxy.choose(move |_, _| {
            let faults = every_fault();
            (dice.below(3) == 0).then(|| faults[dice.below(faults.len())])
        });
        for agent in [&sender, &receiver].repeat(5) {
            let _ = agent.run_once().await;
            scene.proxy.at_rest().await;
        }
    }
    scene.proxy.choose(|_, _| None);
    scene.transfer(&scene.sender, &sender).await;
    scene.transfer(&scene.receiver, &receiver).await;
    ledger::check(&scene.sender, &scene.receiver, &pairs);
}
