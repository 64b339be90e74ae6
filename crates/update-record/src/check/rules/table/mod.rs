//! The 107 rules, a table a section; ids, strength and verdict are those of `docs/spec/update-record.md`.

pub(super) mod composition;
pub(super) mod condition;
pub(super) mod dispense;
pub(super) mod document;
pub(super) mod encounter;
pub(super) mod header;
pub(super) mod impression;
pub(super) mod observation;
pub(super) mod people;
pub(super) mod process;
pub(super) mod transport;
