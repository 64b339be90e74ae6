//! Alerts as they leave a practice, and what waits in numbers.

use gp_system::{
    AlertChoice, AlertDeed, AlertKind, AlertReopening, AlertSubject, ConsultationState, Practice,
    SentQuery, SentState, Waiting,
};
use mesh::status;

use crate::support::{Which, World, consultation, patient, settle};

async fn unsent(practice: &Practice, channel: &'static str) -> Vec<(AlertKind, u32)> {
    let unsent = practice.unsent_alerts(channel).await.unwrap();
    unsent.into_iter().map(|it| (it.kind, it.count)).collect()
}

#[tokio::test]
async fn an_alert_leaves_once_by_each_channel_whatever_is_restarted_in_between() {
    let mut world = World::with(|starling, _| starling.acknowledgement_overdue_minutes = 60);
    world.send(consultation()).await;
    world.clock.advance(61);
    world.starling.pass().await;
    let raised = vec![(AlertKind::LetterUnanswered, 1)];
    for channel in ["webhook", "email"] {
        assert_eq!(unsent(&world.starling.practice, channel).await, raised);
    }
    let open = world
        .starling
        .practice
        .unsent_alerts("webhook")
        .await
        .unwrap();
    let (kind, up_to) = (open[0].kind, open[0].up_to);
    // one more is raised while the first is on its way
    world.send(consultation()).await;
    world.clock.advance(61);
    world.starling.pass().await;
    let practice = &world.starling.practice;
    practice
        .note_alerts_sent("webhook", kind, up_to)
        .await
        .unwrap();
    world.starling.reopen();
    let practice = &world.starling.practice;
    assert_eq!(unsent(practice, "webhook").await, raised);
    assert_eq!(unsent(practice, "email").await, [(kind, 2)]);
    let open = practice.unsent_alerts("webhook").await.unwrap();
    assert_eq!(open[0].last_sent, Some(practice_now(&world)));
    practice
        .note_alerts_sent("webhook", kind, open[0].up_to)
        .await
        .unwrap();
    assert!(unsent(practice, "webhook").await.is_empty());
    // what somebody dealt with is not sent any more
    for alert in practice.alerts().unwrap() {
        assert!(settle(practice, alert.id).await);
    }
    assert!(unsent(practice, "email").await.is_empty());
}

fn practice_now(world: &World) -> jiff::Timestamp {
    nhs::Clock::now(&world.clock)
}

#[tokio::test]
async fn what_waits_is_counted_with_since_when() {
    let mut world = World::with(|starling, _| starling.acknowledgement_overdue_minutes = 60);
    let began = practice_now(&world);
    let (_, first) = world.send(consultation()).await;
    world.clock.advance(61);
    world.send(consultation()).await;
    world.starling.pass().await;
    let standing = world.starling.practice.standing().await.unwrap();
    assert_eq!((standing.unanswered.count, standing.overdue), (2, 1));
    assert!(standing.unanswered.oldest.unwrap() >= began);
    assert_eq!(standing.negatively_answered, 0);
    // a report of the exchange is a failure, and no negative answer
    world.report(&first, &status::NO_MAILBOX);
    world.starling.pass().await;
    let standing = world.starling.practice.standing().await.unwrap();
    assert_eq!((standing.unanswered.count, standing.overdue), (1, 0));
    assert_eq!(standing.negatively_answered, 0);
    let open = |kind| {
        let mut alerts = standing.alerts.iter();
        alerts.find(|it| it.0 == kind).unwrap().1.count
    };
    assert_eq!(open(AlertKind::LetterFailed), 1);
    assert_eq!(open(AlertKind::LetterUnanswered), 1);
    assert_eq!(open(AlertKind::Other), 0);
    assert_eq!(standing.tasks, Waiting::default());
}

