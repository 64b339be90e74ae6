//! The filter of the sent list as it stands in the page's address.

use serde::Deserialize;

use crate::{ConsultationState, SentQuery, SentState};

/// What the address asks for; anything it does not understand is as if it were not there. What
/// somebody searches for may be a patient's and is not in it.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Filter {
    pub(super) state: String,
    /// Stands for the words searched for, which the session keeps.
    pub(in crate::web) search: String,
    pub(super) page: Option<String>,
}

/// The choices by their names in the address and on the page.
pub(super) const STATES: [(&str, &str, SentState); 6] = [
    (
        "waiting",
        "Waiting to be sent",
        SentState::Only(ConsultationState::Waiting),
    ),
    ("under-way", "In progress", SentState::UnderWay),
    ("overdue", "Acknowledgement overdue", SentState::Overdue),
    (
        "failed",
        "Failed",
        SentState::Only(ConsultationState::Failed),
    ),
    (
        "delivered",
        "Delivered",
        SentState::Only(ConsultationState::Delivered),
    ),
    (
        "withdrawn",
        "Withdrawn, never sent",
        SentState::Only(ConsultationState::Withdrawn),
    ),
];

impl Filter {
    pub(in crate::web) fn query(&self, words: &str) -> SentQuery {
        let page = self.page.as_deref().and_then(|page| page.parse().ok());
        let state = STATES.iter().find(|(name, ..)| *name == self.state);
        SentQuery {
            state: state.map(|(_, _, state)| *state),
            search: words.chars().take(200).collect(),
            page: page.unwrap_or(1),
        }
    }

    /// The address of the list in another state, with the words searched for.
    pub(super) fn in_state(&self, state: &str) -> String {
        let filter = Self {
            state: state.to_owned(),
            search: self.search.clone(),
            page: None,
        };
        filter.within("/sent")
    }

    pub(super) fn at(&self, page: u32) -> String {
        let filter = Self {
            page: Some(page.to_string()),
            ..self.clone()
        };
        filter.within("/sent")
    }

    /// The address of the list as a file.
    pub(super) fn export(&self) -> String {
        let filter = Self {
            page: None,
            ..self.clone()
        };
        filter.within("/sent/export")
    }

    /// A path with this filter. Only what we understand goes into an address.
    pub(super) fn within(&self, path: &str) -> String {
        let state = STATES.iter().find(|(name, ..)| *name == self.state);
        let number = self
            .page
            .as_deref()
            .and_then(|page| page.parse::<u32>().ok());
        let number = number.map(|number| number.to_string()).unwrap_or_default();
        let pairs = [
            ("state", state.map_or("", |(name, ..)| *name)),
            ("search", &self.search),
            ("page", &number),
        ];
        let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        match query.as_str() {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }
}
