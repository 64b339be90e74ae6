//! The first look at a document: whatever could hurt the parser or us is refused before a tree is
//! built. One pass, nothing allocated for each element.

use std::collections::HashSet;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::{FhirError, Limits};

/// More attributes than any element of FHIR or of a narrative has. Parsers compare every pair.
const ATTRIBUTES: usize = 64;

/// More namespace prefixes than any message has. Parsers hand all of them down to every element
/// that declares another.
const PREFIXES: usize = 32;

/// Refuses document types, too many or too deep elements and attributes.
pub(super) fn check(source: &str, limits: &Limits) -> Result<(), FhirError> {
    let mut reader = Reader::from_str(source);
    let mut count = Count {
        limits,
        depth: 0,
        elements: 0,
        prefixes: HashSet::new(),
    };
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                count.element(&start)?;
                count.depth += 1;
            }
            Ok(Event::Empty(start)) => count.element(&start)?,
            Ok(Event::End(_)) => count.depth = count.depth.saturating_sub(1),
            Ok(Event::DocType(_)) => return Err(FhirError::DocumentType),
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(_) => return Err(malformed(source, reader.error_position())),
        }
    }
}

struct Count<'a> {
    limits: &'a Limits,
    depth: usize,
    elements: usize,
    prefixes: HashSet<String>,
}

impl Count<'_> {
    fn element(&mut self, start: &BytesStart<'_>) -> Result<(), FhirError> {
        self.elements += 1;
        if self.depth >= self.limits.depth {
            return Err(FhirError::TooDeep {
                limit: self.limits.depth,
            });
        }
        if self.elements > self.limits.elements {
            return Err(FhirError::TooManyElements {
                limit: self.limits.elements,
            });
        }
        let mut attributes = start.attributes();
        for (index, attribute) in attributes.with_checks(false).enumerate() {
            if index == ATTRIBUTES {
                return Err(FhirError::TooManyAttributes { limit: ATTRIBUTES });
            }
            let key = attribute
                .as_ref()
                .map(|attribute| attribute.key.into_inner());
            if let Ok(prefix) = key
                && prefix.starts_with("xmlns:")
                && !self.prefixes.contains(prefix)
            {
                self.prefixes.insert(prefix.to_owned());
            }
        }
        if self.prefixes.len() > PREFIXES {
            return Err(FhirError::TooManyPrefixes { limit: PREFIXES });
        }
        Ok(())
    }
}

fn malformed(source: &str, offset: u64) -> FhirError {
    let offset = usize::try_from(offset)
        .unwrap_or(usize::MAX)
        .min(source.len());
    let before = source.as_bytes().get(..offset).unwrap_or_default();
    let line = before.split(|byte| *byte == b'\n').count();
    let column = before
        .rsplit(|byte| *byte == b'\n')
        .next()
        .map_or(0, <[u8]>::len)
        + 1;
    FhirError::Malformed {
        format: "XML",
        line: line as u64,
        column: column as u64,
    }
}
