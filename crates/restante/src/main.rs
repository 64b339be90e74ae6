//! The whole NHS Spine integration loop in one binary.
fn main() {}
