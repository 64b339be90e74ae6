//! Who may look and decide, what they see, and what becomes of it in the end.

use gp_system::web::PracticeRole;
use gp_system::{InboxQuery, PracticeError, TaskState, TaskWork};
use itk3::Family;
use reqwest::StatusCode;

use super::kit::{address, changed, contradicting, entry, place, press, received, take, task};
use crate::payloads::update;
use crate::support::World;
use crate::support::site::{Site, location};

#[tokio::test]
async fn a_task_under_review_is_not_filed_or_returned_as_a_whole() {
    let world = received(&update()).await;
    let practice = world.osprey.practice.used_by("jo");
    let id = task(&world).id;
    for work in [
        TaskWork::File { confirmed: false },
        TaskWork::Return("no".to_owned()),
        TaskWork::Reopen,
    ] {
        let refused = practice.work_on_task(id, work).await;
        assert!(matches!(refused, Err(PracticeError::NeedsReview)));
    }
    practice
        .work_on_task(id, TaskWork::Assign(Some("jo".to_owned())))
        .await
        .unwrap();
    let site = Site::of(&world.osprey, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let page = clinician.text(&format!("/inbox/{id}")).await;
    assert!(page.contains("Review the entries") && !page.contains("File to the record"));
    let posted = clinician.post(&format!("/inbox/{id}/file"), &[]).await;
    assert_eq!(location(&posted), format!("/inbox/{id}"));
    let page = clinician.text(&format!("/inbox/{id}")).await;
    assert!(page.contains("open its review"), "{page}");
    assert_eq!(task(&world).state, TaskState::Open);
}

#[tokio::test]
async fn clerks_and_readers_look_and_clinicians_decide() {
    let world = received(&contradicting()).await;
    let site = Site::of(&world.osprey, "").await;
    let to = address(&world);
    for role in [PracticeRole::Reader, PracticeRole::Clerk] {
        let visitor = site.visitor(role).await;
        let page = visitor.text(&to).await;
        assert!(page.contains("Clinicians decide about it.") && page.contains("Not decided"));
        assert!(!page.contains("type=\"radio\"") && page.contains("Currently pregnant"));
        let form = [("revision", "0"), ("do", "rest")];
        assert_eq!(
            visitor.post(&to, &form).await.status(),
            StatusCode::FORBIDDEN
        );
    }
    let stored = world
        .osprey
        .practice
        .review(task(&world).id)
        .unwrap()
        .unwrap();
    assert!(stored.review.acts().is_empty());
}

#[tokio::test]
async fn ur_r10_the_report_of_ambulatory_monitoring_is_reached_by_its_title() {
    let world = received(&update()).await;
    let site = Site::of(&world.osprey, "").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let page = reader.text(&address(&world)).await;
    let link = format!("/inbox/{}/attachments/0", task(&world).id);
    assert!(page.contains(&format!("href=\"{link}\"")), "{page}");
    let report = reader.get(&link).await;
    assert_eq!(report.headers()["content-type"], "application/pdf");
    assert_eq!(report.bytes().await.unwrap().as_ref(), b"%PDF-1.4\n");
}

#[tokio::test]
async fn the_patient_is_compared_with_the_practices_own_list() {
    let world = received(&update()).await;
    let site = Site::of(&world.osprey, "").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let page = reader.text(&address(&world)).await;
    for words in [
        "969 363 2109",
        "Number, name and birth date match",
        "Corner Pharmacy",
        "FA001",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test]
async fn what_a_message_says_is_text_on_the_page() {
    let script = "&lt;script&gt;alert(1)&lt;/script&gt;";
    let hostile = changed(&update(), "19", "Keep the area clean.", script);
    let world = received(&hostile).await;
    let site = Site::of(&world.osprey, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let to = address(&world);
    let page = clinician.text(&to).await;
    let advice = place(&page, "Information and advice given");
    let typed = (
        format!("text-{advice}"),
        "</textarea><script>alert(2)</script>",
    );
    press(&clinician, &to, "save", &[entry(advice, "amend"), typed]).await;
    for page in [page, clinician.text(&to).await] {
        assert!(page.contains("alert(") && !page.contains("<script>alert("));
    }
}

#[tokio::test]
async fn a_removed_task_takes_its_review_along() {
    let mut world = World::with(|_, osprey| {
        osprey.payloads = vec![Family::UpdateRecord];
        osprey.retention.documents_days = gp_system::Keep::Days(100);
    });
    take(&mut world, &update()).await;
    let site = Site::of(&world.osprey, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let to = address(&world);
    press(&clinician, &to, "rest", &[]).await;
    press(&clinician, &to, "file", &[]).await;
    world.clock.advance(102 * 24 * 60);
    world.osprey.pass().await;
    let found = world.osprey.practice.inbox(&InboxQuery::default()).unwrap();
    assert_eq!(found.total, 0);
    let records = rusqlite::Connection::open(world.osprey.data.join("practice.sqlite")).unwrap();
    for table in ["review", "review_act", "filed_record"] {
        let count = format!("SELECT count(*) FROM {table}");
        let count: u32 = records.query_row(&count, [], |row| row.get(0)).unwrap();
        assert_eq!(count, 0, "{table}");
    }
}
