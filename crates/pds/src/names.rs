//! The keys under which names that somebody holds can be matched.

use nhs::FamilyName;

use crate::MatchedOn;

/// The keys under which a family name that somebody holds can be matched: the whole name under
/// `held_as`, and for a double-barrelled usual name each of its parts.
pub(crate) fn keys(family: &FamilyName, held_as: MatchedOn) -> Vec<(MatchedOn, String)> {
    let mut keys = vec![(held_as, family.key())];
    if held_as == MatchedOn::UsualName {
        let parts: Vec<_> = family
            .as_str()
            .split(|c: char| c.is_whitespace() || matches!(c, '-' | '‐' | '‑' | '–' | '—'))
            .filter_map(|part| FamilyName::parse(part).ok())
            .collect();
        if parts.len() > 1 {
            keys.extend(
                parts
                    .iter()
                    .map(|part| (MatchedOn::NameComponent, part.key())),
            );
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn components(text: &str) -> Vec<String> {
        keys(&FamilyName::parse(text).unwrap(), MatchedOn::UsualName)
            .into_iter()
            .filter(|(held_as, _)| *held_as == MatchedOn::NameComponent)
            .map(|(_, key)| key)
            .collect()
    }

    #[test]
    fn only_double_barrelled_names_have_components() {
        assert_eq!(components("Thorne-Smith"), ["THORNE", "SMITH"]);
        assert_eq!(components("Zhou Zhu"), ["ZHOU", "ZHU"]);
        assert!(components("O'Reilly").is_empty());
        assert!(components("Garton").is_empty());
    }
}
