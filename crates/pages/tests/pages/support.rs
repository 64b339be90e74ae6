//! A site of one page, two roles and a clock that the test moves.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Form, Path, State};
use axum::response::Redirect;
use jiff::Timestamp;
use maud::{Markup, html};
use nhs::{Clock, SystemRandomness};
use pages::components::{Errors, Field};
use pages::{
    Access, AccessOptions, Live, NewUser, Notice, Problem, Role, Section, Site, Table, Users, View,
};
use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::{Client, RequestBuilder, Response, redirect};
use test_kit::ManualClock;
use tokio_util::sync::CancellationToken;

use crate::work;

pub const PASSWORD: &str = "correct horse battery";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TestRole {
    Looker,
    Writer,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum May {
    Look,
    Write,
}

impl Role for TestRole {
    type Permission = May;
    const ALL: &'static [Self] = &[Self::Looker, Self::Writer];

    fn name(self) -> &'static str {
        match self {
            Self::Looker => "looker",
            Self::Writer => "writer",
        }
    }

    fn title(self) -> &'static str {
        self.name()
    }

    fn may(self, permission: May) -> bool {
        permission == May::Look || self == Self::Writer
    }
}

async fn first(view: View<TestRole>) -> Markup {
    view.page("First").show(html! {
        (view.form("/write", Field::new("text", "Text").value("<script>alert(1)</script>").input("text")))
    })
}

async fn letter(view: View<TestRole>, Path(letter): Path<String>) -> Result<Markup, Problem> {
    match letter.as_str() {
        "gone" => Err(Problem::not_found()),
        _ => Ok(view.page("Letter").show(html! { p { "Dear patient" } })),
    }
}

async fn missing(_: View<TestRole>) -> Problem {
    Problem::not_found()
}

#[derive(serde::Deserialize)]
struct Written {
    text: String,
}

async fn write(
    view: View<TestRole>,
    State(live): State<Live>,
    Form(written): Form<Written>,
) -> Result<Redirect, Markup> {
    if written.text.is_empty() {
        let mut errors = Errors::new();
        errors.add("text", "Enter a text");
        let page = view.page("First").errors(&errors);
        return Err(page.show(html! { (Field::new("text", "Text").errors(&errors).input("text")) }));
    }
    live.changed();
    view.tell(Notice::success(format!("Written: {}", written.text)));
    Ok(Redirect::to(&view.link("/")))
}

async fn upload(_: View<TestRole>, mut form: axum::extract::Multipart) -> String {
    let field = form.next_field().await.unwrap().unwrap();
    assert_eq!(field.name(), Some("token"));
    drop(field);
    let file = form.next_field().await.unwrap().unwrap();
    file.bytes().await.unwrap().len().to_string()
}

pub fn table() -> Table<TestRole, Live> {
    Table::new()
        .get("/", May::Look, first)
        .get("/missing", May::Look, missing)
        .get("/board", May::Look, work::board)
        .asset(&work::STYLE)
        .asset(&work::SCRIPT)
        .get_noted("/letters/{letter}", May::Look, "letter", letter)
        .post_noted("/letters", May::Look, "search", first)
        .get("/secret", May::Write, first)
        .post("/write", May::Write, write)
        .upload("/upload", May::Write, 3 * 1024 * 1024, upload)
        .people(May::Write)
}

pub struct World {
    pub address: String,
    pub clock: Arc<ManualClock>,
    pub users: Users,
    pub access: Access,
    pub live: Live,
    pub shutdown: CancellationToken,
    pub client: Client,
}

impl World {
    pub async fn new(base: &str, secure: bool) -> Self {
        Self::with(base, |options| options.secure = secure).await
    }

    pub async fn with(base: &str, set: impl FnOnce(&mut AccessOptions)) -> Self {
        let clock = Arc::new(ManualClock::new(
            Timestamp::from_second(1_800_000_000).unwrap(),
        ));
        let users = Users::in_memory().unwrap();
        for (name, role) in [
            ("look", "looker"),
            ("write", "writer"),
            ("odd", "clinician"),
        ] {
            let user = NewUser {
                name: name.to_owned(),
                role: role.to_owned(),
                password: PASSWORD.to_owned().into(),
            };
            users.add(&user, clock.now(), &SystemRandomness).unwrap();
        }
        let mut options = AccessOptions::new("Test service", "test");
        set(&mut options);
        let access = Access::new(
            users.clone(),
            options,
            Arc::clone(&clock) as _,
            Arc::new(SystemRandomness),
        );
        let shutdown = CancellationToken::new();
        let live = Live::new(shutdown.clone());
        let site = Site {
            name: "Test service".to_owned(),
            about: "About it".to_owned(),
            sections: vec![
                Section {
                    name: "First",
                    path: "/",
                    needs: May::Look,
                },
                Section {
                    name: "Secret",
                    path: "/secret",
                    needs: May::Write,
                },
            ],
            live: live.clone(),
        };
        let router = table().open(site, base, &access, live.clone());
        let app = pages::listener(&access, [router]);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            address,
            clock,
            users,
            access,
            live,
            shutdown,
            client,
        }
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.address))
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.address))
    }

    /// A session's cookie, by a one-time link.
    pub async fn cookie(&self, user: &str) -> String {
        let identity = self.users.identity(user).unwrap().unwrap();
        let link = self.access.sign_in_link(identity);
        cookie_of(&self.get(&link).send().await.unwrap())
    }

    pub async fn sign_in(&self, name: &str, password: &str) -> Response {
        self.sign_in_from(None, "", name, password).await
    }

    /// As a proxy sends it on for this address; with a device's cookie.
    pub async fn sign_in_from(
        &self,
        address: Option<&str>,
        device: &str,
        name: &str,
        password: &str,
    ) -> Response {
        let page = self.get("/sign-in").send().await.unwrap();
        let cookie = cookie_of(&page);
        let token = token_of(&page.text().await.unwrap());
        let mut post = self.post("/sign-in");
        if let Some(address) = address {
            post = post.header("x-forwarded-for", address);
        }
        post.header(COOKIE, format!("{cookie}; {device}"))
            .form(&[
                ("token", token.as_str()),
                ("name", name),
                ("password", password),
            ])
            .send()
            .await
            .unwrap()
    }

    /// The session's form token, from any page.
    pub async fn token(&self, base: &str, cookie: &str) -> String {
        let path = if base.is_empty() { "/" } else { base };
        let page = self.get(path).header(COOKIE, cookie).send().await.unwrap();
        token_of(&page.text().await.unwrap())
    }
}

pub fn cookie_of(response: &Response) -> String {
    let set = response.headers()[SET_COOKIE].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

/// The cookie of a name that an answer sets.
pub fn cookie_named(response: &Response, name: &str) -> Option<String> {
    let set = response.headers().get_all(SET_COOKIE).iter();
    set.filter_map(|value| value.to_str().unwrap().split(';').next())
        .find(|cookie| cookie.starts_with(&format!("{name}=")))
        .map(str::to_owned)
}

pub fn token_of(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"token\" value=\"").expect(page);
    rest.split('"').next().unwrap().to_owned()
}
