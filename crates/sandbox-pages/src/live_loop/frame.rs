//! One picture of a letter's journey: where everything is at one moment. Nothing is in it that did not happen.

use jiff::{SignedDuration, Timestamp};
use journey::AnswerClass;

use super::letter::{Answer, Letter};
use super::stage::Stage;

/// How long a letter that was taken stays without an answer before the page says so.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);

/// How a stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It is over.
    Done,
    /// It is being told, or under way.
    Now,
    /// It is tried in vain and will be tried again.
    Held,
    /// The letter ended here.
    Stopped,
    /// It has not come to it.
    Later,
    /// It will not come to it.
    Never,
}

/// Where an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Spot {
    /// In OUT of the receiving practice.
    Out,
    /// At the exchange.
    Exchange,
    /// Being collected.
    Collected,
    /// At the sender.
    Home,
}

/// How a journey stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// On its way.
    UnderWay,
    /// Tried in vain so often; the next try where it is known.
    Waiting(Stage, usize, Option<Timestamp>),
    /// Both answers are received and good.
    Delivered,
    /// An answer refuses it.
    Refused(u32),
    /// It will not arrive.
    NotDelivered(String),
    /// It was taken, and no answer has come for a while.
    NoAnswer,
}

/// A letter at one moment.
pub(crate) struct Frame<'a> {
    pub(crate) letter: &'a Letter,
    /// The moment.
    pub(crate) at: Timestamp,
    /// The stage that is looked at.
    pub(crate) stage: Stage,
    pub(crate) verdict: Verdict,
    marks: [Mark; 8],
}

impl<'a> Frame<'a> {
    /// The letter as it was at a moment.
    pub(crate) fn at(letter: &'a Letter, at: Timestamp) -> Self {
        let marks = Stage::ALL.map(|stage| mark(letter, stage, at));
        let verdict = verdict(letter, at);
        let stage = current(&marks);
        Self {
            letter,
            at,
            stage,
            verdict,
            marks,
        }
    }

    /// The letter when it came to a stage: what came later is left out. A stage that it has not reached shows the
    /// letter where it is.
    pub(crate) fn of_stage(letter: &'a Letter, stage: Stage, now: Timestamp) -> Self {
        let stopped = letter.stopped();
        let at = match (letter.done(stage), &stopped) {
            (Some(done), _) => done,
            (None, Some((at_stage, when, _))) if *at_stage == stage => *when,
            (None, _) => now,
        };
        let mut frame = Self::at(letter, at);
        frame.stage = stage;
        // several stages can share a moment
        for (mark, of) in frame.marks.iter_mut().zip(Stage::ALL) {
            match mark {
                Mark::Done if of == stage => *mark = Mark::Now,
                Mark::Done | Mark::Now if of > stage && letter.done(stage).is_some() => {
                    *mark = Mark::Later;
                }
                _ => {}
            }
        }
        if letter.done(stage).is_some() && !stage.is_answer() {
            frame.verdict = Verdict::UnderWay;
        }
        frame
    }

    /// How a stage stands.
    pub(crate) fn mark(&self, stage: Stage) -> Mark {
        let marks = Stage::ALL.iter().zip(self.marks);
        let mut of = marks.filter(|(known, _)| **known == stage);
        of.next().map_or(Mark::Later, |(_, mark)| mark)
    }

    /// When a stage was over, since the letter began; none where it is not over in this picture.
    pub(crate) fn since_start(&self, stage: Stage) -> Option<SignedDuration> {
        let is_told = matches!(self.mark(stage), Mark::Done | Mark::Now);
        let done = self.letter.done(stage).filter(|_| is_told)?;
        (done <= self.at).then(|| done.duration_since(self.letter.started()))
    }

    /// How long the journey has gone on.
    pub(crate) fn elapsed(&self) -> SignedDuration {
        let end = if self.letter.is_over() {
            self.at.min(self.letter.last())
        } else {
            self.at
        };
        end.duration_since(self.letter.started())
            .max(SignedDuration::ZERO)
    }

