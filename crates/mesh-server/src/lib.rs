//! The MESH API over HTTPS.
