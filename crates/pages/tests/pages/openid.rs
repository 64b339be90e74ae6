//! Sign-in by a provider over real sockets: who is let in with which role, who is not, and whose sessions end.

use std::collections::HashMap;

use futures_util::FutureExt;
use futures_util::future::select_all;
use jiff::SignedDuration;
use nhs::Clock;
use openid_connect::OpenIdOptions;
use pages::OpenId;
use reqwest::header::{COOKIE, LOCATION};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use test_kit::openid::TestProvider;

use crate::support::{PASSWORD, TestRole, World, cookie_named};

const ADDRESS: &str = "http://127.0.0.1";
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

pub struct Kit {
    pub world: World,
    provider: TestProvider,
}

/// What the provider says of somebody, beside what makes a token good.
pub fn jo() -> Value {
    json!({ "sub": "person-1", "sid": "session-1", "preferred_username": "Jo.Smith", "roles": ["looker", "cook"] })
}

impl Kit {
    pub async fn new() -> Self {
        let provider = TestProvider::start().await;
        let options = OpenIdOptions::new(&provider.issuer, "us", ADDRESS);
        let openid = OpenId::new::<TestRole>(options).unwrap();
        let world = World::with("", |options| options.openid = Some(openid)).await;
        Self { world, provider }
    }

    /// The way to the provider: the cookie that ties it to the browser, and what the provider is asked.
    async fn begin(&self, next: &str) -> (String, HashMap<String, String>) {
        let began = self.world.get(&format!("/sign-in/provider?next={next}"));
        let began = began.send().await.unwrap();
        assert_eq!(began.status(), StatusCode::SEE_OTHER);
        let cookie = cookie_named(&began, "restante-test-openid").unwrap();
        let url = began.headers()[LOCATION].to_str().unwrap().to_owned();
        let url = reqwest::Url::parse(&url).unwrap();
        (cookie, url.query_pairs().into_owned().collect())
    }

    fn token(&self, mut claims: Value, nonce: &str) -> String {
        let now = self.world.clock.now().as_second();
        claims["iss"] = json!(self.provider.issuer);
        claims["aud"] = json!("us");
        claims["iat"] = json!(now);
        claims["exp"] = json!(now + 60);
        claims["nonce"] = json!(nonce);
        self.provider.key.sign(&self.provider.key.header(), &claims)
    }

    async fn back(&self, cookie: &str, state: &str) -> Response {
        let path = format!("/sign-in/callback?code=c&state={state}");
        let back = self.world.get(&path).header(COOKIE, cookie);
        back.send().await.unwrap()
    }

    pub async fn sign_in(&self, claims: Value) -> Response {
        let (cookie, asked) = self.begin("%2Fsecret").await;
        self.provider.gives(&self.token(claims, &asked["nonce"]));
        self.back(&cookie, &asked["state"]).await
    }

    async fn is_signed_in(&self, session: &str) -> bool {
        let page = self.world.get("/").header(COOKIE, session).send().await;
        page.unwrap().status() == StatusCode::OK
    }

    /// The lines of the security log after those of the users that a world begins with.
    fn noted(&self) -> Vec<String> {
        let lines = self.world.users.security_log().after(3, 1_000).unwrap();
        let told = |line: &pages::SecurityLine| {
            format!(
                "{}: {} {} {}",
                line.who, line.action, line.subject, line.outcome
            )
        };
        lines.iter().map(told).collect()
    }

    pub async fn log_out(&self, claims: Value) -> StatusCode {
        let now = self.world.clock.now().as_second();
        let mut all = json!({ "iss": self.provider.issuer, "aud": "us", "iat": now, "events": { LOGOUT: {} } });
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        let token = self.provider.key.sign(&self.provider.key.header(), &all);
        let post = self.world.post("/sign-in/back-channel-logout");
        let post = post.form(&[("logout_token", token)]).send();
        post.await.unwrap().status()
    }
}

fn session_of(response: &Response) -> String {
    cookie_named(response, "restante-test-session").unwrap()
}

