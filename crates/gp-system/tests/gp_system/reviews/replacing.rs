//! Replacing what was filed, and refusing the whole.

use gp_system::TaskState;
use gp_system::web::PracticeRole;
use reqwest::StatusCode;

use super::kit::{
    PREGNANCY, address, changed, chosen, entry, next_version, press, received, take, task,
};
use crate::payloads::update;
use crate::support::site::{Site, location};

#[tokio::test]
async fn ur_r06_a_replacement_stands_beside_what_was_filed_and_withdraws_it() {
    let mut world = received(&update()).await;
    let first = address(&world);
    let site = Site::of(&world.osprey, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    press(&clinician, &first, "rest", &[]).await;
    press(&clinician, &first, "file", &[]).await;
    assert_eq!(task(&world).state, TaskState::Filed);

    let new = changed(&update(), PREGNANCY, "60001007", "77386006");
    let new = changed(&new, PREGNANCY, "Not pregnant", "Pregnant");
    let new = changed(&new, PREGNANCY, "Not pregnant", "Pregnant");
    take(&mut world, &next_version(&new)).await;
    let second = address(&world);
    assert_ne!(first, second);
    let old = clinician.text(&first).await;
    assert!(old.contains("A newer version replaced it") && old.contains("Filed </b>by clinician"));
    let page = clinician.text(&second).await;
    for words in [
        "A new version.",
        &format!("href=\"{first}\""),
        "Filed before: <del><bdi>60001007 | Not pregnant",
        "As it was filed before.",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(
        (0..10).all(|place| chosen(&page, place).is_none()),
        "no decision is carried over"
    );
    // Refused: what was filed stays. Taken up again and filed: it is withdrawn.
    press(
        &clinician,
        &second,
        "refuse",
        &[("refusal".to_owned(), "Asks again tomorrow")],
    )
    .await;
    assert_eq!(
        clinician.get(&format!("{first}/filed")).await.status(),
        StatusCode::OK
    );
    clinician.post(&format!("{second}/reopen"), &[]).await;
    press(&clinician, &second, "rest", &[]).await;
    press(&clinician, &second, "file", &[]).await;
    assert_eq!(task(&world).state, TaskState::Filed);
    assert_eq!(
        clinician.get(&format!("{first}/filed")).await.status(),
        StatusCode::NOT_FOUND
    );
    let old = clinician.text(&first).await;
    assert!(old.contains("Withdrawn. ") && old.contains(&format!("href=\"{second}\"")));
    let records = rusqlite::Connection::open(world.osprey.data.join("practice.sqlite")).unwrap();
    let kept: u32 = records
        .query_row("SELECT count(*) FROM filed_record", [], |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 2, "what is withdrawn is kept");
}

#[tokio::test]
async fn what_a_replacement_no_longer_has_is_named_before_it_is_withdrawn() {
    let mut world = received(&update()).await;
    let first = address(&world);
    let site = Site::of(&world.osprey, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    press(&clinician, &first, "rest", &[]).await;
    press(&clinician, &first, "file", &[]).await;
    let advice = "<code value=\"information-and-advice-given\"/>";
    let new = changed(&update(), "19", advice, "<code value=\"history\"/>");
    take(&mut world, &next_version(&new)).await;
    let page = clinician.text(&address(&world)).await;
    let (_, withdrawn) = page
        .split_once("Filed before, and not in this version")
        .unwrap();
    assert!(withdrawn.contains("Keep the area clean."), "{withdrawn}");
    assert!(withdrawn.contains("Withdrawn when this version is filed"));
    assert!(page.contains("The version filed before does not have it."));
}

#[tokio::test]
async fn ur_r09_an_update_is_refused_as_a_whole_and_no_message_tells_of_it() {
    let world = received(&update()).await;
    let site = Site::of(&world.osprey, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let to = address(&world);
    let no_reason = press(&clinician, &to, "refuse", &[]).await;
    assert_eq!(no_reason.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        no_reason
            .text()
            .await
            .unwrap()
            .contains("href=\"#refusal\"")
    );
    let reason = [("refusal".to_owned(), "Not our patient's: rang the pharmacy")];
    let refused = press(&clinician, &to, "refuse", &reason).await;
    assert_eq!(location(&refused), to);
    assert_eq!(task(&world).state, TaskState::Returned);
    let page = clinician.text(&to).await;
    assert!(page.contains("Refused as a whole.") && page.contains("rang the pharmacy"));
    assert_eq!(
        clinician.get(&format!("{to}/filed")).await.status(),
        StatusCode::NOT_FOUND
    );
    // No message goes out: the answers were given when it arrived.
    world.osprey.pass().await;
    assert_eq!(world.osprey.answered(), [20013, 30001]);
    clinician.post(&format!("{to}/reopen"), &[]).await;
    assert_eq!(task(&world).state, TaskState::Open);

    // All refused one by one files nothing either: it is said to refuse the whole.
    let reasons: Vec<_> = (0..10)
        .flat_map(|place| [entry(place, "refuse"), (format!("reason-{place}"), "no")])
        .collect();
    let nothing = press(&clinician, &to, "file", &reasons).await;
    assert!(
        nothing
            .text()
            .await
            .unwrap()
            .contains("refuse the update as a whole")
    );
    assert_eq!(task(&world).state, TaskState::Open);
}
