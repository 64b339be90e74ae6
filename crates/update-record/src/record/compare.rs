//! A replacement beside what was filed of the version before.

use std::collections::HashMap;
use std::mem::discriminant;

use super::entry::{Content, Entry};
use super::filed::FiledEntry;

/// What a replacement makes of what was filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison<'a> {
    /// For each entry of the new record, in its order, what was filed in its place before.
    pub before: Vec<Option<&'a Entry>>,
    /// What was filed before and has no successor: filing the new record withdraws it.
    pub withdrawn: Vec<&'a Entry>,
}

/// By what an entry is found again: kind, heading and code; a text by its kind and heading.
fn exactly(entry: &Entry) -> String {
    let code = entry.code.as_ref().map(|code| code.code.as_str());
    format!("{}|{}", loosely(entry), code.unwrap_or_default())
}

/// The same without the code, for what stands under a heading and was coded otherwise.
fn loosely(entry: &Entry) -> String {
    let heading = entry.heading.map(crate::Heading::code).unwrap_or_default();
    format!("{:?}|{heading}", discriminant(&entry.content))
}

/// Puts what was filed before beside the entries of its replacement. Ids do not help: a new version
/// makes them anew.
pub fn compare<'a>(filed: &'a [FiledEntry], new: &[Entry]) -> Comparison<'a> {
    let mut comparison = Comparison {
        before: vec![None; new.len()],
        withdrawn: filed.iter().map(|filed| &filed.entry).collect(),
    };
    comparison.pair(new, exactly, |_| true);
    comparison.pair(new, loosely, |entry| {
        entry.heading.is_some() && entry.content != Content::Text
    });
    comparison
}

impl<'a> Comparison<'a> {
    /// Pairs what is not paired yet and has the same key, in the order of both.
    fn pair(
        &mut self,
        new: &[Entry],
        key: impl Fn(&Entry) -> String,
        may: impl Fn(&Entry) -> bool,
    ) {
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        let open = new.iter().zip(&self.before).enumerate();
        for (place, (entry, before)) in open.rev() {
            if before.is_none() && may(entry) {
                places.entry(key(entry)).or_default().push(place);
            }
        }
        let old: Vec<&'a Entry> = std::mem::take(&mut self.withdrawn);
        for entry in old {
            let place = places.get_mut(&key(entry)).filter(|_| may(entry));
            match place.and_then(Vec::pop) {
                Some(place) => {
                    if let Some(before) = self.before.get_mut(place) {
                        *before = Some(entry);
                    }
                }
                None => self.withdrawn.push(entry),
            }
        }
    }
}
