//! How the exchange stands: all that the first page tells.

use exchange::{
    DiskRoom, History, HistoryRange, MailboxOverview, Measured, Part, PatientsService, Room,
    RoutingSummary, Spell, Trouble, UploadSummary,
};
use jiff::Timestamp;
use pages::Problem;

use crate::certificates::Certificate;
use crate::console::{Console, problem};

/// Of a queue at most.
pub(super) const MOST: usize = 1_000;

/// Everything at one moment.
pub(super) struct Standing {
    pub(super) now: Timestamp,
    /// Why no message is taken.
    pub(super) trouble: Option<Trouble>,
    /// Since when large bodies can be neither kept nor read.
    pub(super) object_store_away_since: Option<Timestamp>,
    pub(super) notices: Vec<String>,
    pub(super) mailboxes: Vec<MailboxOverview>,
    pub(super) measured: Measured,
    pub(super) routing: Vec<RoutingSummary>,
    pub(super) uploads: Vec<UploadSummary>,
    pub(super) quarantined: u64,
    pub(super) patients: PatientsService,
    pub(super) disk: Option<DiskRoom>,
    pub(super) room: Option<Room>,
    pub(super) certificates: Vec<Certificate>,
    pub(super) history: History,
    pub(super) last_hour: Spell,
    pub(super) last_day: Spell,
    /// The same hour of other days.
    pub(super) usual: Vec<Spell>,
    /// Seconds in an inbox after which operators are warned.
    pub(super) alarm: Option<u64>,
    /// Days in an inbox after which senders are told.
    pub(super) expiry_days: u32,
}

impl Standing {
    pub(super) async fn look(console: &Console, range: HistoryRange) -> Result<Self, Problem> {
        let exchange = &console.exchange;
        let most = u32::try_from(MOST).unwrap_or(u32::MAX);
        let history = |range| async move { exchange.history(range).await.map_err(problem) };
        Ok(Self {
            now: exchange.now(),
            trouble: exchange.trouble().await,
            object_store_away_since: {
                let mut parts = exchange.parts_in_trouble().into_iter();
                let away = parts.find(|(part, _)| *part == Part::ObjectStore);
                away.map(|(_, since)| since)
            },
            notices: console.notices.all(),
            mailboxes: exchange.mailbox_overview().await.map_err(problem)?,
            measured: exchange.measured(),
            routing: exchange.routing_queue(most).await.map_err(problem)?,
            uploads: exchange.uploads(most).await.map_err(problem)?,
            quarantined: exchange.quarantined().await.map_err(problem)?,
            patients: exchange.patients_service(),
            disk: exchange.disk(),
            room: exchange.room(),
            certificates: console.certificates.in_use(),
            history: history(range).await?,
            last_hour: history(HistoryRange::Hour).await?.total(),
            last_day: history(HistoryRange::Day).await?.total(),
            usual: exchange.usual_hours().await.map_err(problem)?,
            alarm: exchange.not_collected_warning(),
            expiry_days: exchange.inbox_expiry_days(),
        })
    }

    /// The mean of the same hour on other days; `None` where nothing is known of any.
    pub(super) fn usually(&self, value: impl Fn(&Spell) -> u64) -> Option<u64> {
        let days = u64::try_from(self.usual.len()).unwrap_or(u64::MAX);
        let sum: u64 = self.usual.iter().map(value).sum();
        (days > 0).then(|| (sum + days / 2) / days)
    }

    /// Mailboxes with messages, the one whose oldest waits longest first.
    pub(super) fn waiting(&self) -> Vec<&MailboxOverview> {
        let mut waiting: Vec<_> = self.mailboxes.iter().collect();
        waiting.retain(|mailbox| mailbox.waiting > 0);
        waiting.sort_by_key(|mailbox| (mailbox.oldest, std::cmp::Reverse(mailbox.waiting)));
        waiting
    }
}
