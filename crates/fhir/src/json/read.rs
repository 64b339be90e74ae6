//! Reading FHIR JSON into the element tree.

use std::collections::HashMap;

use super::value::{self, Json};
use crate::path::{Path, Place};
use crate::stu3::{self, Content, JsonForm};
use crate::{Document, Element, FhirError, Finding, Findings, Limits, Severity, Text, xml};

/// Reads a FHIR JSON document of any resource type in the table ([`crate::stu3`]).
///
/// Refused: anything but UTF-8, more bytes, depth or values than `limits` allow, JSON that is not
/// well-formed, a name twice in an object, a narrative that is not well-formed XHTML, characters
/// that XML cannot carry. Tolerated with a finding: a single value where an array belongs and the
/// other way round, a string where a number or boolean belongs. Numbers keep their digits.
///
/// # Errors
/// Any of [`FhirError`].
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Document, FhirError> {
    let Json::Object(fields) = value::parse(bytes, limits)? else {
        return Err(FhirError::NotFhir {
            found: "a JSON value that is no object",
        });
    };
    let mut reader = Reader {
        limits,
        path: Path::default(),
        findings: Findings::default(),
    };
    let root = reader.resource(fields)?;
    Ok(Document {
        root,
        findings: reader.findings.into_list(),
    })
}

type Fields = Vec<(Text, Json)>;

struct Reader<'a> {
    limits: &'a Limits,
    path: Path,
    findings: Findings,
}

