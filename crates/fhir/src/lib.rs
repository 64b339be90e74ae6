//! FHIR STU3: reading and writing XML and JSON, safe against hostile input.
