//! What was sent beside what came back.

use itk3::advice::{self, Advice};
use jiff::Timestamp;
use mesh::StatusRecord;

use crate::acknowledgements::{Acknowledgements, Answers};
use crate::files::Unread;
use crate::gap::{Gap, What};
use crate::letters::{Letter, Letters, in_the_united_kingdom};
use crate::reports::Reports;
use crate::{Reconcile, Reconciliation};

const NO_ANSWER: Advice = Advice {
    reason: "No acknowledgement came",
    advice: "Ask the receiving practice whether it has the message; then send it again or by another route.",
};
const NO_INFRASTRUCTURE_ANSWER: Advice = Advice {
    reason: "The infrastructure acknowledgement did not come, the business one did",
    advice: "The receiving practice has the message; tell its system's supplier.",
};
const NO_BUSINESS_ANSWER: Advice = Advice {
    reason: "The receiving system took the message, but nobody there said what became of it",
    advice: "Ask the receiving practice whether the document was filed.",
};

/// What became of one message.
enum End {
    Arrived,
    Waiting,
    Gap(What, Option<String>, Advice),
}

impl Reconcile {
    pub(crate) fn compare(
        &self,
        letters: Letters,
        mut reports: Reports,
        acknowledgements: &Acknowledgements,
        unread: Vec<Unread>,
    ) -> Reconciliation {
        let (mut messages, mut waiting, mut gaps) = (0, 0, Vec::new());
        for letter in letters.0 {
            let end = self.end_of(&letter, &mut reports, acknowledgements);
            if !self.counts(letter.sent_at) {
                continue;
            }
            messages += 1;
            match end {
                End::Arrived => {}
                End::Waiting => waiting += 1,
                End::Gap(what, code, advice) => gaps.push(gap(letter, what, code, advice)),
            }
        }
        gaps.extend(self.about_unknown_messages(&reports));
        gaps.sort_by(|one, other| (one.sent_at, &one.file).cmp(&(other.sent_at, &other.file)));
        Reconciliation {
            messages,
            waiting,
            gaps,
            unread,
        }
    }

    fn counts(&self, sent_at: Option<Timestamp>) -> bool {
        match (self.since, sent_at) {
            (Some(since), Some(at)) => at >= since,
            _ => true,
        }
    }

    fn end_of(
        &self,
        letter: &Letter,
        reports: &mut Reports,
        acknowledgements: &Acknowledgements,
    ) -> End {
        let report = reports.about(letter);
        if let Some(status) = &letter.failed {
            return failed(What::NotSent, status);
        }
        let Some((id, asked)) = &letter.itk3 else {
            return report.map_or(End::Arrived, |status| failed(What::NotDelivered, &status));
        };
        let answers = acknowledgements.to(id);
        if let Some(code) = answers.refusal() {
            let (advice, code) = (advice::of_response(code), code.code().to_owned());
            return End::Gap(What::Refused, Some(code), advice);
        }
        let missing = missing(
            answers,
            asked.infrastructure.unwrap_or(true),
            asked.business.unwrap_or(true),
        );
        match (missing, report) {
            // an acknowledgement outranks a report: the recipient has the message after all
            (None, Some(status)) if answers.infrastructure.or(answers.business).is_none() => {
                failed(What::NotDelivered, &status)
            }
            (None, _) => End::Arrived,
            (Some(NO_ANSWER), Some(status)) => failed(What::NotDelivered, &status),
            (Some(advice), _) if self.is_overdue(letter.sent_at) => {
                End::Gap(What::Unanswered, None, advice)
            }
            (Some(_), _) => End::Waiting,
        }
    }

    fn is_overdue(&self, sent_at: Option<Timestamp>) -> bool {
        sent_at.is_none_or(|at| self.now.duration_since(at) > self.answer_within)
    }

    /// Reports about messages whose files are nowhere that was named.
    fn about_unknown_messages(&self, reports: &Reports) -> Vec<Gap> {
        let mut gaps = Vec::new();
        for report in reports.unmatched() {
            let at = report.status.at.and_then(in_the_united_kingdom);
            let what = match report.message_id {
                Some(_) => What::NotDelivered,
                None => What::NotSent,
            };
            let Told { code, advice } = told(&report.status);
            if self.counts(at) {
                gaps.push(Gap {
                    what,
                    message_id: report.message_id.clone(),
                    local_id: report.local_id.clone(),
                    workflow: report.workflow.clone().unwrap_or_default(),
                    sent_at: at,
                    code: Some(code),
                    reason: advice.reason.to_owned(),
                    advice: advice.advice.to_owned(),
                    file: report.file.clone(),
                });
            }
        }
        gaps
    }
}

/// What was asked for and did not come.
fn missing(answers: Answers, infrastructure: bool, business: bool) -> Option<Advice> {
    let no_infrastructure = infrastructure && answers.infrastructure.is_none();
    let no_business = business && answers.business.is_none();
    match (no_infrastructure, no_business) {
        (false, false) => None,
        (true, false) if answers.business.is_some() => Some(NO_INFRASTRUCTURE_ANSWER),
        (false, true) if answers.infrastructure.is_some() => Some(NO_BUSINESS_ANSWER),
        _ => Some(NO_ANSWER),
    }
}

struct Told {
    code: String,
    advice: Advice,
}

fn told(status: &StatusRecord) -> Told {
    let (event, code) = (status.event.as_str(), status.code.as_str());
    Told {
        code: code.to_owned(),
        advice: advice::of_report(event, code),
    }
}

fn failed(what: What, status: &StatusRecord) -> End {
    let Told { code, advice } = told(status);
    End::Gap(what, Some(code), advice)
}

fn gap(letter: Letter, what: What, code: Option<String>, advice: Advice) -> Gap {
    Gap {
        what,
        message_id: letter.message_id,
        local_id: letter.local_id,
        workflow: letter.workflow,
        sent_at: letter.sent_at,
        code,
        reason: advice.reason.to_owned(),
        advice: advice.advice.to_owned(),
        file: letter.file,
    }
}
