//! Several letters at once: what would be done is shown with each patient's name before it is done.

use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use pages::components::{Field, foreign_text, visible};
use pages::{Notice, Problem};

use super::filter::Filter;
use super::open::colleagues;
use super::rows::{counted, what};
use super::work::somebody;
use super::{SCRIPT, STYLE};
use crate::web::context::{Pages, View};
use crate::{PatientMatch, Practice, PracticeError, Task, TaskAct, TaskId, TaskState, TaskWork};

/// Letters that are dealt with at once, at most.
const MOST: usize = 200;
/// Letters with which it could not be done that are named, at most.
const NAMED: usize = 10;

const NOT_TO_DO: &str = "it is not to do";
const REVIEWED: &str = "an Update Record is reviewed entry by entry";
const NOT_OPENED: &str = "nobody opened it";
const NOT_COMPARED: &str = "the patient is not compared";

/// The letters that were chosen, and what else the form says.
pub(in crate::web) struct Chosen {
    pub(in crate::web) ids: Vec<TaskId>,
    /// Whether their names were seen.
    is_sure: bool,
    to: Option<String>,
}

impl Chosen {
    /// Of the fields of a form: each letter has a field of its own.
    pub(in crate::web) fn of(fields: Vec<(String, String)>) -> Self {
        let mut chosen = Self {
            ids: Vec::new(),
            is_sure: false,
            to: None,
        };
        for (name, value) in fields {
            match (name.as_str(), TaskId::parse(&value)) {
                ("task", Some(id)) if chosen.ids.len() < MOST && !chosen.ids.contains(&id) => {
                    chosen.ids.push(id);
                }
                ("sure", _) => chosen.is_sure = value == "yes",
                ("to", _) => chosen.to = Some(value),
                _ => {}
            }
        }
        chosen
    }
}

/// Why a letter is not filed together with others; none where it is.
pub(super) fn kept_out(task: &Task, compared: &PatientMatch) -> Option<&'static str> {
    if task.state != TaskState::Open {
        Some(NOT_TO_DO)
    } else if task.needs_review {
        Some(REVIEWED)
    } else if task.opened_at.is_none() {
        Some(NOT_OPENED)
    } else if !compared.is_full() {
        Some(NOT_COMPARED)
    } else {
        None
    }
}

/// Letters, each with how its patient compares.
type Compared = Vec<(Task, PatientMatch)>;

/// What the form chose of letters that are still here, and these; without any, that is told.
async fn choose(
    view: &View,
    pages: &Pages,
    fields: Vec<(String, String)>,
) -> Result<Option<(Chosen, Compared)>, Problem> {
    let mut chosen = Chosen::of(fields);
    let ids = std::mem::take(&mut chosen.ids);
    let look = move |practice: &Practice| {
        let tasks = practice.these_tasks(&ids)?.into_iter();
        Ok(tasks
            .map(|task| {
                let compared = practice.patient_match(&task);
                (task, compared)
            })
            .collect::<Compared>())
    };
    let tasks = pages.ask(view, look).await?;
    if tasks.is_empty() {
        view.tell(Notice::important(
            "Choose letters by their boxes first. Nothing was changed.",
        ));
        return Ok(None);
    }
    chosen.ids = tasks.iter().map(|(task, _)| task.id).collect();
    Ok(Some((chosen, tasks)))
}

fn to_list(view: &View, address: &str) -> Response {
    Redirect::to(&view.link(address)).into_response()
}

/// Files those of the chosen letters that may be filed together, once their names were seen.
pub(in crate::web) async fn file(
    view: View,
    State(pages): State<Pages>,
    Query(filter): Query<Filter>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let Some((chosen, tasks)) = choose(&view, &pages, fields).await? else {
        return Ok(to_list(&view, &filter.address()));
    };
    if chosen.is_sure {
        // What may not be filed any more is left by the work itself, so that it is told.
        let work = TaskWork::File { confirmed: false };
        let act = pages.by(&view).work_on_tasks(chosen.ids, work).await?;
        return Ok(done(&view, &filter, (&act, &tasks), "not filed"));
    }
    let (mut taken, mut left) = (Vec::new(), Vec::new());
    for (task, compared) in &tasks {
        match kept_out(task, compared) {
            None => taken.push(task),
            Some(why) => left.push((task, why)),
        }
    }
    let title = match taken.len() {
        0 => "None of these letters can be filed together".to_owned(),
        count => format!("File {} to the record", counted(count as u64)),
    };
    Ok(asked(
        &view,
        &filter,
        &title,
        html! {
            @if !taken.is_empty() {
                (view.form(&filter.within("/inbox/several/file"), html! {
                    input type="hidden" name="sure" value="yes";
                    (names(&taken))
                    button.btn.btn-main type="submit" { "File " (counted(taken.len() as u64)) }
                }))
            }
            @if !left.is_empty() {
                h2 { "Not filed together with others" }
                p.small { "Open each of these and file it by itself." }
                ul.several { @for (task, why) in &left { li { (line(task)) " " span.why { (why) } } } }
            }
        },
    ))
}

