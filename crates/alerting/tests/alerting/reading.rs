//! The table `[alerting]`, and what is said of mistakes in it.

use crate::kit::read;

const WEBHOOK: &str = "[alerting.webhook]\nurl = \"https://alerts.example/hook\"\n";
const EMAIL: &str =
    "[alerting.email]\nhost = \"smtp.example\"\nfrom = \"a@b.example\"\nto = [\"c@d.example\"]\n";

#[test]
fn the_least_settings_have_the_documented_defaults() {
    let settings = read(&format!("{WEBHOOK}{EMAIL}")).unwrap();
    let email = settings.email.unwrap();
    assert_eq!((email.port, email.tls), (465, alerting::TlsMode::Tls));
    assert_eq!(settings.webhook.unwrap().header_name, "Authorization");
    assert_eq!(
        settings.minimum_interval_minutes,
        alerting::Minutes::new(15)
    );
    assert!(settings.kinds.is_none());
}

#[test]
fn mistakes_are_told_with_line_and_expectation_and_without_secrets() {
    let webhook = |from: &str, to: &str| WEBHOOK.replace(from, to);
    let email = |from: &str, to: &str| EMAIL.replace(from, to);
    for (text, line, expected) in [
        ("[alerting]\n".to_owned(), "line 1", "[alerting.webhook]"),
        (
            webhook("https", "http"),
            "line 2",
            "can be read and altered",
        ),
        (webhook("https", "ftp"), "line 2", "begins with https://"),
        (
            webhook("https://", "https://user:t0ken@"),
            "line 2",
            "header_value",
        ),
        (
            webhook("https://alerts.example/hook", "t0ken"),
            "line 2",
            "expected a URL",
        ),
        (
            format!("{WEBHOOK}header_name = \"a b\"\n"),
            "line 1",
            "name of a header",
        ),
        (
            format!("{WEBHOOK}redirects = 1\n"),
            "line 3",
            "`redirects` is not a known key",
        ),
        (
            format!("[alerting]\nminimum_interval_minutes = 0\n{WEBHOOK}"),
            "line 2",
            "1 to 1440",
        ),
        (
            format!("[alerting]\nkinds = [\"letter\"]\n{WEBHOOK}"),
            "line 2",
            "letter-failed",
        ),
        (
            format!("[alerting]\naddress = \"practice\"\n{WEBHOOK}"),
            "line 2",
            "https://practice.example",
        ),
        (email("smtp.example", "smtp.example:25"), "line 2", "host"),
        (
            email("a@b.example", "Anna <a@b.example>"),
            "line 3",
            "without a name",
        ),
        (email("[\"c@d.example\"]", "[]"), "line 1", "one to twenty"),
        (
            format!("{EMAIL}tls = \"none\"\n"),
            "line 1",
            "this machine only",
        ),
        (format!("{EMAIL}tls = \"ssl\"\n"), "line 5", "starttls"),
        (
            format!("{EMAIL}password = \"t0ken\"\n"),
            "line 1",
            "user and password",
        ),
    ] {
        let said = read(&text).expect_err(&text);
        assert!(
            said.contains(line) && said.contains(expected),
            "{text}: {said}"
        );
        assert!(!said.contains("t0ken"), "{said}");
    }
}

#[test]
fn plain_ways_to_this_machine_are_taken() {
    for text in [
        WEBHOOK.replace("https://alerts.example", "http://127.0.0.1:9000"),
        format!("{EMAIL}tls = \"none\"\n").replace("smtp.example", "localhost"),
        format!("{EMAIL}tls = \"none\"\n").replace("smtp.example", "::1"),
    ] {
        read(&text).expect(&text);
    }
}

#[test]
fn neither_settings_nor_errors_show_a_token_of_the_address() {
    let settings = read(&WEBHOOK.replace("/hook", "/t0ken?key=t0ken")).unwrap();
    let shown = format!("{settings:?}");
    assert!(
        shown.contains("alerts.example") && !shown.contains("t0ken"),
        "{shown}"
    );
}
