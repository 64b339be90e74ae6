//! Who a patient is registered with: the registry, the PDS FHIR client, a PDS FHIR stand-in.
//!
//! Everything answers one question, [`Demographics::trace`]: a number, a date of birth and a family
//! name in, a practice or the reason why not out. The [`Registry`] answers from a compiled snapshot
//! on this machine, the [`FhirClient`] asks PDS, a [`Chain`] asks one after the other. [`import()`]
//! compiles the registry from files, [`stand_in`] serves it the way PDS would.

mod chain;
mod error;
mod fhir_client;
mod import;
mod names;
mod policy;
mod registry;
pub mod stand_in;
mod trace;

pub use chain::Chain;
pub use error::PdsError;
pub use fhir_client::{Credentials, FhirClient, FhirOptions};
pub use import::{
    ImportOptions, ImportReport, Kind, RefusalReason, RefusedRow, UnknownKind, import, import_with,
};
pub use policy::{Deceased, MatchPolicy, Superseded};
pub use registry::{
    KeySource, Practice, Registry, RegistryKey, RegistryOptions, SnapshotStatus, Status, status,
};
pub use trace::{Demographics, MatchedOn, Trace, TraceQuery};
