//! Numbers whose replacements lead back to themselves.

use std::collections::{HashMap, HashSet};

/// The numbers whose replacements lead back to themselves, as table subjects.
pub(super) fn circular(superseded: &HashMap<u64, u64>) -> HashSet<Vec<u8>> {
    let mut settled = HashSet::new();
    let mut circular = HashSet::new();
    for start in superseded.keys() {
        let mut path = Vec::new();
        let mut on_path = HashSet::new();
        let mut number = *start;
        while !settled.contains(&number) && on_path.insert(number) {
            path.push(number);
            match superseded.get(&number) {
                Some(next) => number = *next,
                None => break,
            }
        }
        if let Some(begin) = path.iter().position(|n| *n == number)
            && superseded.contains_key(&number)
            && !settled.contains(&number)
        {
            circular.extend(path.iter().skip(begin).map(|n| n.to_le_bytes().to_vec()));
        }
        settled.extend(path);
    }
    circular
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(pairs: &[(u64, u64)]) -> Vec<u64> {
        let subjects = circular(&pairs.iter().copied().collect());
        let number = |bytes: Vec<u8>| u64::from_le_bytes(bytes.try_into().unwrap());
        let mut numbers: Vec<_> = subjects.into_iter().map(number).collect();
        numbers.sort_unstable();
        numbers
    }

    #[test]
    fn only_members_of_a_circle_are_circular() {
        assert!(found(&[(1, 2), (2, 3), (3, 4)]).is_empty());
        assert_eq!(found(&[(1, 2), (2, 3), (3, 2), (4, 1)]), [2, 3]);
        assert_eq!(found(&[(1, 1), (2, 1), (5, 6), (6, 5)]), [1, 5, 6]);
    }

    proptest! {
        #[test]
        fn a_number_is_circular_when_following_it_comes_back(pairs in proptest::collection::hash_map(0u64..12, 0u64..12, 0..12)) {
            let comes_back = |start: u64| {
                let mut number = start;
                (0..12).any(|_| match pairs.get(&number) {
                    Some(next) => {
                        number = *next;
                        number == start
                    }
                    None => false,
                })
            };
            let expected: Vec<_> = (0..12).filter(|start| comes_back(*start)).collect();
            let pairs: Vec<_> = pairs.iter().map(|(from, to)| (*from, *to)).collect();
            prop_assert_eq!(found(&pairs), expected);
        }
    }
}
