//! One letter: whom it is about, what it says, where it came from and what became of it.

pub(in crate::web) mod banner;
pub(in crate::web) mod confirm;
