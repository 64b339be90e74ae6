//! The sending side: a consultation waits, is built into a message, placed in OUT, and followed
//! until both acknowledgements are received or something needs a person.

pub(crate) mod building;
pub(crate) mod deleting;
pub(crate) mod drafting;
pub(crate) mod following;
pub(crate) mod outcome;
pub(crate) mod place;
pub(crate) mod placing;
pub(crate) mod recipient;
pub(crate) mod submitting;
pub(crate) mod typing;
