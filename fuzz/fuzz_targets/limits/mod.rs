//! What the readers of the targets accept.
#![allow(dead_code, reason = "each target uses its part")]

use fhir::Limits;

/// Of arbitrary input: little, so that the limits are met.
pub fn limits() -> Limits {
    Limits {
        bytes: 1 << 20,
        depth: 32,
        elements: 2_000,
    }
}

/// Of what was written from what was read: the formats count levels and elements differently.
pub fn written() -> Limits {
    Limits {
        depth: 256,
        ..Limits::default()
    }
}
