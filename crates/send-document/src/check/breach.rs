//! What breaking a rule leads to, by release.

use itk3::{IssueType, ResponseCode};

/// What a rule answers: every place that breaks it.
pub(super) type Breaches = Vec<Breach>;

/// One place that breaks a rule.
pub(super) struct Breach {
    pub path: String,
    pub what: String,
    /// When it is not the one of the rule's row.
    pub response: Option<ResponseCode>,
    /// Which of the code's issue types fits.
    pub issue: Option<IssueType>,
    /// Tolerable although the rule is binding.
    pub only_warning: bool,
    /// Not to be taken although the rule is a recommendation.
    pub always_error: bool,
}

/// The rule is broken here.
pub(super) fn breach(path: impl Into<String>, what: impl Into<String>) -> Breach {
    let (path, what) = (path.into(), what.into());
    Breach {
        path,
        what,
        response: None,
        issue: None,
        only_warning: false,
        always_error: false,
    }
}

/// The rule is broken here unless `holds`.
pub(super) fn unless(holds: bool, path: impl Into<String>, what: &str) -> Breaches {
    if holds {
        Vec::new()
    } else {
        vec![breach(path, what)]
    }
}

impl Breach {
    pub(super) fn answer(mut self, response: ResponseCode) -> Self {
        self.response = Some(response);
        self
    }

    pub(super) fn issue(mut self, issue: IssueType) -> Self {
        self.issue = Some(issue);
        self
    }

    pub(super) fn untakeable(mut self) -> Self {
        self.always_error = true;
        self
    }

    pub(super) fn tolerable(mut self) -> Self {
        self.only_warning = true;
        self
    }
}
