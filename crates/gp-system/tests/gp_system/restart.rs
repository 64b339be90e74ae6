//! Restarts and crashes between the steps: nothing is lost, no answer is given twice.

use std::fs;

use crate::support::{Which, World, consultation};
use gp_system::ConsultationState;
use rusqlite::Connection;

#[tokio::test]
async fn the_loop_closes_with_a_restart_between_every_two_steps() {
    let mut world = World::new();
    let id = world
        .starling
        .practice
        .submit(consultation())
        .await
        .unwrap();
    world.starling.reopen();
    world.starling.pass().await;
    world.starling.reopen();
    let pairs = world.carry(Which::Starling);
    assert_eq!(pairs.len(), 1);
    world.starling.reopen();
    world.starling.pass().await;
    world.osprey.reopen();
    world.osprey.pass().await;
    world.osprey.reopen();
    let answers = world.collect(Which::Osprey);
    assert_eq!(answers.len(), 2);
    for answer in &answers {
        world.osprey.reopen();
        world.osprey.pass().await;
        world.publish(Which::Starling, answer);
        world.starling.reopen();
        world.starling.pass().await;
    }
    world.starling.reopen();
    assert_eq!(
        world.starling.record(id).state,
        ConsultationState::Delivered
    );
    assert_eq!(world.osprey.practice.tasks().unwrap().len(), 1);
    assert!(world.osprey.names("OUT").is_empty() && world.starling.names("OUT").is_empty());
}

#[tokio::test]
async fn a_crash_after_the_record_and_before_the_removal_answers_once() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    // The files are still in IN, as if the practice had died before removing them.
    world.publish(Which::Osprey, &pair);
    world.osprey.reopen();
    world.osprey.pass().await;
    assert!(world.osprey.names("IN").is_empty());
    assert_eq!(world.collect(Which::Osprey).len(), 2);
    assert_eq!(world.osprey.practice.tasks().unwrap().len(), 1);
    assert_eq!(
        fs::read_dir(world.osprey.data.join("received"))
            .unwrap()
            .count(),
        2
    );
}

#[tokio::test]
async fn a_crash_after_the_copy_and_before_the_record_takes_the_pair_once() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    let received = world.osprey.data.join("received");
    fs::write(received.join(format!("{}.dat", pair.base)), &pair.data).unwrap();
    fs::write(
        received.join(format!("{}.ctl", pair.base)),
        pair.control.write_received(),
    )
    .unwrap();
    world.publish(Which::Osprey, &pair);
    world.osprey.reopen();
    world.osprey.pass().await;
    assert_eq!(world.collect(Which::Osprey).len(), 2);
    assert_eq!(fs::read_dir(received).unwrap().count(), 2);
}

#[tokio::test]
async fn a_pair_that_could_not_be_placed_is_placed_once_when_it_can() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    // A directory in the way of the first answer's control file: its rename fails half-way.
    let obstacle = world
        .osprey
        .mailbox
        .join("OUT")
        .join(format!("A20047_{}_1_infAck.ctl", pair.base));
    fs::create_dir(&obstacle).unwrap();
    assert!(world.osprey.practice.run_once().await.is_err());
    assert!(world.osprey.answered().is_empty());
    fs::remove_dir(&obstacle).unwrap();
    world.osprey.reopen();
    world.osprey.pass().await;
    assert_eq!(world.osprey.answered(), [20013, 30001]);
    let names = world.osprey.names("OUT");
    assert_eq!(names.len(), 4, "two pairs and no temporary file: {names:?}");
    assert_eq!(world.osprey.practice.tasks().unwrap().len(), 1);
}

#[tokio::test]
async fn a_crash_right_after_handing_over_places_nothing_twice() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    assert_eq!(world.collect(Which::Osprey).len(), 2);
    // The rename happened and the client took the pairs, but the practice died before it wrote so.
    let records = Connection::open(world.osprey.data.join("practice.sqlite")).unwrap();
    records
        .execute("UPDATE outbox SET state = 'placing'", [])
        .unwrap();
    world.osprey.reopen();
    world.osprey.pass().await;
    assert!(world.osprey.names("OUT").is_empty());
}

#[tokio::test]
async fn a_crash_before_placing_began_places_the_answers() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let out = world.osprey.mailbox.join("OUT");
    for name in world.osprey.names("OUT") {
        fs::remove_file(out.join(name)).unwrap();
    }
    let records = Connection::open(world.osprey.data.join("practice.sqlite")).unwrap();
    records
        .execute("UPDATE outbox SET state = 'pending'", [])
        .unwrap();
    world.osprey.reopen();
    world.osprey.pass().await;
    assert_eq!(world.collect(Which::Osprey).len(), 2);
}
