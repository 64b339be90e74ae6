//! What a kind of user may do.

/// The roles of a site's users, and what each may do.
pub trait Role: Copy + Eq + Send + Sync + 'static {
    /// What a page may need.
    type Permission: Copy + Eq + Send + Sync + 'static;

    /// Every role.
    const ALL: &'static [Self];

    /// Its name in commands and records, such as `clerk`.
    fn name(self) -> &'static str;

    /// Its name for people.
    fn title(self) -> &'static str;

    /// Whether it may.
    fn may(self, permission: Self::Permission) -> bool;

    /// The role of a name; `None` when this site has no such role.
    fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name() == name)
    }
}
