//! Letters that are text under headings: every section on the task's page, safely; replaced, kept as
//! long as their task, and no longer than a page can show.

use fhir::Severity;
use gp_system::TaskState;
use gp_system::web::PracticeRole;
use itk3::Family;
use test_kit::shared_files;

use crate::payloads::{LETTER, answered, immunisation, taking, update};
use crate::support::site::Site;
use crate::support::{World, assert_in_order, with_replaced};

const WORKFLOW: &str = "TOC_FHIR_IP_DISCH";

fn hospital() -> World {
    taking(&[Family::TransferOfCare])
}

/// The letter with other ids, which replaces the document of this identifier.
fn newer(replaced: &str) -> Vec<u8> {
    let relates = format!(
        "<relatesTo><code value=\"replaces\"/><targetIdentifier><system \
         value=\"https://tools.ietf.org/html/rfc4122\"/><value value=\"{replaced}\"/>\
         </targetIdentifier></relatesTo><section><title value=\"Allergies"
    );
    let data = with_replaced(LETTER.as_bytes(), "c3c1f0a2", "c3c1f0a3");
    with_replaced(
        &data,
        "\n<section><title value=\"Allergies",
        &format!("\n{relates}"),
    )
}

/// The letter with this XHTML in its clinical summary.
fn with_summary(div: &str) -> Vec<u8> {
    let summary = "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Recovered well.</p></div>";
    let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{div}</div>");
    with_replaced(LETTER.as_bytes(), summary, &div)
}

async fn page_of_the_task(world: &World) -> String {
    let site = Site::of(&world.osprey, "/osprey").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let task = world.osprey.practice.tasks().unwrap().remove(0);
    reader.text(&format!("/osprey/inbox/{}", task.id)).await
}

#[tokio::test]
async fn every_section_of_a_letter_is_shown_with_its_codes() {
    let mut world = hospital();
    answered(&mut world, WORKFLOW, LETTER.as_bytes()).await;
    let task = world.osprey.practice.tasks().unwrap().remove(0);
    let sections = world.osprey.practice.task_sections(task.id).unwrap();
    assert_eq!(sections.len(), 7);
    let page = page_of_the_task(&world).await;
    assert_in_order(
        &page,
        &[
            "For action: see",
            "Plan and requested actions",
            "Allergies and adverse reactions</bdi></h3>",
            "<th>Causative agent</th><td>Penicillin</td>",
            "91936005",
            "Allergy to penicillin",
            "Recovered well.",
            "Asthma",
            "195967001",
            "Osprey Surgery",
            "Bill Garton",
            "Dr Lee",
            "<pre>Repeat bloods\n  in two weeks</pre>",
        ],
    );
}

