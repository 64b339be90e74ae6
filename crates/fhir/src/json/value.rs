//! JSON as it stands in the source: names in order, numbers as they were written, no name twice.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use json_event_parser::{JsonEvent, JsonSyntaxError, SliceJsonParser};

use crate::read;
use crate::{FhirError, Limits, Text};

pub(super) enum Json {
    Null,
    Boolean(bool),
    Number(Text),
    String(Text),
    Array(Vec<Json>),
    Object(Vec<(Text, Json)>),
}

pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<Json, FhirError> {
    let source: Arc<str> = read::text(bytes, limits)?.into();
    let events = SliceJsonParser::new(source.as_bytes());
    let mut parser = Parser {
        source: &source,
        events,
        limits,
        values: 0,
    };
    let first = parser.next()?;
    let root = parser.value(first, 1, "")?;
    match parser.next()? {
        JsonEvent::Eof => Ok(root),
        _ => Err(FhirError::NotFhir {
            found: "more than one JSON value",
        }),
    }
}

struct Parser<'a> {
    source: &'a Arc<str>,
    events: SliceJsonParser<'a>,
    limits: &'a Limits,
    values: usize,
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Result<JsonEvent<'a>, FhirError> {
        self.events.parse_next().map_err(|error| malformed(&error))
    }

    fn value(&mut self, event: JsonEvent<'a>, level: usize, name: &str) -> Result<Json, FhirError> {
        self.values += 1;
        if self.values > self.limits.elements {
            return Err(FhirError::TooManyElements {
                limit: self.limits.elements,
            });
        }
        // An array is a level of its own, which the same document in XML does not have.
        if level > self.limits.depth.saturating_mul(2) {
            return Err(FhirError::TooDeep {
                limit: self.limits.depth,
            });
        }
        match event {
            JsonEvent::Null => Ok(Json::Null),
            JsonEvent::Boolean(value) => Ok(Json::Boolean(value)),
            JsonEvent::Number(text) => Ok(Json::Number(self.text(text))),
            JsonEvent::String(text) => Ok(Json::String(self.text(text))),
            JsonEvent::StartArray => self.array(level, name),
            JsonEvent::StartObject => self.object(level, name),
            _ => Err(FhirError::NotFhir {
                found: "no JSON value",
            }),
        }
    }

    fn array(&mut self, level: usize, name: &str) -> Result<Json, FhirError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                JsonEvent::EndArray => return Ok(Json::Array(items)),
                event => items.push(self.value(event, level + 1, name)?),
            }
        }
    }

    fn object(&mut self, level: usize, name: &str) -> Result<Json, FhirError> {
        let mut fields: Vec<(Text, Json)> = Vec::new();
        let mut seen = HashSet::new();
        loop {
            let JsonEvent::ObjectKey(key) = self.next()? else {
                return Ok(Json::Object(fields));
            };
            let key = self.text(key);
            if !seen.insert(key.to_string()) {
                let path = if name.is_empty() { "the root" } else { name };
                let path = path.chars().take(64).collect();
                return Err(FhirError::DuplicateName { path });
            }
            let event = self.next()?;
            let value = self.value(event, level + 1, &key)?;
            fields.push((key, value));
        }
    }

    fn text(&self, text: Cow<'a, str>) -> Text {
        match text {
            Cow::Borrowed(part) => Text::of_source(self.source, part),
            Cow::Owned(own) => own.into(),
        }
    }
}

fn malformed(error: &JsonSyntaxError) -> FhirError {
    let at = error.location().start;
    FhirError::Malformed {
        format: "JSON",
        line: at.line + 1,
        column: at.column + 1,
    }
}