#[tokio::test]
async fn whom_the_provider_vouches_for_is_let_in_with_the_role_it_says() {
    let kit = Kit::new().await;
    let page = kit.world.get("/sign-in").send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(
        page.contains("Sign in with your organisation&#39;s account")
            || page.contains("Sign in with your organisation's account")
    );
    let welcome = kit.sign_in(jo()).await;
    assert_eq!(welcome.status(), StatusCode::SEE_OTHER);
    assert_eq!(welcome.headers()[LOCATION], "/secret");
    let gone = cookie_named(&welcome, "restante-test-openid").unwrap();
    assert_eq!(gone, "restante-test-openid=", "good for one sign-in");
    let session = session_of(&welcome);
    assert!(kit.is_signed_in(&session).await);
    let secret = kit.world.get("/secret").header(COOKIE, &session).send();
    assert_eq!(secret.await.unwrap().status(), StatusCode::FORBIDDEN);
    let account = kit.world.get("/account").header(COOKIE, &session).send();
    let account = account.await.unwrap().text().await.unwrap();
    assert!(account.contains("jo.smith") && !account.contains("/account/password"));
    // The same person with more rights and another name: the name stays.
    let mut promoted = jo();
    promoted["roles"] = json!(["looker", "writer"]);
    promoted["preferred_username"] = json!("jo.jones");
    let session = session_of(&kit.sign_in(promoted).await);
    let secret = kit.world.get("/secret").header(COOKIE, &session).send();
    assert_eq!(secret.await.unwrap().status(), StatusCode::OK);
    let told = [
        "provider: user added jo.smith looker ok",
        "jo.smith: sign-in by provider looker ok",
        "jo.smith: role refused /secret refused",
        "provider: role changed jo.smith writer ok",
        "jo.smith: sign-in by provider writer ok",
    ];
    assert_eq!(kit.noted(), told);
    let password = kit.world.sign_in("jo.smith", "").await;
    assert_eq!(password.status(), StatusCode::FORBIDDEN);
    let users = kit.world.users.list().unwrap();
    assert!(
        users
            .iter()
            .any(|user| user.name == "jo.smith" && user.by_provider)
    );
}

#[tokio::test]
async fn who_is_not_let_in_is_told_why_and_noted() {
    let kit = Kit::new().await;
    let with = |name: &str, value: Value| {
        let mut claims = jo();
        claims["sub"] = json!("person-2");
        claims[name] = value;
        claims
    };
    for (claims, told) in [
        (with("roles", json!(["cook"])), "has no role here"),
        (with("roles", json!([])), "has no role here"),
        (
            with("preferred_username", json!("look")),
            "has your account&#39;s name",
        ),
        (
            with("preferred_username", json!("Jo Smith <x>")),
            "cannot be a user",
        ),
    ] {
        let refused = kit.sign_in(claims).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{told}");
        assert!(cookie_named(&refused, "restante-test-session").is_none());
        let page = refused.text().await.unwrap().replace("'", "&#39;");
        assert!(page.contains(told), "{told}: {page}");
        assert!(page.contains("With a password"), "passwords go on");
    }
    assert_eq!(kit.sign_in(jo()).await.status(), StatusCode::SEE_OTHER);
    kit.world
        .users
        .set_disabled("jo.smith", true, kit.world.clock.now())
        .unwrap();
    let refused = kit.sign_in(jo()).await;
    assert!(refused.text().await.unwrap().contains("disabled here"));
    let refusals: Vec<String> = kit
        .noted()
        .into_iter()
        .filter(|line| line.ends_with("refused"))
        .collect();
    let told = [
        ": sign-in by provider  refused",
        ": sign-in by provider  refused",
        "look: sign-in by provider  refused",
        ": sign-in by provider  refused",
        "jo.smith: sign-in by provider  refused",
    ];
    assert_eq!(refusals, told);
}

