//! `--self`: our own sending practice does what the scripts ask of a sender.

use gp_system::{ConsultationId, Practice, PracticeError};
use rehearsal::sender::patients::TestPatient;
use rehearsal::sender::scripts::{OWN_PATIENT, SCRIPTS, Script};
use send_document::{Attachment, Consultation, Ruleset};

use crate::demo::patients;
use crate::error::Error;

use super::running::Running;

/// Sends what each script asks for, in their order; a change only once the version before is answered.
///
/// # Errors
///
/// When the practice refuses what it should send.
pub async fn send_all(
    practice: &Practice,
    running: &Running,
    ruleset: Ruleset,
) -> Result<(), Error> {
    let own = Own { practice, running };
    for script in &SCRIPTS {
        match script.number {
            2 => own.confidential(script, ruleset).await?,
            3 => own.two_senders(script).await?,
            6 => own.own_patient(script).await?,
            7 | 9 | 10 | 12 => {}
            8 => own.chain(script).await?,
            11 if ruleset == Ruleset::V2_0 => {}
            13 => own.several_documents(script).await?,
            _ => {
                for keyword in script.keywords {
                    own.send(script, keyword, |_| {}).await?;
                }
            }
        }
    }
    Ok(())
}

struct Own<'a> {
    practice: &'a Practice,
    running: &'a Running,
}

impl Own<'_> {
    fn consultation(&self, script: &Script, keyword: &str) -> Result<Consultation, Error> {
        let mut consultation = patients::consultation(None, None)?;
        let wanted = script.patient;
        let is_it = |it: &&TestPatient| Some(it.number.value()) == wanted;
        if let Some(patient) = self.running.patients.iter().find(is_it) {
            let wrong = || Error::Usage("the list of test patients cannot be read".to_owned());
            consultation.patient.nhs_number = patient.number;
            consultation.patient.family_name =
                nhs::FamilyName::parse(&patient.family).map_err(|_| wrong())?;
            consultation.patient.given_names = vec![patient.given.clone()];
            consultation.patient.birth_date =
                nhs::DateOfBirth::parse_iso(&patient.born).map_err(|_| wrong())?;
        }
        consultation.practitioner.given_names = vec![keyword.to_owned()];
        consultation.encounter.id = nhs::uuid_v4(&nhs::SystemRandomness);
        Ok(consultation)
    }

    async fn send(
        &self,
        script: &Script,
        keyword: &str,
        change: impl FnOnce(&mut Consultation),
    ) -> Result<(ConsultationId, Consultation), Error> {
        let mut consultation = self.consultation(script, keyword)?;
        change(&mut consultation);
        let id = self.practice.submit(consultation.clone()).await?;
        Ok((id, consultation))
    }

    async fn confidential(&self, script: &Script, ruleset: Ruleset) -> Result<(), Error> {
        let confidential = |it: &mut Consultation| it.confidential = true;
        let sent = self.send(script, "IB001", confidential).await;
        match (sent, ruleset) {
            (Ok(_), _) => Ok(()),
            // 2.0 sends nothing that is confidential: the practice says so, which is what is to be shown
            (Err(_), Ruleset::V2_0) => Ok(()),
            (Err(error), Ruleset::V1_3) => Err(error),
        }
    }

    async fn two_senders(&self, script: &Script) -> Result<(), Error> {
        self.send(script, "IB001", |_| {}).await?;
        self.send(script, "IB001", |it| {
            "Northmoor".clone_into(&mut it.practitioner.family_name);
            "555083343109".clone_into(&mut it.practitioner.sds_user_id);
            "Northmoor Branch Surgery".clone_into(&mut it.practice.name);
            it.practice.ods_code = self.running.visitor_ods.clone();
        })
        .await?;
        Ok(())
    }

    /// Whoever is registered with the practice itself gets no report.
    async fn own_patient(&self, script: &Script) -> Result<(), Error> {
        let mut consultation = self.consultation(script, "IB001")?;
        consultation.patient.nhs_number = self
            .running
            .patients
            .iter()
            .find(|it| it.number.value() == OWN_PATIENT)
            .map_or(consultation.patient.nhs_number, |it| it.number);
        match self.practice.submit(consultation).await {
            Err(PracticeError::OwnPatient) => Ok(()),
            Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// A consultation, then one change after another: the next only once the version before is answered.
    async fn chain(&self, script: &Script) -> Result<(), Error> {
        let (mut id, first) = self.send(script, "IB001", |_| {}).await?;
        for (sent, keyword) in [(1, "IB001"), (2, "IB001"), (3, "30003"), (4, "20014")] {
            self.answered(script, sent).await;
            let mut consultation = self.consultation(script, keyword)?;
            consultation.encounter.id = first.encounter.id;
            id = self.practice.update(id, consultation).await?;
        }
        Ok(())
    }

    /// Waits until so many messages of this patient are answered, and the answers read.
    async fn answered(&self, script: &Script, count: usize) {
        let mut changes = self.running.shared.changes();
        loop {
            changes.mark_unchanged();
            let answered = {
                let run = self.running.shared.run.lock();
                let mine = run
                    .arrivals()
                    .iter()
                    .filter(|it| it.patient() == script.patient);
                let done = mine.filter(|it| {
                    !it.answers.is_empty()
                        && it.answers.iter().all(|it| it.matched == Some(true))
                        && (it.answers.len() > 1 || it.keyword.as_deref() != Some("IB001"))
                });
                done.count()
            };
            if answered >= count || changes.changed().await.is_err() {
                return;
            }
        }
    }

    async fn several_documents(&self, script: &Script) -> Result<(), Error> {
        self.send(script, "IB001", |it| {
            for title in ["Leaflet.txt", "Plan.txt"] {
                it.attachments.push(Attachment {
                    title: title.to_owned(),
                    content_type: "text/plain".to_owned(),
                    content: b"A document of the rehearsal.\n".to_vec(),
                });
            }
        })
        .await?;
        Ok(())
    }
}
