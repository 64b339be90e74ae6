//! The first page: how the exchange stands.

use axum::extract::State;
use maud::{Markup, html};
use pages::Problem;
use pages::components::{count_card, warning_callout};

use crate::chart::{Bars, Lines};
use crate::console::{Console, View, problem};
use crate::mailboxes;
use crate::messages::{self, Ends};
use crate::not_collected;
use crate::rates::Minute;

/// How the exchange stands, at a glance.
pub(crate) async fn page(view: View, State(console): State<Console>) -> Result<Markup, Problem> {
    let exchange = &console.exchange;
    let overview = exchange.mailbox_overview().await.map_err(problem)?;
    let routing = exchange.routing_queue(1_000).await.map_err(problem)?;
    let uploads = exchange.uploads(1_000).await.map_err(problem)?;
    let recent = exchange.recent(10, i64::MAX).await.map_err(problem)?;
    let quarantined = exchange.quarantined().await.map_err(problem)?;
    let trouble = exchange.trouble().await;
    let minutes = console.journeys.minutes();
    let now = exchange.now();
    let waiting: u64 = overview.iter().map(|mailbox| mailbox.waiting).sum();
    let failed: u64 = minutes.iter().map(|minute| minute.failed).sum();
    let mut busiest: Vec<_> = overview
        .iter()
        .filter(|mailbox| mailbox.waiting > 0)
        .collect();
    busiest.sort_by_key(|mailbox| (mailbox.oldest, std::cmp::Reverse(mailbox.waiting)));
    busiest.truncate(10);
    let content = html! {
        div #overview data-live {
            @if let Some(trouble) = trouble {
                (warning_callout("No message is taken", html! {
                    p { (trouble) ". Messages that wait can still be collected." }
                }))
            }
            @for notice in console.notices.all() {
                (warning_callout("To be done", html! { p { (notice) "." } }))
            }
            (not_collected::to_be_done(&view, &exchange.measured().not_collected))
            div.pages-counts {
                (count_card(waiting, "waiting in inboxes", &view.link("/mailboxes")))
                (count_card(at_most(routing.len()), "being routed", &view.link("/queues")))
                (count_card(at_most(uploads.len()), "uploads under way", &view.link("/queues")))
                (count_card(quarantined, "in quarantine, damaged", &view.link("/messages?show=reports")))
                (count_card(failed, "failed in the last hour", &view.link("/messages?show=reports")))
            }
            h2 { "The last hour" }
            (charts(&minutes))
            h2 { "Longest waiting" }
            @if busiest.is_empty() {
                p { "No inbox holds a message." }
            } @else {
                (mailboxes::table(&view, "Mailboxes by their oldest message", &busiest, now))
            }
            h2 { "Latest messages" }
            (messages::table_or(&view, "The latest messages", &recent, Ends::Both, "There is none yet."))
        }
    };
    Ok(view.page("Overview").show(content))
}

fn at_most(count: usize) -> String {
    if count >= 1_000 {
        "1000 or more".to_owned()
    } else {
        count.to_string()
    }
}

fn charts(minutes: &[Minute]) -> Markup {
    let of = |value: fn(&Minute) -> u64| -> Vec<u64> { minutes.iter().map(value).collect() };
    let times: Vec<_> = minutes.iter().map(Minute::began).collect();
    let percentile = |percent| -> Vec<Option<u64>> {
        minutes
            .iter()
            .map(|minute| minute.delivery_percentile(percent))
            .collect()
    };
    html! {
        div.pages-charts {
            (Bars { title: "Accepted", unit: "messages a minute", times: &times,
                values: &of(|minute| minute.accepted), failed: false }.draw())
            (Bars { title: "Acknowledged", unit: "messages a minute", times: &times,
                values: &of(|minute| minute.acknowledged), failed: false }.draw())
            (Bars { title: "Failed", unit: "messages a minute", times: &times,
                values: &of(|minute| minute.failed), failed: true }.draw())
            (Lines { title: "From accepted to delivered", unit: "milliseconds", times: &times,
                half: &percentile(50), most: &percentile(95) }.draw())
        }
    }
}
