//! The way on after a failure, by its code.

use itk3::ResponseCode;

/// What helps after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WayOn {
    /// Something in the consultation is to be corrected; then it is sent again.
    Correct,
    /// Sending it again as it is may do.
    SendAgain,
    /// By post or telephone: sending it again meets the same end.
    AnotherRoute,
    /// Nothing needs sending.
    Nothing,
}

impl WayOn {
    /// By the code of the failure.
    pub(super) fn after(code: &str) -> Self {
        match ResponseCode::parse(code) {
            Some(code) => Self::after_response(code),
            None => match code {
                "EPL-152" | "EPL-153" | "EPL-154" | "12" | "build" => Self::Correct,
                "EPL-150" | "EPL-151" => Self::AnotherRoute,
                "own-patient" => Self::Nothing,
                _ => Self::SendAgain,
            },
        }
    }

    fn after_response(code: ResponseCode) -> Self {
        match code {
            ResponseCode::DuplicateMessage | ResponseCode::DuplicateDocument => Self::Nothing,
            ResponseCode::TooLarge
            | ResponseCode::AttachmentNotApproved
            | ResponseCode::AttachmentUnsupported
            | ResponseCode::PatientLeft => Self::Correct,
            ResponseCode::ReplacementFailed | ResponseCode::UnreadableMessage => Self::SendAgain,
            _ => Self::AnotherRoute,
        }
    }
}

/// What a failure means for the report, in a sentence.
pub(super) fn meaning(code: &str) -> &'static str {
    match (ResponseCode::parse(code), code) {
        (Some(ResponseCode::DuplicateMessage | ResponseCode::DuplicateDocument), _) => {
            "The practice has the report already."
        }
        (Some(_), _) => "The report reached a practice, which did not take it.",
        (None, "build" | "own-patient") => "No report was sent.",
        (None, _) => "The report did not reach the patient's practice.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_is_what_helps() {
        for (code, way) in [
            ("EPL-151", WayOn::AnotherRoute),
            ("EPL-153", WayOn::Correct),
            ("20007", WayOn::Nothing),
            ("20009", WayOn::AnotherRoute),
            ("20015", WayOn::Correct),
            ("30002", WayOn::AnotherRoute),
            ("14", WayOn::SendAgain),
            ("own-patient", WayOn::Nothing),
        ] {
            assert_eq!(WayOn::after(code), way, "{code}");
        }
    }
}
