//! Tables and lists, as serde walks through them.

use std::collections::btree_map;
use std::vec;

use serde::de::value::StringDeserializer;
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess};

use crate::tree::{Entry, List, Node, Origin, SecretFile, Table, Value};
use crate::typed::{Failure, seeded};

/// What the key of a secret ends with that names its file.
const FILE_SUFFIX: &str = "_file";

/// The keys of a table, one after the other.
pub(crate) struct Keys {
    left: btree_map::IntoIter<String, Entry>,
    next: Option<(String, Node)>,
}

impl Keys {
    pub fn new(table: Table) -> Self {
        Self {
            left: table.0.into_iter(),
            next: None,
        }
    }

    /// The keys of a struct: `key_file` is the file of the secret `key`, unless it is a field itself.
    pub fn of_struct(mut table: Table, fields: &'static [&'static str]) -> Result<Self, Failure> {
        let files: Vec<_> = table
            .keys()
            .filter(|key| !fields.contains(key))
            .filter_map(|key| key.strip_suffix(FILE_SUFFIX))
            .filter(|key| fields.contains(key))
            .map(str::to_owned)
            .collect();
        for key in files {
            secret_file(&mut table, key, fields)?;
        }
        Ok(Self::new(table))
    }
}

/// Puts `key_file` in the place of `key`. Of two, the one of a variable wins over that of the file.
fn secret_file(
    table: &mut Table,
    key: String,
    known: &'static [&'static str],
) -> Result<(), Failure> {
    let written = format!("{key}{FILE_SUFFIX}");
    let Some(mut file) = table.0.remove(&written) else {
        return Ok(());
    };
    if let Some(other) = table.0.get(&key) {
        let is_variable = |entry: &Entry| matches!(entry.key, Origin::Variable(_));
        match (is_variable(&file), is_variable(other)) {
            (true, false) => {}
            (false, true) => return Ok(()),
            _ => return Err(Failure::twice(key).at(&file.key)),
        }
    }
    file.node.value = Value::SecretFile(Box::new(SecretFile {
        path: file.node.value,
        key: written,
        known,
    }));
    file.node.origin = file.key.clone();
    table.0.insert(key, file);
    Ok(())
}

impl<'de> MapAccess<'de> for Keys {
    type Error = Failure;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        let Some((key, entry)) = self.left.next() else {
            return Ok(None);
        };
        self.next = Some((key.clone(), entry.node));
        let key: StringDeserializer<Failure> = key.into_deserializer();
        seed.deserialize(key)
            .map(Some)
            .map_err(|failure| failure.at(&entry.key))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        match self.next.take() {
            Some((key, node)) => seeded(seed, node).map_err(|failure| failure.under(&key)),
            None => Err(serde::de::Error::custom(
                "a value was asked for before its key",
            )),
        }
    }
}

/// The values of a list, one after the other.
pub(crate) struct Items(vec::IntoIter<Node>);

impl Items {
    pub fn new(list: List) -> Self {
        Self(list.0.into_iter())
    }
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Failure;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        self.0.next().map(|node| seeded(seed, node)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}
