//! The exchange itself: what it is made of, and the handles its parts share.

use std::sync::Arc;

use jiff::Timestamp;
use journey::{Event, Observer, Place, Step};
use mail_store::{Store, StoreError};
use nhs::{Clock, MessageId, Randomness};
use parking_lot::RwLock;
use pds::Demographics;
use secrecy::SecretString;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::ExchangeError;
use crate::arrivals::Arrivals;
use crate::chain::Chain;
use crate::directory::Directory;
use crate::gauges::Gauged;
use crate::ids::IdSource;
use crate::keyring::Keyring;
use crate::operator::Operator;
use crate::overview::LastSeen;
use crate::patients_service::Answers;
use crate::quota::Accounts;
use crate::room::LastLook;
use crate::routing::Probing;
use crate::sandbox::EmptiedMailboxes;
use crate::settings::Settings;
use crate::shared_keys::SharedKeys;
use crate::steps::StepsWaiting;
use crate::tallies::Counting;
use crate::token_use::Reservations;
use crate::trying::Tries;

/// 32, so that each is five random bits.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// What an exchange is made of.
pub struct Dependencies {
    /// Where messages rest.
    pub store: Store,
    /// What seals passwords and addresses.
    pub keyring: Keyring,
    /// Who knows where a patient is registered.
    pub demographics: Arc<dyn Demographics>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// For ids, nonces and jitter.
    pub randomness: Arc<dyn Randomness>,
    /// The key all mailboxes of this environment share.
    pub shared_key: SharedKeys,
    /// The rules' settings.
    pub settings: Settings,
    /// Notified of what happens.
    pub observer: Arc<dyn Observer>,
}

/// The exchange. Cheap to clone.
#[derive(Clone)]
pub struct Exchange {
    inner: Arc<Inner>,
}

struct Inner {
    dependencies: Dependencies,
    directory: RwLock<Arc<Directory>>,
    ids: IdSource,
    reservations: Arc<Reservations>,
    routing_wanted: Notify,
    probing: Probing,
    foreseen_reports: Probing,
    last_seen: LastSeen,
    emptied_mailboxes: EmptiedMailboxes,
    arrivals: Arc<Arrivals>,
    accounts: Accounts,
    last_look: LastLook,
    gauged: Gauged,
    counting: Counting,
    tries: Tries,
    answers: Answers,
    began: Timestamp,
    steps: StepsWaiting,
    chain: Chain,
    waits_end: CancellationToken,
}

impl Exchange {
    /// Opens an exchange over its dependencies. Nothing happens in the background until
    /// [`Exchange::run`].
    ///
    /// # Errors
    ///
    /// [`ExchangeError::SealedValue`] for a keyring of another store; [`ExchangeError::Store`].
    pub async fn open(dependencies: Dependencies) -> Result<Self, ExchangeError> {
        let records = dependencies.store.directory().await?;
        let directory = Directory::build(records, &dependencies.keyring)?;
        let began = dependencies.clock.now();
        Ok(Self {
            inner: Arc::new(Inner {
                dependencies,
                directory: RwLock::new(Arc::new(directory)),
                ids: IdSource::default(),
                reservations: Arc::default(),
                routing_wanted: Notify::new(),
                probing: Probing::default(),
                foreseen_reports: Probing::default(),
                last_seen: LastSeen::default(),
                emptied_mailboxes: EmptiedMailboxes::default(),
                arrivals: Arc::default(),
                accounts: Accounts::default(),
                last_look: LastLook::default(),
                gauged: Gauged::default(),
                counting: Counting::default(),
                tries: Tries::default(),
                answers: Answers::default(),
                began,
                steps: StepsWaiting::default(),
                chain: Chain::default(),
                waits_end: CancellationToken::new(),
            }),
        })
    }

    /// What operators do, over this exchange's store. Changes count within a quarter of a second
    /// while [`Exchange::run`] runs, at once after [`Exchange::refresh_directory`].
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub fn operator(&self) -> Result<Operator, ExchangeError> {
        let dependencies = &self.inner.dependencies;
        Ok(Operator::new(
            dependencies.store.operators_directory()?,
            dependencies.keyring.clone(),
            Arc::clone(&dependencies.clock),
            Arc::clone(&dependencies.randomness),
        ))
    }

