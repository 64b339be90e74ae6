//! A practice's settings.

use std::path::PathBuf;

use itk3::Family;
use nhs::{DateOrder, MailboxId, OdsCode, WorkflowId};
use send_document::Ruleset;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::{PracticeError, Retention, Scan, Template, templates};

/// The longest wait GP Connect allows between the last edit and the sending (GPCM-SD-096).
pub const LONGEST_WAIT_MINUTES: u32 = 180;

/// What a practice must know of itself. Read from TOML; unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PracticeConfig {
    /// The practice's ODS code, such as `A81001`.
    pub ods: OdsCode,
    /// The practice's name as people read it.
    pub name: String,
    /// The practice's MESH mailbox.
    pub mailbox: MailboxId,
    /// The directory the MESH client serves: `OUT` and `IN` are used, `SENT` and `FAILED` only
    /// read, `TEMP` never touched.
    pub mailbox_directory: PathBuf,
    /// Whether the group may read what is placed in OUT, for a MESH client that runs as another user
    /// of it. Default false: only this practice's own user may.
    #[serde(default)]
    pub mailbox_group: bool,
    /// The practice's own records: `practice.sqlite`, `received/`, `not-understood/`
    /// and `sent/` are made in it, for
    /// their owner only.
    pub data_directory: PathBuf,
    /// The practice's own list of patients, a CSV file with the columns `nhs_number`,
    /// `family_name`, `given_names`, `date_of_birth`, `gp_ods_code`, `gp_end_date`,
    /// `date_of_death`, `superseded_by`, `other_family_names` (previous names, `|` between them) and `gp_name`
    /// (the name of the practice of `gp_ods_code`).
    /// Read again when it changes. Without a list nobody is
    /// known here.
    #[serde(default)]
    pub patients: Option<PathBuf>,
    /// The practice's telephone number, which every report carries (GPCM-SD-031). Fills the new
    /// consultation form.
    #[serde(default)]
    pub phone: String,
    /// The lines of the practice's address, printed on every report. Fills the new consultation
    /// form.
    #[serde(default)]
    pub address: Vec<String>,
    /// Templates for clinical notes, offered on the new consultation form. Default none.
    #[serde(default)]
    pub templates: Vec<Template>,
    /// Minutes between the last edit of a consultation and its sending: 0 to 180, default 180
    /// (GPCM-SD-096).
    #[serde(default = "default_wait")]
    pub wait_minutes: u32,
    /// Minutes after which a missing acknowledgement is told to a person (GPCM-SD-095). Default
    /// 1440, a day.
    #[serde(default = "default_overdue")]
    pub acknowledgement_overdue_minutes: u32,
    /// Seconds between two looks into the directories when no file event arrives. Default 5.
    #[serde(default = "default_scan")]
    pub scan_seconds: u32,
    /// Workflows whose messages another program takes from IN. Messages on any other workflow that
    /// the practice does not take raise an alert. Default none.
    #[serde(default)]
    pub other_workflows: Vec<WorkflowId>,
    /// Whether nobody but this practice reads the mailbox. Then a message on a workflow that it does not
    /// take is not left in IN: it is moved to `not-understood/`, told, and answered 10004 where it asks.
    /// Default false.
    #[serde(default)]
    pub only_reader: bool,
    /// The payloads whose messages are taken from IN, judged and answered. Default `send-document`.
    /// Acknowledgements are taken on the workflows of all.
    #[serde(default = "default_payloads", deserialize_with = "payloads")]
    pub payloads: Vec<Family>,
    /// Payloads that the practice has switched off: their messages are answered 20010 and raise no task.
    /// Default none.
    #[serde(default, deserialize_with = "payloads")]
    pub refused_payloads: Vec<Family>,
    /// The ODS codes the practice answers for beside `ods`: a header that names another receiver is
    /// answered 20002. Default none.
    #[serde(default)]
    pub other_ods: Vec<OdsCode>,
    /// What looks for malware: the table `[scan]` beside this one. Without it nothing is scanned.
    #[serde(skip)]
    pub scan: Option<Scan>,
    /// How long things are kept: the table `[retention]` beside this one.
    #[serde(skip)]
    pub retention: Retention,
    /// Whether the practice plays the rehearsal partner, answering any response code on demand.
    /// Default false; never set it in a practice with real patients.
    #[serde(default)]
    pub rehearsal: bool,
    /// Whether the rehearsal partner refuses what breaks a rule before it looks at what a sender asks to
    /// see; the harness of the NHS does not. Default false.
    #[serde(default)]
    pub rehearsal_findings_first: bool,
    /// The rules documents are built by: `1.3` (workflow `GPFED_CONSULT_REPORT`, the default) or
    /// `2.0` (workflow `GPCONNECT_SEND_DOCUMENT`). Documents are received on both, each checked by
    /// its own rules; acknowledgements use the workflow with `_ACK` behind it (GPCM-SD-058).
    #[serde(default = "default_ruleset", deserialize_with = "ruleset")]
    pub ruleset: Ruleset,
    /// The order of the date of birth in a patient address: `day-month-year` (the default with
    /// `ruleset` 1.3, whose text has it) or `year-month-day` (the default with 2.0, and the live
    /// endpoint lookup's). We read both.
    #[serde(default, deserialize_with = "date_order")]
    pub date_order: Option<DateOrder>,
}

