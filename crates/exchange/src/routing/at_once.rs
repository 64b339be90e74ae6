//! What is found on this machine is delivered by the commit that accepts it, and waits in no queue.

use jiff::Timestamp;
use journey::Event;
use mail_store::{NewMessage, Place, Routed, SealedAddress};
use mesh::Recipient;
use nhs::{MailboxId, MessageId, OdsCode, PatientAddress};
use pds::{Trace, TraceQuery};

use super::decide::{Addressed, Decision, canonical};
use crate::Exchange;

/// A mailbox that was found before the message was accepted.
pub(crate) struct AtOnce {
    practice: OdsCode,
    found_at: Timestamp,
    recipient: MailboxId,
    hidden: bool,
    trail: String,
}

impl AtOnce {
    /// Its inbox; the queue, with this address, while an earlier message to the patient waits there.
    pub(crate) fn place(&self, address: SealedAddress) -> Place {
        Place::Routed(Box::new(Routed {
            address,
            recipient: self.recipient.clone(),
            hidden: self.hidden,
            trail: self.trail.clone(),
        }))
    }

    /// What is told once the message is in the inbox, and whose that is.
    pub(crate) fn told(self, message: &MessageId) -> (Event, MailboxId) {
        let routed = Event::Routed {
            message: message.clone(),
            practice: self.practice,
            found_at: self.found_at,
        };
        (routed, self.recipient)
    }
}

impl Exchange {
    /// The mailbox for a patient, where it is known without waiting for anybody. Whatever else is to become of
    /// the message, a report or a later try, is left to the queue, and nothing is counted here: the message may
    /// still be refused.
    pub(crate) fn find_at_once(&self, message: &NewMessage, address: &str) -> Option<AtOnce> {
        let Ok(Recipient::Patient(patient)) = Recipient::parse(address) else {
            return None;
        };
        if self.refuses_order(address) || self.foresees_guesses(message) {
            return None;
        }
        let mut trail = self.trail(&canonical(&patient));
        let trace = self.registered_here(message, patient)?;
        let found_at = self.now();
        match self.answered(&Addressed::of_new(message), trace, &mut trail) {
            Decision::Deliver {
                practice,
                recipient,
                hidden,
            } => Some(AtOnce {
                practice,
                found_at,
                recipient,
                hidden,
                trail,
            }),
            Decision::GiveUp(_) | Decision::Postpone { .. } => None,
        }
    }

    fn registered_here(&self, message: &NewMessage, patient: PatientAddress) -> Option<Trace> {
        let asked = self.now();
        let answer = self.demographics().trace_here(&TraceQuery::from(patient));
        if answer.is_some() {
            self.answers().note(asked, self.now(), true);
        }
        match (answer, &message.sender) {
            (registered @ Some(Trace::Registered { .. }), _) => registered,
            (_, sender) => {
                if let Some(sender) = sender {
                    // more than the limit are not worth counting
                    let limit = self.probing_limit();
                    _ = self.foreseen_reports().count(sender, asked, limit);
                }
                None
            }
        }
    }

    /// Whether a mailbox has sent as many messages as may be reported within the hour to patients who are not known
    /// here. The queue counts the reports only as it gives them: in a burst of guesses it would be seen at once which
    /// are right.
    fn foresees_guesses(&self, message: &NewMessage) -> bool {
        let (now, limit) = (self.now(), self.probing_limit());
        message.sender.as_ref().is_some_and(|sender| {
            let counts = [self.probing(), self.foreseen_reports()];
            counts
                .iter()
                .any(|count| count.wait(sender, now, limit).is_some())
        })
    }
}
