//! The events of ITK3 messages.

/// An event of the code system ITK-MessageEvent-2, version 2.8.0: code and display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Event {
    code: &'static str,
    display: &'static str,
}

impl Event {
    /// ITK003D, a discharge from hospital.
    pub const INPATIENT_DISCHARGE: Self = Self::new("ITK003D", "ITK eDischarge");
    /// ITK004D, a discharge from mental health care.
    pub const MENTAL_HEALTH_DISCHARGE: Self = Self::new("ITK004D", "ITK Mental Health eDischarge");
    /// ITK005D, a visit to an emergency department.
    pub const EMERGENCY_CARE: Self = Self::new("ITK005D", "ITK Emergency Care eDischarge");
    /// ITK006D, an outpatient letter.
    pub const OUTPATIENT_LETTER: Self = Self::new("ITK006D", "ITK Outpatient Letter");
    /// ITK009D, an immunisation.
    pub const IMMUNISATION: Self =
        Self::new("ITK009D", "ITK Digital Medicine Immunization Document");
    /// ITK010D, an emergency supply of medicines.
    pub const EMERGENCY_SUPPLY: Self =
        Self::new("ITK010D", "ITK Digital Medicine Emergency Supply Document");
    /// ITK011M, an event of the national service.
    pub const EVENTS_MANAGEMENT: Self = Self::new("ITK011M", "ITK Events Management Service");
    /// ITK012M, national pathology.
    pub const PATHOLOGY: Self = Self::new("ITK012M", "ITK National Pathology");
    /// ITK013D, a referral for minor illness.
    pub const MINOR_ILLNESS: Self =
        Self::new("ITK013D", "ITK Digital Medicine Minor Illness Document");
    /// ITK014M, a GP Connect Update Record message.
    pub const UPDATE_RECORD: Self = Self::new("ITK014M", "ITK Update Record");
    /// Of a message whose event is in no code system; never in [`Self::ALL`].
    pub(crate) const UNKNOWN: Self = Self::new("", "unknown");
    /// ITK007C, a GP Connect Send Document message.
    pub const SEND_DOCUMENT: Self = Self::new("ITK007C", "ITK GP Connect Send Document");
    /// ITK008M, an acknowledgement.
    pub const RESPONSE: Self = Self::new("ITK008M", "ITK Response");

    /// Every event of the code system.
    pub const ALL: [Self; 12] = [
        Self::INPATIENT_DISCHARGE,
        Self::MENTAL_HEALTH_DISCHARGE,
        Self::EMERGENCY_CARE,
        Self::OUTPATIENT_LETTER,
        Self::SEND_DOCUMENT,
        Self::RESPONSE,
        Self::IMMUNISATION,
        Self::EMERGENCY_SUPPLY,
        Self::EVENTS_MANAGEMENT,
        Self::PATHOLOGY,
        Self::MINOR_ILLNESS,
        Self::UPDATE_RECORD,
    ];

    const fn new(code: &'static str, display: &'static str) -> Self {
        Self { code, display }
    }

    /// The event with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.code == code)
    }

    /// `ITK007C`.
    pub fn code(self) -> &'static str {
        self.code
    }

    /// `ITK GP Connect Send Document`.
    pub fn display(self) -> &'static str {
        self.display
    }
}