fn default_wait() -> u32 {
    LONGEST_WAIT_MINUTES
}

fn default_overdue() -> u32 {
    24 * 60
}

fn default_scan() -> u32 {
    5
}

fn default_payloads() -> Vec<Family> {
    vec![Family::SendDocument]
}

fn default_ruleset() -> Ruleset {
    Ruleset::V1_3
}

fn ruleset<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Ruleset, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map_err(|_| D::Error::custom("ruleset: expected 1.3 or 2.0"))
}

/// A payload that a practice may take: one that has a workflow.
struct Servable(Family);

impl<'de> Deserialize<'de> for Servable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = Family::with_workflow().find(|family| family.as_str() == name.trim());
        found.map(Self).ok_or_else(|| {
            let names: Vec<_> = Family::with_workflow().map(Family::as_str).collect();
            D::Error::custom(format!("expected one of {}", names.join(", ")))
        })
    }
}

fn payloads<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Family>, D::Error> {
    let named = Vec::<Servable>::deserialize(deserializer)?;
    Ok(named.into_iter().map(|Servable(family)| family).collect())
}

fn date_order<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateOrder>, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "day-month-year" => Ok(Some(DateOrder::DayMonthYear)),
        "year-month-day" => Ok(Some(DateOrder::YearMonthDay)),
        _ => Err(D::Error::custom(
            "date_order: expected day-month-year or year-month-day",
        )),
    }
}

impl PracticeConfig {
    /// A practice with every other setting at its default.
    pub fn new(
        ods: OdsCode,
        name: impl Into<String>,
        mailbox: MailboxId,
        mailbox_directory: impl Into<PathBuf>,
        data_directory: impl Into<PathBuf>,
    ) -> Self {
        Self {
            ods,
            name: name.into(),
            mailbox,
            mailbox_directory: mailbox_directory.into(),
            mailbox_group: false,
            data_directory: data_directory.into(),
            patients: None,
            phone: String::new(),
            address: Vec::new(),
            templates: Vec::new(),
            wait_minutes: default_wait(),
            acknowledgement_overdue_minutes: default_overdue(),
            scan_seconds: default_scan(),
            other_workflows: Vec::new(),
            only_reader: false,
            payloads: default_payloads(),
            refused_payloads: Vec::new(),
            other_ods: Vec::new(),
            scan: None,
            retention: Retention::default(),
            rehearsal: false,
            rehearsal_findings_first: false,
            ruleset: default_ruleset(),
            date_order: None,
        }
    }

    /// Every ODS code the practice answers for.
    pub(crate) fn served(&self) -> Vec<OdsCode> {
        let others = self.other_ods.iter().cloned();
        std::iter::once(self.ods.clone()).chain(others).collect()
    }

    /// How patient addresses are written.
    pub(crate) fn date_order(&self) -> DateOrder {
        self.date_order.unwrap_or(self.ruleset.date_order())
    }

