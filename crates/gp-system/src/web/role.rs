//! Who works with a practice's pages, and what they may.

use pages::Role;

/// Who works with a practice's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PracticeRole {
    /// Looks at documents, tasks and sent consultations.
    Reader,
    /// Works on tasks: assigns, notes, files, returns; deals with alerts.
    Clerk,
    /// All that, and sends, changes and deletes consultations, and reviews Update Records.
    Clinician,
    /// All that, and whatever concerns the practice's pages themselves.
    Administrator,
}

/// What a page of a practice may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PracticePermission {
    /// To look at documents, tasks and consultations: patient data.
    Read,
    /// To work on tasks and alerts.
    Act,
    /// To send, change and delete consultations.
    Send,
    /// To decide about the entries of an Update Record, and to file or refuse it.
    Review,
    /// To change how the practice's pages behave.
    Administer,
}

impl Role for PracticeRole {
    type Permission = PracticePermission;

    const ALL: &'static [Self] = &[
        Self::Reader,
        Self::Clerk,
        Self::Clinician,
        Self::Administrator,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Clerk => "clerk",
            Self::Clinician => "clinician",
            Self::Administrator => "administrator",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Reader => "Reader",
            Self::Clerk => "Clerk",
            Self::Clinician => "Clinician",
            Self::Administrator => "Administrator",
        }
    }

    fn may(self, permission: PracticePermission) -> bool {
        match permission {
            PracticePermission::Read => true,
            PracticePermission::Act => self != Self::Reader,
            PracticePermission::Send | PracticePermission::Review => {
                matches!(self, Self::Clinician | Self::Administrator)
            }
            PracticePermission::Administer => self == Self::Administrator,
        }
    }
}
