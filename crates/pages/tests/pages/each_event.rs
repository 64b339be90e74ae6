//! Each event that docs/reference/pages.md lists leaves exactly one line of the security log, and no event does that it
//! does not list.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use nhs::{Clock, SystemRandomness};
use pages::NewUser;
use reqwest::header::COOKIE;
use serde_json::json;

use crate::openid::{Kit, jo};
use crate::support::{PASSWORD, World, cookie_of, token_of};

const PAGE: &str = include_str!("../../../../docs/reference/pages.md");

/// What the page lists: actions with an outcome each.
fn listed() -> BTreeSet<(String, String)> {
    let head = "| action | outcome | who, and what the line is about |\n|---|---|---|\n";
    let (_, table) = PAGE.split_once(head).unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let mut listed = BTreeSet::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        for outcome in cells[2].split(", ") {
            listed.insert((cells[1].trim_matches('`').to_owned(), outcome.to_owned()));
        }
    }
    listed
}

/// What was seen to leave one line.
struct Seen<'a> {
    world: &'a World,
    last: i64,
    events: BTreeSet<(String, String)>,
}

impl Seen<'_> {
    /// Passes over what only prepares.
    fn skip(&mut self) {
        let lines = self
            .world
            .users
            .security_log()
            .after(self.last, 10_000)
            .unwrap();
        self.last = lines.last().map_or(self.last, |line| line.number);
    }

    /// The one line since.
    #[track_caller]
    fn one(&mut self, action: &str, outcome: &str) {
        let lines = self
            .world
            .users
            .security_log()
            .after(self.last, 10_000)
            .unwrap();
        let told: Vec<_> = lines
            .iter()
            .map(|line| (line.action.as_str(), line.outcome.as_str()))
            .collect();
        assert_eq!(told, [(action, outcome)]);
        self.last += 1;
        self.events.insert((action.to_owned(), outcome.to_owned()));
    }
}

struct Browser<'a> {
    world: &'a World,
    cookie: String,
    token: String,
}

impl<'a> Browser<'a> {
    async fn new(world: &'a World, cookie: String) -> Self {
        let page = world
            .get("/account/password")
            .header(COOKIE, &cookie)
            .send()
            .await
            .unwrap();
        let token = token_of(&page.text().await.unwrap());
        Self {
            world,
            cookie,
            token,
        }
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let token = [("token", self.token.as_str())];
        let form: Vec<_> = token.iter().chain(fields).collect();
        let post = self.world.post(path).header(COOKIE, &self.cookie);
        post.form(&form).send().await.unwrap().text().await.unwrap()
    }

    async fn choose(&self, present: &str) {
        let chosen = "another horse battery";
        let fields = [
            ("present", present),
            ("chosen", chosen),
            ("repeated", chosen),
        ];
        self.post("/account/password", &fields).await;
    }

    async fn page(&self, path: &str) -> String {
        let page = self
            .world
            .get(path)
            .header(COOKIE, &self.cookie)
            .send()
            .await;
        page.unwrap().text().await.unwrap()
    }
}

/// What people do at the sign-in.
async fn signing_in(kit: &Kit, seen: &mut Seen<'_>) {
    let world = &kit.world;
    world.sign_in("look", PASSWORD).await;
    seen.one("sign-in", "ok");
    world.sign_in("look", "a wrong password").await;
    seen.one("sign-in", "refused");
    for _ in 0..4 {
        world.sign_in("look", "a wrong password").await;
    }
    seen.skip();
    world.sign_in("look", PASSWORD).await;
    seen.one("sign-in", "locked");
    world.cookie("look").await;
    seen.one("sign-in by link", "ok");
    kit.sign_in(jo()).await;
    seen.skip();
    kit.sign_in(jo()).await;
    seen.one("sign-in by provider", "ok");
    let mut cook = jo();
    cook["roles"] = json!(["cook"]);
    kit.sign_in(cook).await;
    seen.one("sign-in by provider", "refused");
    kit.log_out(json!({ "sub": "person-1", "nonce": "x" }))
        .await;
    seen.one("logout by provider", "refused");
}

