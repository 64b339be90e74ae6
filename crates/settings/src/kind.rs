//! The kinds of settings files a program knows.

use crate::tree::Table;

/// One kind of settings file: how it is called, recognised and overridden.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name, such as `server.toml`.
    pub name: &'static str,
    /// The command it is given to, such as `restante server --config`.
    pub given_to: &'static str,
    /// What the names of its variables begin with, such as `RESTANTE_SERVER__`.
    pub prefix: &'static str,
    /// The keys and tables of its top, by which it is recognised.
    pub keys: &'static [&'static str],
    /// Lists of tables whose items variables name by the value of a key: the list and the key, such as
    /// `("mailbox", "id")`.
    pub lists: &'static [(&'static str, &'static str)],
}

impl Kind {
    /// How many keys of the table's top are of this kind.
    fn matches(&self, table: &Table) -> usize {
        let known = |key: &&str| self.keys.contains(key);
        table.keys().filter(known).count()
    }

    /// The kind among `others` that a table is rather of.
    pub(crate) fn better<'a>(&self, table: &Table, others: &[&'a Kind]) -> Option<&'a Kind> {
        let mine = self.matches(table);
        others
            .iter()
            .map(|kind| (kind.matches(table), *kind))
            .filter(|(theirs, _)| *theirs > mine)
            .max_by_key(|(theirs, _)| *theirs)
            .map(|(_, kind)| kind)
    }

    /// How the name of a variable looks.
    pub(crate) fn example(&self) -> String {
        let key = self.keys.first().copied().unwrap_or("key");
        format!("{}{}", self.prefix, key.to_ascii_uppercase())
    }
}
