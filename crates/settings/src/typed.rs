//! From values as written to the types a program wants.

use std::cell::Cell;
use std::fmt::{self, Display};

use serde::de::value::StringDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, Unexpected, Visitor};

use crate::error::{Problem, likely};
use crate::secret::SECRET;
use crate::structure::{Items, Keys};
use crate::tree::{Node, Origin, SecretFile, Value, value_from_toml};

/// A value that is asked for as some type.
pub(crate) struct Typed(pub Node);

/// Why a value is not of the type asked for.
#[derive(Debug)]
pub(crate) struct Failure {
    reason: Reason,
    origin: Option<Origin>,
    /// The keys on the way, the last one first.
    path: Vec<String>,
    /// It is about a key beside the one on whose value it was found.
    beside: bool,
}

#[derive(Debug)]
enum Reason {
    UnknownKey(String, &'static [&'static str]),
    MissingKey(&'static str),
    Twice(String),
    Word(String, &'static [&'static str]),
    Other(String),
}

impl Failure {
    fn new(reason: Reason) -> Self {
        Self {
            reason,
            origin: None,
            path: Vec::new(),
            beside: false,
        }
    }

    pub fn twice(key: String) -> Self {
        Self::new(Reason::Twice(key))
    }

    /// Where it is, unless something further within is already blamed.
    pub fn at(mut self, origin: &Origin) -> Self {
        if self.origin.is_none() && *origin != Origin::Program {
            self.origin = Some(origin.clone());
        }
        self
    }

    /// `key_file` where `key` is no secret.
    fn no_secret(file: &SecretFile) -> Self {
        let mut failure = Self::new(Reason::UnknownKey(file.key.clone(), file.known));
        failure.beside = true;
        failure
    }

    /// Within the value of a key.
    pub fn under(mut self, key: &str) -> Self {
        if !std::mem::take(&mut self.beside) {
            self.path.push(key.to_owned());
        }
        self
    }

    /// Whether the file may be another command's: a key of the top is unknown or missing, or a word is not one of those
    /// that this command's table of that name has.
    pub fn is_about_the_kind(&self) -> bool {
        match self.reason {
            Reason::UnknownKey(..) | Reason::MissingKey(_) => self.path.is_empty(),
            Reason::Word(..) => true,
            Reason::Twice(_) | Reason::Other(_) => false,
        }
    }

    /// For whoever reads it.
    pub fn into_problem(self) -> (Option<Origin>, Problem) {
        let path: Vec<_> = self.path.iter().rev().map(String::as_str).collect();
        let path = path.join(".");
        let problem = match self.reason {
            Reason::UnknownKey(key, known) => Problem::UnknownKey {
                likely: likely(&key, known),
                key,
                table: path,
                known: known.to_vec(),
            },
            Reason::MissingKey(key) => Problem::MissingKey { key, table: path },
            Reason::Twice(key) => Problem::Twice { key },
            Reason::Word(found, known) => Problem::Word {
                key: path,
                likely: likely(&found, known),
                found,
                known: known.to_vec(),
            },
            Reason::Other(reason) => Problem::Value { key: path, reason },
        };
        (self.origin, problem)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.reason)
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(Reason::Other(message.to_string()))
    }

    /// Without the value found, which may be a secret.
    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let expected = in_words(&expected.to_string());
        let found = match found {
            Unexpected::Bool(_) => "true or false",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a whole number",
            Unexpected::Float(_) => "a number with a fraction",
            Unexpected::Seq => "a list",
            Unexpected::Map => "a table",
            _ => "a text",
        };
        Self::custom(format!("expected {expected}, found {found}"))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let expected = in_words(&expected.to_string());
        Self::custom(match found {
            Unexpected::Unsigned(number) => format!("expected {expected}, found {number}"),
            Unexpected::Signed(number) => format!("expected {expected}, found {number}"),
            Unexpected::Float(number) => format!("expected {expected}, found {number}"),
            _ => format!("expected {expected}, found something else"),
        })
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        Self::new(Reason::Word(found.to_owned(), known))
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self::new(Reason::UnknownKey(key.to_owned(), known))
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(Reason::MissingKey(key))
    }
}

/// What serde calls a type, as people call it.
fn in_words(expected: &str) -> String {
    match expected {
        "u8" => format!("a whole number from 0 to {}", u8::MAX),
        "u16" => format!("a whole number from 0 to {}", u16::MAX),
        "u32" => format!("a whole number from 0 to {}", u32::MAX),
        "u64" | "usize" | "a nonzero u64" | "a nonzero usize" => {
            "a whole number, 0 or more".to_owned()
        }
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" | "path string" | "string or map" => "a text in quotes".to_owned(),
        "a sequence" => "a list in square brackets".to_owned(),
        "a map" => "a table".to_owned(),
        other if other.starts_with("struct ") => "a table".to_owned(),
        other => other.to_owned(),
    }
}

