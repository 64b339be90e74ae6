//! Taking a message that carries a payload.

use itk3::Received;

use super::answering::{StoredAnswer, store_answers};
use super::route::Route;
use super::scanning::{self, Scanned};
use super::verdict::{self, Verdict};
use super::{Delivery, taken_event};
use crate::directories::Place;
use crate::inner::Inner;
use crate::store::received;
use crate::store::tasks::{self, NewAttachment, NewTask};
use crate::store::{findings, outbox, retention, reviews};
use crate::{Event, PracticeError, StatedPatient, TaskId};

/// What became of a message that carries a payload.
pub(super) enum Taken {
    /// It is on record and answered.
    Recorded {
        /// Whether a task was raised.
        raised: bool,
    },
    /// It stays in IN until it is scanned.
    Waits,
}

/// Judges a message, lets it be scanned, and writes down what became of it: its record, its answers,
/// its task.
pub(super) fn take(
    inner: &Inner,
    delivery: &Delivery,
    route: Route,
) -> Result<Taken, PracticeError> {
    let data = delivery.data(inner)?;
    let mut verdict = verdict::judge(inner, delivery, data.as_deref(), route)?;
    let mut infection = None;
    match scanning::look(inner, delivery, &verdict) {
        Scanned::Through => {}
        Scanned::Waits => return Ok(Taken::Waits),
        Scanned::Infected(name) => {
            verdict.refuse_infected();
            inner
                .directories
                .set_apart(&delivery.kept_as, Place::Quarantine)?;
            infection = Some(name);
        }
    }
    let answers = store_answers(inner, delivery, &verdict)?;
    let task = record(inner, delivery, &verdict, &answers)?;
    let raised = task.map(|task| Event::TaskRaised { task });
    inner.tell([taken_event(delivery)].into_iter().chain(raised));
    scanning::forget(inner, &delivery.found);
    match infection {
        Some(name) => tell_of_infection(inner, delivery, &name)?,
        None => tell_people(inner, delivery, &verdict)?,
    }
    Ok(Taken::Recorded {
        raised: task.is_some(),
    })
}

fn tell_of_infection(inner: &Inner, delivery: &Delivery, name: &str) -> Result<(), PracticeError> {
    let what = format!(
        "A document arrived in which the malware scanner found {name}. No task was raised, its sender was \
         answered 20004, and it was set apart in quarantine/: tell its sender by another route."
    );
    inner.alert(&format!("infected:{}", delivery.key), &what, None)
}

fn record(
    inner: &Inner,
    delivery: &Delivery,
    verdict: &Verdict,
    answers: &[StoredAnswer],
) -> Result<Option<TaskId>, PracticeError> {
    let filed = verdict.document.as_ref().zip(verdict.filed_as);
    let id = filed.map(|_| TaskId::new(inner.new_id()));
    let sender = delivery.sender().map(|mailbox| mailbox.to_string());
    let now = inner.now();
    inner.store.write(|transaction| {
        received::add(
            transaction,
            &received::Taken {
                key: &delivery.key,
                kept_as: &delivery.kept_as,
                transport_id: delivery.transport_id(),
                sender_mailbox: sender.as_deref(),
                at: now,
                is_document: true,
                ids: verdict.ids(),
                accepted: id.is_some(),
                task: id,
                place: if verdict.is_infected {
                    Place::Quarantine
                } else {
                    Place::Received
                },
            },
        )?;
        findings::add(transaction, &delivery.key, &verdict.findings)?;
        for answer in answers {
            outbox::add_answer(transaction, &answer.base_name, &delivery.key, answer.code)?;
        }
        if let Some(void) = verdict.voids {
            retention::void_task(transaction, void, now)?;
        }
        if let Some((task, code)) = verdict.repeats {
            tasks::repeat(transaction, task, now, code)?;
        }
        if let Some((id, (document, matched))) = id.zip(filed) {
            let patient = document.patient.listed_name();
            let nhs_number = document.patient.nhs_number.map(|number| number.digits());
            let stated = StatedPatient::of(&document.patient);
            let compared = inner.patient_match(document.patient.nhs_number, Some(&stated));
            tasks::raise(
                transaction,
                &NewTask {
                    id,
                    received_at: now,
                    subject: delivery.subject(),
                    kind: &verdict.kind,
                    sender: sender_name(document),
                    sender_mailbox: sender.as_deref().unwrap_or_default(),
                    version: document.version,
                    for_action: document.for_action,
                    patient: &patient,
                    nhs_number: nhs_number.as_deref(),
                    stated: &stated,
                    match_then: &compared.words(),
                    matched,
                    replaces: verdict.replaces,
                    document_ids: document_ids(document),
                    sections: &document.sections,
                    attachments: document
                        .attachments
                        .iter()
                        .map(|part| NewAttachment {
                            title: &part.title,
                            content_type: &part.content_type,
                            bytes: &part.content,
                        })
                        .collect(),
                },
            )?;
            if let Some(record) = &verdict.provisional {
                reviews::open(transaction, id, record)?;
            }
        }
        Ok(())
    })?;
    Ok(id)
}