    /// Where an answer is; none before it is heard of.
    pub(crate) fn spot(&self, class: AnswerClass) -> Option<Spot> {
        let answer = self.letter.answer(class);
        if !self.shows_answers() {
            return None;
        }
        let reached = [
            (answer.home, Spot::Home),
            (answer.collected, Spot::Collected),
            (answer.accepted, Spot::Exchange),
            (answer.placed, Spot::Out),
        ];
        let mut reached = reached
            .into_iter()
            .filter(|(at, _)| at.is_some_and(|at| at <= self.at));
        reached.next().map(|(_, spot)| spot)
    }

    /// An answer with what is known of it.
    pub(crate) fn answer(&self, class: AnswerClass) -> &Answer {
        self.letter.answer(class)
    }

    /// Whether the exchange's report is made, and whether it is home.
    pub(crate) fn report(&self) -> Option<(&str, bool)> {
        let report = self.letter.report.as_ref()?;
        (report.made <= self.at).then(|| {
            let home = report.home.is_some_and(|home| home <= self.at);
            (report.code.as_str(), home)
        })
    }

    /// An answer may be under way while an earlier stage is looked at; then it is left out.
    fn shows_answers(&self) -> bool {
        self.stage >= Stage::Task
    }
}

fn mark(letter: &Letter, stage: Stage, at: Timestamp) -> Mark {
    let by = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment <= at);
    let stopped = letter.stopped().filter(|(_, when, _)| *when <= at);
    if let Some((at_stage, ..)) = &stopped
        && *at_stage == stage
    {
        return Mark::Stopped;
    }
    if by(letter.done(stage)) {
        return Mark::Done;
    }
    if let Some((at_stage, ..)) = &stopped
        && stage > *at_stage
    {
        let is_answer_to_it = *at_stage == Stage::Task && stage == Stage::Infrastructure;
        return if is_answer_to_it && by(letter.begun(stage)) {
            Mark::Now
        } else if is_answer_to_it {
            Mark::Later
        } else {
            Mark::Never
        };
    }
    if letter.held(at).is_some_and(|(held, ..)| held == stage) {
        return Mark::Held;
    }
    let is_next = match stage {
        Stage::Written => true,
        Stage::Infrastructure | Stage::Business => by(letter.begun(stage)),
        _ => stage
            .number()
            .checked_sub(1)
            .and_then(Stage::of)
            .is_some_and(|before| by(letter.done(before))),
    };
    if is_next { Mark::Now } else { Mark::Later }
}

/// The stage that the picture is about: where the letter stopped or is held, else what is under way, else the last.
fn current(marks: &[Mark; 8]) -> Stage {
    let first = |wanted: &[Mark]| {
        let mut all = Stage::ALL.into_iter().zip(marks);
        all.find(|(_, mark)| wanted.contains(mark))
            .map(|(stage, _)| stage)
    };
    let last_done = Stage::ALL
        .into_iter()
        .zip(marks)
        .rfind(|(_, mark)| **mark == Mark::Done)
        .map(|(stage, _)| stage);
    first(&[Mark::Stopped, Mark::Held])
        .or_else(|| first(&[Mark::Now]))
        .or(last_done)
        .unwrap_or(Stage::Written)
}

fn verdict(letter: &Letter, at: Timestamp) -> Verdict {
    let by = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment <= at);
    if let Some(report) = &letter.report
        && report.made <= at
    {
        return Verdict::NotDelivered(report.code.clone());
    }
    if let Some((stage, tries, next)) = letter.held(at) {
        return Verdict::Waiting(stage, tries, next);
    }
    let home = |answer: &Answer| by(answer.home);
    let [infrastructure, business] = letter.answers();
    for answer in [infrastructure, business] {
        if let Some(code) = answer.code.filter(|_| answer.is_negative() && home(answer)) {
            return Verdict::Refused(code);
        }
    }
    if home(infrastructure) && home(business) {
        return Verdict::Delivered;
    }
    let taken = letter.begun(Stage::Task).or(letter.done(Stage::Task));
    let silent = infrastructure.begun().is_none() && business.begun().is_none();
    match taken {
        Some(taken) if silent && at.duration_since(taken) > PATIENCE => Verdict::NoAnswer,
        _ => Verdict::UnderWay,
    }
}
