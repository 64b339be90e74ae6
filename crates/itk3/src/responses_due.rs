//! Which acknowledgements a message is owed.

use crate::{HandlingRead, ResponseCode};

/// Which acknowledgements the sender asked for. `None`: the flag could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// `InfAckRequested`.
    pub infrastructure: Option<bool>,
    /// `BusAckRequested`.
    pub business: Option<bool>,
}

impl Asked {
    /// Of a message whose flags could not be read.
    pub const UNREADABLE: Self = Self {
        infrastructure: None,
        business: None,
    };

    /// What the handling extension asks for.
    pub fn of(handling: &HandlingRead<'_>) -> Self {
        Self {
            infrastructure: handling.infrastructure_acknowledgement.asked(),
            business: handling.business_acknowledgement.asked(),
        }
    }
}

/// The responses to send for a message, in order: at most two, the infrastructure one first.
///
/// - An acknowledgement is never acknowledged, not even a broken one.
/// - A flag that is false: none of that class. One that cannot be read counts as true, so that the
///   sender hears of it.
/// - A negative infrastructure code ends it: no business response follows. It is sent also when only
///   the business response was asked for, since that one will never come.
pub fn responses_due(
    is_acknowledgement: bool,
    asked: Asked,
    infrastructure: ResponseCode,
    business: Option<ResponseCode>,
) -> Vec<ResponseCode> {
    if is_acknowledgement {
        return Vec::new();
    }
    let wants_infrastructure = asked.infrastructure.unwrap_or(true);
    let wants_business = asked.business.unwrap_or(true);
    if !infrastructure.is_positive() {
        let due = wants_infrastructure || wants_business;
        return due.then_some(infrastructure).into_iter().collect();
    }
    let first = wants_infrastructure.then_some(infrastructure);
    let second = business.filter(|_| wants_business);
    first.into_iter().chain(second).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ResponseCode::{PatientKnown, PayloadInvalid, Success};

    fn asked(infrastructure: Option<bool>, business: Option<bool>) -> Asked {
        Asked {
            infrastructure,
            business,
        }
    }

    #[test]
    fn both_flags_give_both_responses_infrastructure_first() {
        let due = responses_due(
            false,
            asked(Some(true), Some(true)),
            Success,
            Some(PatientKnown),
        );
        assert_eq!(due, [Success, PatientKnown]);
    }

    #[test]
    fn a_false_flag_silences_its_class() {
        let business = Some(PatientKnown);
        let only = |inf, bus| responses_due(false, asked(Some(inf), Some(bus)), Success, business);
        assert_eq!(only(true, false), [Success]);
        assert_eq!(only(false, true), [PatientKnown]);
        assert_eq!(only(false, false), []);
    }

    #[test]
    fn a_negative_infrastructure_response_is_the_last() {
        for flags in [(true, true), (true, false), (false, true)] {
            let asked = asked(Some(flags.0), Some(flags.1));
            let due = responses_due(false, asked, PayloadInvalid, Some(PatientKnown));
            assert_eq!(due, [PayloadInvalid], "{flags:?}");
        }
        let none = asked(Some(false), Some(false));
        assert_eq!(responses_due(false, none, PayloadInvalid, None), []);
    }

    #[test]
    fn flags_that_cannot_be_read_are_always_answered() {
        let unreadable = ResponseCode::UnreadableMessage;
        assert_eq!(
            responses_due(false, Asked::UNREADABLE, unreadable, None),
            [unreadable]
        );
        let half = asked(Some(false), None);
        let code = ResponseCode::BusinessFlagUnreadable;
        assert_eq!(responses_due(false, half, code, None), [code]);
    }

    #[test]
    fn no_acknowledgement_of_an_acknowledgement() {
        let asked = asked(Some(true), Some(true));
        assert_eq!(responses_due(true, asked, Success, Some(PatientKnown)), []);
        assert_eq!(
            responses_due(true, Asked::UNREADABLE, PayloadInvalid, None),
            []
        );
    }
}
