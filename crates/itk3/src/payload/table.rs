//! The table of payloads: one row an event (ITK-MessageEvent-2 version 2.8.0). Whoever asks which
//! messages there are asks here; a new one is a new row.

use super::kind::{Definitions, Family, HeaderReceiver, Inner, Kind, OtherDefinition};
use crate::{Event, RecipientType, ResponseCode, names};

/// The URL of a message definition.
macro_rules! definition {
    ($name:literal) => {
        concat!("https://fhir.nhs.uk/STU3/MessageDefinition/", $name)
    };
}

const BOTH: &[RecipientType] = &[RecipientType::ForAction, RecipientType::ForInformation];

impl Kind {
    /// ITK003D, a discharge from hospital.
    pub const INPATIENT_DISCHARGE: Self = Self {
        definitions: hospital(
            &[definition!("ITK-eDischarge-MessageDefinition-4")],
            &[
                definition!("ITK-eDischarge-MessageDefinition-Instance-1"),
                definition!("ITK-EDIS-MessageDefinition-1"),
            ],
        ),
        ..letter(Event::INPATIENT_DISCHARGE, &["TOC_FHIR_IP_DISCH"])
    };
    /// ITK004D, a discharge from mental health care.
    pub const MENTAL_HEALTH_DISCHARGE: Self = Self {
        definitions: hospital(
            &[definition!("ITK-MH-eDischarge-MessageDefinition-4")],
            &[
                definition!("ITK-MH-eDischarge-MessageDefinition-Instance-1"),
                definition!("ITK-EDIS-MessageDefinition-1"),
            ],
        ),
        ..letter(Event::MENTAL_HEALTH_DISCHARGE, &["TOC_FHIR_MH_DISCH"])
    };
    /// ITK005D, a visit to an emergency department.
    pub const EMERGENCY_CARE: Self = Self {
        definitions: hospital(
            &[definition!("ITK-EC-eDischarge-MessageDefinition-4")],
            &[
                definition!("ITK-EC-eDischarge-MessageDefinition-Instance-1"),
                definition!("ITK-EDIS-MessageDefinition-1"),
            ],
        ),
        ..letter(Event::EMERGENCY_CARE, &["TOC_FHIR_EC_DISCH"])
    };
    /// ITK006D, an outpatient letter.
    pub const OUTPATIENT_LETTER: Self = Self {
        definitions: hospital(
            &[definition!("ITK-OPL-MessageDefinition-4")],
            &[
                definition!("ITK-OPL-MessageDefinition-Instance-1"),
                definition!("ITK-EDIS-MessageDefinition-1"),
            ],
        ),
        ..letter(Event::OUTPATIENT_LETTER, &["TOC_FHIR_OP_ATTEN"])
    };
    /// ITK007C, GP Connect Send Document.
    pub const SEND_DOCUMENT: Self = Self {
        family: Family::SendDocument,
        definitions: Definitions {
            current: &[
                definition!("ITK-GPConnectSendDocument-MessageDefinition-1"),
                definition!("ITK-GPConnectSendDocument-MessageDefinition-Instance-1"),
            ],
            older: &[],
            others: OtherDefinition::Refused,
        },
        both_acknowledgements: true,
        older_handling: false,
        receiver: HeaderReceiver::Nobody,
        other_event: ResponseCode::HandlingBusinessRule,
        ..letter(
            Event::SEND_DOCUMENT,
            &["GPCONNECT_SEND_DOCUMENT", "GPFED_CONSULT_REPORT"],
        )
    };
    /// ITK008M, an acknowledgement: carried by the workflow of the message it answers, with `_ACK`.
    pub const ACKNOWLEDGEMENT: Self = Self {
        family: Family::Acknowledgement,
        definitions: Definitions {
            current: &[names::RESPONSE_DEFINITION],
            older: &[names::RESPONSE_DEFINITION_INSTANCE],
            others: OtherDefinition::Read,
        },
        inner: Inner::Nothing,
        ..letter(Event::RESPONSE, &[])
    };
    /// ITK009D, an immunisation.
    pub const IMMUNISATION: Self = Self {
        family: Family::DigitalMedicines,
        definitions: pharmacy(&[definition!("ITK-DM-Immunization-MessageDefinition-1")]),
        ..letter(Event::IMMUNISATION, &["DIGMED_FLU_VAC", "DIGIMED_FLU_VAC"])
    };
    /// ITK010D, an emergency supply of medicines.
    pub const EMERGENCY_SUPPLY: Self = Self {
        family: Family::DigitalMedicines,
        definitions: pharmacy(&[definition!("ITK-DM-EmergencySupply-MessageDefinition-1")]),
        receiver: HeaderReceiver::Anybody,
        ..letter(
            Event::EMERGENCY_SUPPLY,
            &["DIGMED_EMG_MED", "DIGIMED_EMG_MED"],
        )
    };
    /// ITK011M, an event of the national service: a message within the message.
    pub const EVENTS_MANAGEMENT: Self = Self {
        family: Family::EventsManagement,
        definitions: pharmacy(&[definition!("ITK-EMS-MessageDefinition-1")]),
        inner: Inner::Message,
        receiver: HeaderReceiver::Anybody,
        ..letter(Event::EVENTS_MANAGEMENT, &[])
    };
    /// ITK012M, national pathology. Neither its definition nor its workflow is published.
    pub const PATHOLOGY: Self = Self {
        family: Family::Pathology,
        definitions: NOT_PUBLISHED,
        inner: Inner::Bundle,
        receiver: HeaderReceiver::Anybody,
        ..letter(Event::PATHOLOGY, &[])
    };
    /// ITK013D, a referral for minor illness. Its definition is known by name only.
    pub const MINOR_ILLNESS: Self = Self {
        family: Family::DigitalMedicines,
        definitions: Definitions {
            current: &[definition!("ITK-DM-MIRC-MessageDefinition-1")],
            ..NOT_PUBLISHED
        },
        receiver: HeaderReceiver::Anybody,
        ..letter(
            Event::MINOR_ILLNESS,
            &["DIGMED_MINOR_ILLNESS_PEM", "DIGIMED_MINOR_ILLNESS_PEM"],
        )
    };
    /// ITK014M, GP Connect Update Record. It has no definition; the URL is what the guide writes.
    pub const UPDATE_RECORD: Self = Self {
        family: Family::UpdateRecord,
        definitions: Definitions {
            current: &["https://fhir.nhs.uk/MessageDefinition"],
            ..NOT_PUBLISHED
        },
        both_acknowledgements: true,
        older_handling: false,
        receiver: HeaderReceiver::Nobody,
        other_event: ResponseCode::HandlingBusinessRule,
        ..letter(Event::UPDATE_RECORD, &["GPCONNECT_UPDATE_RECORD"])
    };

