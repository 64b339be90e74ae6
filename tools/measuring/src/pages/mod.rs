//! The server's time and the weight of each page: of a practice with many tasks, of the console of an exchange with as
//! many messages.

mod console;
mod practice;

use std::sync::Arc;
use std::time::{Duration, Instant};

use nhs::{Clock, SystemClock, SystemRandomness};
use pages::{Access, AccessOptions, NewUser, Users};
use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect;

const TURNS: usize = 20;
const USER: &str = "measurer";

pub async fn run(count: u32) {
    _ = rustls::crypto::ring::default_provider().install_default();
    println!("{TURNS} requests a page over one connection");
    println!(
        "{:<36} {:>9} {:>9} {:>9}",
        "page", "median", "slowest", "bytes"
    );
    practice::run(count).await;
    console::run(count).await;
}

/// One user, who may be signed in by a link.
fn access(cookie: &'static str, role: &str) -> (Access, Users) {
    let users = Users::in_memory().unwrap();
    let user = NewUser {
        name: USER.to_owned(),
        role: role.to_owned(),
        password: "a password of the bench".to_owned().into(),
    };
    users
        .add(&user, SystemClock.now(), &SystemRandomness)
        .unwrap();
    let access = Access::new(
        users.clone(),
        AccessOptions::new("Bench", cookie),
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
    );
    (access, users)
}

/// A site on a free port, with somebody signed in.
struct Site {
    address: String,
    cookie: String,
    client: Client,
}

impl Site {
    async fn open(router: axum::Router, access: &Access, users: &Users) -> Self {
        let router = pages::listener(access, [router]);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .build()
            .unwrap();
        let link = access.sign_in_link(users.identity(USER).unwrap().unwrap());
        let signed = client.get(format!("{address}{link}")).send().await.unwrap();
        let cookie = signed.headers()[SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self {
            address,
            cookie,
            client,
        }
    }

    /// Prints the time and the bytes of a page.
    async fn measure(&self, name: &str, path: &str) {
        let (mut times, mut bytes) = (Vec::new(), 0);
        for _ in 0..TURNS {
            let asked = Instant::now();
            bytes = self.page(path).await.len();
            times.push(asked.elapsed());
        }
        times.sort();
        let shown = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
        let (median, slowest) = (shown(times[TURNS / 2]), shown(times[TURNS - 1]));
        println!("{name:<36} {median:>9} {slowest:>9} {bytes:>9}");
    }

    async fn page(&self, path: &str) -> String {
        let request = self.client.get(format!("{}{path}", self.address));
        let answer = request.header(COOKIE, &self.cookie).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.text().await.unwrap()
    }

    /// Sends a form with the session's token; the address it leads to.
    async fn post(&self, path: &str, fields: &str) -> String {
        let page = self.page(path).await;
        let (_, rest) = page.split_once("name=\"token\" value=\"").unwrap();
        let (token, _) = rest.split_once('"').unwrap();
        let posted = self
            .client
            .post(format!("{}{path}", self.address))
            .header(COOKIE, &self.cookie)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(format!("token={token}&{fields}"))
            .send()
            .await
            .unwrap();
        posted.headers()[LOCATION].to_str().unwrap().to_owned()
    }
}
