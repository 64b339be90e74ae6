//! Servers on one database tell each other of arrivals: `NOTIFY` after the transaction that brought them.
//!
//! Not within it: PostgreSQL lets only one transaction commit at a time that notifies, and servers would wait
//! for each other's syncs. Should a server end between the two, who waits elsewhere finds the message when the
//! time of the wait is over, at the latest.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use nhs::MailboxId;
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};
use tokio_postgres::{Client, Notification};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::connect::{Connector, to_store_error};
use crate::StoreError;
use crate::arrivals::Arrivals;

const CHANNEL: &str = "restante_arrivals";
/// Mailboxes in one notice: PostgreSQL takes 8,000 bytes.
const IN_A_NOTICE: usize = 200;
/// Mailboxes that wait to be announced, at most; of more it is said that all may have mail.
const MOST_WAITING: usize = 20_000;
/// Stands for all mailboxes.
const ALL: &str = "*";
/// Notices heard that wait to be passed on.
const HEARD: usize = 64;
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
        let (heard, mut notices) = mpsc::channel(HEARD);
        match listen(&connector, heard).await {
            Ok((client, own)) => {
                pause = FIRST_PAUSE;
                // what arrived before was not heard
                arrivals.wake_all().await;
                while pass_on((&client, &own), &mut notices, &arrivals, &waiting).await {}
                tracing::warn!(
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

/// A connection that hears notices.
async fn listen(
    connector: &Connector,
    heard: mpsc::Sender<Notification>,
) -> Result<(Client, Own), StoreError> {
    let client = connector.connect_listening(heard).await?;
    let listening = client.batch_execute(&format!("LISTEN {CHANNEL}")).await;
    listening.map_err(to_store_error)?;
    let own = client.query_one("SELECT pg_backend_pid(), current_schema()::text", &[]);
    let own = own.await.and_then(|row| {
        Ok(Own {
            session: row.try_get(0)?,
            schema: row.try_get(1)?,
        })
    });
    Ok((client, own.map_err(to_store_error)?))
}

/// Passes on the next notice, or gives those that wait. False when the connection has ended.
async fn pass_on(
    (client, own): (&Client, &Own),
    notices: &mut mpsc::Receiver<Notification>,
    arrivals: &Arrivals,
    waiting: &Waiting,
) -> bool {
    tokio::select! {
        notice = notices.recv() => match notice {
            None => return false,
            Some(notice) if notice.process_id() == own.session => {}
            Some(notice) => match own.mailboxes(notice.payload()) {
                None => {}
                Some(ALL) => arrivals.wake_all().await,
                Some(mailboxes) => {
                    let ids = mailboxes.split(' ');
                    let ids: Vec<_> = ids.filter_map(|id| MailboxId::parse(id).ok()).collect();
                    arrivals.arrived(&ids);
                }
            },
        },
        () = waiting.more.notified() => {
            for mailboxes in waiting.take() {
                let notice = own.notice(&mailboxes);
                let given = "SELECT pg_notify($1, $2)";
                if client.execute(given, &[&CHANNEL, &notice]).await.is_err() {
                    waiting.add_all();
                    return false;
                }
            }
        }
    }
    true
}
