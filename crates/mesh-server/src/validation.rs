//! Query and path fields, refused in the framework's shape that peers know:
//! `{"detail":[{"type","loc","msg"}]}`.

use mesh::api::{ValidationError, ValidationErrors};

use crate::error::Failure;

/// The fields of a query string. Of a field that comes twice the last counts.
pub(crate) struct Query {
    fields: Vec<(String, String)>,
    errors: Vec<ValidationError>,
}

impl Query {
    pub(crate) fn read(query: Option<&str>) -> Self {
        let fields = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        Self {
            fields,
            errors: Vec::new(),
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .rev()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// A text of `shortest` to `longest` characters, when it is there.
    pub(crate) fn text(
        &mut self,
        name: &'static str,
        shortest: usize,
        longest: usize,
    ) -> Option<String> {
        let text = self.get(name)?.to_owned();
        let length = text.chars().count();
        if length < shortest {
            let msg = format!("String should have at least {}", characters(shortest));
            self.refuse("string_too_short", name, msg);
        } else if length > longest {
            let msg = format!("String should have at most {}", characters(longest));
            self.refuse("string_too_long", name, msg);
        }
        Some(text)
    }

    /// A text that must be there and not be blank.
    pub(crate) fn required(&mut self, name: &'static str) -> String {
        match self.text(name, 1, usize::MAX) {
            Some(text) => text,
            None => {
                self.refuse("missing", name, "Field required".to_owned());
                String::new()
            }
        }
    }

    /// A whole number of `smallest` to `largest`; `default` when it is not there.
    pub(crate) fn number(
        &mut self,
        name: &'static str,
        smallest: usize,
        largest: usize,
        default: usize,
    ) -> usize {
        let Some(text) = self.get(name) else {
            return default;
        };
        match text.trim().parse::<i128>() {
            Err(_) => {
                let msg = "Input should be a valid integer, unable to parse string as an integer";
                self.refuse("int_parsing", name, msg.to_owned());
            }
            Ok(number) => match usize::try_from(number) {
                Ok(number) if number > largest => {
                    let msg = format!("Input should be less than or equal to {largest}");
                    self.refuse("less_than_equal", name, msg);
                }
                Ok(number) if number >= smallest => return number,
                _ => {
                    let msg = format!("Input should be greater than or equal to {smallest}");
                    self.refuse("greater_than_equal", name, msg);
                }
            },
        }
        default
    }

    /// Notes that a field is not what it should be.
    pub(crate) fn refuse(&mut self, kind: &str, name: &str, msg: String) {
        self.errors.push(error(kind, "query", name, msg));
    }

    /// Fails when any field was refused; all of them are told.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Failure::Validation(ValidationErrors {
                detail: self.errors,
            }))
        }
    }
}

fn characters(count: usize) -> String {
    if count == 1 {
        "1 character".to_owned()
    } else {
        format!("{count} characters")
    }
}

fn error(kind: &str, place: &str, name: &str, msg: String) -> ValidationError {
    ValidationError {
        kind: kind.to_owned(),
        loc: vec![place.to_owned(), name.to_owned()],
        msg,
    }
}

/// The chunk number of a path. Numbers too large for any message read as the largest there is, so
/// that the exchange answers for them as for every number past the end.
pub(crate) fn chunk_number(text: &str, smallest: u32) -> Result<u32, Failure> {
    let refused = |kind: &str, msg: String| {
        let detail = vec![error(kind, "path", "chunk_number", msg)];
        Err(Failure::Validation(ValidationErrors { detail }))
    };
    match text.parse::<i128>() {
        Err(_) => {
            let msg = "Input should be a valid integer, unable to parse string as an integer";
            refused("int_parsing", msg.to_owned())
        }
        Ok(number) if number < i128::from(smallest) => {
            let msg = format!("Input should be greater than or equal to {smallest}");
            refused("greater_than_equal", msg)
        }
        Ok(number) => Ok(u32::try_from(number).unwrap_or(u32::MAX)),
    }
}

/// Refuses a part of a path that is blank.
pub(crate) fn not_blank(name: &str, text: &str) -> Result<(), Failure> {
    if !text.trim().is_empty() {
        return Ok(());
    }
    let msg = "String should have at least 1 character that is not blank".to_owned();
    let detail = vec![error("string_too_short", "path", name, msg)];
    Err(Failure::Validation(ValidationErrors { detail }))
}

/// Headers that must be there and are not.
pub(crate) fn missing_headers(names: &[&str]) -> Failure {
    let detail = names
        .iter()
        .map(|name| error("missing", "header", name, "Field required".to_owned()))
        .collect();
    Failure::Validation(ValidationErrors { detail })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_are_read_and_every_wrong_one_is_told() {
        let mut query = Query::read(Some("a=%2Bx+y&n=20&n=30"));
        assert_eq!(query.text("a", 1, 4).as_deref(), Some("+x y"));
        assert_eq!(query.number("n", 1, 30, 7), 30);
        assert_eq!(query.number("m", 1, 30, 7), 7);
        assert!(query.finish().is_ok());

        let mut query = Query::read(Some(
            "short=x&long=xyz&number=ten&small=-1&large=99999999999",
        ));
        query.text("short", 2, 9);
        query.text("long", 1, 2);
        query.number("number", 1, 9, 5);
        query.number("small", 1, 9, 5);
        query.number("large", 1, 9, 5);
        query.required("absent");
        let Err(Failure::Validation(errors)) = query.finish() else {
            panic!("accepted")
        };
        let kinds: Vec<_> = errors
            .detail
            .iter()
            .map(|error| error.kind.as_str())
            .collect();
        assert_eq!(
            kinds,
            [
                "string_too_short",
                "string_too_long",
                "int_parsing",
                "greater_than_equal",
                "less_than_equal",
                "missing"
            ]
        );
    }

    proptest! {
        #[test]
        fn any_query_is_read_or_refused(query in "\\PC{0,60}") {
            let mut query = Query::read(Some(&query));
            let number = query.number("n", 10, 5000, 500);
            prop_assert!((10..=5000).contains(&number));
        }

        #[test]
        fn any_chunk_number_is_read_or_refused(text in "\\PC{0,30}") {
            if let Ok(number) = chunk_number(&text, 1) {
                prop_assert!(number >= 1);
            }
        }
    }
}