fn tell_people(inner: &Inner, delivery: &Delivery, verdict: &Verdict) -> Result<(), PracticeError> {
    if verdict.is_acknowledgement {
        return inner.alert(
            &format!("wrong-workflow:{}", delivery.key),
            "An acknowledgement arrived on the workflow of messages. It was kept and not answered: \
             tell its sender.",
            None,
        );
    }
    if verdict.ids_are_anothers {
        inner.alert(
            &format!("anothers-ids:{}", delivery.key),
            "A message arrived with the ids of a message from another mailbox. One of the two is \
             not what it says: compare them with their senders.",
            None,
        )?;
    }
    if verdict.name_differs {
        return inner.alert(
            &format!("name-differs:{}", delivery.key),
            "A document arrived with the NHS number and date of birth of a patient on this \
             practice's list who has another family name there. It was answered 30002 and kept, and \
             no task was raised: ask its sender whom it is about.",
            None,
        );
    }
    if verdict.replaces_anothers && verdict.filed_as.is_some() {
        inner.alert(
            &format!("another-patient:{}", delivery.key),
            "A document arrived that replaces one of another patient, which is archived now. Compare the \
             two: one of them may have been filed to the wrong patient.",
            None,
        )?;
    }
    if verdict.voids.is_some() {
        return inner.alert(
            &format!("void:{}", delivery.key),
            "A replacement could not be taken. The document it was to replace is null and void, \
             see it in the archive: its sender was told to send a new report.",
            None,
        );
    }
    if delivery.sender().is_none() {
        return inner.alert(
            &format!("no-origin:{}", delivery.key),
            "A message arrived without a mailbox of origin, so it could not be answered.",
            None,
        );
    }
    let is_unheard = verdict.answers.is_empty() && verdict.filed_as.is_none();
    if is_unheard && !verdict.is_left_unanswered {
        return inner.alert(
            &format!("unheard:{}", delivery.key),
            "A message was refused whose sender asked for no answer, so the sender does not know. \
             It was kept: tell its sender.",
            None,
        );
    }
    Ok(())
}

fn sender_name(document: &Received) -> &str {
    document
        .custodian_name
        .as_deref()
        .or(document.custodian_ods.as_deref())
        .or(document.sender_ods.as_deref())
        .unwrap_or("not named")
}

/// What a later version may call the document that it replaces: guidance says its identifier, its bundle's, or
/// that of the message it came in.
fn document_ids(document: &Received) -> Vec<&str> {
    [
        Some(&document.document_id),
        document.composition_identifier.as_ref(),
        document.document_bundle_id.as_ref(),
        document.message_identifier.as_ref(),
        document.message_bundle_id.as_ref(),
        document.message_header_id.as_ref(),
    ]
    .into_iter()
    .flatten()
    .map(String::as_str)
    .collect()
}
