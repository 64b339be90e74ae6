//! The pages of alerts, of sent consultations and of what is to do, over a real socket.

use crate::support::site::{Site, Visitor, location};
use crate::support::{Pair, Which, World, consultation, patient};
use gp_system::web::PracticeRole;
use gp_system::{AlertKind, ConsultationId, ConsultationState};
use mesh::status;
use reqwest::StatusCode;

/// So many consultations that failed with EPL-153, and one with EPL-151.
async fn failures(world: &mut World, count: usize) -> Vec<ConsultationId> {
    let mut ids = Vec::new();
    for _ in 0..count {
        let (id, pair) = world.send(consultation()).await;
        world.report(&pair, &status::NHS_NUMBER_NOT_FOUND);
        ids.push(id);
    }
    let (id, pair) = world.send(consultation()).await;
    world.report(&pair, &status::NO_MAILBOX);
    ids.push(id);
    world.starling.pass().await;
    ids
}

/// The value of a hidden field of the first form that has it.
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split_once('"').unwrap().0
}

async fn follow(visitor: &Visitor<'_>, path: &str, fields: &[(&str, &str)]) -> (String, String) {
    let address = location(&visitor.post(path, fields).await);
    let page = visitor.text(&address).await;
    (address, page)
}

#[tokio::test]
async fn fifty_four_alerts_are_a_page_of_groups_each_with_its_way_to_the_consultation() {
    let mut world = World::new();
    let ids = failures(&mut world, 53).await;
    let site = Site::of(&world.starling, "/starling").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let page = reader.text("/starling/alerts").await;
    assert_eq!(page.matches("class=\"sheet alert-group\"").count(), 2);
    assert!(page.contains("53 alerts, oldest ") && page.contains("54 to deal with · Alerts"));
    assert!(page.contains("Alerts to deal with") && !page.contains("Needs somebody"));
    assert_eq!(
        page.matches(", sent consultation").count(),
        4,
        "the first rows only"
    );
    assert!(page.contains(&format!("href=\"/starling/sent/{}\"", ids[0])));
    assert!(page.contains("Show all 53 alerts of this group"));
    assert!(!page.contains("as dealt with"), "a reader looks only");
    let group = page.split_once("/starling/alerts?group=").unwrap().1;
    let group = group.split_once('"').unwrap().0;
    let whole = reader
        .text(&format!("/starling/alerts?group={group}"))
        .await;
    assert_eq!(whole.matches(", sent consultation").count(), 50);
    assert!(whole.contains("Page 2 of 2"));
    let rest = reader
        .text(&format!("/starling/alerts?group={group}&page=2"))
        .await;
    assert_eq!(rest.matches(", sent consultation").count(), 3);
    // A kind that is chosen, one of which there is none, and one that nobody knows.
    let kind = |kind: &str| format!("/starling/alerts?kind={kind}");
    assert!(
        reader
            .text(&kind("letter-failed"))
            .await
            .contains("53 alerts")
    );
    let none = reader.text(&kind("malware")).await;
    assert!(none.contains("None of this kind") && none.contains("Show all 54 alerts"));
    assert!(reader.text(&kind("%22%3E")).await.contains("53 alerts"));
    let overview = reader.text("/starling").await;
    assert!(overview.contains("54 alerts: Reports not delivered"));
    assert!(overview.contains("/starling/alerts?kind=letter-failed"));
}

