//! Whether what goes to an address can be read on the way.

use std::net::IpAddr;

/// Whether an address is this machine's own, reached by nobody else.
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Whether a host is this machine, by the name `localhost` or by an address, an IPv6 one with or without its brackets.
pub fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse().is_ok_and(is_loopback)
}

/// Whether a URL is `http://` and leads off this machine: passwords, tokens and patients' data sent there can be
/// read and altered on the way. What is written unusually counts as off this machine.
///
/// ```
/// assert!(settings::is_sent_in_clear("http://pds.example/FHIR"));
/// assert!(!settings::is_sent_in_clear("http://127.0.0.1:8790/FHIR"));
/// assert!(!settings::is_sent_in_clear("https://pds.example/FHIR"));
/// ```
pub fn is_sent_in_clear(url: &str) -> bool {
    let Some((scheme, rest)) = url.trim().split_once(':') else {
        return false;
    };
    if !scheme.eq_ignore_ascii_case("http") {
        return false;
    }
    let rest = rest.trim_start_matches(['/', '\\']);
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next(),
        None => host.split(':').next(),
    };
    !host.is_some_and(is_this_machine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_to_this_machine_and_https_stay_unread() {
        for clear in [
            "http://pds.example",
            "HTTP://pds.example:80/x",
            " http://pds.example",
            "http:pds.example",
            "http:\\\\pds.example",
            "http://localhost@pds.example/",
            "http://127.0.0.1:80@pds.example/",
            "http://localhost.example",
            "http://[2001:db8::1]:8700",
            "http://10.0.0.1",
            "http://0.0.0.0:8700",
            "http://",
        ] {
            assert!(is_sent_in_clear(clear), "{clear}");
        }
        for safe in [
            "https://pds.example",
            "http://localhost:8700",
            "http://LOCALHOST",
            "http://user:secret@127.0.0.1/x",
            "http://127.8.9.1",
            "http://[::1]:8700/x",
            "http://[::ffff:127.0.0.1]/",
            "no URL",
        ] {
            assert!(!is_sent_in_clear(safe), "{safe}");
        }
    }
}
