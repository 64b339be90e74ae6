//! Which alerts a page shows, as its address says it.

use serde::Deserialize;

use crate::AlertKind;

/// What the address asks for; anything it does not understand is as if it were not there.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Filter {
    /// `done` for those dealt with.
    state: String,
    kind: String,
    /// An alert whose group is shown whole.
    group: Option<String>,
    page: Option<String>,
    /// The act that was just done, which can be undone.
    act: Option<String>,
}

impl Filter {
    pub(super) fn is_done(&self) -> bool {
        self.state == "done"
    }

    pub(super) fn kind(&self) -> Option<AlertKind> {
        AlertKind::parse(&self.kind)
    }

    pub(super) fn group(&self) -> Option<i64> {
        self.group.as_deref()?.parse().ok()
    }

    pub(super) fn page(&self) -> u32 {
        let page = self.page.as_deref().and_then(|page| page.parse().ok());
        page.unwrap_or(1)
    }

    pub(super) fn act(&self) -> Option<i64> {
        self.act.as_deref()?.parse().ok()
    }

    /// Those of another kind, or of all.
    pub(super) fn of_kind(&self, kind: Option<AlertKind>) -> Self {
        Self {
            state: self.state.clone(),
            kind: kind.map_or("", AlertKind::as_str).to_owned(),
            ..Self::default()
        }
    }

    /// Those to deal with, or those dealt with, of the same kind.
    pub(super) fn done(&self, is_done: bool) -> Self {
        Self {
            state: if is_done { "done" } else { "" }.to_owned(),
            kind: self.kind.clone(),
            ..Self::default()
        }
    }

    /// One group as a whole.
    pub(super) fn only(&self, group: i64) -> Self {
        Self {
            group: Some(group.to_string()),
            ..self.of_kind(self.kind())
        }
    }

    pub(super) fn at(&self, page: u32) -> Self {
        Self {
            page: Some(page.to_string()),
            act: None,
            ..self.clone()
        }
    }

    /// The same, after an act.
    pub(super) fn after(&self, act: i64) -> Self {
        Self {
            act: Some(act.to_string()),
            ..self.clone()
        }
    }

    /// What a form carries so that one comes back to the same page.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let kind = self.kind().map_or("", AlertKind::as_str);
        let state = if self.is_done() { "done" } else { "" };
        let number = |number: Option<i64>| number.map(|number| number.to_string());
        [
            ("state", Some(state.to_owned())),
            ("kind", Some(kind.to_owned())),
            ("group", number(self.group())),
            ("page", self.page.as_ref().map(|_| self.page().to_string())),
            ("act", number(self.act())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
        .collect()
    }

    /// The filter that a form carried.
    pub(super) fn of(fields: &[(String, String)]) -> Self {
        let of = |wanted: &str| {
            let mut fields = fields.iter();
            let found = fields.find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.clone())
        };
        Self {
            state: of("state").unwrap_or_default(),
            kind: of("kind").unwrap_or_default(),
            group: of("group"),
            page: of("page"),
            act: None,
        }
    }

    /// The address of the page. Only what we understand goes into it.
    pub(super) fn address(&self) -> String {
        let fields = self.fields();
        if fields.is_empty() {
            return "/alerts".to_owned();
        }
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        format!("/alerts?{query}")
    }
}
