//! Taking a message on a workflow that nothing here serves, where the practice is the mailbox's only
//! reader: it is moved to `not-understood/`, a person is told, and its sender too where it asks.

use super::answering::store_answers;
use super::verdict::Verdict;
use super::{Delivery, foreign, taken_event};
use crate::PracticeError;
use crate::directories::Place;
use crate::inner::Inner;
use crate::store::received::{self, MessageIds, Taken};
use crate::store::{alerts, findings, outbox};

/// Moves a pair, writes down what was answered, and tells a person. While an alert about its workflow is
/// open, that alert speaks for it.
pub(super) fn take(inner: &Inner, delivery: &Delivery) -> Result<(), PracticeError> {
    let data = delivery.data(inner)?;
    let verdict = Verdict::of_not_understood(delivery, data.as_deref());
    inner
        .directories
        .set_apart(&delivery.kept_as, Place::NotUnderstood)?;
    let answers = store_answers(inner, delivery, &verdict)?;
    let sender = delivery.sender().map(|mailbox| mailbox.to_string());
    let workflow = delivery.workflow();
    let what = words(workflow);
    let is_new = inner.store.write(|transaction| {
        received::add(
            transaction,
            &Taken {
                key: &delivery.key,
                kept_as: &delivery.kept_as,
                transport_id: delivery.transport_id(),
                sender_mailbox: sender.as_deref(),
                at: inner.now(),
                is_document: true,
                ids: MessageIds::default(),
                accepted: false,
                task: None,
                place: Place::NotUnderstood,
            },
        )?;
        findings::add(transaction, &delivery.key, &verdict.findings)?;
        for answer in &answers {
            outbox::add_answer(transaction, &answer.base_name, &delivery.key, answer.code)?;
        }
        if alerts::is_open(transaction, &format!("not-understood:{workflow}:"))? {
            return Ok(false);
        }
        let key = format!("not-understood:{workflow}:{}", delivery.key);
        inner.alert_within(transaction, &key, &what, None)
    })?;
    inner.tell([taken_event(delivery)]);
    inner.tell_alert(is_new, &what);
    Ok(())
}

fn words(workflow: &str) -> String {
    format!(
        "Messages {}, arrived and nothing else reads this mailbox. They are in not-understood/ with the names \
         they had in IN, and stay there until somebody removes them: see what they are. Senders who asked for \
         an answer got 10004; tell the others.",
        foreign::on_workflow(workflow)
    )
}
