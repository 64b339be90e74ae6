//! The roles of the console and what each may see.

use pages::Role;

/// Who works with the exchange's console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeRole {
    /// Looks at mailboxes, queues and journeys: ids, times and counts, no patient data.
    Observer,
    /// All that, and the audit trail; adds mailboxes, switches them on and off, has messages tried again.
    Operator,
    /// Looks at what may name a patient, too; each look is noted in the audit trail.
    Auditor,
    /// All of it.
    Administrator,
}

/// What a page of the console may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangePermission {
    /// To look at what names no patient.
    Observe,
    /// To change mailboxes and queues.
    Operate,
    /// To read the audit trail.
    ReadAudit,
    /// To look at what may name a patient; each look is noted.
    SeePatientData,
    /// To add and change users, and to end their sessions.
    Administer,
}

impl Role for ExchangeRole {
    type Permission = ExchangePermission;

    const ALL: &'static [Self] = &[
        Self::Observer,
        Self::Operator,
        Self::Auditor,
        Self::Administrator,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Observer => "observer",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Observer => "Observer",
            Self::Operator => "Operator",
            Self::Auditor => "Auditor",
            Self::Administrator => "Administrator",
        }
    }

    fn may(self, permission: ExchangePermission) -> bool {
        match permission {
            ExchangePermission::Observe => true,
            ExchangePermission::Operate => {
                matches!(self, Self::Operator | Self::Administrator)
            }
            ExchangePermission::ReadAudit => self != Self::Observer,
            ExchangePermission::SeePatientData => {
                matches!(self, Self::Auditor | Self::Administrator)
            }
            ExchangePermission::Administer => self == Self::Administrator,
        }
    }
}
