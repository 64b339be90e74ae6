//! Servers on one database tell each other of arrivals: `NOTIFY` after the transaction that brought them.
//!
//! Not within it: PostgreSQL lets only one transaction commit at a time that notifies, and servers would wait
//! for each other's syncs. Should a server end between the two, who waits elsewhere finds the message when the
//! time of the wait is over, at the latest.
//!
//! What is heard is passed on by what drives the connection, at once and without waiting for anything. Giving
//! notices, and waking everybody, which takes its time, go on beside it.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use nhs::MailboxId;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::{Client, Notification};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::connect::{Connected, Connector, to_store_error, unavailable};
use super::hosts::Turn;
use crate::StoreError;
use crate::arrivals::Arrivals;

const CHANNEL: &str = "restante_arrivals";
/// Mailboxes in one notice: PostgreSQL takes 8,000 bytes.
const IN_A_NOTICE: usize = 200;
/// Mailboxes that wait to be announced, at most; of more it is said that all may have mail.
const MOST_WAITING: usize = 20_000;
/// Stands for all mailboxes.
const ALL: &str = "*";
/// A connection that does not answer by then is given up.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Tells who waits on this server at once, and the other servers soon.
pub(super) struct Announcer {
    arrivals: Arrivals,
    waiting: Arc<Waiting>,
    _ends: DropGuard,
}

/// What is to be announced.
#[derive(Default)]
struct Waiting {
    mailboxes: Mutex<BTreeSet<String>>,
    more: Notify,
}

impl Announcer {
    /// Connects in the background, again and again, until this is dropped.
    pub(super) fn start(connector: Connector, arrivals: Arrivals) -> Self {
        let ended = CancellationToken::new();
        let waiting = Arc::<Waiting>::default();
        let work = keep_connected(connector, arrivals.clone(), Arc::clone(&waiting));
        tokio::spawn(ended.clone().run_until_cancelled_owned(work));
        Self {
            arrivals,
            waiting,
            _ends: ended.drop_guard(),
        }
    }

    /// Messages came into these inboxes, and can be read.
    pub(super) fn announce(&self, mailboxes: &[MailboxId]) {
        if mailboxes.is_empty() {
            return;
        }
        self.arrivals.arrived(mailboxes);
        self.waiting.add(mailboxes);
    }
}

impl Waiting {
    fn add(&self, mailboxes: &[MailboxId]) {
        let mut waiting = self.mailboxes.lock();
        waiting.extend(mailboxes.iter().map(ToString::to_string));
        let too_many = waiting.len() > MOST_WAITING;
        drop(waiting);
        match too_many {
            true => self.add_all(),
            false => self.more.notify_one(),
        }
    }

    fn add_all(&self) {
        let mut waiting = self.mailboxes.lock();
        waiting.clear();
        waiting.insert(ALL.to_owned());
        drop(waiting);
        self.more.notify_one();
    }

    /// The texts of notices.
    fn take(&self) -> Vec<String> {
        let all = std::mem::take(&mut *self.mailboxes.lock());
        if all.contains(ALL) {
            return vec![ALL.to_owned()];
        }
        let all: Vec<String> = all.into_iter().collect();
        all.chunks(IN_A_NOTICE).map(|some| some.join(" ")).collect()
    }
}

