//! The registry, the PDS FHIR client and the stand-in, each through its public door.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod fhir_client;
mod fhir_client_faults;
mod kit;
mod net;
mod registry_files;
mod registry_import;
mod registry_properties;
mod registry_trace;
mod shared_data;
mod stand_in;
