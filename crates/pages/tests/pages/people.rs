//! One's own password, users and sessions, over a real socket: what is done, what is refused, what is noted.

use jiff::SignedDuration;
use nhs::Clock;
use pages::SecurityLine;
use reqwest::header::{COOKIE, LOCATION};
use reqwest::{Response, StatusCode};

use crate::support::{PASSWORD, World, cookie_of};

const CHOSEN: &str = "another horse battery";

/// Somebody with a session: its cookie, and its token once asked for.
struct Person<'a> {
    world: &'a World,
    cookie: String,
}

impl<'a> Person<'a> {
    async fn new(world: &'a World, name: &str, password: &str) -> Self {
        let welcome = world.sign_in(name, password).await;
        assert_eq!(welcome.status(), StatusCode::SEE_OTHER, "{name}");
        Self {
            world,
            cookie: cookie_of(&welcome),
        }
    }

    async fn get(&self, path: &str) -> Response {
        let asked = self.world.get(path).header(COOKIE, &self.cookie);
        asked.send().await.unwrap()
    }

    async fn page(&self, path: &str) -> String {
        let page = self.get(path).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        page.text().await.unwrap()
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let page = self.get("/account/password").await.text().await.unwrap();
        let token = crate::support::token_of(&page);
        let token = [("token", token.as_str())];
        let form: Vec<_> = token.iter().chain(fields).collect();
        let post = self.world.post(path).header(COOKIE, &self.cookie);
        post.form(&form).send().await.unwrap()
    }

    async fn change_password(&self, present: &str, chosen: &str) -> Response {
        let fields = [
            ("present", present),
            ("chosen", chosen),
            ("repeated", chosen),
        ];
        self.post("/account/password", &fields).await
    }

    async fn is_signed_in(&self) -> bool {
        self.get("/").await.status() == StatusCode::OK
    }
}

/// The lines about users and sessions: who, action, subject, outcome.
fn changes(world: &World) -> Vec<String> {
    let told = |line: SecurityLine| {
        let known = !line.action.starts_with("sign-in");
        let text = format!(
            "{}: {} {} {}",
            line.who, line.action, line.subject, line.outcome
        );
        known.then_some(text)
    };
    let lines = world.users.security_log().after(3, 1_000).unwrap();
    lines.into_iter().filter_map(told).collect()
}

/// The one-time password a page shows.
async fn one_time(response: Response) -> String {
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let page = response.text().await.unwrap();
    let (_, rest) = page.split_once("id=\"one-time-password\">").expect(&page);
    rest.split('<').next().unwrap().to_owned()
}

fn location(response: &Response) -> &str {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    response.headers()[LOCATION].to_str().unwrap()
}

#[tokio::test]
async fn ones_own_password_is_changed_with_the_present_one_and_ends_the_other_sessions() {
    let world = World::new("", false).await;
    let here = Person::new(&world, "look", PASSWORD).await;
    let elsewhere = Person::new(&world, "look", PASSWORD).await;
    for (present, chosen, repeated, told) in [
        ("", CHOSEN, CHOSEN, "Enter your present password"),
        (PASSWORD, "too short", "too short", "12 to 256 characters"),
        (PASSWORD, PASSWORD, PASSWORD, "differs from the present one"),
        (
            PASSWORD,
            CHOSEN,
            "another horse batter",
            "a second time as you chose it",
        ),
        (
            "a wrong password",
            CHOSEN,
            CHOSEN,
            "not your present password",
        ),
    ] {
        let fields = [
            ("present", present),
            ("chosen", chosen),
            ("repeated", repeated),
        ];
        let refused = here.post("/account/password", &fields).await;
        assert_eq!(refused.status(), StatusCode::OK);
        let page = refused.text().await.unwrap();
        assert!(page.contains(told), "{told}: {page}");
        assert!(page.contains("<title>Error: "));
        for secret in [present, chosen] {
            let shown = format!("value=\"{secret}\"");
            assert!(secret.is_empty() || !page.contains(&shown));
        }
    }
    assert!(elsewhere.is_signed_in().await, "nothing was changed");
    let changed = here.change_password(PASSWORD, CHOSEN).await;
    assert_eq!(location(&changed), "/account");
    assert!(
        here.page("/account")
            .await
            .contains("Your password is changed")
    );
    assert!(here.is_signed_in().await);
    assert!(!elsewhere.is_signed_in().await);
    let old = world.sign_in("look", PASSWORD).await;
    assert_eq!(old.status(), StatusCode::FORBIDDEN);
    Person::new(&world, "look", CHOSEN).await;
    let told = [
        "look: own password look refused",
        "look: own password look ok",
    ];
    assert_eq!(changes(&world), told);
}

