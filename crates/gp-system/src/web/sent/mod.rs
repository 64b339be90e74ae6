//! The reports this practice sends: the list, one consultation with its way, deleting it.

mod answers;
pub(super) mod consultation;
pub(super) mod deletion;
pub(super) mod filter;
pub(super) mod list;
mod told;
mod way_on;

pub(super) use answers::decide;

use maud::{Markup, html};
use pages::work::{State as Look, tag};

use crate::{ConsultationRecord, ConsultationState};

fn state(consultation: &ConsultationRecord) -> Markup {
    let look = match consultation.state {
        ConsultationState::Delivered => Look::Good,
        ConsultationState::Failed => Look::Bad,
        ConsultationState::Waiting => Look::Warning,
        ConsultationState::Withdrawn => Look::Quiet,
        _ => Look::Going,
    };
    html! {
        (tag(look, &consultation.state.to_string()))
        @if is_overdue(consultation) { " " (tag(Look::Warning, "Acknowledgement overdue")) }
        @if consultation.void { " " (tag(Look::Bad, "Null and void")) }
        @if consultation.deleted_at.is_some() { " " (tag(Look::Quiet, "Deleted")) }
    }
}

/// Whether an acknowledgement is missing for too long and may still come.
fn is_overdue(consultation: &ConsultationRecord) -> bool {
    use ConsultationState::{Placed, Received, Sent};
    consultation.overdue && matches!(consultation.state, Placed | Sent | Received)
}

/// The patient's NHS number as people read it.
fn nhs_number(consultation: &ConsultationRecord) -> Option<String> {
    let number = nhs::NhsNumber::parse(consultation.nhs_number.as_deref()?);
    number.ok().map(|number| number.spaced())
}
