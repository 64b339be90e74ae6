//! Settings as they were written, each with its place.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// A line and a column, from 1.
pub(crate) type Position = (usize, usize);

/// Where a key or a value was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Origin {
    /// Nowhere: the program put it there.
    #[default]
    Program,
    /// At this byte of the file's text.
    File(usize),
    /// In this environment variable.
    Variable(String),
}

/// A value with its place.
#[derive(Clone)]
pub(crate) struct Node {
    pub value: Value,
    pub origin: Origin,
}

/// A value as written.
#[derive(Clone)]
#[non_exhaustive]
pub enum Value {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A table.
    Table(Table),
    /// A list.
    List(List),
    /// A variable's text, which is read as what the setting wants.
    Variable(String),
    /// What `key_file` says of the secret `key`.
    SecretFile(Box<SecretFile>),
}

/// The file of a secret, and what is to be said where no secret is wanted.
#[derive(Clone)]
pub struct SecretFile {
    pub(crate) path: Value,
    /// The key as it was written.
    pub(crate) key: String,
    /// The keys of its table.
    pub(crate) known: &'static [&'static str],
}

/// A list of values.
#[derive(Clone, Default)]
pub struct List(pub(crate) Vec<Node>);

/// Keys and their values.
#[derive(Clone, Default)]
pub struct Table(pub(crate) BTreeMap<String, Entry>);

#[derive(Clone)]
pub(crate) struct Entry {
    /// Where the key is.
    pub key: Origin,
    pub node: Node,
}

impl Table {
    /// Sets a key; its former value is forgotten.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.put(key, value, Origin::Program);
    }

    /// Sets a key that was read at this byte of the file's text.
    pub fn set_at(&mut self, key: &str, value: impl Into<Value>, byte: usize) {
        self.put(key, value, Origin::File(byte));
    }

    pub(crate) fn put(&mut self, key: &str, value: impl Into<Value>, origin: Origin) {
        let key_origin = origin.clone();
        let value = value.into();
        let node = Node { value, origin };
        let entry = Entry {
            key: key_origin,
            node,
        };
        self.0.insert(key.to_owned(), entry);
    }

    /// Whether a key is set.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The table under a key, if it is one.
    pub fn inner(&self, key: &str) -> Option<&Table> {
        match &self.0.get(key)?.node.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The text under a key, if it is one.
    pub fn text(&self, key: &str) -> Option<&str> {
        match &self.0.get(key)?.node.value {
            Value::Text(text) | Value::Variable(text) => Some(text),
            _ => None,
        }
    }

    /// Forgets a key, and says whether it was set.
    pub fn remove(&mut self, key: &str) -> bool {
        self.0.remove(key).is_some()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The table under a key; whatever else is there is replaced by an empty one.
    pub(crate) fn table(&mut self, key: &str, origin: &Origin) -> Option<&mut Self> {
        let is_table = |entry: &Entry| matches!(entry.node.value, Value::Table(_));
        if !self.0.get(key).is_some_and(is_table) {
            self.put(key, Self::default(), origin.clone());
        }
        match &mut self.0.get_mut(key)?.node.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The table in the list under `list` whose `key` is `id`, in any case; added when there is none.
    pub(crate) fn item(
        &mut self,
        list: &str,
        key: &str,
        id: &str,
        origin: &Origin,
    ) -> Option<&mut Self> {
        if !self.has(list) {
            self.put(list, List::default(), origin.clone());
        }
        let Value::List(items) = &mut self.0.get_mut(list)?.node.value else {
            return None;
        };
        let is_this = |node: &Node| match &node.value {
            Value::Table(table) => table
                .text(key)
                .is_some_and(|it| it.eq_ignore_ascii_case(id)),
            _ => false,
        };
        if !items.0.iter().any(is_this) {
            let mut table = Self::default();
            table.put(key, Value::Variable(id.to_owned()), origin.clone());
            let value = Value::Table(table);
            let origin = origin.clone();
            items.0.push(Node { value, origin });
        }
        match &mut items.0.iter_mut().find(|node| is_this(node))?.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }
}

impl List {
    /// Adds a value that was read at this byte of the file's text.
    pub fn push_at(&mut self, value: impl Into<Value>, byte: usize) {
        let value = value.into();
        let origin = Origin::File(byte);
        self.0.push(Node { value, origin });
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

macro_rules! into_value {
    ($($type:ty => $variant:ident),* $(,)?) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        })*
    };
}

into_value! {
    String => Text,
    i64 => Integer,
    f64 => Float,
    bool => Boolean,
    Table => Table,
    List => List,
}

/// Only its type: a text may be a secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name())
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} values", self.0.len())
    }
}

impl Value {
    /// What it is, in words.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Variable(_) | Self::SecretFile(_) => "a text",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Boolean(_) => "true or false",
            Self::Table(_) => "a table",
            Self::List(_) => "a list",
        }
    }
}

/// The line and the column of a byte of a text.
pub(crate) fn position(text: &str, byte: usize) -> Position {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let last = before.rsplit('\n').next().unwrap_or(before);
    (line, last.chars().count() + 1)
}

/// A text of TOML as a table.
///
/// # Errors
/// What is not TOML, in words that quote nothing, and where.
pub(crate) fn from_toml(text: &str) -> Result<Table, (String, Option<Range<usize>>)> {
    toml::de::DeTable::parse(text)
        .map(|table| of_table(table.into_inner(), &|at| Origin::File(at)))
        .map_err(|error| (error.message().to_owned(), error.span()))
}

/// A variable's text as a value of TOML, if it is one.
pub(crate) fn value_from_toml(text: &str, origin: &Origin) -> Option<Value> {
    let line = format!("v = {}", text.trim());
    let table = toml::de::DeTable::parse(&line).ok()?;
    let mut table = of_table(table.into_inner(), &|_| origin.clone());
    // More than one key: the text held a line end.
    (table.0.len() == 1)
        .then(|| table.0.remove("v"))?
        .map(|entry| entry.node.value)
}

fn of_table(table: toml::de::DeTable<'_>, origin: &dyn Fn(usize) -> Origin) -> Table {
    let entries = table.into_iter().map(|(key, value)| {
        let place = origin(key.span().start);
        let node = of_value(value, origin);
        (key.into_inner().into_owned(), Entry { key: place, node })
    });
    Table(entries.collect())
}

fn of_value(
    spanned: toml::Spanned<toml::de::DeValue<'_>>,
    origin: &dyn Fn(usize) -> Origin,
) -> Node {
    use toml::de::DeValue;
    let place = origin(spanned.span().start);
    let value = match spanned.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::Text(number.as_str().to_owned()), Value::Integer),
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .map_or(Value::Float(f64::NAN), Value::Float),
        DeValue::Boolean(value) => Value::Boolean(value),
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(values) => {
            let values = values.into_iter().map(|value| of_value(value, origin));
            Value::List(List(values.collect()))
        }
        DeValue::Table(table) => Value::Table(of_table(table, origin)),
    };
    Node {
        value,
        origin: place,
    }
}
