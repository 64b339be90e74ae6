//! What is to become of a message with a patient address.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use mail_store::{NewMessage, RoutingJob};
use mesh::{Recipient, status};
use nhs::{DateOrder, MailboxId, MessageId, OdsCode, PatientAddress, WorkflowId};
use pds::{MatchedOn, Trace, TraceQuery};

use crate::keyring::Purpose;
use crate::report::Verdict;
use crate::{Exchange, ExchangeError};

/// What is to become of a job.
pub(crate) enum Decision {
    Deliver {
        practice: OdsCode,
        recipient: MailboxId,
        hidden: bool,
    },
    GiveUp(Verdict),
    Postpone {
        wait: Option<Duration>,
    },
}

/// A job with its decision.
pub(crate) struct Decided {
    pub(crate) job: RoutingJob,
    pub(crate) decision: Decision,
    /// When PDS had answered, or had not.
    pub(crate) at: Timestamp,
    /// For the audit trail: a keyed hash of whom the message was addressed to, by which repeats are
    /// seen, and how the patient was found.
    pub(crate) trail: String,
}

/// What a decision needs to know of a message beside its address.
pub(super) struct Addressed<'a> {
    id: &'a MessageId,
    sender: Option<&'a MailboxId>,
    workflow: &'a WorkflowId,
    /// Since when it waits.
    since: Timestamp,
}

impl<'a> Addressed<'a> {
    pub(super) fn of_job(job: &'a RoutingJob) -> Self {
        Self {
            id: &job.message.id,
            sender: job.message.sender.as_ref(),
            workflow: &job.message.workflow,
            since: job.since,
        }
    }

    pub(super) fn of_new(message: &'a NewMessage) -> Self {
        Self {
            id: &message.id,
            sender: message.sender.as_ref(),
            workflow: &message.workflow,
            since: message.sent_at,
        }
    }
}

/// A patient address, or the record around it, that does not open.
fn unreadable() -> Verdict {
    Verdict {
        event: status::NOT_COLLECTED.event,
        code: status::NOT_COLLECTED.code,
        text: "The recipient's address could not be read back; sending again is safe".to_owned(),
    }
}

impl Exchange {
    /// Decides a sender's messages to one patient, one after the other; those behind one that is
    /// put off stay where they are.
    pub(super) async fn decide_in_order(&self, queue: Vec<RoutingJob>) -> Vec<Decided> {
        let mut decided = Vec::with_capacity(queue.len());
        for job in queue {
            let (decision, trail) = self.decide(&job).await;
            let put_off = matches!(decision, Decision::Postpone { .. });
            decided.push(Decided {
                job,
                decision,
                at: self.now(),
                trail,
            });
            if put_off {
                break;
            }
        }
        decided
    }

    /// The order of checks of docs/spec/routing.md §1.6: number, existence, demographics, practice, mailbox.
    /// The first failure is reported, alone.
    async fn decide(&self, job: &RoutingJob) -> (Decision, String) {
        let id = &job.message.id;
        let opened = self
            .keyring()
            .open(Purpose::PatientAddress, id.as_str(), &job.address.0);
        let Ok(address) = opened else {
            tracing::error!(message = %id, "a sealed patient address does not open; reported");
            return (Decision::GiveUp(unreadable()), "patient:unknown".to_owned());
        };
        let address = String::from_utf8_lossy(&address);
        match Recipient::parse(&address) {
            Ok(Recipient::Patient(patient)) if self.refuses_order(&address) => {
                let verdict = status::DEMOGRAPHICS_DIFFER.into();
                (Decision::GiveUp(verdict), self.trail(&canonical(&patient)))
            }
            Ok(Recipient::Patient(patient)) => {
                let mut trail = self.trail(&canonical(&patient));
                let decision = self
                    .trace(&Addressed::of_job(job), patient, &mut trail)
                    .await;
                (decision, trail)
            }
            Ok(Recipient::Mailbox(_)) => {
                let verdict = status::UNREGISTERED_RECIPIENT.into();
                (Decision::GiveUp(verdict), self.trail(&address))
            }
            Err(fault) => {
                let verdict = fault.fault().into();
                (Decision::GiveUp(verdict), self.trail(&address))
            }
        }
    }

    /// Whether the date of birth is written day first where that is not understood. It tells
    /// nothing of any patient, so it does not count against who guesses.
    pub(super) fn refuses_order(&self, address: &str) -> bool {
        self.settings().year_first_birth_dates_only
            && PatientAddress::parse_with_order(address)
                .is_ok_and(|(_, order)| order == DateOrder::DayMonthYear)
    }

    pub(super) fn trail(&self, address: &str) -> String {
        let digest = self
            .keyring()
            .digest("patient in the audit trail", address.as_bytes());
        let mut trail = "patient:".to_owned();
        for byte in digest {
            // writing to a string cannot fail
            let _ = write!(trail, "{byte:02x}");
        }
        trail
    }

