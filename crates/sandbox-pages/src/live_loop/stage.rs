//! The numbered stages of a letter's way, and the two answers.

/// A stage of a letter's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Stage {
    /// 1: the GP system puts the pair into OUT.
    Written,
    /// 2: the MESH client sends it.
    Sent,
    /// 3: PDS says where the patient is registered.
    Traced,
    /// 4: that practice's mailbox is looked up.
    Found,
    /// 5: the other MESH client collects it.
    Collected,
    /// 6: the other GP system checks it and raises a task.
    Task,
    /// The answer about the message is home.
    Infrastructure,
    /// The answer about the patient is home.
    Business,
}

impl Stage {
    /// Every stage in order.
    pub(crate) const ALL: [Self; 8] = [
        Self::Written,
        Self::Sent,
        Self::Traced,
        Self::Found,
        Self::Collected,
        Self::Task,
        Self::Infrastructure,
        Self::Business,
    ];

    /// Its number, from 1.
    pub(crate) fn number(self) -> usize {
        self as usize + 1
    }

    /// The stage of a number.
    pub(crate) fn of(number: usize) -> Option<Self> {
        Self::ALL.get(number.checked_sub(1)?).copied()
    }

    /// Whether it is one of the two answers.
    pub(crate) fn is_answer(self) -> bool {
        self >= Self::Infrastructure
    }

    /// What stands on its mark: the number, or which of the answers.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::Written => "1",
            Self::Sent => "2",
            Self::Traced => "3",
            Self::Found => "4",
            Self::Collected => "5",
            Self::Task => "6",
            Self::Infrastructure => "‹ inf",
            Self::Business => "‹ bus",
        }
    }

    /// Its name for who hears the page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Written => "Step 1, written",
            Self::Sent => "Step 2, sent",
            Self::Traced => "Step 3, PDS",
            Self::Found => "Step 4, endpoint lookup",
            Self::Collected => "Step 5, collected",
            Self::Task => "Step 6, checked",
            Self::Infrastructure => "Infrastructure answer",
            Self::Business => "Business answer",
        }
    }
}