/// What commands on the machine do.
fn commands(world: &World, seen: &mut Seen<'_>) {
    let (users, now) = (&world.users, world.clock.now());
    let new = NewUser {
        name: "new".to_owned(),
        role: "looker".to_owned(),
        password: PASSWORD.to_owned().into(),
    };
    users.add(&new, now, &SystemRandomness).unwrap();
    seen.one("user added", "ok");
    users.set_disabled("new", true, now).unwrap();
    seen.one("user disabled", "ok");
    users.set_disabled("new", false, now).unwrap();
    seen.one("user enabled", "ok");
    users
        .set_password("new", &new.password, now, &SystemRandomness)
        .unwrap();
    seen.one("password changed", "ok");
}

/// What people do who are signed in.
async fn signed_in(world: &World, seen: &mut Seen<'_>) {
    let boss = cookie_of(&world.sign_in("write", PASSWORD).await);
    let boss = Browser::new(world, boss).await;
    let look = Browser::new(world, world.cookie("look").await).await;
    seen.skip();
    for (what, action) in [
        ("role", "role changed"),
        ("disable", "user disabled"),
        ("enable", "user enabled"),
        ("reset", "password reset"),
        ("provider", "left to the provider"),
    ] {
        boss.post(&format!("/users/new/{what}"), &[("role", "writer")])
            .await;
        seen.one(action, "ok");
    }
    boss.post("/users", &[("name", "newer"), ("role", "looker")])
        .await;
    seen.one("user added", "ok");
    look.page("/secret").await;
    seen.one("role refused", "refused");
    let guess = Browser {
        world,
        cookie: look.cookie.clone(),
        token: "a guess".to_owned(),
    };
    guess.post("/letters", &[]).await;
    seen.one("foreign form", "refused");
    look.choose("a wrong password").await;
    seen.one("own password", "refused");
    look.choose(PASSWORD).await;
    seen.one("own password", "ok");
    for _ in 0..5 {
        look.choose("a wrong password").await;
    }
    seen.skip();
    look.choose("a wrong password").await;
    seen.one("own password", "locked");
    let page = boss.page("/sessions").await;
    let (_, rest) = page.split_once("action=\"/sessions/").unwrap();
    let mark = rest.split('/').next().unwrap();
    boss.post(&format!("/sessions/{mark}/end"), &[]).await;
    seen.one("session ended", "ok");
    let look = Browser::new(world, world.cookie("look").await).await;
    seen.skip();
    look.post("/sign-out", &[]).await;
    seen.one("sign-out", "ok");
}

/// What keeps the log itself within its room.
async fn the_log(world: &World, seen: &mut Seen<'_>) {
    let foreign = async || {
        let post = world
            .post("/sign-out")
            .header("sec-fetch-site", "cross-site");
        post.send().await.unwrap();
    };
    for _ in 0..301 {
        foreign().await;
    }
    seen.skip();
    world.clock.pass(SignedDuration::from_secs(1));
    foreign().await;
    let lines = world.users.security_log().after(seen.last, 10).unwrap();
    let told: Vec<&str> = lines.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(told, ["refusals left out", "foreign form"]);
    seen.events
        .insert(("refusals left out".to_owned(), "refused".to_owned()));
    seen.skip();
    let now = world.clock.now();
    world.users.security_log().shorten(now, now).unwrap();
    seen.one("security log shortened", "ok");
}

#[tokio::test]
async fn each_event_that_is_listed_leaves_exactly_one_line() {
    let kit = Kit::new().await;
    let mut seen = Seen {
        world: &kit.world,
        last: 3,
        events: BTreeSet::new(),
    };
    signing_in(&kit, &mut seen).await;
    commands(&kit.world, &mut seen);
    // The wrong tries are forgotten.
    kit.world.clock.pass(SignedDuration::from_hours(2));
    signed_in(&kit.world, &mut seen).await;
    the_log(&kit.world, &mut seen).await;
    assert_eq!(seen.events, listed());
}
