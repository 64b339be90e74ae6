//! Where messages rest, durably.
