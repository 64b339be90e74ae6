//! Tokens used so far, in memory.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use crate::contract::TokenDigest;

/// Grouped by the quarter of an hour after which they may be
/// forgotten. On disk they are only appended, so that remembering one costs no search.
#[derive(Debug, Default)]
pub(super) struct UsedTokens {
    groups: BTreeMap<i64, HashSet<TokenDigest>>,
}

fn group(forget_at: Timestamp) -> i64 {
    forget_at.as_second().div_euclid(900) + 1
}

impl UsedTokens {
    pub(super) fn insert(&mut self, token: TokenDigest, forget_at: Timestamp) {
        self.groups
            .entry(group(forget_at))
            .or_default()
            .insert(token);
    }

    pub(super) fn contains(&self, token: &TokenDigest) -> bool {
        self.groups.values().any(|tokens| tokens.contains(token))
    }

    pub(super) fn forget(&mut self, now: Timestamp) {
        self.groups = self.groups.split_off(&group(now));
    }
}
