//! What is around every page: the foot's links, the sheet for paper, and addresses that lead nowhere.

use reqwest::StatusCode;
use reqwest::header::COOKIE;

use crate::support::World;

#[tokio::test]
async fn an_address_that_leads_nowhere_keeps_header_and_navigation() {
    let world = World::new("/base", false).await;
    let cookie = world.cookie("look").await;
    for path in ["/base/nothing", "/base/nothing/at/all", "/base/letters/1/2"] {
        let answer = world.get(path).header(COOKIE, &cookie).send();
        let answer = answer.await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(answer.headers().contains_key("content-security-policy"));
        let page = answer.text().await.unwrap();
        assert!(page.contains("<h1 class=\"nhsuk-heading-l\">Page not found</h1>"));
        assert!(page.contains("aria-label=\"Menu\"") && page.contains("Sign out"));
    }
    let stranger = world.get("/base/nothing").send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::NOT_FOUND);
    let page = stranger.text().await.unwrap();
    assert!(!page.contains("aria-label=\"Menu\""), "{page}");
}

#[tokio::test]
async fn every_page_leads_to_the_accessibility_statement_which_needs_no_session() {
    let world = World::new("/base", false).await;
    let cookie = world.cookie("look").await;
    for path in ["/base", "/base/board", "/base/nothing", "/sign-in"] {
        let page = world.get(path).header(COOKIE, &cookie);
        let page = page.send().await.unwrap().text().await.unwrap();
        if path != "/sign-in" {
            assert!(page.contains("href=\"/accessibility\""), "{path}: {page}");
            assert!(page.contains("media=\"print\""), "{path}");
        }
    }
    let page = world.get("/sign-in").send().await.unwrap();
    assert!(
        page.text()
            .await
            .unwrap()
            .contains("href=\"/accessibility\"")
    );
    let statement = world.get("/accessibility").send().await.unwrap();
    assert_eq!(statement.status(), StatusCode::OK);
    let statement = statement.text().await.unwrap();
    assert!(statement.contains("<h1 class=\"nhsuk-heading-l\">Accessibility statement</h1>"));
}
