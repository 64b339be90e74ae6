//! What was measured, as people read it.

use super::entry::{Content, Entry, Measured};
use crate::vocabulary;

impl Entry {
    /// What was measured, a line each: `37.4 °C`; both parts of a blood pressure in one: `118/76 mmHg`.
    pub fn values(&self) -> Vec<String> {
        let Content::Observation(values) = &self.content else {
            return Vec::new();
        };
        if let Some(pressure) = pressure(values) {
            return vec![pressure];
        }
        values.iter().map(Measured::words).collect()
    }
}

impl Measured {
    /// The value with its unit, after what it is of where that is told.
    fn words(&self) -> String {
        let part = self.part.as_ref();
        let called = part.and_then(|part| {
            vocabulary::meaning(&part.code)
                .map(str::to_owned)
                .or_else(|| part.display.clone())
        });
        let unit = match self.unit_code.as_deref() {
            Some("mm[Hg]") => "mmHg",
            Some("Cel") => "°C",
            Some("[degF]") => "°F",
            Some("{beats}/min") => "a minute",
            Some("kg/m2") => "kg/m²",
            Some("[in_i]") => "inches",
            Some("[lb_av]") => "pounds",
            _ => &self.unit,
        };
        let value = match unit {
            "" => self.value.clone(),
            unit => format!("{} {unit}", self.value),
        };
        match called {
            Some(called) => format!("{called}: {value}"),
            None => value,
        }
    }
}

/// A systolic and a diastolic part of the guide's codes, in the unit of pressure.
fn pressure(values: &[Measured]) -> Option<String> {
    let [first, second] = values else {
        return None;
    };
    let is = |value: &Measured, wanted: &str| {
        let part = value.part.as_ref();
        let name = part.and_then(|part| vocabulary::meaning(&part.code));
        value.unit_code.as_deref() == Some("mm[Hg]")
            && name.is_some_and(|name| name.to_lowercase().contains(wanted))
    };
    let (upper, lower) = if is(first, "systolic") && is(second, "diastolic") {
        (first, second)
    } else if is(second, "systolic") && is(first, "diastolic") {
        (second, first)
    } else {
        return None;
    };
    Some(format!("{}/{} mmHg", upper.value, lower.value))
}
