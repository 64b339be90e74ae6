//! The primitive datatypes of STU3 and what their values look like.

use jiff::civil::Date;

/// A primitive datatype.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Primitive {
    Base64Binary,
    Boolean,
    Code,
    Date,
    DateTime,
    Decimal,
    Id,
    Instant,
    Integer,
    Markdown,
    Oid,
    PositiveInt,
    String,
    Time,
    UnsignedInt,
    Uri,
    Uuid,
}

/// How JSON writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonForm {
    String,
    Number,
    Boolean,
}

impl Primitive {
    /// The type of this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "base64Binary" => Self::Base64Binary,
            "boolean" => Self::Boolean,
            "code" => Self::Code,
            "date" => Self::Date,
            "dateTime" => Self::DateTime,
            "decimal" => Self::Decimal,
            "id" => Self::Id,
            "instant" => Self::Instant,
            "integer" => Self::Integer,
            "markdown" => Self::Markdown,
            "oid" => Self::Oid,
            "positiveInt" => Self::PositiveInt,
            "string" => Self::String,
            "time" => Self::Time,
            "unsignedInt" => Self::UnsignedInt,
            "uri" => Self::Uri,
            "uuid" => Self::Uuid,
            _ => return None,
        })
    }

    /// How JSON writes it.
    pub(crate) fn json_form(self) -> JsonForm {
        match self {
            Self::Boolean => JsonForm::Boolean,
            Self::Decimal | Self::Integer | Self::PositiveInt | Self::UnsignedInt => {
                JsonForm::Number
            }
            _ => JsonForm::String,
        }
    }

    /// What a value looks like, for messages.
    pub(crate) fn form(self) -> &'static str {
        match self {
            Self::Base64Binary => "base64",
            Self::Boolean => "a boolean, true or false",
            Self::Code => "a code, without blanks at the ends or two in a row",
            Self::Date => "a date, YYYY, YYYY-MM or YYYY-MM-DD",
            Self::DateTime => "a dateTime: a date, or a date with time and zone",
            Self::Decimal => "a decimal number",
            Self::Id => "an id, 1 to 64 letters, digits, '-' and '.'",
            Self::Instant => "an instant, with date, seconds and zone",
            Self::Integer => "a 32-bit integer",
            Self::Markdown | Self::String => "a text of at most 1 MB without control characters",
            Self::Oid => "an OID, urn:oid:…",
            Self::PositiveInt => "a whole number from 1",
            Self::Time => "a time, hh:mm:ss",
            Self::UnsignedInt => "a whole number from 0",
            Self::Uri => "a URI, without white space",
            Self::Uuid => "a UUID, urn:uuid:…",
        }
    }

    /// Whether the text is a value of this type.
    pub(crate) fn admits(self, text: &str) -> bool {
        match self {
            Self::Base64Binary => is_base64(text),
            Self::Boolean => matches!(text, "true" | "false"),
            Self::Code => is_code(text),
            Self::Date => is_date(text),
            Self::DateTime => match text.split_once('T') {
                Some((date, time)) => date.len() == 10 && is_date(date) && is_zoned_time(time),
                None => is_date(text),
            },
            Self::Decimal => is_decimal(text),
            Self::Id => is_id(text),
            Self::Instant => text.split_once('T').is_some_and(|(date, time)| {
                date.len() == 10 && is_date(date) && is_zoned_time(time)
            }),
            Self::Integer => is_integer(text, i64::from(i32::MIN)),
            Self::Markdown | Self::String => is_string(text),
            Self::Oid => text.strip_prefix("urn:oid:").is_some_and(is_oid),
            Self::PositiveInt => is_integer(text, 1),
            Self::Time => is_time(text),
            Self::UnsignedInt => is_integer(text, 0),
            Self::Uri => !text.is_empty() && !text.contains(char::is_whitespace),
            Self::Uuid => text.strip_prefix("urn:uuid:").is_some_and(is_uuid),
        }
    }
}

/// Groups of four of the base64 alphabet, padded at the end, white space anywhere.
fn is_base64(text: &str) -> bool {
    let (mut letters, mut padding) = (0usize, 0usize);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => letters += 1,
            b'=' => padding += 1,
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => return false,
        }
    }
    padding <= 2 && letters > 0 && (letters + padding) % 4 == 0
}

fn is_code(text: &str) -> bool {
    let white = |c: char| c.is_whitespace();
    !text.is_empty()
        && !text.starts_with(white)
        && !text.ends_with(white)
        && !text
            .chars()
            .zip(text.chars().skip(1))
            .any(|(a, b)| white(a) && white(b))
}

/// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, a real one.
fn is_date(text: &str) -> bool {
    let digits = |part: &str, count: usize| {
        part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let number = |part: Option<&str>| part.map_or(Ok(1), str::parse::<i8>);
    digits(year, 4)
        && month.is_none_or(|month| digits(month, 2))
        && day.is_none_or(|day| digits(day, 2))
        && parts.next().is_none()
        && match (year.parse(), number(month), number(day)) {
            (Ok(year), Ok(month), Ok(day)) => Date::new(year, month, day).is_ok(),
            _ => false,
        }
}

fn is_time(text: &str) -> bool {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let [h1, h2, b':', m1, m2, b':', s1, s2] = clock.as_bytes() else {
        return false;
    };
    let below = |tens: &u8, ones: &u8, limit: u8| {
        tens.is_ascii_digit() && ones.is_ascii_digit() && (tens - b'0') * 10 + (ones - b'0') < limit
    };
    below(h1, h2, 24)
        && below(m1, m2, 60)
        && below(s1, s2, 61)
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

/// A time with `Z` or `+hh:mm`.
fn is_zoned_time(text: &str) -> bool {
    if let Some(time) = text.strip_suffix('Z') {
        return is_time(time);
    }
    let Some(at) = text.rfind(['+', '-']) else {
        return false;
    };
    let (time, zone) = text.split_at(at);
    let zone = zone.trim_start_matches(['+', '-']);
    is_time(time) && zone.len() == 5 && zone <= "14:00" && is_time(&format!("{zone}:00"))
}

fn is_integer(text: &str, least: i64) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits == "0" || (!digits.starts_with('0') && !digits.is_empty());
    plain
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && text
            .parse::<i64>()
            .is_ok_and(|n| (least..=i64::from(i32::MAX)).contains(&n))
}

/// As JSON writes numbers.
pub(crate) fn is_decimal(text: &str) -> bool {
    let all_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            exponent.strip_prefix(['+', '-']).unwrap_or(exponent),
        ),
        None => (unsigned, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    all_digits(whole)
        && all_digits(fraction)
        && all_digits(exponent)
        && (whole == "0" || !whole.starts_with('0'))
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

fn is_string(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 1 << 20
        && !text
            .chars()
            .any(|c| c < ' ' && !matches!(c, '\t' | '\r' | '\n'))
}

fn is_oid(text: &str) -> bool {
    text.starts_with(['0', '1', '2'])
        && text.contains('.')
        && text.split('.').all(|arc| {
            !arc.is_empty()
                && arc.bytes().all(|byte| byte.is_ascii_digit())
                && (arc == "0" || !arc.starts_with('0'))
        })
}

/// A UUID in its usual form, lower or upper case.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_each_type_are_told_from_others() {
        use Primitive::*;
        let cases: [(Primitive, &[&str], &[&str]); 16] = [
            (
                Base64Binary,
                &["AAAA", "AA==", "A A\nA A"],
                &["", "AAA", "AA=A", "A===", "AAA%"],
            ),
            (Boolean, &["true", "false"], &["True", "1", "yes", ""]),
            (Code, &["final", "a b"], &["", " a", "a ", "a  b"]),
            (
                Date,
                &["1946", "1946-06", "1946-06-23"],
                &["46", "1946-13", "1946-02-30", "1946-06-23T"],
            ),
            (
                DateTime,
                &[
                    "1946",
                    "2026-01-14T09:30:12Z",
                    "2026-01-14T09:30:12.5+01:00",
                ],
                &[
                    "2026-01-14T09:30Z",
                    "2026-01-14T09:30:12",
                    "2026-01T09:30:12Z",
                ],
            ),
            (
                Decimal,
                &["0", "-1.50", "1e3"],
                &["", "+1", "01", ".5", "1.", "NaN"],
            ),
            (Id, &["a", "A-1.b"], &["", "a b", "a_b", LONG_ID]),
            (
                Instant,
                &["2026-01-14T09:30:12Z", "2017-01-23T10:10:16.123+00:00"],
                &["2026-01-14", "2026-01-14T09:30:12", "2026-01-14T25:30:12Z"],
            ),
            (
                Integer,
                &["0", "-5", "2147483647"],
                &["", "+1", "01", "2147483648", "1.0"],
            ),
            (
                Oid,
                &["urn:oid:1.2.3"],
                &["1.2.3", "urn:oid:1", "urn:oid:1.02"],
            ),
            (PositiveInt, &["1"], &["0", "-1"]),
            (String, &["a", "ä\n"], &["", "\u{1}"]),
            (
                Time,
                &["09:30:12", "09:30:12.5"],
                &["09:30", "24:00:00", "09:30:12Z"],
            ),
            (UnsignedInt, &["0", "1"], &["-1"]),
            (Uri, &["urn:uuid:x", "http://a/b"], &["", "a b"]),
            (
                Uuid,
                &["urn:uuid:c757873d-ec9a-4326-a141-556f43239520"],
                &["c757873d-ec9a-4326-a141-556f43239520"],
            ),
        ];
        for (kind, good, bad) in cases {
            good.iter()
                .for_each(|text| assert!(kind.admits(text), "{kind:?} {text}"));
            bad.iter()
                .for_each(|text| assert!(!kind.admits(text), "{kind:?} {text}"));
        }
    }

    const LONG_ID: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
}