async fn keep_connected(connector: Connector, arrivals: Arrivals, waiting: Arc<Waiting>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let heard = Arc::new(Heard::new(arrivals.clone()));
        match listen(&connector, &heard).await {
            Ok((client, own, mut driven, turn)) => {
                pause = FIRST_PAUSE;
                // what arrived before was not heard
                heard.all.notify_one();
                let reason = tokio::select! {
                    reason = give((&client, own), &mut driven, &waiting) => reason,
                    () = connector.hosts().is_over(turn) => "another PostgreSQL server takes the writes",
                    never = heard.wake_all() => match never {},
                };
                driven.abort();
                // a notice that was under way names mailboxes that nobody may have heard of
                waiting.add_all();
                tracing::warn!(
                    reason,
                    "servers on this database do not hear of each other's arrivals; it connects again"
                );
            }
            Err(error) => {
                tracing::warn!(%error, "servers on this database do not hear of each other's arrivals yet");
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// By what notices are told apart.
struct Own {
    /// This server's come from there.
    session: i32,
    /// There may be another exchange's tables in the same database.
    schema: String,
}

impl Own {
    fn notice(&self, mailboxes: &str) -> String {
        format!("{} {mailboxes}", self.schema)
    }

    /// What a notice says, if it is of this exchange.
    fn mailboxes<'a>(&self, notice: &'a str) -> Option<&'a str> {
        notice.strip_prefix(&self.schema)?.strip_prefix(' ')
    }
}

/// What one connection hears.
struct Heard {
    arrivals: Arrivals,
    /// Not known of a connection that has just been made; everybody is woken once it is.
    own: OnceLock<Own>,
    /// All mailboxes may have mail.
    all: Notify,
}

impl Heard {
    fn new(arrivals: Arrivals) -> Self {
        Self {
            arrivals,
            own: OnceLock::new(),
            all: Notify::new(),
        }
    }

    /// Wakes who waits for the mailboxes of a notice that another server gave.
    fn pass_on(&self, notice: &Notification) {
        let Some(own) = self.own.get() else {
            return;
        };
        if notice.process_id() == own.session {
            return;
        }
        match own.mailboxes(notice.payload()) {
            None => {}
            Some(ALL) => self.all.notify_one(),
            Some(mailboxes) => {
                let ids = mailboxes.split(' ');
                let ids: Vec<_> = ids.filter_map(|id| MailboxId::parse(id).ok()).collect();
                self.arrivals.arrived(&ids);
            }
        }
    }

    /// Wakes everybody whenever all mailboxes may have mail; once more if that is heard again meanwhile.
    async fn wake_all(&self) -> Infallible {
        loop {
            self.all.notified().await;
            self.arrivals.wake_all().await;
        }
    }
}

/// A connection that hears notices, and what drives it.
async fn listen<'a>(
    connector: &Connector,
    heard: &'a Arc<Heard>,
) -> Result<(Client, &'a Own, JoinHandle<()>, Turn), StoreError> {
    let hears = Arc::clone(heard);
    let connecting = connector.connect_hearing(move |notice| hears.pass_on(notice));
    let Connected {
        client,
        driven,
        turn,
    } = connecting.await?;
    let own = match timeout(ANSWERED_WITHIN, begin(&client)).await {
        Ok(begun) => begun.map_err(to_store_error),
        Err(_) => Err(unavailable("PostgreSQL did not answer")),
    };
    match own {
        Ok(own) => Ok((client, heard.own.get_or_init(|| own), driven, turn)),
        Err(error) => {
            driven.abort();
            Err(error)
        }
    }
}

async fn begin(client: &Client) -> Result<Own, tokio_postgres::Error> {
    client.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
    let own = "SELECT pg_backend_pid(), current_schema()::text";
    let row = client.query_one(own, &[]).await?;
    Ok(Own {
        session: row.try_get(0)?,
        schema: row.try_get(1)?,
    })
}

/// Gives what is to be announced, until the connection has ended or does not answer; why it ended.
async fn give(
    (client, own): (&Client, &Own),
    driven: &mut JoinHandle<()>,
    waiting: &Waiting,
) -> &'static str {
    loop {
        tokio::select! {
            _ = &mut *driven => return "the connection has ended",
            () = waiting.more.notified() => {}
        }
        for mailboxes in waiting.take() {
            let notice = own.notice(&mailboxes);
            let given = async {
                let given = "SELECT pg_notify($1, $2)";
                client.execute(given, &[&CHANNEL, &notice]).await
            };
            let failed = match timeout(ANSWERED_WITHIN, given).await {
                Ok(Ok(_)) => continue,
                Ok(Err(_)) => "a notice could not be given",
                Err(_) => "PostgreSQL did not answer",
            };
            // those of this turn that were not given are no longer known
            waiting.add_all();
            return failed;
        }
    }
}