    /// Every row, in the order of the events.
    pub const ALL: [Self; 12] = [
        Self::INPATIENT_DISCHARGE,
        Self::MENTAL_HEALTH_DISCHARGE,
        Self::EMERGENCY_CARE,
        Self::OUTPATIENT_LETTER,
        Self::SEND_DOCUMENT,
        Self::ACKNOWLEDGEMENT,
        Self::IMMUNISATION,
        Self::EMERGENCY_SUPPLY,
        Self::EVENTS_MANAGEMENT,
        Self::PATHOLOGY,
        Self::MINOR_ILLNESS,
        Self::UPDATE_RECORD,
    ];

    /// [`Self::ALL`], to be held on to.
    pub fn rows() -> &'static [Self] {
        &ROWS
    }

    /// The row of an event.
    pub fn of_event(event: Event) -> Option<&'static Self> {
        ROWS.iter().find(|kind| kind.event == event)
    }

    /// The rows a workflow carries; none for one that is not in the table, acknowledgements included.
    pub fn of_workflow(workflow: &str) -> impl Iterator<Item = &'static Self> {
        ROWS.iter()
            .filter(move |kind| kind.workflows.contains(&workflow))
    }

    /// The rows of a payload.
    pub fn of_family(family: Family) -> impl Iterator<Item = &'static Self> {
        ROWS.iter().filter(move |kind| kind.family == family)
    }

    /// What is checked of a message whose event is in no row.
    pub(crate) const UNKNOWN: Self = Self {
        definitions: NOT_PUBLISHED,
        inner: Inner::Bundle,
        receiver: HeaderReceiver::Anybody,
        ..letter(Event::UNKNOWN, &[])
    };
}

static ROWS: [Kind; 12] = Kind::ALL;

const NOT_PUBLISHED: Definitions = Definitions {
    current: &[],
    older: &[],
    others: OtherDefinition::Read,
};

const fn hospital(current: &'static [&'static str], older: &'static [&'static str]) -> Definitions {
    Definitions {
        current,
        older,
        others: OtherDefinition::VersionRead,
    }
}

const fn pharmacy(current: &'static [&'static str]) -> Definitions {
    hospital(current, &[])
}

/// What most rows have: a document that an organisation is sent.
const fn letter(event: Event, workflows: &'static [&'static str]) -> Kind {
    Kind {
        event,
        family: Family::TransferOfCare,
        definitions: NOT_PUBLISHED,
        inner: Inner::Document,
        workflows,
        both_acknowledgements: false,
        recipient_types: BOTH,
        older_handling: true,
        receiver: HeaderReceiver::Organization,
        other_event: ResponseCode::MessageDefinitionUnknown,
    }
}
