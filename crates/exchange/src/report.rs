//! Messages given up, and the reports their senders get.

use jiff::Timestamp;
use journey::Event;
use mail_store::{Details, FailedAs, Failure, Kind, Message, NewMessage, Op, Outcome, Place};
use nhs::MessageId;

use crate::gauges::count_report;
use crate::{Exchange, ExchangeError};

/// Why a message is given up.
pub(crate) struct Verdict {
    pub(crate) event: &'static str,
    pub(crate) code: &'static str,
    pub(crate) text: String,
}

impl From<mesh::Fault> for Verdict {
    fn from(fault: mesh::Fault) -> Self {
        Self {
            event: fault.event,
            code: fault.code,
            text: fault.text.to_owned(),
        }
    }
}

impl Exchange {
    /// Gives a message up and, in the same transaction, puts a report in its sender's inbox, shaped
    /// as docs/spec/routing.md §1.8 says: workflow, local id and subject copied, the failed message linked.
    /// False when the message was settled meanwhile.
    pub(crate) async fn give_up(
        &self,
        message: &Message,
        verdict: Verdict,
    ) -> Result<bool, ExchangeError> {
        let (ops, reported) = self.giving_up(message, verdict, "")?;
        if self.store().commit(ops).await?.first() != Some(&Outcome::Done) {
            return Ok(false);
        }
        if let Some(reported) = reported {
            self.announce(&reported);
        }
        Ok(true)
    }

    /// Logs what has become durable, and notifies the observer.
    pub(crate) fn announce(&self, event: &Event) {
        match event {
            Event::Reported { message, code, .. } => {
                tracing::info!(%message, code, "message given up");
                count_report(code);
            }
            Event::Delivered { message, recipient } => {
                tracing::info!(%message, %recipient, "message routed");
            }
            _ => {}
        }
        self.notify(event);
    }

    /// The operations of [`Exchange::give_up`], the failure first, and the event once they are
    /// durable. The trail is what the audit notes beside the message's id.
    pub(crate) fn giving_up(
        &self,
        message: &Message,
        verdict: Verdict,
        trail: &str,
    ) -> Result<(Vec<Op>, Option<Event>), ExchangeError> {
        let (now, id) = (self.now(), &message.id);
        let report = self.new_id()?;
        let sender = message.sender.as_ref().map(ToString::to_string);
        let mut ops = vec![
            Op::Fail {
                message: id.clone(),
                failed_as: FailedAs::Error,
                failure: failure(now, &verdict, Some(report.as_str())),
            },
            Op::Audit {
                at: now,
                actor: sender.unwrap_or_default(),
                action: verdict.code,
                subject: id.to_string(),
                detail: trail.to_owned(),
            },
        ];
        // a report nobody collected is not reported again
        if message.kind != Kind::Data || message.sender.is_none() {
            return Ok((ops, None));
        }
        ops.push(self.report_on(message, &report, &verdict, now));
        let reported = Event::Reported {
            message: id.clone(),
            report,
            code: verdict.code.to_owned(),
        };
        Ok((ops, Some(reported)))
    }

    fn report_on(
        &self,
        message: &Message,
        report: &MessageId,
        verdict: &Verdict,
        now: Timestamp,
    ) -> Op {
        let details = Details {
            local_id: message.details.local_id.clone(),
            subject: message.details.subject.clone(),
            ..Details::default()
        };
        let report = NewMessage {
            id: report.clone(),
            kind: Kind::Report,
            sender: None,
            recipient: message.sender.clone(),
            workflow: message.workflow.clone(),
            sent_at: now,
            total_chunks: 0,
            details,
            report: Some(failure(now, verdict, Some(message.id.as_str()))),
            body: None,
        };
        Op::Accept {
            message: Box::new(report),
            place: Place::Inbox,
        }
    }
}

fn failure(at: Timestamp, verdict: &Verdict, linked: Option<&str>) -> Failure {
    Failure {
        at,
        code: verdict.code.to_owned(),
        event: verdict.event.to_owned(),
        description: verdict.text.clone(),
        linked: linked.map(str::to_owned),
    }
}