#[tokio::test]
async fn a_negative_answer_is_counted_until_somebody_deals_with_it_and_a_task_until_it_is_filed() {
    let mut world = World::new();
    let mut gone = consultation();
    gone.patient = patient("9657702402", "GONE", "Gus", "1950-01-01");
    for letter in [consultation(), gone] {
        let (_, pair) = world.send(letter).await;
        world.publish(Which::Osprey, &pair);
    }
    world.answer().await;
    let starling = &world.starling.practice;
    let standing = starling.standing().await.unwrap();
    assert_eq!(
        (standing.unanswered, standing.negatively_answered),
        (Waiting::default(), 1)
    );
    for alert in starling.alerts().unwrap() {
        settle(starling, alert.id).await;
    }
    assert_eq!(starling.standing().await.unwrap().negatively_answered, 0);
    let tasks = world.osprey.practice.standing().await.unwrap().tasks;
    assert_eq!(tasks.count, 1);
    assert!(tasks.oldest.is_some());
}

#[tokio::test]
async fn a_group_is_dealt_with_at_once_and_that_is_undone_with_who_and_when_kept() {
    let mut world = World::new();
    let mut ids = Vec::new();
    for _ in 0..5 {
        let (id, pair) = world.send(consultation()).await;
        world.report(&pair, &status::NHS_NUMBER_NOT_FOUND);
        ids.push(id);
    }
    let (_, pair) = world.send(consultation()).await;
    world.report(&pair, &status::NO_MAILBOX);
    world.starling.pass().await;
    let practice = &world.starling.practice;
    let groups = practice.alert_groups(None, 1).unwrap();
    let counts: Vec<_> = groups.groups.iter().map(|it| (it.kind, it.count)).collect();
    let failed = AlertKind::LetterFailed;
    assert_eq!(counts, [(failed, 5), (failed, 1)]);
    let group = &groups.groups[0];
    assert_eq!(group.rows.len(), 3, "the first rows only");
    assert!(
        matches!(&group.rows[0].subject, AlertSubject::Consultation { id, patient }
            if *id == ids[0] && patient == "GARTON, Bill")
    );
    let other = practice.alert_groups(Some(AlertKind::Malware), 1).unwrap();
    assert!(other.groups.is_empty());
    // one more that nobody has seen with the group
    let seen = AlertChoice::Group {
        like: group.first,
        up_to: group.latest - 1,
    };
    let jo = practice.used_by("jo");
    let act = jo
        .settle_alerts(seen.clone(), Some(" Telephoned them ".to_owned()))
        .await
        .unwrap();
    assert_eq!((act.alerts, practice.count_alerts().unwrap()), (4, 2));
    assert_eq!(jo.settle_alerts(seen, None).await.unwrap().alerts, 0);
    let past = practice.alerts_dealt_with(Some(failed), 1).unwrap();
    assert_eq!(past.total, 4);
    let settled = past.rows[0].alert.settled.as_ref().unwrap();
    assert_eq!(settled.note.as_deref(), Some("Telephoned them"));
    assert_eq!(
        practice
            .alerts_dealt_with(Some(AlertKind::Other), 1)
            .unwrap()
            .total,
        0
    );

    // one of them was opened and dealt with again since: the undoing leaves it alone
    let touched = past.rows[0].alert.id;
    let kim = practice.used_by("kim");
    kim.reopen_alerts(AlertReopening::One(touched))
        .await
        .unwrap();
    settle(&kim, touched).await;
    let undoing = AlertReopening::Act(act.number);
    // nor does anybody undo at once what somebody else did
    assert_eq!(kim.undoable_alerts(act.number, Some("kim")).unwrap(), 0);
    assert_eq!(kim.reopen_alerts(undoing).await.unwrap().alerts, 0);
    assert_eq!(jo.undoable_alerts(act.number, Some("jo")).unwrap(), 3);
    let undone = jo.reopen_alerts(undoing).await.unwrap();
    assert_eq!((undone.alerts, practice.count_alerts().unwrap()), (3, 5));
    let past = practice.alerts_dealt_with(None, 1).unwrap();
    let steps: Vec<_> = past.rows[0]
        .steps
        .iter()
        .map(|step| (step.deed, step.how.who.as_deref().unwrap()))
        .collect();
    let (settled, reopened) = (AlertDeed::Settled, AlertDeed::Reopened);
    assert_eq!(
        steps,
        [(settled, "jo"), (reopened, "kim"), (settled, "kim")]
    );
    let (group, page) = practice.alert_group(touched, 9).unwrap().unwrap();
    assert_eq!((group.count, page.rows.len(), page.page), (4, 4, 1));
}

