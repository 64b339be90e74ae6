//! The filter of the inbox as it stands in the page's address.

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
    /// Stands for the words searched for, which the session keeps.
    pub(in crate::web) search: String,
    pub(super) sort: String,
    pub(super) page: Option<String>,
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
    /// Without a choice, what is to do.
    pub(super) fn state(&self) -> &str {
        self.state.as_deref().unwrap_or("open")
    }

    fn order(&self) -> (InboxSort, bool) {
        let named = ORDERS.iter().find(|(name, ..)| *name == self.sort);
        named.map_or((InboxSort::Received, true), |(_, _, sort, up)| (*sort, *up))
    }

    pub(in crate::web) fn query(&self, user: &str, words: &str) -> InboxQuery {
        let (sort, ascending) = self.order();
        InboxQuery {
            state: TaskState::parse(self.state()),
            for_action: match self.kind.as_str() {
                "action" => Some(true),
                "information" => Some(false),
                _ => None,
            },
            sender: Some(self.sender.clone()).filter(|sender| !sender.is_empty()),
            assigned_to: (self.assigned == "me").then(|| user.to_owned()),
            search: words.chars().take(200).collect(),
            sort,
            ascending,
            page: self
                .page
                .as_deref()
                .and_then(|page| page.parse().ok())
                .unwrap_or(1),
        }
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

    /// A path of the inbox with this filter.
    pub(super) fn within(&self, path: &str) -> String {
        let query = self.pairs();
        if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        }
    }

    /// The address of the same list as a file.
    pub(super) fn export(&self) -> String {
        let all = Self {
            page: None,
            ..self.clone()
        };
        all.within("/inbox/export")
    }

    fn pairs(&self) -> String {
        let pairs = [
            ("state", self.state.as_deref().unwrap_or_default()),
            ("kind", &self.kind),
            ("sender", &self.sender),
            ("assigned", &self.assigned),
            ("search", &self.search),
            ("sort", &self.sort),
            ("page", self.page.as_deref().unwrap_or_default()),
        ];
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()))
            .finish()
    }
}
