//! Environment variables that override keys.

use crate::error::{Place, Problem, SettingsError};
use crate::kind::Kind;
use crate::tree::{Origin, Table, Value};

/// Lays the variables of a kind over a table; those of other programs are passed over.
pub(crate) fn overlay(
    table: &mut Table,
    kind: &Kind,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<(), SettingsError> {
    let mut ours: Vec<_> = variables
        .into_iter()
        .filter_map(|(name, value)| Some((after(&name, kind.prefix)?.to_owned(), name, value)))
        .collect();
    // `KEY` before `KEY__FILE`: the longer name wins, whatever order the environment has.
    ours.sort();
    for (path, name, value) in ours {
        if put(table, kind, &path, &name, &value).is_none() {
            let example = kind.example();
            return Err(SettingsError::new(
                Place::Variable(name),
                Problem::NoSetting { example },
            ));
        }
    }
    Ok(())
}

/// What follows the prefix, in any case: Windows does not tell cases apart.
fn after<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = name.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn put(table: &mut Table, kind: &Kind, path: &str, name: &str, value: &str) -> Option<()> {
    let origin = Origin::Variable(name.to_owned());
    let parts: Vec<&str> = path.split("__").collect();
    let (last, path) = parts.split_last()?;
    if parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    let mut place = table;
    let mut path = path.iter();
    while let Some(part) = path.next() {
        let key = part.to_ascii_lowercase();
        place = match kind.lists.iter().find(|(list, _)| *list == key) {
            Some((list, id)) => place.item(list, id, path.next()?, &origin)?,
            None => place.table(&key, &origin)?,
        };
    }
    place.put(
        &last.to_ascii_lowercase(),
        Value::Variable(value.to_owned()),
        origin,
    );
    Some(())
}
