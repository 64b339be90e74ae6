//! Pages for those who connect a system of their own: the demo's live loop, a message on its way between two practices as
//! it happens; and the sandbox's page, where every message and refused request is looked into. They show patients' names, and
//! so are for test data only.

pub mod live_loop;
pub mod rehearsal;
pub mod sandbox;
