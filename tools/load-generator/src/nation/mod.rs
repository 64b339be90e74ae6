//! A day of a nation: senders send to practices and patients by the day's curve and with its peaks, practices collect, some of
//! them by waiting at the server and some by polling, acknowledge and answer, and senders collect the answers.
//!
//! All that is made up follows from a seed. The day is as long as it is told; the rates are those of the clock.

mod collecting;
mod curve;
mod day;
mod machine;
mod options;
mod plan;
mod sending;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

pub use self::machine::Taken;
pub use self::options::Nation;
pub use self::plan::{practice, sender};

use self::collecting::{Collector, Role};
use self::day::{Day, Over};
use self::machine::Machine;
use crate::connection::Target;
use crate::report::Measured;
use crate::{Error, Options};

/// Lives through the day.
pub(crate) async fn run(
    options: &Options,
    target: Arc<Target>,
) -> Result<(Measured, Taken, Duration), Error> {
    let before = Machine::now(&options.nation);
    let (say, over) = watch::channel(Over::Nothing);
    let day = Arc::new(Day::new(options, target, over));
    let mut practices = JoinSet::new();
    for number in 0..day.plan.practices {
        practices.spawn(practice_of(&day, number)?.run());
    }
    let mut answered = JoinSet::new();
    for number in 0..day.plan.senders {
        answered.spawn(sender_of(&day, number)?.run());
    }
    let mut sending = JoinSet::new();
    for _ in 0..options.connections.max(1) {
        sending.spawn(sending::send(Arc::clone(&day)));
    }
    let mut all = Measured::default();
    for (mut tasks, over) in [
        (sending, Over::Sending),
        (practices, Over::Answering),
        (answered, Over::Answering),
    ] {
        while let Some(ended) = tasks.join_next().await {
            all.add(ended.map_err(|_| Error::TaskEnded)?);
        }
        // nobody listens any more after the last
        _ = say.send(over);
    }
    let messages = all.went_well(&["send", "send at peak"]);
    let taken = before.taken(&options.nation, messages);
    Ok((all, taken, day.began.elapsed()))
}

fn practice_of(day: &Arc<Day>, number: u64) -> Result<Collector, Error> {
    Ok(Collector {
        day: Arc::clone(day),
        mailbox: practice(number).map_err(|_| Error::Mailbox(number))?,
        role: if day.plan.waits(number) {
            Role::WaitingPractice
        } else {
            Role::PollingPractice
        },
        phase: day.plan.phase(number),
    })
}

fn sender_of(day: &Arc<Day>, number: u64) -> Result<Collector, Error> {
    Ok(Collector {
        day: Arc::clone(day),
        mailbox: sender(number).map_err(|_| Error::Mailbox(number))?,
        role: Role::Sender,
        phase: 0.0,
    })
}
