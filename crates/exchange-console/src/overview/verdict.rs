//! What needs somebody: what, since when, whom it hits, and the way there.

use std::collections::HashMap;

use exchange::{MailboxOverview, Trouble};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use nhs::OdsCode;
use pages::components::elapsed;
use pages::work::{State, live_sign, tag};

use super::standing::{MOST, Standing};
use crate::console::View;
use crate::labels;

/// Of a kind that are named one by one.
const NAMED: usize = 5;
/// Requests of one mailbox turned away within an hour, none let in since, that are no mere mistake.
const REFUSED: u64 = 5;
/// What is looked at.
const CHECKS: usize = 8;

/// How soon.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum When {
    Now,
    Today,
    Soon,
}

/// Something that needs somebody.
pub(super) struct Need {
    when: When,
    /// What and since when.
    what: String,
    /// Whom it hits.
    hits: String,
    /// Words and path of the way there.
    way: Option<(&'static str, String)>,
    pub(super) of_mailbox: bool,
    /// Which of the checks found it.
    check: usize,
}

/// All of it, the most urgent first.
pub(super) fn needs(view: &View, standing: &Standing) -> Vec<Need> {
    let mut needs = Vec::new();
    store(standing, &mut needs);
    patients(view, standing, &mut needs);
    damaged(view, standing, &mut needs);
    notices(standing, &mut needs);
    certificates(view, standing, &mut needs);
    refused(view, standing, &mut needs);
    not_collected(view, standing, &mut needs);
    needs.sort_by_key(|need| need.when);
    needs
}

impl Need {
    fn new(check: usize, when: When, what: impl Into<String>, hits: impl Into<String>) -> Self {
        Self {
            when,
            what: what.into(),
            hits: hits.into(),
            way: None,
            of_mailbox: false,
            check,
        }
    }

    fn way(self, words: &'static str, address: String) -> Self {
        Self {
            way: Some((words, address)),
            ..self
        }
    }

    fn of_mailbox(self, view: &View, mailbox: &MailboxOverview) -> Self {
        let address = view.link(&format!("/mailboxes/{}", mailbox.mailbox.id));
        Self {
            of_mailbox: true,
            ..self.way("Show the mailbox", address)
        }
    }
}

fn ago(since: Timestamp, now: Timestamp) -> String {
    elapsed(now.duration_since(since).max(SignedDuration::ZERO))
}

/// `31 messages wait`, with the organisation before it.
fn waits(mailbox: &MailboxOverview) -> String {
    let count = match mailbox.waiting {
        0 => "No message waits".to_owned(),
        1 => "1 message waits".to_owned(),
        count => format!("{count} messages wait"),
    };
    format!("{}: {count}.", mailbox.mailbox.name)
}

/// What of collecting goes on: with PostgreSQL each request waits until the use of its token is written.
fn still_goes_on(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Halted => "Messages that wait can still be collected.",
        Trouble::OutOfReach | Trouble::NotWritten => {
            "No message can be collected either. Senders and receivers try again by themselves."
        }
    }
}

fn store(standing: &Standing, needs: &mut Vec<Need>) {
    if let Some(trouble) = standing.trouble {
        let hits = format!("{trouble}. {}", still_goes_on(trouble));
        needs.push(Need::new(0, When::Now, "No message is taken.", hits));
    }
    if let Some(since) = standing.object_store_away_since {
        let what = format!(
            "The object store has not answered, or has refused, for {}.",
            ago(since, standing.now)
        );
        let hits =
            "Messages of more than 32 KiB can be neither sent nor collected; all others can.";
        needs.push(Need::new(0, When::Now, what, hits));
    }
    let Some(room) = standing.room.filter(exchange::Room::is_short) else {
        return;
    };
    let free = labels::size(room.free);
    needs.push(if room.is_below_reserve() {
        let hits = "New messages are refused until there is room; their senders try again.";
        Need::new(1, When::Now, format!("The disk has {free} left."), hits)
    } else {
        let hits = "Mailboxes that store much can send no more; below half of it nobody can.";
        Need::new(1, When::Today, format!("The disk has {free} left."), hits)
    });
}

fn patients(view: &View, standing: &Standing, needs: &mut Vec<Need>) {
    let Some(since) = standing.patients.away_since else {
        return;
    };
    let what = format!("PDS has not answered for {}.", ago(since, standing.now));
    let hits = match standing.routing.len() {
        0 => "No message waits for it.".to_owned(),
        1 => "1 message waits to be routed. It is tried again by itself.".to_owned(),
        MOST.. => format!(
            "{MOST} messages or more wait to be routed. They are tried again by themselves."
        ),
        count => format!("{count} messages wait to be routed. They are tried again by themselves."),
    };
    let need = Need::new(2, When::Now, what, hits);
    needs.push(need.way("Show the queue", view.link("/queues")));
}

fn damaged(view: &View, standing: &Standing, needs: &mut Vec<Need>) {
    if standing.quarantined == 0 {
        return;
    }
    let what = match standing.quarantined {
        1 => "1 message is damaged and set aside.".to_owned(),
        count => format!("{count} messages are damaged and set aside."),
    };
    let hits =
        "Its sender has a report. The command restante quarantine list names what was damaged.";
    let need = Need::new(3, When::Today, what, hits);
    needs.push(need.way("Show the reports", view.link("/messages?show=reports")));
}

fn notices(standing: &Standing, needs: &mut Vec<Need>) {
    for notice in &standing.notices {
        needs.push(Need::new(
            4,
            When::Today,
            "To be done.",
            format!("{notice}."),
        ));
    }
}