#[tokio::test]
async fn a_sign_in_that_another_browser_began_is_refused() {
    let kit = Kit::new().await;
    let (_, theirs) = kit.begin("/").await;
    let (mine, _) = kit.begin("/").await;
    kit.provider.gives(&kit.token(jo(), &theirs["nonce"]));
    for cookie in [
        mine.as_str(),
        "",
        "restante-test-openid=x.y",
        "restante-test-openid=x",
    ] {
        let refused = kit.back(cookie, &theirs["state"]).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{cookie}");
        assert!(cookie_named(&refused, "restante-test-session").is_none());
    }
    assert_eq!(kit.provider.count("token"), 0);
    let denied = kit
        .world
        .get("/sign-in/callback?error=access_denied&state=x");
    assert_eq!(denied.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(kit.noted().len(), 5);
    let (_, asked) = kit.begin("https://evil.example/").await;
    assert_eq!(asked["redirect_uri"], "http://127.0.0.1/sign-in/callback");
}

#[tokio::test]
async fn when_the_provider_is_away_passwords_go_on() {
    let kit = Kit::new().await;
    kit.provider.says.lock().discovery = json!(null);
    let away = kit.world.get("/sign-in/provider").send().await.unwrap();
    assert_eq!(away.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        away.text()
            .await
            .unwrap()
            .contains("Sign in with a password")
    );
    let welcome = kit.world.sign_in("look", PASSWORD).await;
    assert_eq!(welcome.status(), StatusCode::SEE_OTHER);
}

/// A provider that takes connections and never answers.
#[tokio::test]
async fn one_address_waits_for_a_slow_provider_in_four_places_at_most() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", silent.local_addr().unwrap());
    let openid = OpenId::new::<TestRole>(OpenIdOptions::new(issuer, "us", ADDRESS)).unwrap();
    let world = World::with("", |options| options.openid = Some(openid)).await;
    let ask = || Box::pin(world.get("/sign-in/provider").send());
    let (first, _, waiting) = select_all([ask(), ask(), ask(), ask(), ask()]).await;
    assert_eq!(first.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    let still = waiting.into_iter().filter_map(|asked| asked.now_or_never());
    assert_eq!(still.count(), 0, "four wait");
}

#[tokio::test]
async fn a_session_by_the_provider_is_short_and_the_provider_ends_it() {
    let kit = Kit::new().await;
    let one = session_of(&kit.sign_in(jo()).await);
    let mut elsewhere = jo();
    elsewhere["sid"] = json!("session-2");
    let two = session_of(&kit.sign_in(elsewhere).await);
    let password = session_of(&kit.world.sign_in("look", PASSWORD).await);
    let named = kit
        .log_out(json!({ "sub": "person-1", "sid": "session-1" }))
        .await;
    assert_eq!(named, StatusCode::OK);
    assert!(!kit.is_signed_in(&one).await && kit.is_signed_in(&two).await);
    assert_eq!(
        kit.log_out(json!({ "sub": "nobody" })).await,
        StatusCode::OK
    );
    assert!(kit.is_signed_in(&two).await);
    assert_eq!(
        kit.log_out(json!({ "sub": "person-1", "nonce": "x" }))
            .await,
        StatusCode::BAD_REQUEST
    );
    assert!(kit.is_signed_in(&two).await);
    assert_eq!(
        kit.log_out(json!({ "sub": "person-1" })).await,
        StatusCode::OK
    );
    assert!(!kit.is_signed_in(&two).await && kit.is_signed_in(&password).await);
    let ended = kit
        .noted()
        .into_iter()
        .filter(|line| line.starts_with("provider: session ended jo.smith "));
    assert_eq!(ended.count(), 2);
    let three = session_of(&kit.sign_in(jo()).await);
    for _ in 0..2 {
        kit.world.clock.pass(SignedDuration::from_mins(29));
        assert!(kit.is_signed_in(&three).await);
    }
    kit.world.clock.pass(SignedDuration::from_mins(2));
    assert!(
        !kit.is_signed_in(&three).await,
        "the provider is asked anew after an hour"
    );
}

#[tokio::test]
async fn a_user_with_a_password_is_left_to_the_provider_by_an_administrator() {
    let kit = Kit::new().await;
    let boss = session_of(&kit.world.sign_in("write", PASSWORD).await);
    let look = session_of(&kit.world.sign_in("look", PASSWORD).await);
    let token = kit.world.token("", &boss).await;
    let post = async |path: &str| {
        let post = kit.world.post(path).header(COOKIE, &boss);
        post.form(&[("token", token.as_str()), ("role", "writer")])
            .send()
            .await
            .unwrap()
    };
    assert_eq!(
        post("/users/look/provider").await.status(),
        StatusCode::SEE_OTHER
    );
    assert!(!kit.is_signed_in(&look).await);
    let password = kit.world.sign_in("look", PASSWORD).await;
    assert_eq!(password.status(), StatusCode::FORBIDDEN);
    let mut claims = jo();
    claims["preferred_username"] = json!("Look");
    let session = session_of(&kit.sign_in(claims.clone()).await);
    assert!(kit.is_signed_in(&session).await);
    for path in ["reset", "role", "provider"] {
        let refused = post(&format!("/users/look/{path}")).await;
        assert_eq!(refused.status(), StatusCode::NOT_FOUND, "{path}");
    }
    claims["sub"] = json!("person-2");
    let other = kit.sign_in(claims).await;
    assert_eq!(
        other.status(),
        StatusCode::FORBIDDEN,
        "the first of this name is this user"
    );
    assert!(
        kit.noted()
            .contains(&"write: left to the provider look ok".to_owned())
    );
}

#[test]
fn a_role_that_the_site_has_not_is_refused_at_the_start() {
    let mut options = OpenIdOptions::new("https://id.example", "us", "https://pages.example");
    options.roles = [("theirs".to_owned(), "king".to_owned())].into();
    let told = OpenId::new::<TestRole>(options).unwrap_err().to_string();
    assert_eq!(
        told,
        "[pages.openid] roles: king is no role here: expected one of looker, writer"
    );
}
