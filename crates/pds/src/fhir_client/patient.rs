//! Reading a PDS Patient (FHIR R4) as far as routing needs it.

use jiff::civil::Date;
use nhs::{DateOfBirth, FamilyName, NhsNumber, OdsCode};
use serde::Deserialize;

use crate::policy::{Held, Registration};
use crate::{MatchedOn, PdsError, names};

const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
const ODS_CODE: &str = "https://fhir.nhs.uk/Id/ods-organization-code";

/// The parts of a PDS Patient (FHIR R4) that routing needs. No `Debug`: all of it is patient data.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Patient {
    resource_type: String,
    id: String,
    #[serde(default)]
    identifier: Vec<Identifier>,
    meta: Option<Meta>,
    #[serde(default)]
    name: Vec<HumanName>,
    birth_date: Option<String>,
    deceased_date_time: Option<String>,
    #[serde(default)]
    general_practitioner: Vec<Practitioner>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    security: Vec<Security>,
}

#[derive(Deserialize)]
struct Security {
    code: Option<String>,
}

#[derive(Deserialize)]
struct HumanName {
    r#use: Option<String>,
    family: Option<String>,
    period: Option<Period>,
}

#[derive(Deserialize)]
struct Practitioner {
    identifier: Option<Identifier>,
}

#[derive(Deserialize)]
struct Identifier {
    system: Option<String>,
    value: Option<String>,
    period: Option<Period>,
}

#[derive(Default, Deserialize)]
struct Period {
    start: Option<String>,
    end: Option<String>,
}

fn unexpected(expected: &'static str) -> PdsError {
    PdsError::UnexpectedAnswer { expected }
}

impl Patient {
    pub(super) fn read(body: &[u8]) -> Result<Self, PdsError> {
        serde_json::from_slice::<Self>(body)
            .ok()
            .filter(|patient| patient.resource_type == "Patient")
            .ok_or(unexpected("a FHIR Patient"))
    }

    /// What is held about the patient asked for. Another id than asked for is the surviving record
    /// of a superseded number.
    pub(super) fn held(&self, asked: NhsNumber, today: Date) -> Result<Held<String>, PdsError> {
        let number = self.number()?;
        let birth = self
            .birth_date
            .as_deref()
            .and_then(|text| DateOfBirth::parse_iso(text).ok());
        let mut codes = self.meta.iter().flat_map(|meta| &meta.security);
        Ok(Held {
            birth: birth.map(|birth| birth.date()),
            names: self.names(today)?,
            deceased: self.deceased_date_time.is_some(),
            restricted: codes.any(|s| matches!(s.code.as_deref(), Some("R" | "V" | "REDACTED"))),
            superseded: number != asked,
            registration: self.registration()?,
        })
    }

    /// The record's own number. Its two places must agree: a record that contradicts itself could
    /// be anybody's.
    fn number(&self) -> Result<NhsNumber, PdsError> {
        let id = NhsNumber::parse(&self.id).map_err(|_| unexpected("an NHS number as id"))?;
        let of_nhs = |i: &&Identifier| i.system.as_deref() == Some(NHS_NUMBER);
        let identifier = self
            .identifier
            .iter()
            .find(of_nhs)
            .and_then(|i| i.value.as_deref());
        match identifier.map(NhsNumber::parse) {
            Some(Ok(number)) if number == id => Ok(id),
            _ => Err(unexpected("the same NHS number as id and as identifier")),
        }
    }

    fn names(&self, today: Date) -> Result<Vec<(MatchedOn, String)>, PdsError> {
        let mut keys = Vec::new();
        for name in &self.name {
            let held_as = match name.r#use.as_deref() {
                Some("usual") => MatchedOn::UsualName,
                Some("nickname" | "temp") if is_current(name.period.as_ref(), today)? => {
                    MatchedOn::Nickname
                }
                Some("old" | "maiden") => MatchedOn::PreviousName,
                _ => continue,
            };
            let family = name
                .family
                .as_deref()
                .and_then(|text| FamilyName::parse(text).ok());
            keys.extend(
                family
                    .iter()
                    .flat_map(|family| names::keys(family, held_as)),
            );
        }
        Ok(keys)
    }

    fn registration(&self) -> Result<Option<Registration>, PdsError> {
        let identifiers = self
            .general_practitioner
            .iter()
            .filter_map(|gp| gp.identifier.as_ref());
        let Some(practice) = identifiers
            .into_iter()
            .find(|i| i.system.as_deref() == Some(ODS_CODE))
        else {
            return Ok(None);
        };
        let code = OdsCode::parse(practice.value.as_deref().unwrap_or_default())
            .map_err(|_| unexpected("an ODS code as general practitioner"))?;
        let (start, end) = bounds(practice.period.as_ref())?;
        Ok(Some(Registration {
            practice: code,
            start,
            end,
        }))
    }
}

fn is_current(period: Option<&Period>, today: Date) -> Result<bool, PdsError> {
    let (start, end) = bounds(period)?;
    Ok(start.is_none_or(|start| start <= today) && end.is_none_or(|end| today <= end))
}

fn bounds(period: Option<&Period>) -> Result<(Option<Date>, Option<Date>), PdsError> {
    let Some(period) = period else {
        return Ok((None, None));
    };
    let wrong = || unexpected("a date in a period");
    let start = period
        .start
        .as_deref()
        .map(|text| day(text, false).ok_or_else(wrong));
    let end = period
        .end
        .as_deref()
        .map(|text| day(text, true).ok_or_else(wrong));
    Ok((start.transpose()?, end.transpose()?))
}

/// The day of a FHIR date or date-time; of a year or month alone its first or last day.
fn day(text: &str, last: bool) -> Option<Date> {
    let date = text.split('T').next()?;
    match date.len() {
        4 if last => Date::strptime("%Y-%m-%d", format!("{date}-12-31")).ok(),
        4 => Date::strptime("%Y-%m-%d", format!("{date}-01-01")).ok(),
        7 => {
            let first = Date::strptime("%Y-%m-%d", format!("{date}-01")).ok()?;
            Some(if last { first.last_of_month() } else { first })
        }
        _ => Date::strptime("%Y-%m-%d", date).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn partial_dates_reach_as_far_as_they_say() {
        assert_eq!(day("2021", false), Some(date(2021, 1, 1)));
        assert_eq!(day("2021", true), Some(date(2021, 12, 31)));
        assert_eq!(day("2024-02", true), Some(date(2024, 2, 29)));
        assert_eq!(
            day("2020-01-01T00:00:00+00:00", true),
            Some(date(2020, 1, 1))
        );
        assert_eq!(day("soon", true), None);
    }
}
