//! A site, where it is mounted, and the sites of one address together.

use std::sync::Arc;

use axum::extract::Request;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::{Router, http};

use crate::access::Access;
use crate::{
    Live, Problem, Role, accessibility, assets, frame, headers, openid_page, sign_in_page, source,
};

/// What every page of one site says of it.
pub struct Site<R: Role> {
    /// The service's name in the header, such as the practice's.
    pub name: String,
    /// What more there is to say of it in the footer: ODS code, mailbox.
    pub about: String,
    /// The navigation, in order; a user sees what their role may open.
    pub sections: Vec<Section<R>>,
    /// Tells open pages of changes.
    pub live: Live,
}

/// One entry of the navigation.
pub struct Section<R: Role> {
    /// Its name.
    pub name: &'static str,
    /// Its first page, `/` being the site's own.
    pub path: &'static str,
    /// Who sees it.
    pub needs: R::Permission,
}

/// A site under its path prefix, with who may look at it: as its pages know it.
pub(crate) struct MountedSite<R: Role> {
    pub(crate) site: Site<R>,
    /// What all paths begin with: empty, or such as `/starling`.
    pub(crate) base: Arc<str>,
    /// Whether it has a page of help.
    pub(crate) has_help: bool,
    pub(crate) access: Access,
}

impl<R: Role> MountedSite<R> {
    /// The address of a page of this site.
    pub(crate) fn link(&self, path: &str) -> String {
        match (&*self.base, path) {
            ("", "") => "/".to_owned(),
            (base, "/") if !base.is_empty() => base.to_owned(),
            (base, path) => format!("{base}{path}"),
        }
    }
}

/// The sites of one address with what they share: sign-in, sign-out, style sheets, the page for
/// what does not exist, and the security headers on all of it.
pub fn listener(access: &Access, sites: impl IntoIterator<Item = Router>) -> Router {
    let mut router = sign_in_page::router(access.clone())
        .merge(assets::router())
        .merge(accessibility::router());
    if access.openid().is_some() {
        router = router.merge(openid_page::router(access.clone()));
    }
    for site in sites {
        router = router.merge(site);
    }
    router
        .fallback(async || Problem::not_found())
        .layer(middleware::from_fn(draw_problems))
        .layer(middleware::from_fn_with_state(
            access.options().secure,
            headers::protect,
        ))
        .layer(middleware::from_fn_with_state(
            Arc::new(access.options().proxies.clone()),
            source::locate,
        ))
}

/// Draws the problems that no site drew, as for addresses of no site.
async fn draw_problems(request: Request, next: middleware::Next) -> Response {
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => {
            let page = frame::bare_problem(&problem);
            with_status(problem.status, page.into_response())
        }
        None => response,
    }
}

pub(crate) fn with_status(status: http::StatusCode, mut response: Response) -> Response {
    *response.status_mut() = status;
    response
}
