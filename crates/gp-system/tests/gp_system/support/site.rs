//! A practice's pages over a real socket, with a user for each role.

use std::sync::Arc;

use ::pages::{Access, AccessOptions, Live, NewUser, Role, Surroundings, Users};
use gp_system::web::{self, PracticeRole};
use nhs::{Clock, SystemClock, SystemRandomness};
use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect};
use tokio_util::sync::CancellationToken;

use super::Side;

pub struct Site {
    pub address: String,
    pub client: Client,
    access: Access,
    users: Users,
    pub surroundings: Surroundings,
}

/// Somebody signed in.
#[derive(Clone)]
pub struct Visitor<'a> {
    site: &'a Site,
    cookie: String,
    pub token: String,
}

impl Site {
    pub async fn of(side: &Side, base: &str) -> Self {
        let users = Users::in_memory().unwrap();
        for role in PracticeRole::ALL {
            let new = NewUser {
                name: role.name().to_owned(),
                role: role.name().to_owned(),
                password: "a password of the tests".to_owned().into(),
            };
            users
                .add(&new, SystemClock.now(), &SystemRandomness)
                .unwrap();
        }
        let access = Access::new(
            users.clone(),
            AccessOptions::new("Test", "practice"),
            Arc::new(SystemClock),
            Arc::new(SystemRandomness),
        );
        let live = Live::new(CancellationToken::new());
        let surroundings = Surroundings::new(crate::settings::NOTES);
        let around = (&users, surroundings.clone());
        let router = web::router(side.practice.clone(), base, &access, around, live);
        let router = pages::listener(&access, [router]);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            address,
            client,
            access,
            users,
            surroundings,
        }
    }

    pub async fn visitor(&self, role: PracticeRole) -> Visitor<'_> {
        let identity = self.users.identity(role.name()).unwrap().unwrap();
        let link = self.access.sign_in_link(identity);
        let signed = self.client.get(format!("{}{link}", self.address)).send();
        let signed = signed.await.unwrap();
        let cookie = signed.headers()[SET_COOKIE].to_str().unwrap();
        let mut visitor = Visitor {
            site: self,
            cookie: cookie.split(';').next().unwrap().to_owned(),
            token: String::new(),
        };
        let rows = web::rows();
        assert!(rows.iter().any(|row| row.path == "/check"));
        visitor.token = visitor.find_token().await;
        visitor
    }

    /// Without a cookie.
    pub async fn get(&self, path: &str) -> Response {
        let url = format!("{}{path}", self.address);
        self.client.get(url).send().await.unwrap()
    }
}

impl Visitor<'_> {
    async fn find_token(&self) -> String {
        for path in ["/check", "/starling/check", "/osprey/check"] {
            let page = self.get(path).await;
            if page.status() == StatusCode::OK {
                let page = page.text().await.unwrap();
                let (_, rest) = page.split_once("name=\"token\" value=\"").unwrap();
                return rest.split_once('"').unwrap().0.to_owned();
            }
        }
        panic!("no page with a form");
    }

    /// A look, for headers to be added.
    pub fn getting(&self, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.site.address);
        self.site.client.get(url).header(COOKIE, &self.cookie)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.getting(path).send().await.unwrap()
    }

    pub async fn text(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.text().await.unwrap()
    }

    /// A post as a browser makes it, without the form.
    pub fn posting(&self, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.site.address);
        let request = self.site.client.post(url).header(COOKIE, &self.cookie);
        request.header(ORIGIN, &self.site.address)
    }

    /// A form with its token.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let token = [("token", self.token.as_str())];
        let all: Vec<_> = token.iter().chain(fields).collect();
        self.posting(path).form(&all).send().await.unwrap()
    }

    /// Sends a draft from its page as it is now.
    pub async fn send_draft(&self, draft: &str) -> Response {
        let seen = revision(&self.text(draft).await);
        let to = format!("{draft}/send");
        self.post(&to, &[("revision", &seen)]).await
    }

    /// Adds files to a draft from its page as it is now.
    pub async fn attach(&self, draft: &str, files: &[(&str, &[u8])]) -> Response {
        let seen = revision(&self.text(draft).await);
        let mut parts = vec![("revision", "", seen.as_bytes())];
        parts.extend(
            files
                .iter()
                .map(|(name, content)| ("file", *name, *content)),
        );
        self.upload(&format!("{draft}/attachments"), &parts).await
    }

    pub async fn upload(&self, path: &str, parts: &[(&str, &str, &[u8])]) -> Response {
        self.uploading(path, parts).send().await.unwrap()
    }

    /// A form with files: name, file name (empty for a plain field), content.
    pub fn uploading(&self, path: &str, parts: &[(&str, &str, &[u8])]) -> RequestBuilder {
        let mut body = Vec::new();
        let token = [("token", "", self.token.as_bytes())];
        for (name, file, content) in token.iter().chain(parts) {
            let file = match *file {
                "" => String::new(),
                file => format!("; filename=\"{file}\""),
            };
            let head =
                format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--cut--\r\n");
        let request = self.posting(path).body(body);
        request.header("content-type", "multipart/form-data; boundary=cut")
    }
}

/// How often what a page shows had been changed, as its forms post it.
pub fn revision(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"revision\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// Where an answer leads.
pub fn location(response: &Response) -> String {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    response.headers()[LOCATION].to_str().unwrap().to_owned()
}