fn certificates(view: &View, standing: &Standing, needs: &mut Vec<Need>) {
    let now = standing.now;
    let active = standing
        .mailboxes
        .iter()
        .filter(|found| found.mailbox.active);
    let by_organisation: HashMap<&OdsCode, &MailboxOverview> =
        active.map(|found| (&found.mailbox.ods, found)).collect();
    let wanting = standing.certificates.iter().filter_map(|found| {
        // those of this server are told of by its notices
        let organisation = found.organisation.as_ref()?;
        let wants = found.has_ended(now) || found.ends_soon(now);
        let mailbox = by_organisation.get(organisation).filter(|_| wants)?;
        Some((found, organisation, *mailbox))
    });
    for (certificate, organisation, mailbox) in wanting.take(NAMED) {
        let whose = format!("certificate of {organisation} ({})", certificate.name);
        let need = if certificate.has_ended(now) {
            let what = format!("The {whose} expired {} ago.", ago(certificate.until, now));
            let hits = format!("Its client is refused. {}", waits(mailbox));
            Need::new(5, When::Now, what, hits)
        } else {
            let left = elapsed(certificate.until.duration_since(now));
            let what = format!("The {whose} expires in {left}.");
            Need::new(
                5,
                When::Soon,
                what,
                format!("{} uses it.", mailbox.mailbox.name),
            )
        };
        needs.push(need.of_mailbox(view, mailbox));
    }
}

fn refused(view: &View, standing: &Standing, needs: &mut Vec<Need>) {
    let locked_out = standing.mailboxes.iter().filter_map(|mailbox| {
        let refused = mailbox.refused.as_ref()?;
        let let_in_since = mailbox.last_seen.is_some_and(|seen| seen >= refused.at);
        let is_locked_out = refused.last_hour >= REFUSED && !let_in_since;
        (is_locked_out && mailbox.mailbox.active).then_some((mailbox, refused))
    });
    for (mailbox, refused) in locked_out.take(NAMED) {
        let what = format!("{} is refused: {}.", mailbox.mailbox.id, refused.reason);
        let hits = format!(
            "{} requests in the last hour, none let in since. {}",
            refused.last_hour,
            waits(mailbox)
        );
        needs.push(Need::new(6, When::Now, what, hits).of_mailbox(view, mailbox));
    }
}

fn not_collected(view: &View, standing: &Standing, needs: &mut Vec<Need>) {
    let overdue: Vec<_> = standing
        .waiting()
        .into_iter()
        .filter(|mailbox| mailbox.not_collected)
        .collect();
    let days = standing.expiry_days;
    for mailbox in overdue.iter().take(NAMED) {
        let id = &mailbox.mailbox.id;
        let since = mailbox.oldest.unwrap_or(standing.now);
        let what = format!("{id} has not collected for {}.", ago(since, standing.now));
        let measured = standing.measured.not_collected.iter();
        let senders = measured
            .filter(|found| found.mailbox == *id)
            .flat_map(|found| &found.senders);
        let senders: Vec<&str> = senders.take(NAMED).map(nhs::MailboxId::as_str).collect();
        let from = match senders.as_slice() {
            [] => String::new(),
            senders => format!(" Sent by {}.", senders.join(", ")),
        };
        let hits = format!(
            "{}{from} After {days} days their senders are told.",
            waits(mailbox)
        );
        needs.push(Need::new(7, When::Today, what, hits).of_mailbox(view, mailbox));
    }
    let more = overdue.len().saturating_sub(NAMED);
    if more > 0 {
        let what = format!("{more} more mailboxes have not collected.");
        let need = Need::new(
            7,
            When::Today,
            what,
            "Ask their owners whether their clients run.",
        );
        let mut need = need.way("All mailboxes", view.link("/mailboxes"));
        need.of_mailbox = true;
        needs.push(need);
    }
}

/// The verdict, which heads the page.
pub(super) fn show(needs: &[Need], now: Timestamp) -> Markup {
    let heading = match needs.len() {
        0 => "All is as it should be".to_owned(),
        1 => "1 thing needs you".to_owned(),
        count => format!("{count} things need you"),
    };
    let urgent = needs.iter().any(|need| need.when == When::Now);
    let class = match (needs.is_empty(), urgent) {
        (true, _) => "verdict verdict-well",
        (false, true) => "verdict",
        (false, false) => "verdict verdict-later",
    };
    let mut failed: Vec<usize> = needs.iter().map(|need| need.check).collect();
    failed.sort_unstable();
    failed.dedup();
    let well = CHECKS.saturating_sub(failed.len());
    html! {
        section class=(class) aria-labelledby="verdict" {
            div {
                h1 #verdict { (heading) }
                p."small hush" {
                    (labels::second(now)) " · " (live_sign())
                    @if !needs.is_empty() { br; "Everything else is as it should be: " (well) " checks." }
                }
            }
            @if !needs.is_empty() { ol { @for need in needs { (line(need)) } } }
        }
    }
}

fn line(need: &Need) -> Markup {
    let sign = match need.when {
        When::Now => tag(State::Bad, "Now"),
        When::Today => tag(State::Warning, "Today"),
        When::Soon => tag(State::Going, "Soon"),
    };
    html! {
        li {
            (sign)
            span { b { (need.what) } " " (need.hits) }
            @if let Some((words, address)) = &need.way { a."btn btn-sm" href=(address) { (words) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_messages_can_be_collected_is_said_only_where_they_can() {
        assert!(still_goes_on(Trouble::Halted).contains("can still be collected"));
        for trouble in [Trouble::OutOfReach, Trouble::NotWritten] {
            assert!(still_goes_on(trouble).starts_with("No message can be collected"));
        }
    }
}
