//! The reports this practice sends: the list, one consultation with its way, deleting it.

pub(super) mod consultation;
pub(super) mod deletion;
pub(super) mod list;

use maud::{Markup, html};
use pages::components::{Colour, tag};

use crate::{ConsultationRecord, ConsultationState};

fn state(consultation: &ConsultationRecord) -> Markup {
    let colour = match consultation.state {
        ConsultationState::Delivered => Colour::Green,
        ConsultationState::Failed => Colour::Red,
        ConsultationState::Waiting => Colour::Yellow,
        ConsultationState::Withdrawn => Colour::Grey,
        _ => Colour::Blue,
    };
    html! {
        (tag(colour, &consultation.state.to_string()))
        @if consultation.overdue { " " (tag(Colour::Orange, "Acknowledgement overdue")) }
        @if consultation.void { " " (tag(Colour::Red, "Null and void")) }
        @if consultation.deleted_at.is_some() { " " (tag(Colour::Grey, "Deleted")) }
    }
}
