//! The services of a pharmacy that report to a practice.

/// A service: Composition.type and Encounter.reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Minor illness, within Pharmacy First.
    MinorIllness,
    /// Blood pressure check.
    BloodPressure,
    /// Contraception.
    Contraception,
    /// Urgent supply of prescription items: in the guide, not among the services that are assured.
    UrgentSupply,
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 4] = [
        Self::MinorIllness,
        Self::BloodPressure,
        Self::Contraception,
        Self::UrgentSupply,
    ];

    /// The SNOMED CT code.
    pub fn code(self) -> &'static str {
        match self {
            Self::MinorIllness => "1577041000000109",
            Self::BloodPressure => "1659111000000107",
            Self::Contraception => "1659121000000101",
            Self::UrgentSupply => "1577321000000100",
        }
    }

    /// The display, as it is written.
    pub fn display(self) -> &'static str {
        match self {
            Self::MinorIllness => "Community Pharmacist Consultation Service for minor illness",
            Self::BloodPressure => "Community Pharmacy Blood Pressure Check Service",
            Self::Contraception => "Community Pharmacy Contraception Service",
            Self::UrgentSupply => {
                "Community Pharmacist Consultation Service for urgent supply of prescription items"
            }
        }
    }

    /// The service of a code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.code() == code)
    }
}