    async fn trace(
        &self,
        message: &Addressed<'_>,
        patient: PatientAddress,
        trail: &mut String,
    ) -> Decision {
        let probed = |sender| {
            self.probing()
                .wait(sender, self.now(), self.probing_limit())
        };
        if let Some(wait) = message.sender.and_then(probed) {
            return self.postpone_or_give_up(message, Some(wait));
        }
        let query = TraceQuery::from(patient);
        let limit = Duration::from_secs(self.settings().routing_trace_seconds.max(1).into());
        let asked = self.now();
        let answer = tokio::time::timeout(limit, self.demographics().trace(&query)).await;
        self.answers()
            .note(asked, self.now(), matches!(answer, Ok(Ok(_))));
        match answer {
            Err(_) => {
                tracing::warn!(message = %message.id, ?limit, "no answer to a trace in time");
                self.postpone_or_give_up(message, None)
            }
            Ok(Err(error)) => {
                tracing::warn!(message = %message.id, code = error.code(), "trace failed");
                self.postpone_or_give_up(message, error.retry_after())
            }
            Ok(Ok(trace)) => self.answered(message, trace, trail),
        }
    }

    pub(super) fn answered(
        &self,
        message: &Addressed<'_>,
        trace: Trace,
        trail: &mut String,
    ) -> Decision {
        match trace {
            Trace::Registered {
                practice,
                matched_on,
                superseded,
                restricted,
            } => {
                trail.push_str(match matched_on {
                    MatchedOn::UsualName => "",
                    MatchedOn::Nickname => " matched_on=nickname",
                    MatchedOn::PreviousName => " matched_on=previous_name",
                    MatchedOn::NameComponent => " matched_on=name_component",
                });
                if superseded {
                    trail.push_str(" superseded");
                }
                let hidden = restricted && self.settings().hide_restricted_recipients;
                let decision = self.mailbox_of(practice.clone(), hidden, message.workflow);
                match self.successor(&decision, &practice) {
                    None => decision,
                    Some(successor) => {
                        trail.push_str(" forwarded_to_successor");
                        self.mailbox_of(successor, hidden, message.workflow)
                    }
                }
            }
            Trace::NoPractice => Decision::GiveUp(status::NO_MAILBOX.into()),
            Trace::NotFound if self.settings().hide_unknown_numbers => {
                self.report_mismatch(message, status::DEMOGRAPHICS_DIFFER)
            }
            Trace::NotFound => self.report_mismatch(message, status::NHS_NUMBER_NOT_FOUND),
            Trace::Mismatch => self.report_mismatch(message, status::DEMOGRAPHICS_DIFFER),
        }
    }

    /// An answer that helps whoever guesses numbers: limited to some an hour.
    fn report_mismatch(&self, message: &Addressed<'_>, fault: mesh::Fault) -> Decision {
        let Some(sender) = message.sender else {
            return Decision::GiveUp(fault.into());
        };
        let limit = self.probing_limit();
        match self.probing().count(sender, self.now(), limit) {
            Ok(()) => Decision::GiveUp(fault.into()),
            Err(wait) => self.postpone_or_give_up(message, Some(wait)),
        }
    }

    pub(super) fn probing_limit(&self) -> u32 {
        self.settings().routing_failures_per_hour
    }

    /// Whether a mailbox may send to patients now, or has had too many that could not be matched.
    pub(crate) fn check_probing(&self, sender: &MailboxId) -> Result<(), ExchangeError> {
        match self
            .probing()
            .wait(sender, self.now(), self.probing_limit())
        {
            None => Ok(()),
            Some(retry_after) => Err(ExchangeError::TooManyMismatches { retry_after }),
        }
    }

    /// One mailbox, or a report: none is ever picked among several.
    fn mailbox_of(&self, practice: OdsCode, hidden: bool, workflow: &WorkflowId) -> Decision {
        let directory = self.directory();
        match directory.receivers(workflow, Some(&practice)).as_slice() {
            [] => Decision::GiveUp(status::NO_MAILBOX.into()),
            [mailbox] => Decision::Deliver {
                practice,
                recipient: mailbox.id.clone(),
                hidden,
            },
            _ => Decision::GiveUp(status::SEVERAL_MAILBOXES.into()),
        }
    }

    /// Whom to try instead of a practice that has no mailbox (docs/spec/routing.md §1.6, "practice closed,
    /// successor known in ODS").
    fn successor(&self, decision: &Decision, practice: &OdsCode) -> Option<OdsCode> {
        let closed = self.settings().forward_to_successor
            && matches!(decision, Decision::GiveUp(verdict) if verdict.code == status::NO_MAILBOX.code);
        closed
            .then(|| self.demographics().successor(practice))
            .flatten()
    }

    fn postpone_or_give_up(&self, message: &Addressed<'_>, wait: Option<Duration>) -> Decision {
        if self.now().duration_since(message.since) < self.settings().routing_deadline() {
            return Decision::Postpone { wait };
        }
        Decision::GiveUp(Verdict {
            event: status::NOT_COLLECTED.event,
            code: status::NOT_COLLECTED.code,
            text: "The patient's practice could not be found out in time; sending again is safe"
                .to_owned(),
        })
    }
}

/// However the sender wrote it, the same text for the same details.
pub(super) fn canonical(patient: &PatientAddress) -> String {
    let (number, born) = (patient.nhs_number.digits(), patient.date_of_birth.iso());
    format!("{number} {born} {}", patient.family_name.key())
}
