//! How a user has the inbox: order, keys, views kept under a name; and how much of everything it holds.

/// How a user has the inbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InboxHabits {
    /// The order chosen last, by its name in the pages' addresses.
    pub sort: Option<String>,
    /// Whether single keys do nothing.
    pub keys_off: bool,
    /// Kept views, by name.
    pub views: Vec<InboxView>,
}

/// Choices kept under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxView {
    /// Its name.
    pub name: String,
    /// The choices as they stand in an address, without words that were searched for.
    pub choices: String,
}

/// A change to how a user has the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InboxHabit {
    /// This order from now on.
    Sort(String),
    /// Whether single keys do nothing.
    KeysOff(bool),
    /// Keeps a view, in place of one of the same name.
    Keep(InboxView),
    /// Forgets the view of this name.
    Forget(String),
}

/// How many letters of the inbox wait, and of which kinds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InboxTallies {
    /// To do.
    pub open: u64,
    /// Of those: assigned to the user.
    pub mine: u64,
    /// Of those: opened by nobody yet.
    pub unread: u64,
    /// Of those: asking for action.
    pub for_action: u64,
    /// Of those: received before a moment.
    pub old: u64,
    /// Filed, returned and archived ones.
    pub done: u64,
}
