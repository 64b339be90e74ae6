//! How the files of a pack are named.

/// Characters of a message's own name in a file name.
const LONGEST: usize = 60;

/// `messages/20-TST-08-LOCAL.xml`: the message `number`, with the script or case it belongs to and its local id.
pub fn message(number: u32, case: Option<&str>, local_id: &str, ending: &str) -> String {
    let mut parts = vec![number.to_string()];
    parts.extend(case.map(safe));
    parts.push(safe(local_id));
    parts.retain(|part| !part.is_empty());
    format!("messages/{}.{ending}", parts.join("-"))
}

/// `answers/20-inf-20013.xml`.
pub fn answer(number: u32, kind: &str, code: &str) -> String {
    format!("answers/{number}-{}-{}.xml", safe(kind), safe(code))
}

/// `findings/20.json`.
pub fn findings(number: u32) -> String {
    format!("findings/{number}.json")
}

/// `journeys/20.json`.
pub fn journey(number: u32) -> String {
    format!("journeys/{number}.json")
}

/// `screenshots/GPCM-SD-083.png`.
pub fn screenshot(id: &str) -> String {
    format!("screenshots/{}.png", safe(id))
}

/// What a sender wrote, fit for a file name anywhere.
fn safe(text: &str) -> String {
    let kept = text.chars().filter_map(|c| match c {
        c if c.is_ascii_alphanumeric() => Some(c),
        '-' | '_' => Some(c),
        ' ' | '.' | ':' => Some('-'),
        _ => None,
    });
    kept.take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sender_wrote_leads_nowhere_else() {
        let name = message(3, Some("TST-01"), "../../etc/passwd\u{0}", "xml");
        assert_eq!(name, "messages/3-TST-01-----etcpasswd.xml");
        assert_eq!(message(4, None, "", "ctl"), "messages/4.ctl");
        assert_eq!(answer(4, "inf", "20013"), "answers/4-inf-20013.xml");
    }
}
