//! The patients of a run: the lists to load, and a list of one's own.

use jiff::Timestamp;
use nhs::OdsCode;
use rehearsal::RehearsalError;
use rehearsal::receiver::Patients;

use crate::kit::{plan, settings};

fn started() -> Timestamp {
    "2026-11-28T09:00:00Z".parse().unwrap()
}

#[test]
fn the_practice_knows_those_who_left_and_died_and_the_registry_sends_them_all_there() {
    let (patients, practice) = (
        Patients::invented(started()).unwrap(),
        OdsCode::parse("A20047").unwrap(),
    );
    let list = patients.practice_list(&practice);
    assert_eq!(list.lines().count(), 9, "{list}");
    assert!(!list.contains("STRANGER"), "{list}");
    assert!(
        list.contains("9990025053,MOVEDAWAY,Frank,1977-06-21,A20047,2026-05-12,,left,2026-05-12\n"),
        "{list}"
    );
    assert!(
        list.contains("9990025061,LATELY,Grace,1934-01-09,A20047,,2026-09-29,died,2026-09-29\n"),
        "{list}"
    );
    let registry = patients.registry(&practice);
    assert_eq!(registry.lines().count(), 10, "{registry}");
    assert!(
        registry.contains("9990025096,STRANGER,Iris,1990-05-17,A20047,,,never,\n"),
        "{registry}"
    );
    assert!(
        registry.contains("MOVEDAWAY,Frank,1977-06-21,A20047,,,left"),
        "{registry}"
    );
}

#[test]
fn a_list_that_was_written_is_read_as_the_same() {
    let (patients, practice) = (
        Patients::invented(started()).unwrap(),
        OdsCode::parse("A20047").unwrap(),
    );
    let read =
        Patients::from_csv(patients.registry(&practice).as_bytes(), started(), false).unwrap();
    assert_eq!(read.registry(&practice), patients.registry(&practice));
    assert!(read.all().iter().all(|it| !it.invented));
}

#[test]
fn cases_without_a_patient_of_the_list_are_left_out() {
    let list = "nhs_number,family_name,given_names,date_of_birth,standing\n9691375087,OWN,Ann,1980-02-03,registered\n";
    let mut settings = settings(1);
    settings.patients = Patients::from_csv(list.as_bytes(), started(), false).unwrap();
    let plan = plan(settings, "send-document", &[]);
    assert!(
        plan.messages
            .iter()
            .all(|it| !it.subject.contains("REHEARSAL"))
    );
    let without: Vec<_> = plan
        .left_out
        .iter()
        .filter(|it| it.reason.contains("stands so"))
        .map(|it| it.case.id)
        .collect();
    assert_eq!(
        without,
        ["RX-B01", "RX-B01", "RX-B02", "RX-B02", "RX-B03", "RX-B03"]
    );
}

#[test]
fn a_list_that_cannot_be_used_is_refused_by_its_line_and_tells_nobody() {
    let head = "nhs_number,family_name,given_names,date_of_birth,standing,since\n";
    for (row, line, what) in [
        (
            "9691375087,A,B,1980-02-03,died,\n",
            "line 2",
            "date of death",
        ),
        (
            "9691375087,A,B,1980-02-03,moved,\n",
            "line 2",
            "registered, left, died or never",
        ),
        (
            "9691375087,A,B,1980-02-03,left,\n",
            "line 2",
            "the date of leaving in the column since",
        ),
        (
            "9691375087,A,B,1980-02-03,left,2026-05-01\n",
            "line 1",
            "at least one patient",
        ),
        (
            "9691375087,A,B,1980-02-03,registered,\n9691375087,A,B,1980-02-03,left,2026-05-01\n",
            "line 3",
            "not listed before",
        ),
        (
            "9691375087,A,B,03/02/1980,registered,\n",
            "line 2",
            "date of birth",
        ),
    ] {
        let refused = Patients::from_csv(format!("{head}{row}").as_bytes(), started(), false);
        let told = refused.err().unwrap().to_string();
        assert!(told.starts_with(line) && told.contains(what), "{told}");
        assert!(
            !told.contains("9691375087") && !told.contains("1980"),
            "{told}"
        );
    }
    // 401 023 2137: published as an example of the check digit
    let person = format!("{head}4010232137,A,B,1980-02-03,registered,\n");
    let refused = Patients::from_csv(person.as_bytes(), started(), false);
    assert!(matches!(
        refused,
        Err(RehearsalError::NotATestNumber { line: 2 })
    ));
    assert!(Patients::from_csv(person.as_bytes(), started(), true).is_ok());
    let shown = format!("{:?}", Patients::invented(started()).unwrap());
    assert!(
        !shown.contains("REHEARSAL") && !shown.contains("999"),
        "{shown}"
    );
}
