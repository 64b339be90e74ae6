//! What the demo prints of its consultation: the steps, and how it ended.

/// How the journey ended.
pub enum Outcome {
    /// Both acknowledgements have come back and are positive.
    Delivered,
    /// The step that failed, and why.
    Failed { step: &'static str, reason: String },
}

/// A step that has happened.
#[derive(Clone, serde::Serialize)]
pub struct Step {
    /// 1 to 6; 7 and 8 are the two acknowledgements.
    pub number: usize,
    pub who: &'static str,
    pub what: String,
    pub seconds: f64,
}
