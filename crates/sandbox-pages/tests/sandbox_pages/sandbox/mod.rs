//! The page of a sandbox over real sockets: the MESH API beside it, its pages and its JSON.

mod actions;
mod api;
mod bounds;
mod faults;
mod guard;
mod kit;
mod looking;
mod refused;