    /// Has a person who is signed in do what operators do; the audit trail names them. It counts on this
    /// server when this returns, on others within a quarter of a second.
    ///
    /// # Errors
    ///
    /// Those of what is done; [`ExchangeError::Store`].
    pub async fn operate<T, F>(&self, who: &str, change: F) -> Result<T, ExchangeError>
    where
        T: Send + 'static,
        F: FnOnce(&Operator) -> Result<T, ExchangeError> + Send + 'static,
    {
        let (exchange, who) = (self.clone(), format!("console user {who}"));
        let done = tokio::task::spawn_blocking(move || {
            let operator = exchange.operator()?.used_by(who);
            change(&operator)
        });
        let done = done.await.map_err(|_| StoreError::Closing)??;
        self.refresh_directory().await?;
        Ok(done)
    }

    /// A password for a mailbox: 24 letters and figures that are not taken for each other, 120 random bits.
    pub fn new_password(&self) -> SecretString {
        let mut bytes = [0; 24];
        self.randomness().fill(&mut bytes);
        let letter = |byte: &u8| LETTERS.get(usize::from(byte % 32)).copied().unwrap_or(b'a');
        SecretString::from(
            bytes
                .iter()
                .map(|byte| char::from(letter(byte)))
                .collect::<String>(),
        )
    }

    /// Takes over what operators changed since the last look.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::SealedValue`], [`ExchangeError::Store`]; what was known before stays in force.
    pub async fn refresh_directory(&self) -> Result<(), ExchangeError> {
        if self.store().directory_version().await? == self.directory().version {
            return Ok(());
        }
        let directory = Directory::build(self.store().directory().await?, self.keyring())?;
        *self.inner.directory.write() = Arc::new(directory);
        self.refuse_who_may_not_wait();
        Ok(())
    }

    /// The present moment, by the exchange's clock.
    pub fn now(&self) -> Timestamp {
        self.inner.dependencies.clock.now()
    }

    /// A new id in the form of message ids.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Clock`].
    pub fn new_id(&self) -> Result<MessageId, ExchangeError> {
        self.inner.ids.next(self.now(), self.randomness())
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.dependencies.settings
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.dependencies.store
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.inner.dependencies.keyring
    }

    pub(crate) fn demographics(&self) -> &dyn Demographics {
        self.inner.dependencies.demographics.as_ref()
    }

    pub(crate) fn randomness(&self) -> &dyn Randomness {
        self.inner.dependencies.randomness.as_ref()
    }

    pub(crate) fn shared_keys(&self) -> &SharedKeys {
        &self.inner.dependencies.shared_key
    }

    pub(crate) fn reservations(&self) -> &Arc<Reservations> {
        &self.inner.reservations
    }

    pub(crate) fn routing_wanted(&self) -> &Notify {
        &self.inner.routing_wanted
    }

    pub(crate) fn probing(&self) -> &Probing {
        &self.inner.probing
    }

    pub(crate) fn foreseen_reports(&self) -> &Probing {
        &self.inner.foreseen_reports
    }

    pub(crate) fn last_seen(&self) -> &LastSeen {
        &self.inner.last_seen
    }

    pub(crate) fn arrivals(&self) -> &Arc<Arrivals> {
        &self.inner.arrivals
    }

    pub(crate) fn accounts(&self) -> &Accounts {
        &self.inner.accounts
    }

    pub(crate) fn last_look(&self) -> &LastLook {
        &self.inner.last_look
    }

    pub(crate) fn gauged(&self) -> &Gauged {
        &self.inner.gauged
    }

    pub(crate) fn counting(&self) -> &Counting {
        &self.inner.counting
    }

    pub(crate) fn tries(&self) -> &Tries {
        &self.inner.tries
    }

    pub(crate) fn answers(&self) -> &Answers {
        &self.inner.answers
    }

    /// Since when this process has known who makes requests.
    pub fn began(&self) -> Timestamp {
        self.inner.began
    }

    pub(crate) fn emptied_mailboxes(&self) -> &EmptiedMailboxes {
        &self.inner.emptied_mailboxes
    }

    pub(crate) fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.inner.directory.read())
    }

    pub(crate) fn observer(&self) -> &dyn Observer {
        self.inner.dependencies.observer.as_ref()
    }

    pub(crate) fn notify(&self, event: &Event) {
        self.count_event(event);
        self.note_step(Step {
            at: self.now(),
            place: Place::Exchange,
            event: event.clone(),
        });
        self.observer().observe(event);
    }

    pub(crate) fn waits_end(&self) -> &CancellationToken {
        &self.inner.waits_end
    }

    pub(crate) fn chain_watch(&self) -> &Chain {
        &self.inner.chain
    }

    pub(crate) fn steps_waiting(&self) -> &StepsWaiting {
        &self.inner.steps
    }
}
