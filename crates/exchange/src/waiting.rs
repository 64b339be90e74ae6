//! A look into an inbox that is answered once there is something, or a time has passed.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::caller::{Answer, Caller};
use crate::error::Refusal;
use crate::{Exchange, ExchangeError, InboxPage, InboxQuery};

/// A wait whose filter lets nothing through looks no more often than this, however much arrives.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

impl Exchange {
    /// As [`Exchange::inbox`]; while the list has nothing, waits for at most `longest` until it has. A wait
    /// begins with the record of the token's use, and holds nothing that other requests need.
    ///
    /// # Errors
    ///
    /// As [`Exchange::inbox`] and [`Exchange::conclude`]; [`ExchangeError::Refused`] as soon as the mailbox is
    /// no longer in use.
    pub async fn inbox_within(
        &self,
        caller: &Caller,
        query: &InboxQuery,
        longest: Duration,
    ) -> Result<InboxPage, ExchangeError> {
        let look = || self.inbox(caller, query.clone());
        self.wait(caller, longest, look, |page| page.ids.is_empty())
            .await
    }

    /// As [`Exchange::count`], in the same way.
    ///
    /// # Errors
    ///
    /// As [`Exchange::inbox_within`].
    pub async fn count_within(
        &self,
        caller: &Caller,
        longest: Duration,
    ) -> Result<u64, ExchangeError> {
        let look = || self.count(caller);
        self.wait(caller, longest, look, |count| *count == 0).await
    }

    /// Answers whoever waits with what was found last, which still holds, and has nobody wait from now on.
    /// [`Exchange::run`] does this when it is told to stop.
    pub fn end_waits(&self) {
        self.waits_end().cancel();
    }

    /// Wakes those whose mailbox is no longer in use.
    pub(crate) fn refuse_who_may_not_wait(&self) {
        let directory = self.directory();
        let arrivals = self.store().arrivals();
        arrivals.wake_where(|mailbox| {
            let member = directory.member(mailbox);
            !member.is_some_and(|member| member.mailbox.active)
        });
    }

    async fn wait<T, Looking>(
        &self,
        caller: &Caller,
        longest: Duration,
        look: impl Fn() -> Looking,
        is_nothing: fn(&T) -> bool,
    ) -> Result<T, ExchangeError>
    where
        Looking: Future<Output = Result<T, ExchangeError>>,
    {
        let until = Instant::now() + longest;
        let (mut before, mut not_before) = (None, Instant::now());
        let subscription = self.store().arrivals().subscribe(caller.id());
        loop {
            // begun before the look, so that nothing comes unheard between the two
            let arrived = subscription.next();
            self.check_in_use(caller)?;
            let found = match (look().await, before) {
                (Ok(found), _) => found,
                (Err(error), None) => return Err(error),
                // the token is spent: who is asked to try again would be refused by it
                (Err(error), Some(before)) => {
                    tracing::debug!(%error, by = %caller.id(), "a wait ends early");
                    return Ok(before);
                }
            };
            if !is_nothing(&found) || longest.is_zero() {
                return Ok(found);
            }
            self.conclude(caller, Answer::Final).await?;
            tokio::select! {
                biased;
                () = self.waits_end().cancelled() => return Ok(found),
                () = arrived => {}
                () = sleep_until(until) => return Ok(found),
            }
            sleep_until(not_before).await;
            not_before = Instant::now() + BETWEEN_LOOKS;
            before = Some(found);
        }
    }

    fn check_in_use(&self, caller: &Caller) -> Result<(), ExchangeError> {
        let directory = self.directory();
        match directory.member(caller.id()) {
            Some(member) if member.mailbox.active => Ok(()),
            _ => Err(self.refused(Refusal::Inactive)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use mail_store::Store;
    use nhs::{MailboxId, OdsCode, SystemClock, SystemRandomness};
    use pds::{Demographics, PdsError, Trace, TraceQuery};
    use secrecy::SecretString;

    use super::*;
    use crate::{Dependencies, Keyring, NewMailbox, Settings};

    struct Nobody;

    #[async_trait::async_trait]
    impl Demographics for Nobody {
        async fn trace(&self, _: &TraceQuery) -> Result<Trace, PdsError> {
            Ok(Trace::NotFound)
        }
    }

    async fn exchange_and_caller(directory: &std::path::Path) -> (Exchange, Caller) {
        let exchange = Exchange::open(Dependencies {
            store: Store::open(&directory.join("store")).unwrap(),
            keyring: Keyring::open_or_create(&directory.join("key"), &SystemRandomness).unwrap(),
            demographics: Arc::new(Nobody),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            shared_key: SecretString::from("TestKey").into(),
            settings: Settings::default(),
            observer: Arc::new(()),
        })
        .await
        .unwrap();
        let id = MailboxId::parse("A20047OT001").unwrap();
        let operator = exchange.operator().unwrap();
        operator
            .add_mailbox(NewMailbox {
                id: id.clone(),
                name: "a practice".to_owned(),
                ods: OdsCode::parse("A20047").unwrap(),
                organisation_name: String::new(),
                billing_entity: String::new(),
                password: SecretString::from("password"),
            })
            .unwrap();
        exchange.refresh_directory().await.unwrap();
        let member = Arc::clone(exchange.directory().member(&id).unwrap());
        let caller = Caller {
            member,
            token: None,
        };
        (exchange, caller)
    }

    /// What comes when the look is over and the wait has not begun.
    #[tokio::test]
    async fn nothing_comes_unheard_between_the_look_and_the_wait() {
        let directory = tempfile::tempdir().unwrap();
        let (exchange, caller) = exchange_and_caller(directory.path()).await;
        let looks = AtomicUsize::new(0);
        let look = || {
            let before = looks.fetch_add(1, Ordering::Relaxed);
            exchange.store().arrivals().wake_where(|_| before == 0);
            std::future::ready(Ok(before))
        };
        let hour = Duration::from_secs(3600);
        let found = exchange
            .wait(&caller, hour, look, |found| *found == 0)
            .await;
        assert_eq!(found.unwrap(), 1);
    }

    #[tokio::test]
    async fn an_error_after_the_wait_began_is_answered_with_what_was_found_before() {
        let directory = tempfile::tempdir().unwrap();
        let (exchange, caller) = exchange_and_caller(directory.path()).await;
        let looks = AtomicUsize::new(0);
        let look = || {
            exchange.store().arrivals().wake_where(|_| true);
            std::future::ready(match looks.fetch_add(1, Ordering::Relaxed) {
                0 => Ok(0),
                _ => Err(ExchangeError::Store(mail_store::StoreError::Busy)),
            })
        };
        let hour = Duration::from_secs(3600);
        let found = exchange
            .wait(&caller, hour, look, |found| *found == 0)
            .await;
        assert_eq!(found.unwrap(), 0);
        exchange.end_waits();
        let ended = exchange.count_within(&caller, hour).await;
        assert_eq!(ended.unwrap(), 0);
    }
}
