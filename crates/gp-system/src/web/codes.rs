//! Response codes with their words.

/// A response code with the official words, as far as they fit a line: `20013 Success`.
pub(super) fn in_words(code: u32) -> String {
    match itk3::ResponseCode::parse(&code.to_string()) {
        Some(known) => {
            let display = known.display();
            let short = display.split_once(" (").map_or(display, |(short, _)| short);
            format!("{code} {}", short.trim_end_matches('.'))
        }
        None => format!("{code}, a code that is not known"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_never_stands_alone() {
        assert_eq!(in_words(20013), "20013 Success");
        assert_eq!(in_words(30001), "30001 Patient known here");
        assert_eq!(
            in_words(30004),
            "30004 Patient known here and recently deceased"
        );
        assert_eq!(in_words(12345), "12345, a code that is not known");
    }
}
