//! Alerts as they leave a practice, and what waits in numbers.

use gp_system::{AlertKind, Practice, Waiting};
use mesh::status;

use crate::support::{Which, World, consultation, patient};

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
        assert!(practice.settle_alert(alert.id, None).await.unwrap());
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
        starling.settle_alert(alert.id, None).await.unwrap();
    }
    assert_eq!(starling.standing().await.unwrap().negatively_answered, 0);
    let tasks = world.osprey.practice.standing().await.unwrap().tasks;
    assert_eq!(tasks.count, 1);
    assert!(tasks.oldest.is_some());
}
