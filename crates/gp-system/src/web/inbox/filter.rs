//! The filter of the inbox as it stands in the page's address.

use axum::extract::Query;
use axum::http::Uri;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::{InboxQuery, InboxSort, TaskId, TaskState};

/// What the address asks for; anything it does not understand is as if it were not there. What
/// somebody searches for may be a patient's and is not in it.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Filter {
    pub(super) state: Option<String>,
    pub(super) kind: String,
    pub(super) sender: String,
    pub(super) assigned: String,
    /// `yes`: only letters that nobody opened.
    pub(super) unread: String,
    /// Only letters older than so many days.
    pub(super) age: String,
    /// Only letters received on this day or later.
    pub(super) since: String,
    /// Only letters received on this day or earlier.
    pub(super) until: String,
    /// Stands for the words searched for, which the session keeps.
    pub(in crate::web) search: String,
    pub(super) sort: String,
    pub(super) page: Option<String>,
    /// The act done just now, which can be undone. It is told once and in no other address.
    pub(super) did: String,
    /// The order of a user who asks for none here.
    #[serde(skip)]
    pub(super) usual_sort: String,
}

/// The orders: name in the address, words, by what, and whether the earliest or A is first. The first is
/// taken unless another is asked for: the oldest work first.
pub(super) const ORDERS: [(&str, &str, InboxSort, bool); 5] = [
    ("oldest", "Oldest first", InboxSort::Received, true),
    ("newest", "Newest first", InboxSort::Received, false),
    ("patient", "Patient, A to Z", InboxSort::Patient, true),
    ("sender", "Sender, A to Z", InboxSort::Sender, true),
    ("subject", "Subject, A to Z", InboxSort::Subject, true),
];

impl Filter {
    /// Choices as an address has them.
    pub(super) fn parse(choices: &str) -> Self {
        let address: Result<Uri, _> = format!("/?{choices}").parse();
        let query = address.ok().and_then(|it| Query::try_from_uri(&it).ok());
        query.map(|Query(filter)| filter).unwrap_or_default()
    }

    /// Without a choice, what is to do.
    pub(super) fn state(&self) -> &str {
        self.state.as_deref().unwrap_or("open")
    }

    /// The order that is taken, by its name.
    pub(super) fn order(&self) -> &'static str {
        let named = |name: &str| ORDERS.iter().find(|(order, ..)| *order == name);
        let order = named(&self.sort).or_else(|| named(&self.usual_sort));
        order.map_or("oldest", |(name, ..)| name)
    }

    pub(in crate::web) fn query(&self, user: &str, words: &str, now: Timestamp) -> InboxQuery {
        let order = ORDERS.iter().find(|(name, ..)| *name == self.order());
        let (sort, ascending) = order.map_or((InboxSort::Received, true), |it| (it.2, it.3));
        let days: Option<i64> = self.age.parse().ok();
        let old = days
            .filter(|days| (1..=3_650).contains(days))
            .and_then(|days| now.checked_sub(SignedDuration::from_hours(24 * days)).ok());
        let until = day(&self.until).and_then(|day| begin(day.tomorrow().ok()?));
        InboxQuery {
            state: TaskState::parse(self.state()),
            for_action: match self.kind.as_str() {
                "action" => Some(true),
                "information" => Some(false),
                _ => None,
            },
            sender: Some(self.sender.clone()).filter(|sender| !sender.is_empty()),
            assigned_to: (self.assigned == "me").then(|| user.to_owned()),
            unread: self.unread == "yes",
            received_from: day(&self.since).and_then(begin),
            received_before: old.into_iter().chain(until).min(),
            search: words.chars().take(200).collect(),
            sort,
            ascending,
            page: self.page_number(),
        }
    }

    pub(super) fn page_number(&self) -> u32 {
        let page = self.page.as_deref();
        page.and_then(|page| page.parse().ok()).unwrap_or(1)
    }

    /// The address of another page of the same list.
    pub(super) fn at(&self, page: u32) -> String {
        Self {
            page: Some(page.to_string()),
            ..self.clone()
        }
        .address()
    }

    /// The address of the list.
    pub(super) fn address(&self) -> String {
        self.within("/inbox")
    }

    /// The address of a letter, from which one comes back to this list.
    pub(super) fn letter(&self, task: TaskId) -> String {
        self.within(&format!("/inbox/{task}"))
    }

    /// The address of the same list as a file.
    pub(super) fn export(&self) -> String {
        let all = Self {
            page: None,
            ..self.clone()
        };
        all.within("/inbox/export")
    }

    /// A path of the inbox with this filter.
    pub(in crate::web) fn within(&self, path: &str) -> String {
        let page = self.page.as_deref().unwrap_or_default();
        let besides = [
            ("search", self.search.as_str()),
            ("sort", &self.sort),
            ("page", page),
        ];
        with_query(path, self.pairs().into_iter().chain(besides))
    }

    /// A path with this filter and the act that was done just now.
    pub(super) fn after(&self, path: &str, act: i64) -> String {
        let path = self.within(path);
        let sign = if path.contains('?') { '&' } else { '?' };
        format!("{path}{sign}did={act}")
    }

    /// The choices alone, as they are kept under a name: no words, no order, no page.
    pub(super) fn choices(&self) -> String {
        let query = with_query("", self.pairs().into_iter());
        query.trim_start_matches('?').to_owned()
    }

    fn pairs(&self) -> [(&'static str, &str); 8] {
        let state = match self.state() {
            "open" => "",
            state => state,
        };
        [
            ("state", state),
            ("kind", &self.kind),
            ("sender", &self.sender),
            ("assigned", &self.assigned),
            ("unread", &self.unread),
            ("age", &self.age),
            ("since", &self.since),
            ("until", &self.until),
        ]
    }
}

fn with_query<'a>(path: &str, pairs: impl Iterator<Item = (&'static str, &'a str)>) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs.filter(|(_, value)| !value.is_empty()))
        .finish();
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

/// `27/11/2026`, or as computers write it: `2026-11-27`.
fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let mut parts = text.splitn(3, ['/', '.', ' ']);
        let (day, month) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Date::new(parts.next()?.parse().ok()?, month, day).ok()
    })
}

/// The first moment of a day in England.
fn begin(day: Date) -> Option<Timestamp> {
    day.to_zoned(nhs::uk_time_zone())
        .ok()
        .map(|moment| moment.timestamp())
}
