//! The inbox and the sent list as CSV files, by the same choices as their pages.

use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use pages::{CsvFile, Problem};

use super::context::{Pages, View};
use super::inbox::filter::Filter as InboxFilter;
use super::inbox::several::Chosen;
use super::sent::filter::Filter as SentFilter;
use crate::{ConsultationRecord, Practice, Task};

/// One more than a file takes: so it knows that it is cut.
const READ: u32 = CsvFile::MOST_ROWS + 1;

/// The tasks of the inbox that these choices find.
pub(super) async fn inbox(
    view: View,
    State(pages): State<Pages>,
    Query(filter): Query<InboxFilter>,
) -> Result<Response, Problem> {
    let words = kept_words(&view, &filter.search)?;
    let query = filter.query(view.session().user(), &words, pages.practice.inner().now());
    let look = move |practice: &Practice| {
        let mut file = CsvFile::new(&TASK_COLUMNS);
        for task in &practice.first_of_inbox(&query, READ)? {
            if !file.row(task_cells(task)) {
                break;
            }
        }
        Ok(file)
    };
    download(&view, &pages, "inbox", look).await
}

/// The tasks that were chosen by their boxes.
pub(super) async fn chosen(
    view: View,
    State(pages): State<Pages>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let chosen = Chosen::of(fields);
    if chosen.ids.is_empty() {
        return Err(nothing_chosen());
    }
    let look = move |practice: &Practice| {
        let mut file = CsvFile::new(&TASK_COLUMNS);
        for task in &practice.these_tasks(&chosen.ids)? {
            file.row(task_cells(task));
        }
        Ok(file)
    };
    download(&view, &pages, "inbox", look).await
}

fn nothing_chosen() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "Choose letters first",
        "No letter was chosen, so there is no file. Choose letters by their boxes, or export the whole list.",
    )
}

/// The sent consultations that this choice finds.
pub(super) async fn sent(
    view: View,
    State(pages): State<Pages>,
    Query(filter): Query<SentFilter>,
) -> Result<Response, Problem> {
    let words = kept_words(&view, &filter.search)?;
    let query = filter.query(&words);
    let look = move |practice: &Practice| {
        let mut file = CsvFile::new(&SENT_COLUMNS);
        for consultation in &practice.first_sent(&query, READ)? {
            if !file.row(sent_cells(consultation)) {
                break;
            }
        }
        Ok(file)
    };
    download(&view, &pages, "sent", look).await
}

/// The words of a search. A file of everything in place of what was searched for would be a mistake nobody
/// sees.
fn kept_words(view: &View, search: &str) -> Result<String, Problem> {
    if search.is_empty() {
        return Ok(String::new());
    }
    view.kept_text(search).ok_or_else(|| {
        Problem::new(
            StatusCode::GONE,
            "Search again",
            "The words of this search are no longer kept, so there is no file. Search in the list again and export from there.",
        )
    })
}

async fn download(
    view: &View,
    pages: &Pages,
    list: &str,
    look: impl FnOnce(&Practice) -> Result<CsvFile, crate::PracticeError> + Send + 'static,
) -> Result<Response, Problem> {
    let file = pages.ask(view, look).await?;
    let practice = &pages.practice;
    let words = format!("{list} {}", practice.config().ods);
    file.download(&words, practice.inner().now())
}

const TASK_COLUMNS: [&str; 15] = [
    "Task",
    "State",
    "Received (UTC)",
    "Patient",
    "NHS number",
    "Subject",
    "Type",
    "Version",
    "Purpose",
    "Sender",
    "Sender's mailbox",
    "Patient matched",
    "Assigned to",
    "Reason of return",
    "Marks",
];

fn task_cells(task: &Task) -> [String; 15] {
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    let purpose = if task.for_action {
        "For Action"
    } else {
        "For Information"
    };
    [
        task.number.to_string(),
        task.state.to_string(),
        CsvFile::moment(task.received_at),
        task.patient.clone(),
        text(task.nhs_number.as_ref()),
        task.subject.clone(),
        task.kind.clone(),
        text(task.version.map(|version| version.to_string()).as_ref()),
        purpose.to_owned(),
        task.sender.clone(),
        task.sender_mailbox.clone(),
        matched(task.matched).to_owned(),
        text(task.assigned_to.as_ref()),
        text(task.reason.as_ref()),
        marks(task),
    ]
}

/// The business answer in words.
fn matched(code: u32) -> &'static str {
    match code {
        30001 => "registered here (30001)",
        30004 => "recently deceased (30004)",
        _ => "",
    }
}

fn marks(task: &Task) -> String {
    let marks = [
        (task.void, "Null and void"),
        (task.replaced_by.is_some(), "Replaced"),
        (task.replaces.is_some(), "Replacement"),
        (task.needs_review, "Update Record"),
        (task.repeats > 0, "Duplicate arrived"),
    ];
    let set = marks.iter().filter(|(is_set, _)| *is_set);
    set.map(|(_, words)| *words).collect::<Vec<_>>().join("; ")
}

const SENT_COLUMNS: [&str; 13] = [
    "Consultation",
    "State",
    "Entered (UTC)",
    "Handed to the client (UTC)",
    "Patient",
    "Subject",
    "Version",
    "Recipient's mailbox",
    "Infrastructure acknowledgement",
    "Business acknowledgement",
    "Why it failed",
    "Message id",
    "Marks",
];

fn sent_cells(consultation: &ConsultationRecord) -> [String; 13] {
    let text = |text: Option<String>| text.unwrap_or_default();
    let failure = consultation
        .failure
        .as_ref()
        .map(|failure| format!("{}: {}", failure.code, failure.reason));
    let marks = [
        (consultation.overdue, "Acknowledgement overdue"),
        (consultation.void, "Null and void"),
        (consultation.deleted_at.is_some(), "Deleted"),
    ];
    let set = marks.iter().filter(|(is_set, _)| *is_set);
    [
        consultation.id.to_string(),
        consultation.state.to_string(),
        CsvFile::moment(consultation.submitted_at),
        text(consultation.placed_at.map(CsvFile::moment)),
        consultation.patient.clone(),
        text(consultation.subject.clone()),
        consultation.version.to_string(),
        text(consultation.recipient.clone()),
        text(consultation.infrastructure.map(|code| code.to_string())),
        text(consultation.business.map(|code| code.to_string())),
        text(failure),
        text(consultation.transport_id.clone()),
        set.map(|(_, words)| *words).collect::<Vec<_>>().join("; "),
    ]
}
