//! The inbox and the sent list as CSV files, over a real socket.

use crate::support::World;
use crate::support::site::{Site, location};
use gp_system::web::PracticeRole;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

/// One of the two patients has a name that a spreadsheet would run.
const FAMILIES: [&str; 2] = ["=cmd|' /C calc'!A0", "GARTON"];

fn rows(text: &str) -> Vec<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        row.iter().map(str::to_owned).collect()
    });
    rows.collect()
}

#[tokio::test]
async fn the_inbox_is_taken_along_by_the_choices_of_its_page() {
    let world = World::with_letters(&FAMILIES).await;
    let site = Site::of(&world.osprey, "/osprey").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let page = reader.text("/osprey/inbox?kind=action&sort=newest").await;
    let link = "/osprey/inbox/export?kind=action&amp;sort=newest";
    assert!(page.contains(&format!("href=\"{link}\"")), "{page}");
    let answer = reader.get(&link.replace("&amp;", "&")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let headers = answer.headers().clone();
    assert!(
        headers[CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("text/csv")
    );
    assert_eq!(headers["cache-control"], "no-store");
    let name = headers[CONTENT_DISPOSITION].to_str().unwrap();
    assert!(
        name.starts_with("attachment; filename=\"inbox-A20047-20"),
        "{name}"
    );
    let rows = rows(&answer.text().await.unwrap());
    assert_eq!(rows.len(), 3);
    assert_eq!(
        rows[0][..5],
        ["Task", "State", "Received (UTC)", "Patient", "NHS number"]
    );
    assert_eq!(rows[1][4], "9693632109");
    assert!(rows[1][3].starts_with("GARTON"), "{:?}", rows[1]);
    assert!(rows[2][3].starts_with("'=cmd"), "{:?}", rows[2]);
    let none = reader.get("/osprey/inbox/export?state=filed").await;
    assert_eq!(self::rows(&none.text().await.unwrap()).len(), 1);
}

#[tokio::test]
async fn a_search_is_taken_along_by_the_session_that_made_it_and_by_no_other() {
    let world = World::with_letters(&FAMILIES).await;
    let site = Site::of(&world.osprey, "").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let choices = [("q", "garton"), ("state", "all")];
    let found = location(&reader.post("/inbox", &choices).await);
    let export = found.replace("/inbox?", "/inbox/export?");
    assert!(!export.contains("garton"));
    let rows = rows(&reader.text(&export).await);
    assert_eq!(rows.len(), 2, "{rows:?}");
    let other = site.visitor(PracticeRole::Reader).await;
    assert_eq!(other.get(&export).await.status(), StatusCode::GONE);
}

#[tokio::test]
async fn the_sent_list_is_taken_along_by_its_choice() {
    let world = World::with_letters(&FAMILIES).await;
    let site = Site::of(&world.starling, "").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let page = reader.text("/sent?state=under-way").await;
    assert!(page.contains("href=\"/sent/export?state=under-way\""));
    let all = rows(&reader.text("/sent/export").await);
    assert_eq!(all.len(), 3);
    assert!(all[2][4].starts_with("'=cmd"), "{all:?}");
    let failed = reader.text("/sent/export?state=failed").await;
    assert_eq!(rows(&failed).len(), 1);
}