    /// Refuses values the rules forbid.
    ///
    /// # Errors
    /// [`PracticeError`] names the first.
    pub fn check(&self) -> Result<(), PracticeError> {
        if self.wait_minutes > LONGEST_WAIT_MINUTES {
            return Err(PracticeError::Configuration {
                setting: "wait_minutes",
                expected: "0 to 180 minutes (GPCM-SD-096)",
            });
        }
        if self.scan_seconds == 0 {
            return Err(PracticeError::Configuration {
                setting: "scan_seconds",
                expected: "at least 1 second",
            });
        }
        templates::check(&self.templates)?;
        let mut refused = self.refused_payloads.iter();
        if refused.any(|family| self.payloads.contains(family)) {
            return Err(PracticeError::Configuration {
                setting: "refused_payloads",
                expected: "payloads that are not in payloads too",
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALLEST: &str = r#"{"ods": "A81001", "name": "Cumbria Starling Medical Centre",
        "mailbox": "A81001OT001", "mailbox_directory": "mailbox", "data_directory": "."}"#;

    #[test]
    fn the_smallest_configuration_has_the_documented_defaults() {
        let config: PracticeConfig = serde_json::from_str(SMALLEST).unwrap();
        assert_eq!(
            (config.wait_minutes, config.acknowledgement_overdue_minutes),
            (180, 1440)
        );
        assert_eq!((config.scan_seconds, config.rehearsal), (5, false));
        assert_eq!(config.ruleset, Ruleset::V1_3);
        assert!(config.check().is_ok());
    }

    #[test]
    fn birth_dates_are_written_as_the_rules_have_them_unless_an_order_is_set() {
        for (keys, order) in [
            ("", DateOrder::DayMonthYear),
            (r#""ruleset": "2.0","#, DateOrder::YearMonthDay),
            (
                r#""ruleset": "2.0", "date_order": "day-month-year","#,
                DateOrder::DayMonthYear,
            ),
            (
                r#""date_order": "year-month-day","#,
                DateOrder::YearMonthDay,
            ),
        ] {
            let text = SMALLEST.replacen('{', &format!("{{{keys}"), 1);
            let config: PracticeConfig = serde_json::from_str(&text).unwrap();
            assert_eq!(config.date_order(), order, "{keys}");
        }
    }

    #[test]
    fn unknown_keys_and_values_are_refused() {
        for line in [
            r#""wait": 1"#,
            r#""ruleset": "3""#,
            r#""date_order": "dmy""#,
            r#""payloads": ["letters"]"#,
            r#""payloads": ["acknowledgement"]"#,
        ] {
            let text = SMALLEST.replacen('{', &format!("{{{line},"), 1);
            assert!(
                serde_json::from_str::<PracticeConfig>(&text).is_err(),
                "{line}"
            );
        }
    }

    #[test]
    fn gpcm_sd_096_a_wait_of_more_than_three_hours_is_refused() {
        let mut config: PracticeConfig = serde_json::from_str(SMALLEST).unwrap();
        config.wait_minutes = 181;
        assert!(config.check().is_err());
    }

    #[test]
    fn a_template_has_a_name_and_notes() {
        for (templates, is_good) in [
            (
                r#"{"name": "Minor injury", "notes": [{"title": "History"}]}"#,
                true,
            ),
            (r#"{"name": " ", "notes": [{"title": "History"}]}"#, false),
            (r#"{"name": "Minor injury", "notes": []}"#, false),
            (
                r#"{"name": "Minor injury", "notes": [{"title": ""}]}"#,
                false,
            ),
        ] {
            let text = format!(r#"{{"templates": [{templates}], "#);
            let config: PracticeConfig =
                serde_json::from_str(&SMALLEST.replacen('{', &text, 1)).unwrap();
            assert_eq!(config.check().is_ok(), is_good, "{templates}");
        }
    }

    #[test]
    fn a_payload_is_taken_or_switched_off_and_never_both() {
        let text = r#"{"payloads": ["send-document", "update-record"],
            "refused_payloads": ["transfer-of-care", "digital-medicines"], "#;
        let mut config: PracticeConfig =
            serde_json::from_str(&SMALLEST.replacen('{', text, 1)).unwrap();
        assert!(config.check().is_ok());
        config.refused_payloads.push(Family::UpdateRecord);
        assert!(config.check().is_err());
    }
}