#[tokio::test]
async fn an_open_screen_is_no_place_to_guess_the_password() {
    let world = World::new("", false).await;
    let here = Person::new(&world, "look", PASSWORD).await;
    for _ in 0..5 {
        let wrong = here.change_password("a wrong password", CHOSEN).await;
        let page = wrong.text().await.unwrap();
        assert!(page.contains("not your present password"));
    }
    for _ in 0..2 {
        let right = here.change_password(PASSWORD, CHOSEN).await;
        let page = right.text().await.unwrap();
        assert!(page.contains("Too many wrong tries"), "{page}");
    }
    let noted = changes(&world);
    assert_eq!(noted.len(), 6, "{noted:?}");
    assert_eq!(noted[5], "look: own password look locked");
    world.clock.pass(SignedDuration::from_secs(31));
    let right = here.change_password(PASSWORD, CHOSEN).await;
    assert_eq!(location(&right), "/account");
}

#[tokio::test]
async fn an_added_user_chooses_a_password_before_anything_else() {
    let world = World::new("", false).await;
    let boss = Person::new(&world, "write", PASSWORD).await;
    let add = [("name", " Jo.Smith"), ("role", "looker")];
    let given = one_time(boss.post("/users", &add).await).await;
    assert_eq!(given.len(), 24);
    assert!(!boss.page("/users").await.contains(&given), "shown once");
    for (name, role, told) in [
        ("jo.smith", "looker", "a user has this one already"),
        ("a b", "looker", "a-z, 0-9"),
        ("", "looker", "a-z, 0-9"),
        ("sam", "clinician", "Choose a role"),
        ("sam", "", "Choose a role"),
    ] {
        let refused = boss.post("/users", &[("name", name), ("role", role)]).await;
        let page = refused.text().await.unwrap();
        assert!(page.contains(told), "{name} {role}: {page}");
    }
    let jo = Person::new(&world, "jo.smith", &given).await;
    for path in ["/", "/account", "/missing"] {
        assert_eq!(location(&jo.get(path).await), "/account/password", "{path}");
    }
    let form = jo.post("/write", &[("text", "x")]).await;
    assert_eq!(form.status(), StatusCode::FORBIDDEN);
    let events = jo.get("/events").await;
    assert_eq!(events.status(), StatusCode::FORBIDDEN);
    let again = jo.change_password(&given, &given).await;
    assert!(again.text().await.unwrap().contains("differs"));
    let chosen = jo.change_password(&given, CHOSEN).await;
    assert_eq!(location(&chosen), "/account");
    assert!(jo.is_signed_in().await);
    let used = world.sign_in("jo.smith", &given).await;
    assert_eq!(used.status(), StatusCode::FORBIDDEN);
    let told = [
        "write: user added jo.smith looker ok",
        "jo.smith: own password jo.smith ok",
    ];
    assert_eq!(changes(&world), told);
}

#[tokio::test]
async fn a_one_time_password_is_good_for_three_days() {
    let world = World::new("", false).await;
    let boss = Person::new(&world, "write", PASSWORD).await;
    let before = Person::new(&world, "look", PASSWORD).await;
    let given = one_time(boss.post("/users/look/reset", &[]).await).await;
    assert!(!before.is_signed_in().await, "a reset ends the sessions");
    let old = world.sign_in("look", PASSWORD).await;
    assert_eq!(old.status(), StatusCode::FORBIDDEN);
    world.clock.pass(SignedDuration::from_hours(71));
    Person::new(&world, "look", &given).await;
    world.clock.pass(SignedDuration::from_hours(1));
    let late = world.sign_in("look", &given).await;
    assert_eq!(late.status(), StatusCode::FORBIDDEN);
    assert_eq!(changes(&world), ["write: password reset look ok"]);
}

