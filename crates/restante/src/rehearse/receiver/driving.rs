//! The run as it goes: places what may be placed, takes in what comes, and tells of it.

use std::time::Duration;

use nhs::{Clock, SystemClock};
use rehearsal::receiver::{Answer, Message, Plan, Run, State};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::wiring;

use super::Arguments;
use super::carrier::{Came, Carrier};
use super::planning::Planning;
use super::printing::Told;

/// So often in a row it may fail to look for answers before the run ends.
const MOST_FAILURES: u32 = 20;
/// What is under way when the run is ended has so long.
const LAST_ROUND: Duration = Duration::from_secs(10);

/// A run that has ended.
pub struct Driven {
    pub run: Run,
    /// Why it ended before its time.
    pub trouble: Option<String>,
}

/// Runs until everything is answered or given up, somebody ends it, or the time is over.
///
/// # Errors
///
/// When signals cannot be listened for.
pub async fn drive(
    args: &Arguments,
    planning: &Planning,
    plan: Plan,
    carrier: &mut Carrier,
    mut told: Told,
) -> Result<Driven, Error> {
    let mut run = Run::new(planning.settings(), plan);
    let stop = ended_by(args)?;
    let mut failures = 0;
    let trouble = loop {
        let trouble = tokio::select! {
            result = round(&mut run, carrier, &stop) => result.err(),
            () = long_after(&stop) => break None,
        };
        failures = if trouble.is_some() { failures + 1 } else { 0 };
        if failures >= MOST_FAILURES {
            break trouble.map(|error| error.to_string());
        }
        let now = SystemClock.now();
        told.tell(args, &run, &run.judge(now, false));
        if stop.is_cancelled() || (failures == 0 && run.is_over(now)) {
            break None;
        }
        // then there is one look more, for what came meanwhile
        tokio::select! {
            () = tokio::time::sleep(carrier.pause()) => {}
            () = stop.cancelled() => {}
        }
    };
    told.tell(args, &run, &run.judge(SystemClock.now(), true));
    Ok(Driven { run, trouble })
}

/// Cancelled when somebody ends the run, or its time is over.
fn ended_by(args: &Arguments) -> Result<CancellationToken, Error> {
    let stop = wiring::stop_signal()?;
    if let Some(until) = args.until {
        let stop = stop.clone();
        tokio::spawn(async move {
            tokio::time::sleep(until).await;
            stop.cancel();
        });
    }
    Ok(stop)
}

/// What is under way at the end is brought to its end, but not for ever.
async fn long_after(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(LAST_ROUND).await;
}

async fn round(
    run: &mut Run,
    carrier: &mut Carrier,
    stop: &CancellationToken,
) -> Result<(), Error> {
    for number in run.to_place(SystemClock.now()) {
        if stop.is_cancelled() {
            break;
        }
        let Some(planned) = run.planned(number) else {
            continue;
        };
        // placed when it is there, for its times are counted from then
        match carrier.place(planned).await {
            Ok(()) => run.placed(number, SystemClock.now()),
            Err(why) => run.not_placed(number, &why),
        }
    }
    let mut outcome = Ok(());
    for came in carrier.collect().await? {
        // one that cannot be put away holds up no other
        outcome = outcome.and(take(run, carrier, came).await);
    }
    let is_open = |it: &&Message| matches!(it.state, State::Placed(_)) && it.taken.is_none();
    let open = run.messages().iter().filter(is_open);
    let open: Vec<u32> = open.map(|it| it.planned.number).collect();
    for (number, at) in carrier.taken(&open) {
        run.taken(number, at);
    }
    outcome
}

/// What answers none of the messages is somebody else's, and stays where it is.
async fn take(run: &mut Run, carrier: &mut Carrier, came: Came) -> Result<(), Error> {
    let incoming = match came {
        Came::Incoming(incoming) => incoming,
        Came::NotDelivered { number, why } => {
            run.not_placed(number, &why);
            return Ok(());
        }
        Came::Unusable { workflow, why } => {
            if workflow.is_none_or(|it| run.is_answered_on(&it)) {
                run.unusable(SystemClock.now(), why);
            }
            return Ok(());
        }
    };
    let name = incoming.name.clone();
    match tokio::task::block_in_place(|| Answer::of(incoming)) {
        Ok(answer) => {
            if run.answered(answer).is_some() {
                carrier.keep(&name).await?;
            }
        }
        Err(incoming) => {
            let workflow = incoming.workflow.as_deref().unwrap_or_default();
            if run.is_answered_on(workflow) {
                run.unreadable(&incoming);
            }
        }
    }
    Ok(())
}