/// Read by itself, the code of an allergy that was refuted would say the opposite.
#[tokio::test]
async fn what_denies_a_code_stands_beside_it() {
    let confirmed = "<verificationStatus value=\"confirmed\"/>";
    for (standing, shown) in [
        (confirmed, "<bdi>confirmed</bdi>"),
        (
            "<verificationStatus value=\"refuted\"/>",
            "<strong><bdi>refuted</bdi></strong>",
        ),
        (
            "<clinicalStatus value=\"active\"/><verificationStatus value=\"entered-in-error\"/>",
            "<strong><bdi>entered-in-error</bdi></strong>, <bdi>active</bdi>",
        ),
    ] {
        let mut world = hospital();
        let data = with_replaced(LETTER.as_bytes(), confirmed, standing);
        answered(&mut world, WORKFLOW, &data).await;
        let page = page_of_the_task(&world).await;
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let mut world = taking(&[Family::DigitalMedicines]);
    answered(&mut world, "DIGMED_FLU_VAC", &immunisation()).await;
    let page = page_of_the_task(&world).await;
    assert!(!page.contains("not done"));
}

#[tokio::test]
async fn sections_of_an_immunisation_and_of_an_update_are_shown() {
    let mut world = taking(&[Family::DigitalMedicines]);
    answered(&mut world, "DIGMED_FLU_VAC", &immunisation()).await;
    let page = page_of_the_task(&world).await;
    assert!(page.contains("<th>Causative agent</th><td>Penicillin</td>"));
    let mut world = taking(&[Family::UpdateRecord]);
    answered(&mut world, "GPCONNECT_UPDATE_RECORD", &update()).await;
    let page = page_of_the_task(&world).await;
    assert!(
        page.contains("Clinical summary") || page.contains("Clinical Summary"),
        "{page}"
    );
}

#[tokio::test]
async fn nothing_of_a_letter_runs_or_is_fetched() {
    let mut world = hospital();
    // What FHIR forbids is refused.
    let script = with_summary("<script>alert(1)</script>");
    assert_eq!(answered(&mut world, WORKFLOW, &script).await, [20009]);
    let hostile = "<img src=\"https://x.example/a\" alt=\"chart\"/>\
        <p style=\"background:url(https://x.example/b)\" class=\"nhsuk-button\">a</p>\
        <a href=\"https://x.example/\">link</a><table><td>b</td></table><p>\u{202e}c</p>";
    let mut world = hospital();
    let codes = answered(&mut world, WORKFLOW, &with_summary(hostile)).await;
    assert_eq!(codes, [20013, 30001]);
    let page = page_of_the_task(&world).await;
    let (_, shown) = page.split_once("Clinical summary</bdi></h3>").unwrap();
    let (shown, _) = shown.split_once("</h3>").unwrap();
    for part in ["chart", "link", "<tr><td>b</td></tr>", "[U+202E]c"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    for part in [
        "<script",
        "<img",
        "x.example",
        "style=",
        "nhsuk-button",
        "<a",
    ] {
        assert!(!shown.contains(part), "{part}: {shown}");
    }
}

#[tokio::test]
async fn a_letter_is_replaced_by_its_composition_identifier_or_its_document() {
    for replaced in [
        "c3c1f0a2-0000-4000-8000-000000000004",
        "urn:uuid:c3c1f0a2-0000-4000-8000-000000000013",
    ] {
        let mut world = hospital();
        answered(&mut world, WORKFLOW, LETTER.as_bytes()).await;
        let codes = answered(&mut world, WORKFLOW, &newer(replaced)).await;
        assert_eq!(codes, [20013, 30001], "{replaced}");
        let tasks = world.osprey.practice.tasks().unwrap();
        assert_eq!(tasks[0].replaces, Some(tasks[1].id));
        assert_eq!(tasks[1].state, TaskState::Archived);
    }
    let mut world = hospital();
    let codes = answered(
        &mut world,
        WORKFLOW,
        &newer("c3c1f0a2-0000-4000-8000-000000000099"),
    )
    .await;
    assert_eq!(codes, [20014]);
    assert!(world.osprey.practice.tasks().unwrap().is_empty());
}

#[tokio::test]
async fn a_letter_longer_than_a_page_can_show_is_answered_20015() {
    let mut world = hospital();
    let long = format!("<p>{}</p>", "a word ".repeat(300_000));
    assert_eq!(
        answered(&mut world, WORKFLOW, &with_summary(&long)).await,
        [20015]
    );
    let message = world.osprey.practice.received().unwrap().remove(0);
    assert_eq!((message.task, message.errors), (None, 1));
    // A long one that fits is taken and shown whole.
    let long = format!("<p>{}end of it</p>", "a word ".repeat(200_000));
    let mut world = hospital();
    assert_eq!(
        answered(&mut world, WORKFLOW, &with_summary(&long)).await,
        [20013, 30001]
    );
    assert!(page_of_the_task(&world).await.contains("end of it"));
}

/// A published message, its patient with a number that can be one.
struct Sample {
    name: String,
    workflow: &'static str,
    data: String,
    /// Of its patient in the practice's list.
    row: String,
}

const WORKFLOWS: [(&str, &str); 6] = [
    ("ITK003D", WORKFLOW),
    ("ITK004D", "TOC_FHIR_MH_DISCH"),
    ("ITK005D", "TOC_FHIR_EC_DISCH"),
    ("ITK006D", "TOC_FHIR_OP_ATTEN"),
    ("ITK009D", "DIGMED_FLU_VAC"),
    ("ITK010D", "DIGMED_EMG_MED"),
];

/// Faults that the sheet knows of: the definition or the event of another payload, no inner document, text
/// where FHIR has none.
const FAULTY: [&str; 6] = [
    // The log of a test, about somebody else than its Patient.
    "FHIR_MESH-TC-10010-outbox-log-content-clear.xml",
    "FHIR_MESH-ITK009D_ITK_Immunization_Document.xml",
    "vaccination--digimeds--seasonal-influenza--pharmacy.xml",
    "ITK-EDIS-Example-1.xml",
    "ITK-SendPayload-Payload-Removed-Example-1.xml",
    "ITK010D_ITK_EmergencySupply.xml",
];

fn samples() -> Vec<Sample> {
    let messages = ["itk3-payloads/messages", "itk3/messages-other-itk3"]
        .into_iter()
        .flat_map(|folder| shared_files(folder, "xml"));
    let documents = shared_files("itk3-payloads/documents", "xml")
        .into_iter()
        .map(|(name, bytes)| {
            let text = String::from_utf8(bytes).unwrap();
            let (_, bundle) = text.split_once("<Bundle").unwrap();
            let (before, _) = LETTER.split_once("<Bundle><id").unwrap();
            let data = format!("{before}<Bundle{bundle}</resource></entry>\n</Bundle>");
            let definition = match &name[..7] {
                "ITK004D" => "ITK-MH-eDischarge",
                "ITK005D" => "ITK-EC-eDischarge",
                "ITK006D" => "ITK-OPL",
                _ => "ITK-eDischarge",
            };
            let data = data
                .replace("ITK-eDischarge", definition)
                .replace("ITK003D", &name[..7]);
            (name, data.into_bytes())
        });
    messages
        .chain(documents)
        .filter(|(name, _)| !FAULTY.contains(&name.as_str()))
        .enumerate()
        .filter_map(|(place, (name, data))| sample(place, name, String::from_utf8(data).ok()?))
        .collect()
}

fn sample(place: usize, name: String, data: String) -> Option<Sample> {
    let read = fhir::xml::read(data.as_bytes(), &fhir::Limits::default()).unwrap();
    let message = itk3::Message::of(&read.root)?;
    let event = message.event()?;
    let (_, workflow) = *WORKFLOWS.iter().find(|(code, _)| *code == event)?;
    let document = itk3::payload::read(&read, itk3::payload::Inner::Document).unwrap();
    let number = (9_990_000_000 + 100 * u64::try_from(place).unwrap()..)
        .find(|number| nhs::NhsNumber::parse(&number.to_string()).is_ok())
        .unwrap();
    let (_, behind) = data.split_once("nhs-number\"").unwrap();
    let (_, stated) = behind.split_once("<value value=\"").unwrap();
    let stated = stated.split_once('"').unwrap().0.to_owned();
    let family = document.patient.family_name.as_ref().unwrap();
    let born = document.patient.birth_date.unwrap();
    let row = format!("{number},{},,{},A20047\n", family.as_str(), born.iso());
    // What it replaces was never here.
    let data = match (
        data.split_once("<relatesTo>"),
        data.split_once("</relatesTo>"),
    ) {
        (Some((before, _)), Some((_, behind))) => format!("{before}{behind}"),
        _ => data.clone(),
    };
    Some(Sample {
        data: data.replace(&stated, &number.to_string()),
        name,
        workflow,
        row,
    })
}

/// Published letters become tasks with every section.
#[tokio::test]
async fn published_letters_become_tasks_with_every_section() {
    let samples = samples();
    let directory = tempfile::tempdir().unwrap();
    let patients = directory.path().join("patients.csv");
    let head = "nhs_number,family_name,given_names,date_of_birth,gp_ods_code\n";
    let rows: String = samples.iter().map(|sample| sample.row.as_str()).collect();
    std::fs::write(&patients, format!("{head}{rows}")).unwrap();
    let mut refused = Vec::new();
    for sample in samples {
        // Each in a practice of its own, for many have the same ids.
        let mut world = World::with(|_, osprey| {
            osprey.payloads = vec![Family::TransferOfCare, Family::DigitalMedicines];
            osprey.patients = Some(patients.clone());
            // Whom the samples name as receiver.
            osprey.other_ods = ["X26", "RY6", "B86057", "P86609"]
                .map(|code| nhs::OdsCode::parse(code).unwrap())
                .to_vec();
        });
        answered(&mut world, sample.workflow, sample.data.as_bytes()).await;
        let message = world.osprey.practice.received().unwrap().remove(0);
        let tasks = world.osprey.practice.tasks().unwrap();
        let Some(task) = tasks.first() else {
            let found = world.osprey.practice.received_message(message.number);
            let (_, findings) = found.unwrap().unwrap();
            let errors = findings
                .into_iter()
                .filter(|it| it.severity == Severity::Error);
            let errors: Vec<_> = errors.map(|it| (it.rule, it.path)).collect();
            refused.push((sample.name, message.answers, errors));
            continue;
        };
        let shown = world.osprey.practice.task_sections(task.id).unwrap();
        let sections = sample.data.matches("<section>").count();
        assert_eq!(shown.len(), sections, "{}", sample.name);
    }
    assert!(refused.is_empty(), "{refused:#?}");
}
