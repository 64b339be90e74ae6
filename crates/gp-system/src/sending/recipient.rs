//! Which mailbox got a report: told by the MESH client's copy, or by a person where two answered.

use itk3::ResponseCode;
use mesh::ControlFile;
use nhs::MailboxId;
use rusqlite::Transaction;

use crate::inner::Inner;
use crate::sending::outcome::{self, Counted};
use crate::store::{answers, consultations, sent};
use crate::{ConsultationId, Event, PracticeError};

/// Writes down the recipient where the control file in the MESH client's SENT names a mailbox: a
/// report goes to a patient's address, so whoever put a mailbox there knows where it went.
pub(crate) fn note_tracked(
    transaction: &Transaction<'_>,
    id: ConsultationId,
    control: &ControlFile,
) -> Result<(), PracticeError> {
    let to = control.to_dts.as_deref();
    match to.and_then(|to| MailboxId::parse(to).ok()) {
        Some(mailbox) => answers::set_recipient(transaction, id, mailbox.as_str()),
        None => Ok(()),
    }
}

/// Decides for one of several mailboxes that answered: its answers count, the others' never will.
pub(crate) fn decide(
    inner: &Inner,
    id: ConsultationId,
    mailbox: &str,
    who: Option<&str>,
) -> Result<(), PracticeError> {
    let counted = inner.store.write(|transaction| {
        let record =
            sent::by_id(transaction, id)?.ok_or(PracticeError::NotFound("consultation"))?;
        if !record.rivals().contains(&mailbox) {
            return Err(PracticeError::Changed(
                "it is known which mailbox got the report, or that mailbox did not answer",
            ));
        }
        answers::set_recipient(transaction, id, mailbox)?;
        let what = format!("Decided: mailbox {mailbox} got the report");
        consultations::note_by(transaction, id, inner.now(), &what, who)?;
        let given = record.answers.iter();
        let codes = given.filter(|given| given.mailbox.as_deref() == Some(mailbox));
        let mut counted = Vec::new();
        for code in codes.filter_map(|given| ResponseCode::parse(&given.code.to_string())) {
            counted.extend(count(inner, transaction, id, code)?);
        }
        Ok(counted)
    })?;
    for counted in counted {
        counted.tell(inner, id);
    }
    inner.tell([Event::ConsultationChanged { consultation: id }]);
    Ok(())
}

/// Lets one answer count on top of those before it.
fn count(
    inner: &Inner,
    transaction: &Transaction<'_>,
    id: ConsultationId,
    code: ResponseCode,
) -> Result<Option<Counted>, PracticeError> {
    match sent::by_id(transaction, id)? {
        Some(record) => outcome::count(inner, transaction, &record, code).map(Some),
        None => Ok(None),
    }
}
