use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use crate::operation::TokenDigest;

/// Tokens used so far, in memory, grouped by the quarter of an hour after which they may be
/// forgotten. On disk they are only appended, so that remembering one costs no search.
#[derive(Debug, Default)]
pub(crate) struct UsedTokens {
    groups: BTreeMap<i64, HashSet<TokenDigest>>,
}

fn group(forget_at: Timestamp) -> i64 {
    forget_at.as_second().div_euclid(900) + 1
}

impl UsedTokens {
    pub(crate) fn insert(&mut self, token: TokenDigest, forget_at: Timestamp) {
        self.groups
            .entry(group(forget_at))
            .or_default()
            .insert(token);
    }

    pub(crate) fn contains(&self, token: &TokenDigest) -> bool {
        self.groups.values().any(|tokens| tokens.contains(token))
    }

    pub(crate) fn forget(&mut self, now: Timestamp) {
        self.groups = self.groups.split_off(&group(now));
    }
}
