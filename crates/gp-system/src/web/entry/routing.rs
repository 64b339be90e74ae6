//! Where a report will go: said by PDS when it is sent, and never by what was entered, which is printed in the
//! report and routes nothing.

use maud::{Markup, html};
use nhs::{DateOfBirth, NhsNumber, OdsCode};
use pages::components::warning_callout;

use crate::ListedPatient;
use crate::web::context::Pages;

const DECIDED: &str =
    "the practice that PDS has the patient registered with when the report is sent";

/// What is known here of where a report will go.
pub(super) struct Route {
    /// The practice that this practice's list has, in words.
    listed: Option<String>,
    /// Whether what was entered is certainly another.
    differs: bool,
}

impl Route {
    pub(super) fn of(
        pages: &Pages,
        (number, born): (NhsNumber, DateOfBirth),
        entered: &str,
    ) -> Self {
        let patient = pages.practice.listed_patient(number);
        let patient = patient.filter(|patient| patient.birth_date == born);
        Self {
            listed: patient.as_ref().and_then(ListedPatient::listed_practice),
            differs: patient.is_some_and(|patient| differs(&patient, entered)),
        }
    }

    /// `the practice that PDS has …`.
    pub(super) fn words(&self) -> String {
        match &self.listed {
            Some(listed) => format!("{DECIDED}; this practice's list of patients has {listed}"),
            None => DECIDED.to_owned(),
        }
    }

    /// What must not be overlooked where list and report name different practices.
    pub(super) fn warning(&self, entered: &str) -> Markup {
        let Some(listed) = self.listed.as_ref().filter(|_| self.differs) else {
            return Markup::default();
        };
        warning_callout(
            "Two practices are named",
            html! {
                p {
                    "The report says that the patient is registered with " (entered) ", this practice's list says with "
                    (listed) ". Neither decides where it goes: PDS does. Correct the one that is wrong."
                }
            },
        )
    }
}

/// Whether what was entered is certainly not the practice of the list, whose name may be unknown.
fn differs(patient: &ListedPatient, entered: &str) -> bool {
    let Some(code) = &patient.registered_with else {
        return false;
    };
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let (entered, code) = (plain(entered), code.to_string());
    let listed = [Some(code.clone()), patient.listed_practice()].into_iter();
    let name = patient.practice_name.as_deref().map(str::to_owned);
    if entered.is_empty()
        || listed
            .chain([name])
            .flatten()
            .any(|it| plain(&it) == entered)
    {
        return false;
    }
    let is_code = entered.contains(|c: char| c.is_ascii_digit())
        && OdsCode::parse(&entered.to_uppercase()).is_ok();
    patient.practice_name.is_some() || is_code
}
