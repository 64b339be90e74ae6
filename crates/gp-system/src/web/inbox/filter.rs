//! The filter of the inbox as it stands in the page's address.

use serde::Deserialize;

use crate::{InboxQuery, InboxSort, TaskState};

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
    pub(super) order: String,
    pub(super) page: Option<String>,
}

/// The sorts by their names in the address.
pub(super) const SORTS: [(&str, InboxSort); 4] = [
    ("received", InboxSort::Received),
    ("sender", InboxSort::Sender),
    ("patient", InboxSort::Patient),
    ("subject", InboxSort::Subject),
];

impl Filter {
    /// Without a choice, what is to do.
    pub(super) fn state(&self) -> &str {
        self.state.as_deref().unwrap_or("open")
    }

    pub(super) fn sort(&self) -> InboxSort {
        let named = SORTS.iter().find(|(name, _)| *name == self.sort);
        named.map_or(InboxSort::Received, |(_, sort)| *sort)
    }

    /// Names from A to Z, times from the latest, unless asked for otherwise.
    pub(super) fn ascending(&self) -> bool {
        match self.order.as_str() {
            "up" => true,
            "down" => false,
            _ => self.sort() != InboxSort::Received,
        }
    }

    pub(in crate::web) fn query(&self, user: &str, words: &str) -> InboxQuery {
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
            sort: self.sort(),
            ascending: self.ascending(),
            page: self
                .page
                .as_deref()
                .and_then(|page| page.parse().ok())
                .unwrap_or(1),
        }
    }

    /// The address of the same list, sorted by another column or turned round.
    pub(super) fn sorted_by(&self, name: &str, ascending: bool) -> String {
        let order = if ascending { "up" } else { "down" };
        Self {
            sort: name.to_owned(),
            order: order.to_owned(),
            page: None,
            ..self.clone()
        }
        .address()
    }

    /// The address of another page of the same list.
    pub(super) fn at(&self, page: u32) -> String {
        Self {
            page: Some(page.to_string()),
            ..self.clone()
        }
        .address()
    }

    pub(super) fn address(&self) -> String {
        format!("/inbox?{}", self.choices())
    }

    /// The address of the same list as a file.
    pub(super) fn export(&self) -> String {
        let all = Self {
            page: None,
            ..self.clone()
        };
        format!("/inbox/export?{}", all.choices())
    }

    fn choices(&self) -> String {
        let page = self.page.as_deref().unwrap_or_default();
        let pairs = [
            ("state", self.state()),
            ("kind", &self.kind),
            ("sender", &self.sender),
            ("assigned", &self.assigned),
            ("search", &self.search),
            ("sort", &self.sort),
            ("order", &self.order),
            ("page", page),
        ];
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()))
            .finish()
    }
}