#[tokio::test]
async fn a_group_is_dealt_with_by_one_form_and_undone_by_another() {
    let mut world = World::new();
    failures(&mut world, 4).await;
    let site = Site::of(&world.starling, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let page = clerk.text("/alerts").await;
    let (like, up_to) = (hidden(&page, "like"), hidden(&page, "up_to"));
    // One that was raised since is not among those that were seen.
    let (_, pair) = world.send(consultation()).await;
    world.report(&pair, &status::NHS_NUMBER_NOT_FOUND);
    world.starling.pass().await;
    let all = [
        ("deal", "all"),
        ("like", like),
        ("up_to", up_to),
        ("note", "Telephoned the patients"),
        ("kind", "letter-failed"),
    ];
    let (address, page) = follow(&clerk, "/alerts", &all).await;
    assert!(
        address.starts_with("/alerts?kind=letter-failed&act="),
        "{address}"
    );
    assert!(page.contains("4 alerts are marked as dealt with") && page.contains("Undo"));
    assert_eq!(world.starling.practice.count_alerts().unwrap(), 2);
    // Nobody else is offered to undo it, or does.
    let other = site.visitor(PracticeRole::Administrator).await;
    assert!(!other.text(&address).await.contains("Undo"));
    let (_, not) = follow(&other, "/alerts/undo", &[("act", hidden(&page, "act"))]).await;
    assert!(not.contains("somebody else dealt with them"));
    assert_eq!(world.starling.practice.count_alerts().unwrap(), 2);
    let past = clerk.text("/alerts?state=done&kind=letter-failed").await;
    assert_eq!(past.matches("Telephoned the patients").count(), 4);
    assert!(past.contains(" by <bdi>clerk"));
    let (_, undone) = follow(&clerk, "/alerts/undo", &[("act", hidden(&page, "act"))]).await;
    assert!(undone.contains("4 alerts are to be dealt with again"));
    assert!(
        undone.contains("Reopened "),
        "who dealt with it before is kept"
    );
    assert_eq!(world.starling.practice.count_alerts().unwrap(), 6);
    assert!(!clerk.text(&address).await.contains("Undo"), "once");
    let (_, again) = follow(&clerk, "/alerts/undo", &[("act", hidden(&page, "act"))]).await;
    assert!(again.contains("somebody worked on these alerts since"));

    let (_, nothing) = follow(&clerk, "/alerts", &[("deal", "chosen"), ("like", like)]).await;
    assert!(nothing.contains("choose the alerts that you dealt with"));
    let chosen = world.starling.practice.alerts().unwrap();
    let chosen: Vec<String> = chosen[..2]
        .iter()
        .map(|alert| alert.id.to_string())
        .collect();
    let fields = [
        ("deal", "chosen"),
        ("alert", &*chosen[0]),
        ("alert", &*chosen[1]),
    ];
    let (_, page) = follow(&clerk, "/alerts", &fields).await;
    assert!(page.contains("2 alerts are marked as dealt with"));
    let (_, page) = follow(&clerk, &format!("/alerts/{}/reopen", chosen[0]), &[]).await;
    assert!(page.contains("The alert is to be dealt with again"));
    let (_, page) = follow(&clerk, "/alerts", &[("alert", &*chosen[1])]).await;
    assert!(page.contains("dealt with that alert already"));
}

#[tokio::test]
async fn a_failed_consultation_says_once_what_happened_and_offers_what_helps() {
    let mut world = World::new();
    let mut entered = consultation();
    entered.patient.mobile_phone = Some("07700 900 123".to_owned());
    let (id, pair) = world.send(entered).await;
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let path = format!("/sent/{id}");
    let before = clinician.text(&path).await;
    assert!(before.contains("No acknowledgement has come yet") && before.contains("not yet"));
    world.report(&pair, &status::NHS_NUMBER_NOT_FOUND);
    world.starling.pass().await;
    assert_eq!(world.starling.record(id).state, ConsultationState::Failed);
    let page = clinician.text(&path).await;
    let reason = "The NHS number was not found in the demographics service";
    assert_eq!(page.matches(reason).count(), 1);
    assert!(page.contains("(EPL-153)") && page.contains("Failed with EPL-153"));
    assert_eq!(
        page.matches("Check the NHS number with the patient")
            .count(),
        1
    );
    assert_eq!(page.matches("none will come").count(), 2);
    assert!(!page.contains("not yet") && !page.contains("Success"));
    assert!(page.contains("07700 900 123"));
    assert!(page.contains(&format!("{path}/edit")) && page.contains(&format!("{path}/report")));
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let seen = clerk.text(&path).await;
    assert!(seen.contains("A clinician can correct it") && !seen.contains(&format!("{path}/edit")));

    let alert = world.starling.practice.alerts().unwrap()[0].id.to_string();
    let fields = [
        ("consultation", &*id.to_string()),
        ("alert", &*alert),
        ("note", "Telephoned the patient"),
    ];
    let (address, page) = follow(&clerk, "/alerts", &fields).await;
    assert_eq!(address, path);
    assert!(page.contains("Telephoned the patient") && page.contains(" by <bdi>clerk"));
    assert!(!page.contains("Mark the alert"));
    let back = [("consultation", &*id.to_string())];
    let (address, page) = follow(&clerk, &format!("/alerts/{alert}/reopen"), &back).await;
    assert_eq!(address, path);
    assert!(page.contains("Mark the alert as dealt with"));

    // What was sent in its place is the way on.
    let next = world
        .starling
        .practice
        .update(id, consultation())
        .await
        .unwrap();
    let page = clinician.text(&path).await;
    assert!(page.contains(&format!("href=\"/sent/{next}\"")) && !page.contains("What to do"));
    assert!(!page.contains(&format!("{path}/edit")));
}

#[tokio::test]
async fn a_refusal_by_the_practice_leads_to_the_post_and_a_missing_patient_to_no_second_try() {
    let mut world = World::new();
    let mut gone = consultation();
    gone.patient = patient("9657702402", "GONE", "Gus", "1950-01-01");
    let (id, pair) = world.send(gone).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let page = clinician.text(&format!("/sent/{id}")).await;
    assert!(page.contains("The report reached a practice, which did not take it."));
    assert!(page.contains("Infrastructure acknowledgement") && page.contains("20013 Success"));
    assert!(page.contains(&format!("btn btn-main\" href=\"/sent/{id}/edit")));
    let overview = clinician.text("/").await;
    assert!(overview.contains("1 report failed"));
}

#[tokio::test]
async fn the_sent_list_has_number_practice_and_age_and_keeps_words_out_of_addresses() {
    let mut world = World::with(|starling, _| starling.acknowledgement_overdue_minutes = 60);
    world.send(consultation()).await;
    world.clock.advance(61);
    world.starling.pass().await;
    let site = Site::of(&world.starling, "/starling").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let list = reader.text("/starling/sent").await;
    for part in [
        "969 363 2109",
        "Osprey Medical Centre",
        "1 hour",
        "Acknowledgement overdue 1",
    ] {
        assert!(list.contains(part), "{part}");
    }
    let fields = [("q", "garton"), ("state", "overdue")];
    let (address, found) = follow(&reader, "/starling/sent", &fields).await;
    assert!(!address.contains("garton") && address.contains("state=overdue"));
    assert!(found.contains("1 consultation.") && found.contains("value=\"garton\""));
    let links = found.split("href=\"").skip(1);
    for link in links.map(|link| link.split('"').next().unwrap()) {
        assert!(!link.contains("garton"), "{link}");
    }
    let export = address.replace("/sent?", "/sent/export?");
    assert_eq!(reader.get(&export).await.status(), StatusCode::OK);
    let (_, none) = follow(&reader, "/starling/sent", &[("q", "melloy")]).await;
    assert!(none.contains("No consultation matches this search."));
    let other = site.visitor(PracticeRole::Clerk).await;
    assert!(other.text(&address).await.contains("no longer kept"));
    assert!(
        reader
            .text("/starling/sent?state=failed")
            .await
            .contains("No consultation is in this state")
    );
}

#[tokio::test]
async fn alerts_about_received_letters_lead_to_them() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    let twin: Pair = pair.clone();
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let site = Site::of(&world.osprey, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    assert!(clerk.text("/alerts").await.contains("No alerts"));
    let mut twin = twin;
    twin.base = twin.base.replace("000001", "0000F1");
    twin.control.dts_id = Some(twin.base.clone());
    twin.control.from_dts = Some("A81002OT001".to_owned());
    world.publish(Which::Osprey, &twin);
    world.osprey.pass().await;
    let page = clerk.text("/alerts").await;
    assert!(page.contains(AlertKind::ReceivedInDoubt.title()), "{page}");
    assert!(
        page.contains("href=\"/inbox/") || page.contains("href=\"/received/"),
        "{page}"
    );
}