#[tokio::test]
async fn a_kind_is_found_among_more_words_of_other_kinds_than_are_told_apart() {
    let world = World::new();
    let mut records =
        rusqlite::Connection::open(world.starling.data.join("practice.sqlite")).unwrap();
    let transaction = records.transaction().unwrap();
    for (key, what) in (0..1_001)
        .map(|n| (format!("failed:{n}"), format!("A {n}")))
        .chain([("infected:1".to_owned(), "Z 1".to_owned())])
        .chain([("unheard of:1".to_owned(), "Z 2".to_owned())])
    {
        transaction
            .execute(
                "INSERT INTO alert (key, at, what) VALUES (?1, 1, ?2)",
                [key, what],
            )
            .unwrap();
    }
    transaction.commit().unwrap();
    let practice = &world.starling.practice;
    for (kind, what) in [(AlertKind::Malware, "Z 1"), (AlertKind::Other, "Z 2")] {
        let found = practice.alert_groups(Some(kind), 1).unwrap();
        let words: Vec<_> = found.groups.iter().map(|it| &*it.what).collect();
        assert_eq!(words, [what]);
        assert_eq!(found.groups[0].rows.len(), 1);
    }
}

#[tokio::test]
async fn sent_consultations_are_found_by_patient_number_and_practice_and_by_what_they_lack() {
    let mut world = World::with(|starling, _| starling.acknowledgement_overdue_minutes = 60);
    world.send(consultation()).await;
    let mut other = consultation();
    other.patient = patient("9657702402", "GONE", "Gus", "1950-01-01");
    other.receiving_practice = "Heron Surgery".to_owned();
    let practice = world.starling.practice.clone();
    world.clock.advance(61);
    let id = practice.submit(other.clone()).await.unwrap();
    world.starling.pass().await;
    let found = |state, search: &str| {
        let query = SentQuery {
            state,
            search: search.to_owned(),
            page: 1,
        };
        let page = practice.sent(&query).unwrap();
        assert_eq!(page.total as usize, page.consultations.len());
        let names = page.consultations.into_iter().map(|it| it.patient);
        names.collect::<Vec<_>>()
    };
    assert_eq!(found(None, ""), ["GONE, Gus", "GARTON, Bill"]);
    assert_eq!(found(None, "gart bi"), ["GARTON, Bill"]);
    assert_eq!(found(None, "969 363"), ["GARTON, Bill"]);
    assert_eq!(found(None, "heron"), ["GONE, Gus"]);
    assert_eq!(found(Some(SentState::Overdue), ""), ["GARTON, Bill"]);
    assert_eq!(found(Some(SentState::UnderWay), "gone"), ["GONE, Gus"]);
    let waiting = SentState::Only(ConsultationState::Waiting);
    assert!(found(Some(waiting), "gone").is_empty());
    let sent = practice.consultation(id).unwrap().unwrap();
    assert_eq!(sent.nhs_number.as_deref(), Some("9657702402"));
    assert_eq!(sent.receiving_practice.as_deref(), Some("Heron Surgery"));
}

#[tokio::test]
async fn what_is_changed_while_it_waits_is_found_by_its_new_words_only() {
    let world = World::with(|starling, _| starling.wait_minutes = 10);
    let practice = &world.starling.practice;
    let id = practice.submit(consultation()).await.unwrap();
    let mut changed = consultation();
    changed.receiving_practice = "Heron Surgery".to_owned();
    practice.update(id, changed).await.unwrap();
    let total = |search: &str| {
        let search = search.to_owned();
        let query = SentQuery {
            search,
            ..SentQuery::default()
        };
        practice.sent(&query).unwrap().total
    };
    assert_eq!(
        (total("heron"), total("osprey"), total("garton")),
        (1, 0, 1)
    );
}