/// Assigns the chosen letters, once it is said to whom.
pub(in crate::web) async fn assign(
    view: View,
    State(pages): State<Pages>,
    Query(filter): Query<Filter>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let Some((chosen, tasks)) = choose(&view, &pages, fields).await? else {
        return Ok(to_list(&view, &filter.address()));
    };
    if let (true, Some(to)) = (chosen.is_sure, chosen.to) {
        let to = somebody(&pages, to).await?;
        let work = TaskWork::Assign(to);
        let act = pages.by(&view).work_on_tasks(chosen.ids, work).await?;
        return Ok(done(&view, &filter, (&act, &tasks), "not assigned"));
    }
    let people = colleagues(&pages).await?;
    let mut to = vec![("", "Nobody")];
    to.extend(people.iter().map(|name| (name.as_str(), name.as_str())));
    let all: Vec<&Task> = tasks.iter().map(|(task, _)| task).collect();
    let title = format!("Assign {}", counted(all.len() as u64));
    Ok(asked(
        &view,
        &filter,
        &title,
        html! {
            (view.form(&filter.within("/inbox/several/assign"), html! {
                input type="hidden" name="sure" value="yes";
                (Field::new("to", "Assign to").value(view.session().user()).select(&to))
                (names(&all))
                button.btn.btn-main type="submit" { "Assign " (counted(all.len() as u64)) }
            }))
        },
    ))
}

/// Back to the list, with what was done and the way to undo it.
fn done(
    view: &View,
    filter: &Filter,
    (act, tasks): (&TaskAct, &[(Task, PatientMatch)]),
    not_done: &str,
) -> Response {
    if !act.left.is_empty() {
        let count = counted(act.left.len() as u64);
        let left = left_by_name(act, tasks);
        view.tell(Notice::important(format!("{count} {not_done}: {left}.")));
    }
    let address = match act.done.is_empty() {
        true => filter.address(),
        false => filter.after("/inbox", act.number),
    };
    to_list(view, &address)
}

/// The letters with which it could not be done, each with why.
fn left_by_name(act: &TaskAct, tasks: &[(Task, PatientMatch)]) -> String {
    let name = |(id, error): &(TaskId, PracticeError)| {
        let why = why_left(error);
        match tasks.iter().find(|(task, _)| task.id == *id) {
            Some((task, _)) => format!("{} (task {}, {why})", visible(&task.patient), task.number),
            None => why.to_owned(),
        }
    };
    let mut names: Vec<String> = act.left.iter().take(NAMED).map(name).collect();
    if let Some(more) = act.left.len().checked_sub(NAMED).filter(|more| *more > 0) {
        names.push(format!("and {more} more"));
    }
    names.join("; ")
}

fn why_left(error: &PracticeError) -> &'static str {
    match error {
        PracticeError::NeedsReview => REVIEWED,
        PracticeError::Unread => NOT_OPENED,
        PracticeError::PatientNotMatched(_) => NOT_COMPARED,
        PracticeError::NotFound(_) => "it is no longer here",
        _ => NOT_TO_DO,
    }
}

/// The page that asks.
fn asked(view: &View, filter: &Filter, title: &str, content: Markup) -> Response {
    let page = view.page(title).work().asset(&STYLE).asset(&SCRIPT);
    let page = page.show(html! {
        section.sheet.ask aria-labelledby="asked" {
            div.sheet-head { h2 #asked { (title) } }
            div.sheet-in.stack {
                (content)
                p { a href=(view.link(&filter.address())) { "Back to the inbox: nothing is changed" } }
            }
        }
    });
    page.into_response()
}

/// The letters by name, each with its field of the form.
fn names(tasks: &[&Task]) -> Markup {
    html! {
        ul.several {
            @for task in tasks {
                li {
                    input type="hidden" name="task" value=(task.id);
                    (line(task))
                }
            }
        }
    }
}

fn line(task: &Task) -> Markup {
    html! {
        b { (foreign_text(&task.patient)) }
        @if let Some(number) = &task.nhs_number { " " span.num { (number) } }
        " " span.hush { (what(task)) }
    }
}
