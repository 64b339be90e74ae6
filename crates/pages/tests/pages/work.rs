//! Pages of work, and the sheets and scripts that a site brings.

use maud::{Markup, html};
use pages::components::Errors;
use pages::work::{State, WorkLink, WorkTable, facts, segments, tabs, tag};
use pages::{SiteAsset, View};
use reqwest::StatusCode;
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE};

use crate::support::{TestRole, World};

pub static STYLE: SiteAsset = SiteAsset::style("own.css", ".own { color: #005eb8; }");
pub static SCRIPT: SiteAsset = SiteAsset::script("own.js", "\"use strict\";");

/// A page of work with all it can have.
pub async fn board(view: View<TestRole>) -> Markup {
    let views = ["Text", "Source"].map(|name| (name.to_owned(), format!("?view={name}")));
    let mut table = WorkTable::new("Letters", &["From", "State"]);
    table.row(vec![html! { "<b>" }, tag(State::Bad, "Refused")]);
    let mut errors = Errors::new();
    errors.add("text", "Enter a text");
    view.page("Board")
        .errors(&errors)
        .work()
        .tab("2 to do · Board")
        .count("/secret", 7)
        .places(vec![WorkLink::new("Elsewhere", "/elsewhere")])
        .asset(&STYLE)
        .asset(&SCRIPT)
        .show(html! {
            (tabs("Views", &views, 1)) (segments("Layout", &views, 0))
            (facts(&[("Sent", html! { "today" })])) (table.show())
        })
}

#[tokio::test]
async fn a_page_of_work_has_the_short_head_and_the_sheets_of_work() {
    let world = World::new("/base", false).await;
    let cookie = world.cookie("write").await;
    let page = world.get("/base/board").header(COOKIE, cookie);
    let page = page.send().await.unwrap().text().await.unwrap();
    for part in [
        "<title>Error: 2 to do · Board · Test service</title>",
        "<h1 class=\"unseen\">Board</h1>",
        "<a href=\"/elsewhere\">Elsewhere</a>",
        "<a href=\"/base/secret\">Secret <span class=\"count\">7</span></a>",
        "<a href=\"/base/account\">write, writer</a>",
        "<a href=\"?view=Source\" aria-current=\"page\">Source</a>",
        "<a href=\"?view=Text\" aria-current=\"true\">Text</a>",
        "<th scope=\"row\" role=\"rowheader\">&lt;b&gt;</th>",
        "data-h=\"State\"",
        "Enter a text",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("nhsuk.css"));
    assert!(!page.contains("style="), "the policy allows nothing inline");
}

#[tokio::test]
async fn the_sheets_of_a_site_are_served_to_whoever_asks_under_an_address_that_changes_with_them() {
    let world = World::new("/base", false).await;
    let cookie = world.cookie("look").await;
    let page = world.get("/base/board").header(COOKIE, cookie);
    let page = page.send().await.unwrap().text().await.unwrap();
    for (before, asset, media_type) in [
        ("href=\"", &STYLE, "text/css; charset=utf-8"),
        ("src=\"", &SCRIPT, "text/javascript; charset=utf-8"),
    ] {
        let path = format!("/base{}", asset.path());
        assert!(page.contains(&format!("{before}{path}\"")), "{path}");
        let answer = world.get(&path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()[CONTENT_TYPE], media_type);
        let kept = answer.headers()[CACHE_CONTROL].to_str().unwrap();
        assert!(kept.contains("immutable"), "{kept}");
    }
    let of_all = page
        .split("href=\"")
        .filter(|rest| rest.starts_with("/assets/"));
    for rest in of_all {
        let path = rest.split('"').next().unwrap();
        let answer = world.get(path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
    let changed = SiteAsset::style("own.css", ".own { color: #fff; }");
    assert_ne!(changed.path(), STYLE.path());
}
