//! The run as it goes: places what may be placed, takes in what comes, and tells of it.

use nhs::{Clock, SystemClock};
use rehearsal::receiver::{Answer, Message, Plan, Run, State};

use crate::error::Error;
use crate::wiring;

use super::Arguments;
use super::carrier::{Came, Carrier};
use super::planning::Planning;
use super::printing::Told;

/// So often in a row it may fail to look for answers before the run ends.
const MOST_FAILURES: u32 = 20;

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
/// When standard output is closed.
pub async fn drive(
    args: &Arguments,
    planning: &Planning,
    plan: Plan,
    carrier: &mut Carrier,
) -> Result<Driven, Error> {
    let mut run = Run::new(planning.settings(), plan);
    let stop = wiring::stop_signal()?;
    let time_is_over = async {
        match args.until {
            Some(until) => tokio::time::sleep(until).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(time_is_over);
    let (mut told, mut failures) = (Told::default(), 0);
    let trouble = loop {
        let trouble = tokio::select! {
            result = round(&mut run, carrier) => result.err(),
            () = stop.cancelled() => break None,
            () = &mut time_is_over => break None,
        };
        failures = if trouble.is_some() { failures + 1 } else { 0 };
        if failures >= MOST_FAILURES {
            break trouble.map(|error| error.to_string());
        }
        let now = SystemClock.now();
        told.tell(args, &run, &run.judge(now, false))?;
        if failures == 0 && run.is_over(now) {
            break None;
        }
        tokio::select! {
            () = tokio::time::sleep(carrier.pause()) => {}
            () = stop.cancelled() => break None,
            () = &mut time_is_over => break None,
        }
    };
    told.tell(args, &run, &run.judge(SystemClock.now(), true))?;
    Ok(Driven { run, trouble })
}

async fn round(run: &mut Run, carrier: &mut Carrier) -> Result<(), Error> {
    for number in run.to_place(SystemClock.now()) {
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
        Came::Unusable(why) => {
            run.unusable(SystemClock.now(), why);
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
