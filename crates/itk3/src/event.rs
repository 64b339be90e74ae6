//! The events of ITK3 messages.

/// An event of the code system ITK-MessageEvent-2, version 2.8.0: code and display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Event {
    code: &'static str,
    display: &'static str,
}

impl Event {
    /// ITK007C, a GP Connect Send Document message.
    pub const SEND_DOCUMENT: Self = Self::new("ITK007C", "ITK GP Connect Send Document");
    /// ITK008M, an acknowledgement.
    pub const RESPONSE: Self = Self::new("ITK008M", "ITK Response");

    /// Every event of the code system.
    pub const ALL: [Self; 12] = [
        Self::new("ITK003D", "ITK eDischarge"),
        Self::new("ITK004D", "ITK Mental Health eDischarge"),
        Self::new("ITK005D", "ITK Emergency Care eDischarge"),
        Self::new("ITK006D", "ITK Outpatient Letter"),
        Self::SEND_DOCUMENT,
        Self::RESPONSE,
        Self::new("ITK009D", "ITK Digital Medicine Immunization Document"),
        Self::new("ITK010D", "ITK Digital Medicine Emergency Supply Document"),
        Self::new("ITK011M", "ITK Events Management Service"),
        Self::new("ITK012M", "ITK National Pathology"),
        Self::new("ITK013D", "ITK Digital Medicine Minor Illness Document"),
        Self::new("ITK014M", "ITK Update Record"),
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
