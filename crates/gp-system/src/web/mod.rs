//! The practice's pages: server-rendered, without scripts, all text escaped. They show patient
//! data and ask nobody who they are, so they belong on the loopback interface only.

mod attachment;
mod consultation_form;
mod deletion;
mod frame;
mod new_consultation;
mod overview;
mod safety;
mod sent;
mod tasks;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::{Practice, PracticeError};

const STYLE: &str = include_str!("style.css");

/// What every page works with.
#[derive(Clone)]
struct Pages {
    practice: Practice,
    /// The path all links begin with: empty, or such as `/starling`.
    base: Arc<str>,
}

impl Pages {
    /// Reads records on a thread where waiting for the disk holds up nobody.
    async fn ask<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Practice) -> Result<T, PracticeError> + Send + 'static,
    ) -> Result<T, PageError> {
        let practice = self.practice.clone();
        Ok(self.practice.blocking(move |_| look(&practice)).await?)
    }
}

/// The pages of one practice under the path prefix `base`: empty, or such as `/starling`.
pub fn router(practice: Practice, base: &str) -> Router {
    let base = base.trim_end_matches('/');
    let at = |path: &str| format!("{base}{path}");
    let home = if base.is_empty() { "/" } else { base };
    let mut router = Router::new()
        .route(home, get(overview::page))
        .route(&at("/alerts/{alert}/settle"), post(overview::settle))
        .route(&at("/inbox"), get(tasks::list))
        .route(&at("/inbox/{task}"), get(tasks::page))
        .route(
            &at("/inbox/{task}/attachments/{position}"),
            get(attachment::show),
        )
        .route(&at("/sent"), get(sent::list))
        .route(&at("/sent/{consultation}"), get(sent::page))
        .route(
            &at("/sent/{consultation}/delete"),
            get(deletion::question).post(deletion::delete),
        )
        .route(
            &at("/new"),
            get(new_consultation::form).post(new_consultation::submit),
        )
        .route(&at("/style.css"), get(style));
    if !base.is_empty() {
        router = router.route(&at("/"), get(overview::page));
    }
    router
        .layer(middleware::from_fn(safety::protect))
        .with_state(Pages {
            practice,
            base: Arc::from(base),
        })
}

async fn style() -> impl IntoResponse {
    (
        [
            (CONTENT_TYPE, "text/css; charset=utf-8"),
            (CACHE_CONTROL, "max-age=300"),
        ],
        STYLE,
    )
}

/// Why a page could not be shown.
enum PageError {
    NotFound,
    Practice(PracticeError),
}

impl From<PracticeError> for PageError {
    fn from(error: PracticeError) -> Self {
        Self::Practice(error)
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                frame::bare("Not found", "There is nothing here."),
            )
                .into_response(),
            Self::Practice(error) => {
                tracing::error!(code = error.code(), %error, "a page could not be shown");
                let words = "The practice's records could not be read. Try again in a moment.";
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    frame::bare("Something went wrong", words),
                )
                    .into_response()
            }
        }
    }
}