thread_local! {
    /// Secrets whose text stands in the file, since counting began. Serde hands values down and nothing up, and
    /// checks settings on the thread that asks for it.
    static SECRETS: Cell<u32> = const { Cell::new(0) };
}

/// What a function gives that checks settings, and how many secrets stand in their file.
pub(crate) fn counting_secrets<T>(check: impl FnOnce() -> T) -> (T, u32) {
    SECRETS.set(0);
    let checked = check();
    (checked, SECRETS.get())
}

fn note_secret(node: &Node) {
    if matches!(
        (&node.value, &node.origin),
        (Value::Text(_), Origin::File(_))
    ) {
        SECRETS.set(SECRETS.get().saturating_add(1));
    }
}

impl Typed {
    /// A variable's text as TOML has it: a number, true or false, a list or a table.
    fn parsed(mut self) -> Self {
        if let Value::Variable(text) = &self.0.value
            && let Some(value) = value_from_toml(text, &self.0.origin)
        {
            self.0.value = value;
        }
        self
    }

    /// A variable's text as it is, or, in double quotes, as TOML has it.
    fn into_text(mut self) -> Self {
        if let Value::Variable(text) = &self.0.value {
            let quoted = text.trim().starts_with('"');
            let unquoted = quoted.then(|| value_from_toml(text, &self.0.origin));
            self.0.value = match unquoted.flatten() {
                Some(Value::Text(text)) => Value::Text(text),
                _ => Value::Text(text.clone()),
            };
        }
        self
    }
}

macro_rules! parsed {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.parsed().deserialize_any(visitor)
        })*
    };
}

macro_rules! into_text {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.into_text().deserialize_any(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Typed {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let origin = self.0.origin;
        let result = match self.0.value {
            Value::Text(text) | Value::Variable(text) => visitor.visit_string(text),
            Value::Integer(number) => visitor.visit_i64(number),
            Value::Float(number) => visitor.visit_f64(number),
            Value::Boolean(value) => visitor.visit_bool(value),
            Value::List(list) => visitor.visit_seq(Items::new(list)),
            Value::Table(table) => visitor.visit_map(Keys::new(table)),
            Value::SecretFile(file) => Err(Failure::no_secret(&file)),
        };
        result.map_err(|failure| failure.at(&origin))
    }

    parsed! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32
        deserialize_f64 deserialize_seq deserialize_map deserialize_unit
    }

    into_text! {
        deserialize_char deserialize_str deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_identifier
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_unit(visitor)
    }

    /// A secret is taken as it is written, or by its file.
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if name != SECRET {
            return visitor.visit_newtype_struct(self);
        }
        match self.0.value {
            Value::SecretFile(file) => {
                let mut table = crate::Table::default();
                table.put("file", file.path, self.0.origin.clone());
                let value = Value::Table(table);
                let origin = self.0.origin;
                Self(Node { value, origin }).deserialize_any(visitor)
            }
            _ => {
                note_secret(&self.0);
                self.deserialize_any(visitor)
            }
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let node = self.parsed().0;
        let origin = node.origin;
        let result = match node.value {
            Value::Table(table) => {
                Keys::of_struct(table, fields).and_then(|keys| visitor.visit_map(keys))
            }
            value => {
                let origin = origin.clone();
                Self(Node { value, origin }).deserialize_any(visitor)
            }
        };
        result.map_err(|failure| failure.at(&origin))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let node = self.into_text().0;
        let text: StringDeserializer<Failure> = match node.value {
            Value::Text(text) => text.into_deserializer(),
            Value::SecretFile(file) => {
                return Err(Failure::no_secret(&file).at(&node.origin));
            }
            other => {
                let found = other.type_name();
                let failure: Failure =
                    de::Error::custom(format!("expected a word in quotes, found {found}"));
                return Err(failure.at(&node.origin));
            }
        };
        visitor
            .visit_enum(text)
            .map_err(|failure| failure.at(&node.origin))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }
}

/// Asks for a value as what the seed makes.
pub(crate) fn seeded<'de, S: DeserializeSeed<'de>>(
    seed: S,
    node: Node,
) -> Result<S::Value, Failure> {
    let origin = node.origin.clone();
    seed.deserialize(Typed(node))
        .map_err(|failure| failure.at(&origin))
}
