//! What counts as the same patient and as a current registration.

use jiff::civil::Date;
use nhs::OdsCode;
use serde::{Deserialize, Serialize};

use crate::{MatchedOn, Trace};

/// What counts as the same patient, and as a registration. The real trace's rules are not
/// published; these are the readings of `docs/spec/routing.md` §1.5 and §1.6.
///
/// Number and full date of birth must always be equal. No setting brings in prefix, sound or
/// distance matching of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MatchPolicy {
    /// A former family name matches. Default: yes.
    pub previous_names: bool,
    /// A current nickname or temporary name matches. Default: yes.
    pub nicknames: bool,
    /// One whole part of a double-barrelled usual name matches. Default: no.
    pub name_components: bool,
    /// What to do with a number that another one replaced. Default: follow.
    pub superseded: Superseded,
    /// What to do for a patient who has died. Default: route, as letters after death are normal.
    pub deceased: Deceased,
    /// A registration that has ended still counts; for published test data only. Default: no.
    pub accept_ended_gp: bool,
}

/// What to do with a superseded NHS number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Superseded {
    /// Match and route by the surviving record.
    #[default]
    Follow,
    /// Answer [`Trace::NotFound`].
    Reject,
}

/// What to do for a patient who has died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deceased {
    /// Route to the practice while one is recorded.
    #[default]
    Route,
    /// Answer [`Trace::NoPractice`].
    Reject,
}

impl Default for MatchPolicy {
    fn default() -> Self {
        Self {
            previous_names: true,
            nicknames: true,
            name_components: false,
            superseded: Superseded::Follow,
            deceased: Deceased::Route,
            accept_ended_gp: false,
        }
    }
}

/// What somebody holds about a patient, as far as routing needs it. Names are held as `K`: spelling
/// keys, or keyed hashes of them.
pub(crate) struct Held<K> {
    pub birth: Option<Date>,
    pub names: Vec<(MatchedOn, K)>,
    pub deceased: bool,
    pub restricted: bool,
    pub superseded: bool,
    pub registration: Option<Registration>,
}

/// A registration with a practice; `end` is its last day.
pub(crate) struct Registration {
    pub practice: OdsCode,
    pub start: Option<Date>,
    pub end: Option<Date>,
}

impl MatchPolicy {
    /// The outcome for a record that exists: demographics first, then registration.
    pub(crate) fn judge<K: PartialEq>(
        &self,
        held: Held<K>,
        birth: Date,
        name: &K,
        today: Date,
    ) -> Trace {
        if held.birth != Some(birth) {
            return Trace::Mismatch;
        }
        let Some(matched_on) = self.matched_on(&held.names, name) else {
            return Trace::Mismatch;
        };
        if held.deceased && self.deceased == Deceased::Reject {
            return Trace::NoPractice;
        }
        match held.registration {
            Some(registration) if self.counts(&registration, today) => Trace::Registered {
                practice: registration.practice,
                matched_on,
                superseded: held.superseded,
                restricted: held.restricted,
            },
            _ => Trace::NoPractice,
        }
    }

    fn matched_on<K: PartialEq>(&self, names: &[(MatchedOn, K)], name: &K) -> Option<MatchedOn> {
        let order = [
            (MatchedOn::UsualName, true),
            (MatchedOn::Nickname, self.nicknames),
            (MatchedOn::PreviousName, self.previous_names),
            (MatchedOn::NameComponent, self.name_components),
        ];
        order
            .into_iter()
            .filter(|(_, allowed)| *allowed)
            .map(|(held_as, _)| held_as)
            .find(|held_as| {
                names
                    .iter()
                    .any(|(other, key)| other == held_as && key == name)
            })
    }

    fn counts(&self, registration: &Registration, today: Date) -> bool {
        let begun = registration.start.is_none_or(|start| start <= today);
        let lasting = registration.end.is_none_or(|end| today <= end);
        begun && (lasting || self.accept_ended_gp)
    }
}
