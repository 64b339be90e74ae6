//! `restante mailbox purge`: removes messages that a mailbox sent.

use std::time::Duration;

use clap::{Args, ValueEnum};
use exchange::{MessageState, Purge};
use jiff::{Span, SpanRelativeTo, Timestamp};
use nhs::{Clock, MailboxId, SystemClock, SystemRandomness};

use crate::error::Error;
use crate::output::{self, Format};
use crate::target::Target;

/// How often it is looked whether the running server is done.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);

#[derive(Args)]
pub struct Arguments {
    /// Whose messages
    id: MailboxId,
    /// Only those in this state, or these (again, or with commas). Without it those that have ended, so
    /// that nothing goes that somebody waits for
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [
        State::Acknowledged, State::Undeliverable, State::Error,
    ])]
    state: Vec<State>,
    /// Only those sent longer ago than this, such as 12h or 30d
    #[arg(long, value_name = "TIME", value_parser = parse_age)]
    older_than: Option<jiff::SignedDuration>,
    /// Really do so: what is removed cannot be brought back
    #[arg(long, required = true)]
    yes: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum State {
    /// Chunks are missing
    Uploading,
    /// In an inbox or being routed: its recipient never gets it, and its sender no report
    Accepted,
    /// Collected
    Acknowledged,
    /// Nobody collected it
    Undeliverable,
    /// It failed
    Error,
}

impl From<State> for MessageState {
    fn from(state: State) -> Self {
        match state {
            State::Uploading => Self::Uploading,
            State::Accepted => Self::Accepted,
            State::Acknowledged => Self::Acknowledged,
            State::Undeliverable => Self::Undeliverable,
            State::Error => Self::Error,
        }
    }
}

fn parse_age(text: &str) -> Result<jiff::SignedDuration, String> {
    let span: Result<Span, _> = text.parse();
    let age = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    match age {
        Ok(age) if !age.is_negative() => Ok(age),
        _ => Err("expected a time such as 12h or 30d".to_owned()),
    }
}

/// Orders the removal; carries it out where no server runs, and waits for the server that does.
///
/// # Errors
///
/// When there is no such mailbox, or the store cannot be reached or changed.
pub async fn run(target: &Target, wanted: &Arguments, format: Format) -> Result<(), Error> {
    let place = target.place()?;
    // refuses a store of another format before anything is changed
    place.store.usage(&place.data).await?;
    let now = SystemClock.now();
    let purge = Purge {
        mailbox: wanted.id.clone(),
        states: wanted.state.iter().copied().map(Into::into).collect(),
        before: now
            .checked_sub(wanted.older_than.unwrap_or_default())
            .unwrap_or(Timestamp::UNIX_EPOCH),
    };
    let operator = target.operator()?;
    let order = operator.order_purge(&purge)?;
    let node = nhs::uuid_v4(&SystemRandomness).as_u128();
    let removed = loop {
        if let Some(removed) = operator.purged(order)? {
            break removed;
        }
        if !place.store.carry_out_purges(&place.data, node, now).await? {
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    };
    let result = serde_json::json!({ "mailbox": wanted.id.as_str(), "removed": removed });
    output::print(format, &result, |out| {
        writeln!(out, "{removed} messages of {} removed", wanted.id)
    })
}
