//! The first page: what is to do, each with the way there, and what arrived last.

use axum::extract::State;
use jiff::Timestamp;
use maud::{Markup, html};
use pages::Problem;
use pages::components::{foreign_text, time};
use pages::work::WorkTable;

use super::context::{Pages, View};
use super::{age, lists, received};
use crate::{
    AlertKind, InboxTallies, Practice, PracticeError, ReceivedMessage, SentCounts, Task, Waiting,
};

/// Received messages shown.
const MESSAGES: u32 = 15;

/// What one look at the records found.
struct Found {
    letters: InboxTallies,
    oldest_task: Option<Timestamp>,
    alerts: Vec<(AlertKind, Waiting)>,
    sent: SentCounts,
    received: Vec<(ReceivedMessage, Option<Task>)>,
    now: Timestamp,
}

impl Found {
    fn alerts(&self) -> u64 {
        self.alerts
            .iter()
            .map(|(_, open)| u64::from(open.count))
            .sum()
    }
}

fn look(practice: &Practice, user: &str) -> Result<Found, PracticeError> {
    let now = practice.inner().now();
    let limit = now.checked_sub(age::OLD).unwrap_or(Timestamp::MIN);
    Ok(Found {
        letters: practice.inbox_tallies(user, limit)?,
        oldest_task: practice.oldest_task()?,
        alerts: practice.alerts_by_kind()?,
        sent: practice.sent_counts()?,
        received: practice.latest_received(MESSAGES)?,
        now,
    })
}

/// What is to do, how the sent reports stand, and what arrived last.
pub(super) async fn page(view: View, State(pages): State<Pages>) -> Result<Markup, Problem> {
    let user = view.session().user().to_owned();
    let found = pages
        .ask(&view, move |practice| look(practice, &user))
        .await?;
    let to_do = found.letters.open + found.alerts();
    let tab = match to_do {
        0 => "Overview".to_owned(),
        to_do => format!("{to_do} to do · Overview"),
    };
    let page = view.page("Overview").work().tab(tab);
    let page = page
        .count("/inbox", found.letters.open)
        .count("/alerts", found.alerts());
    Ok(page.asset(&lists::STYLE).show(html! {
        div #overview.stack data-live {
            div.two {
                section.sheet {
                    div.sheet-head { h2 { "To do" } }
                    (list(&view, &to_dos(&found), found.now))
                    @if to_do + found.sent.overdue == 0 {
                        p.sheet-in { "Nothing to do. New letters and alerts appear here by themselves." }
                    }
                }
                section.sheet {
                    div.sheet-head { h2 { "Reports sent" } }
                    (list(&view, &sent(&found.sent), found.now))
                }
            }
            section.sheet {
                div.sheet-head { h2 { "Latest messages received" } }
                @if found.received.is_empty() {
                    p.sheet-in { "Nothing has arrived yet." }
                } @else { (table(&view, &found)) }
            }
        }
    }))
}

/// A line that leads to what it counts.
struct Line {
    count: u64,
    words: String,
    to: String,
    oldest: Option<Timestamp>,
}

impl Line {
    fn new(count: u64, words: &str, to: &str, oldest: Option<Timestamp>) -> Self {
        Self {
            count,
            words: words.to_owned(),
            to: to.to_owned(),
            oldest,
        }
    }
}

/// What waits for somebody; nothing of which there is none.
fn to_dos(found: &Found) -> Vec<Line> {
    let letters = &found.letters;
    let of_letters = |count, words: &str, to: &str, oldest| {
        let words = format!("{} {words}", counted(count, "letter", "letters"));
        Line::new(count, &words, to, oldest)
    };
    let mut lines = vec![
        of_letters(letters.open, "to do", "/inbox", found.oldest_task),
        of_letters(letters.old, "older than 2 days", "/inbox?age=2", None),
        of_letters(letters.unread, "not opened yet", "/inbox?unread=yes", None),
        of_letters(letters.mine, "assigned to me", "/inbox?assigned=me", None),
    ];
    for (kind, open) in &found.alerts {
        let to = format!("/alerts?kind={}", kind.as_str());
        let count = u64::from(open.count);
        let words = format!("{}: {}", counted(count, "alert", "alerts"), kind.title());
        lines.push(Line::new(count, &words, &to, open.oldest));
    }
    let overdue = found.sent.overdue;
    let reports = counted(overdue, "report", "reports");
    let words = format!("{reports} without an acknowledgement for too long");
    lines.push(Line::new(overdue, &words, "/sent?state=overdue", None));
    lines.retain(|line| line.count > 0);
    lines
}

fn sent(sent: &SentCounts) -> Vec<Line> {
    [
        (sent.waiting, "waiting to be sent", "waiting"),
        (sent.under_way, "in progress", "under-way"),
        (sent.failed, "failed", "failed"),
        (sent.delivered, "delivered", "delivered"),
    ]
    .into_iter()
    .map(|(count, words, state)| {
        let words = format!("{} {words}", counted(count, "report", "reports"));
        Line::new(count, &words, &format!("/sent?state={state}"), None)
    })
    .collect()
}

fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

fn list(view: &View, lines: &[Line], now: Timestamp) -> Markup {
    html! {
        ul.to-do {
            @for line in lines {
                li {
                    a href=(view.link(&line.to)) { (line.words) }
                    @if let Some(oldest) = line.oldest {
                        span.small.hush { "oldest " (age::waiting(oldest, now)) }
                    }
                }
            }
        }
    }
}

fn table(view: &View, found: &Found) -> Markup {
    let mut table = WorkTable::new(
        "Messages received, the latest first, refused ones included",
        &[
            "Received",
            "Patient",
            "From",
            "Answered",
            "Found in the message",
        ],
    );
    for (message, task) in &found.received {
        table.row(row(view, message, task.as_ref()));
    }
    table.show()
}

fn row(view: &View, message: &ReceivedMessage, task: Option<&Task>) -> Vec<Markup> {
    let counted = received::counted(message);
    let mailbox = message
        .sender_mailbox
        .as_deref()
        .unwrap_or("a mailbox that is not known");
    vec![
        time(message.taken_at),
        html! {
            @match task {
                Some(task) => a href=(view.link(&format!("/inbox/{}", task.id))) {
                    "Letter about " (foreign_text(&task.patient))
                },
                None => "no letter",
            }
        },
        html! {
            @if let Some(task) = task { (foreign_text(&task.sender)) ", " }
            (foreign_text(mailbox))
        },
        html! { (received::answered(message)) },
        html! {
            a href=(view.link(&format!("/received/{}", message.number))) {
                @if counted.is_empty() { "Nothing" } @else { (counted) }
                " in message " (message.number)
            }
        },
    ]
}
