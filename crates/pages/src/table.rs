//! The routes of a site, each with what it needs.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::response::Redirect;
use axum::routing::{MethodRouter, any, get, post};
use axum::{Extension, Router, middleware};

use crate::access::Access;
use crate::auth::{self, Needs, RouteRules};
use crate::site::{MountedSite, Site};
use crate::site_asset::SiteAsset;
use crate::view::events;
use crate::{Role, help};

/// Bytes a form may have.
const FORM_LIMIT: usize = 1024 * 1024;

/// One line of the table: a route and what it needs.
#[derive(Debug, Clone)]
pub struct Row<P> {
    /// `GET` or `POST`.
    pub method: Method,
    /// The path within the site, with `{parameters}`.
    pub path: &'static str,
    /// What it needs.
    pub needs: Needs<P>,
    /// As what each request is noted in the security log: such as a look at a patient's document.
    pub noted: Option<&'static str>,
}

/// Every route of a site with the permission it needs. The router is made from it, so that there is
/// no route that is not in it; each goes through the same checks: session, role, and for a form its token.
///
/// Handlers are axum's, with a [`View`](crate::View) among their arguments. Forms are checked for
/// the session's token and reach the handler with it, in the field `token`.
pub struct Table<R: Role, S> {
    rows: Vec<Row<R::Permission>>,
    router: Router<S>,
}

impl<R: Role, S: Clone + Send + Sync + 'static> Default for Table<R, S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R: Role, S: Clone + Send + Sync + 'static> Table<R, S> {
    /// A table without rows.
    pub fn new() -> Self {
        Self {
            rows: Vec::new(),
            router: Router::new(),
        }
    }

    /// A page.
    pub fn get<H, T>(self, path: &'static str, needs: R::Permission, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let rules = RouteRules::of(needs, 0);
        self.add(Method::GET, path, rules, get(handler))
    }

    /// A page that shows what is a patient's: each look is a line of the security log, named so.
    pub fn get_noted<H, T>(
        self,
        path: &'static str,
        needs: R::Permission,
        noted: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let rules = RouteRules::of(needs, 0).noted(noted);
        self.add(Method::GET, path, rules, get(handler))
    }

    /// A form that answers with what is a patient's, such as a search: each is a line of the security
    /// log, named so. What was searched for is not in it.
    pub fn post_noted<H, T>(
        self,
        path: &'static str,
        needs: R::Permission,
        noted: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let rules = RouteRules::of(needs, FORM_LIMIT).noted(noted);
        let route = post(handler).layer(DefaultBodyLimit::max(FORM_LIMIT));
        self.add(Method::POST, path, rules, route)
    }

    /// What a form does.
    pub fn post<H, T>(self, path: &'static str, needs: R::Permission, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.upload(path, needs, FORM_LIMIT, handler)
    }

    /// What a form of up to `limit` bytes does, with files or without. In a multipart form the
    /// field `token` must be the first, as [`View::upload_form`](crate::View::upload_form) has it.
    pub fn upload<H, T>(
        self,
        path: &'static str,
        needs: R::Permission,
        limit: usize,
        handler: H,
    ) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let route = post(handler).layer(DefaultBodyLimit::max(limit));
        self.add(Method::POST, path, RouteRules::of(needs, limit), route)
    }

    /// A page for whoever is signed in.
    pub(crate) fn own_get<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add(Method::GET, path, RouteRules::signed_in(0), get(handler))
    }

    /// What a form of whoever is signed in does.
    pub(crate) fn own_post<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let rules = RouteRules::signed_in(FORM_LIMIT);
        self.add(Method::POST, path, rules, post(handler))
    }

    /// A page that is open also to who has yet to choose a password.
    pub(crate) fn password_get<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let rules = RouteRules::signed_in(0).before_choice();
        self.add(Method::GET, path, rules, get(handler))
    }

    /// What a form does that is open also to who has yet to choose a password.
    pub(crate) fn password_post<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let rules = RouteRules::signed_in(FORM_LIMIT).before_choice();
        self.add(Method::POST, path, rules, post(handler))
    }

    /// The same of a form with files that shows what is a patient's: each is a line of the security log, named so.
    pub fn upload_noted<H, T>(
        self,
        path: &'static str,
        needs: R::Permission,
        (noted, limit): (&'static str, usize),
        handler: H,
    ) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let rules = RouteRules::of(needs, limit).noted(noted);
        let route = post(handler).layer(DefaultBodyLimit::max(limit));
        self.add(Method::POST, path, rules, route)
    }

    /// A style sheet or script of the site's own. It is served to whoever asks, and is no row.
    pub fn asset(mut self, asset: &'static SiteAsset) -> Self {
        self.router = self.router.merge(asset.router());
        self
    }

    fn add(
        mut self,
        method: Method,
        path: &'static str,
        rules: RouteRules<R::Permission>,
        route: MethodRouter<S>,
    ) -> Self {
        let guarded = route.route_layer(middleware::from_fn(move |request, next| {
            auth::require::<R>(rules, request, next)
        }));
        self.router = self.router.route(path, guarded);
        self.rows.push(Row {
            method,
            path,
            needs: rules.needs,
            noted: rules.noted,
        });
        self
    }

    /// The table itself, for tests that go through every route with every role.
    pub fn rows(&self) -> &[Row<R::Permission>] {
        &self.rows
    }

    /// The router of the site, under the path prefix `base`: empty, or such as `/starling`.
    pub fn open(self, site: Site<R>, base: &str, access: &Access, state: S) -> Router {
        let base = base.trim_end_matches('/');
        let mounted = Arc::new(MountedSite {
            site,
            base: Arc::from(base),
            access: access.clone(),
            has_help: self.rows.iter().any(|row| row.path == help::PATH),
        });
        let router = self
            .add(
                Method::GET,
                "/events",
                RouteRules::signed_in(0),
                get(events::<R>),
            )
            .router
            .route("/{*nothing}", any(auth::nothing_here::<R>))
            .layer(Extension(mounted))
            .with_state(state);
        if base.is_empty() {
            return router;
        }
        let home = base.to_owned();
        Router::new()
            .nest(base, router)
            .route(&format!("{base}/"), get(async move || Redirect::to(&home)))
    }
}
