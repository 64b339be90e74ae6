//! What every page works with, and what an error of the practice is to somebody who looks.

use axum::http::StatusCode;
use pages::{Problem, Surroundings, Users};

use super::checks::Checks;
use super::role::PracticeRole;
use crate::{Practice, PracticeError};

/// What a handler draws its page with.
pub(super) type View = pages::View<PracticeRole>;

/// What every page works with.
#[derive(Clone)]
pub(super) struct Pages {
    pub(super) practice: Practice,
    pub(super) users: Users,
    pub(super) checks: Checks,
    /// What the program around the pages knows.
    pub(super) surroundings: Surroundings,
}

impl Pages {
    /// Reads records on a thread where waiting for the disk holds up nobody.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        view: &View,
        look: impl FnOnce(&Practice) -> Result<T, PracticeError> + Send + 'static,
    ) -> Result<T, Problem> {
        let practice = self.by(view);
        Ok(self.practice.blocking(move |_| look(&practice)).await?)
    }

    /// The practice with the signed-in user at work.
    pub(super) fn by(&self, view: &View) -> Practice {
        self.practice.used_by(view.session().user())
    }
}

/// What a person can put right is told; a failure of the records goes to the log, not to the page.
impl From<PracticeError> for Problem {
    fn from(error: PracticeError) -> Self {
        let problem = |status, title| Self::new(status, title, sentence(&error));
        match error {
            PracticeError::Consultation(_)
            | PracticeError::OtherPatient
            | PracticeError::OwnPatient
            | PracticeError::Review(_)
            | PracticeError::Note(_) => problem(StatusCode::BAD_REQUEST, "Nothing was changed"),
            PracticeError::TooManyDrafts(_) => {
                problem(StatusCode::CONFLICT, "No more drafts are kept")
            }
            PracticeError::KeptJustNow => {
                problem(StatusCode::TOO_MANY_REQUESTS, "Nothing was changed")
            }
            PracticeError::NotFound(_) => Self::not_found(),
            PracticeError::Unread
            | PracticeError::NeedsReview
            | PracticeError::PatientNotMatched(_) => {
                problem(StatusCode::CONFLICT, "Nothing was changed")
            }
            PracticeError::Changed(_) => problem(StatusCode::CONFLICT, "Somebody was quicker"),
            PracticeError::Gone(_) => problem(StatusCode::GONE, "It is no longer here"),
            error => {
                tracing::error!(code = error.code(), %error, "a page could not be shown");
                Self::internal()
            }
        }
    }
}

/// An error as a sentence: with a capital letter and a full stop.
pub(super) fn sentence(error: &PracticeError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).chain(['.']).collect())
        .unwrap_or_default()
}