impl Reader<'_> {
    fn resource(&mut self, fields: Fields) -> Result<Element, FhirError> {
        let kind = fields.iter().find_map(|(name, value)| match value {
            Json::String(kind) if *name == "resourceType" => Some(kind.clone()),
            _ => None,
        });
        let Some(kind) = kind else {
            return Err(FhirError::NotFhir {
                found: "a JSON object without resourceType",
            });
        };
        if !stu3::knows_resource(&kind) {
            let resource_type = kind.chars().take(64).collect();
            return Err(FhirError::UnknownType { resource_type });
        }
        let mut element = Element::new(&kind);
        let back = self.path.push(&kind, None);
        let place = Place::of_root(&element);
        let fields = fields
            .into_iter()
            .filter(|(name, _)| *name != "resourceType")
            .collect();
        self.fields(fields, place, &mut element)?;
        self.path.back(back);
        Ok(element)
    }

    /// The fields of an object become children, `_name` going with `name`.
    fn fields(
        &mut self,
        fields: Fields,
        place: Place,
        element: &mut Element,
    ) -> Result<(), FhirError> {
        let mut merged: Vec<(Text, Option<Json>, Option<Json>)> = Vec::new();
        let mut at: HashMap<String, usize> = HashMap::new();
        for (name, value) in fields {
            let (plain, is_extension) = match name.strip_prefix('_') {
                Some(plain) => (Text::from(plain), true),
                None => (name, false),
            };
            let index = *at.entry(plain.to_string()).or_insert(merged.len());
            if index == merged.len() {
                merged.push((plain, None, None));
            }
            if let Some((_, own, extension)) = merged.get_mut(index) {
                *(if is_extension { extension } else { own }) = Some(value);
            }
        }
        for (name, value, extension) in merged {
            self.field(name, value, extension, place, element)?;
        }
        Ok(())
    }

    fn field(
        &mut self,
        name: Text,
        value: Option<Json>,
        extension: Option<Json>,
        place: Place,
        element: &mut Element,
    ) -> Result<(), FhirError> {
        if let Some(Json::String(text)) = &value {
            let attribute = match &*name {
                "id" if !place.is_resource() => Some(&mut element.id),
                "url" if place.is_extension() => Some(&mut element.url),
                _ => None,
            };
            if let Some(attribute) = attribute {
                *attribute = Some(self.legal(text.clone())?);
                return Ok(());
            }
        }
        let inner = place.child(&name);
        if let Some(slot) = inner.slot {
            let is_array = matches!(
                (&value, &extension),
                (Some(Json::Array(_)), _) | (None, Some(Json::Array(_)))
            );
            if is_array != slot.many {
                self.finding(
                    &name,
                    "expected an array for a repeating element and for no other",
                );
            }
        }
        let mut extensions = items(extension).into_iter();
        let mut values = items(value).into_iter();
        let many = values.len().max(extensions.len());
        for index in 0..many {
            let back = self.path.push(&name, (many > 1).then_some(index));
            let pair = (values.next(), extensions.next());
            let child = self.element(name.clone(), pair.0, pair.1, inner)?;
            self.path.back(back);
            element.children.push(child);
        }
        Ok(())
    }

    fn element(
        &mut self,
        name: Text,
        value: Option<Json>,
        extension: Option<Json>,
        place: Place,
    ) -> Result<Element, FhirError> {
        if !is_name(&name) {
            return Err(self.shape("a name of letters and digits"));
        }
        let mut element = Element::new(name);
        match value {
            None | Some(Json::Null) => {}
            Some(Json::Object(fields)) if place.holds_resource() => {
                element.children.push(self.resource(fields)?);
            }
            Some(Json::Object(fields)) => self.fields(fields, place, &mut element)?,
            Some(Json::Array(_)) => return Err(self.shape("no array inside an array")),
            Some(Json::String(text)) if is_xhtml(place) => {
                element.xhtml = Some(self.narrative(text)?);
            }
            Some(Json::String(text)) => {
                self.form(place, JsonForm::String);
                element.value = Some(self.legal(text)?);
            }
            Some(Json::Number(text)) => {
                self.form(place, JsonForm::Number);
                element.value = Some(text);
            }
            Some(Json::Boolean(value)) => {
                self.form(place, JsonForm::Boolean);
                element.value = Some(value.into());
            }
        }
        match extension {
            None | Some(Json::Null) => {}
            Some(Json::Object(fields)) => self.fields(fields, place, &mut element)?,
            Some(_) => return Err(self.shape("an object with id and extension")),
        }
        Ok(element)
    }

    /// A finding when JSON writes a value of this type in another form.
    fn form(&mut self, place: Place, found: JsonForm) {
        if let Some(Content::Primitive(primitive)) = place.slot.map(|slot| slot.content)
            && primitive.json_form() != found
        {
            let path = self.path.as_str().to_owned();
            self.findings.push(finding(
                path,
                "value has another JSON type than its FHIR type has",
            ));
        }
    }

    fn finding(&mut self, name: &str, what: &str) {
        let back = self.path.push(name, None);
        self.findings
            .push(finding(self.path.as_str().to_owned(), what));
        self.path.back(back);
    }

    /// The text, when XML can carry it.
    fn legal(&self, text: Text) -> Result<Text, FhirError> {
        let illegal = |c: char| {
            (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
        };
        if text.contains(illegal) {
            Err(self.shape("a text without control characters"))
        } else {
            Ok(text)
        }
    }

    /// A narrative's div is XML, with XML's dangers.
    fn narrative(&self, text: Text) -> Result<Text, FhirError> {
        if xml::is_xhtml(&text, self.limits) {
            Ok(text)
        } else {
            Err(self.shape("a well-formed XHTML div in its namespace"))
        }
    }

    fn shape(&self, expected: &'static str) -> FhirError {
        FhirError::Shape {
            path: self.path.as_str().to_owned(),
            expected,
        }
    }
}

/// Whether XML can have an element of this name. FHIR's own are letters and digits.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_xhtml(place: Place) -> bool {
    place
        .slot
        .is_some_and(|slot| slot.content == Content::Xhtml)
}

fn finding(path: String, what: &str) -> Finding {
    let what = what.to_owned();
    Finding {
        id: "json",
        severity: Severity::Error,
        path,
        position: None,
        what,
    }
}

/// The items of an array; one item for anything else.
fn items(value: Option<Json>) -> Vec<Json> {
    match value {
        None => Vec::new(),
        Some(Json::Array(items)) => items,
        Some(other) => vec![other],
    }
}
