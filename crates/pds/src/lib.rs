//! Who a patient is registered with: the registry, the PDS FHIR client, a PDS FHIR stand-in.