#[tokio::test]
async fn an_administrator_changes_roles_and_states_of_others_and_not_of_oneself() {
    let world = World::new("", false).await;
    let boss = Person::new(&world, "write", PASSWORD).await;
    let look = Person::new(&world, "look", PASSWORD).await;
    assert_eq!(look.get("/secret").await.status(), StatusCode::FORBIDDEN);
    let role = boss.post("/users/look/role", &[("role", "writer")]).await;
    assert_eq!(location(&role), "/users/look");
    assert_eq!(look.get("/secret").await.status(), StatusCode::OK);
    let none = boss.post("/users/look/role", &[("role", "king")]).await;
    assert_eq!(location(&none), "/users/look");
    boss.post("/users/look/disable", &[]).await;
    assert!(!look.is_signed_in().await);
    let refused = world.sign_in("look", PASSWORD).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(boss.page("/users").await.contains("Disabled"));
    boss.post("/users/look/enable", &[]).await;
    Person::new(&world, "look", PASSWORD).await;
    for what in ["role", "disable", "reset"] {
        let form = [("role", "looker")];
        let own = boss.post(&format!("/users/write/{what}"), &form).await;
        assert_eq!(location(&own), "/users/write", "{what}");
        assert!(boss.page("/users/write").await.contains("this is you"));
        let nobody = boss.post(&format!("/users/nobody/{what}"), &form).await;
        assert_eq!(nobody.status(), StatusCode::NOT_FOUND, "{what}");
    }
    assert_eq!(boss.get("/secret").await.status(), StatusCode::OK);
    let told = [
        "write: role changed look writer ok",
        "look: role refused /secret refused",
        "write: user disabled look ok",
        "write: user enabled look ok",
    ];
    let mut noted = changes(&world);
    noted.swap(0, 1);
    assert_eq!(noted, told);
    let lines = world.users.security_log().after(0, 1_000).unwrap();
    let change = lines.iter().find(|line| line.action == "role changed");
    let change = change.unwrap();
    assert_eq!(
        (change.from.as_str(), change.session.len()),
        ("127.0.0.1", 16)
    );
}

/// The marks of the sessions that a page can end.
fn marks(page: &str) -> Vec<String> {
    let forms = page.split("/sessions/").skip(1);
    let mark = |rest: &str| Some(rest.split_once("/end\"")?.0.to_owned());
    forms.filter_map(mark).collect()
}

#[tokio::test]
async fn sessions_are_listed_and_ended_ones_own_by_oneself_all_by_the_administrator() {
    let world = World::new("", false).await;
    let boss = Person::new(&world, "write", PASSWORD).await;
    world.clock.pass(SignedDuration::from_mins(1));
    let one = Person::new(&world, "look", PASSWORD).await;
    world.clock.pass(SignedDuration::from_mins(1));
    let two = Person::new(&world, "look", PASSWORD).await;
    let all = marks(&boss.page("/sessions").await);
    assert_eq!(all.len(), 3, "{all:?}");
    world.clock.pass(SignedDuration::from_mins(1));
    let own = marks(&two.page("/account").await);
    assert_eq!(own.len(), 2, "one's own only");
    let others = all.iter().find(|mark| !own.contains(mark)).unwrap();
    two.post(&format!("/account/sessions/{others}/end"), &[])
        .await;
    assert!(boss.is_signed_in().await, "not another's");
    assert!(two.page("/account").await.contains("had ended already"));
    two.post(&format!("/account/sessions/{}/end", own[1]), &[])
        .await;
    assert!(!one.is_signed_in().await && two.is_signed_in().await);
    let left = marks(&boss.page("/sessions").await);
    assert_eq!(left.len(), 2);
    boss.post(&format!("/sessions/{}/end", own[0]), &[]).await;
    assert!(!two.is_signed_in().await);
    let told = [
        format!("look: session ended look {} ok", own[1]),
        format!("write: session ended look {} ok", own[0]),
    ];
    assert_eq!(changes(&world), told);
    // Whom another process has disabled, or whose session is over, is not listed.
    Person::new(&world, "look", PASSWORD).await;
    world
        .users
        .set_disabled("look", true, world.clock.now())
        .unwrap();
    assert_eq!(marks(&boss.page("/sessions").await).len(), 1);
}

#[test]
fn a_users_file_of_0_1_gets_the_new_columns_and_keeps_its_users() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users.sqlite3");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(
        "CREATE TABLE users (name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL,
            disabled INTEGER NOT NULL DEFAULT 0, version INTEGER NOT NULL DEFAULT 1,
            added_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
         INSERT INTO users VALUES ('jo', 'clerk', 'hash', 1, 7, 1800000000);",
    )
    .unwrap();
    for _ in 0..2 {
        let users = pages::Users::open(&path).unwrap().list().unwrap();
        let [jo] = users.as_slice() else {
            panic!("{users:?}");
        };
        assert_eq!((jo.name.as_str(), jo.role.as_str()), ("jo", "clerk"));
        assert!(jo.disabled && jo.one_time_until.is_none());
    }
}
