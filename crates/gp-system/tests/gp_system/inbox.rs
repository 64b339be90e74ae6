//! The inbox below the pages: searching, sorting, paging, and work by several people at once.

use crate::support::{Which, World, consultation};
use gp_system::{InboxQuery, InboxSort, PracticeError, TaskState, TaskWork};

fn patients(world: &World, query: &InboxQuery) -> Vec<String> {
    let page = world.osprey.practice.inbox(query).unwrap();
    assert_eq!(page.total, u64::try_from(page.tasks.len()).unwrap());
    let names = page.tasks.into_iter().map(|task| task.patient);
    names
        .map(|name| name.split(',').next().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_inbox_is_sorted_and_searched_by_the_beginnings_of_words_without_accents() {
    let world = World::with_letters(&["Müller", "Adams", "Zoë"]).await;
    let by = |sort, ascending| InboxQuery {
        sort,
        ascending,
        ..InboxQuery::default()
    };
    assert_eq!(
        patients(&world, &by(InboxSort::Received, false)),
        ["Zoë", "Adams", "Müller"]
    );
    assert_eq!(
        patients(&world, &by(InboxSort::Received, true)),
        ["Müller", "Adams", "Zoë"]
    );
    assert_eq!(
        patients(&world, &by(InboxSort::Patient, true)),
        ["Adams", "Müller", "Zoë"]
    );
    assert_eq!(
        patients(&world, &by(InboxSort::Subject, false)),
        ["Zoë", "Müller", "Adams"]
    );
    let search = |text: &str| InboxQuery {
        search: text.to_owned(),
        ..InboxQuery::default()
    };
    assert_eq!(patients(&world, &search("mul")), ["Müller"]);
    assert_eq!(patients(&world, &search("ZOE bill starling")), ["Zoë"]);
    assert_eq!(patients(&world, &search("969 363")).len(), 3);
    assert!(patients(&world, &search("uller")).is_empty());
    assert!(patients(&world, &search("969363210 9 1")).is_empty());
    assert_eq!(
        world.osprey.practice.inbox_senders().unwrap(),
        ["Cumbria Starling Medical Centre"]
    );
    let of = |sender: &str| InboxQuery {
        sender: Some(sender.to_owned()),
        for_action: Some(true),
        state: Some(TaskState::Open),
        ..InboxQuery::default()
    };
    assert_eq!(
        patients(&world, &of("Cumbria Starling Medical Centre")).len(),
        3
    );
    assert!(patients(&world, &of("Another")).is_empty());
}

#[tokio::test]
async fn of_two_people_who_deal_with_a_task_the_second_is_told() {
    let world = World::with_letters(&["Garton"]).await;
    let practice = &world.osprey.practice;
    let id = practice.tasks().unwrap()[0].id;
    let (jo, sam) = (practice.used_by("jo"), practice.used_by("sam"));
    let (filed, returned) = tokio::join!(
        jo.work_on_task(id, TaskWork::File { confirmed: true }),
        sam.work_on_task(id, TaskWork::Return("no".to_owned()))
    );
    assert!(filed.is_ok() != returned.is_ok());
    let lost = filed.err().or(returned.err());
    assert!(matches!(lost, Some(PracticeError::Changed(_))));
    let steps = practice.task_history(id).unwrap();
    assert_eq!(steps.len(), 2, "received, and one of the two");
    assert!(steps[1].who.is_some() && steps[0].who.is_none());
    let nothing = gp_system::TaskId::parse("3f0b5f1e-0000-4000-8000-000000000001").unwrap();
    let unknown = jo.work_on_task(nothing, TaskWork::Note("x".to_owned()));
    assert!(matches!(unknown.await, Err(PracticeError::NotFound(_))));
    let empty = jo.work_on_task(id, TaskWork::Note(" ".to_owned())).await;
    assert!(matches!(empty, Err(PracticeError::Note(_))));
    assert_eq!(practice.counts().unwrap().tasks, 0);
}

#[tokio::test]
async fn a_document_that_arrives_again_is_marked_on_its_task() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let again = world.again(&pair);
    world.publish(Which::Osprey, &again);
    world.osprey.pass().await;
    let tasks = world.osprey.practice.tasks().unwrap();
    assert_eq!((tasks.len(), tasks[0].repeats), (1, 1));
    let steps = world.osprey.practice.task_history(tasks[0].id).unwrap();
    assert_eq!(steps[1].what, "Arrived once more, answered 20007");
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_overlap() {
    let world = World::with_letters(&[]).await;
    let names: Vec<String> = (0..120).map(|n| format!("N{n:03}")).collect();
    let records = rusqlite::Connection::open(world.osprey.data.join("practice.sqlite")).unwrap();
    for (number, name) in (1..).zip(names.iter().rev()) {
        let id = uuid::Uuid::from_u128(number).to_string();
        let row = "INSERT INTO task (id, received_at, subject, sender, sender_mailbox, for_action,
                       patient, matched, number)
                   VALUES (?1, ?2, 'Subject', 'Sender', 'A81001OT001', 1, ?3, 30001, ?2)";
        let number = i64::try_from(number).unwrap();
        records
            .execute(row, rusqlite::params![id, number, name])
            .unwrap();
    }
    let page = |page, sort| {
        let query = InboxQuery {
            sort,
            ascending: sort == InboxSort::Patient,
            page,
            ..InboxQuery::default()
        };
        world.osprey.practice.inbox(&query).unwrap()
    };
    for sort in [InboxSort::Patient, InboxSort::Received] {
        let pages = [page(0, sort), page(2, sort), page(99, sort)];
        assert_eq!(pages[2].page, 3, "a page that is not there is the last");
        assert_eq!((pages[0].page, pages[0].pages, pages[0].total), (1, 3, 120));
        let shown = pages.iter().flat_map(|page| &page.tasks);
        let shown: Vec<&str> = shown.map(|task| task.patient.as_str()).collect();
        assert_eq!(shown, names);
    }
}
