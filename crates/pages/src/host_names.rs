//! The names by which a site without a sign-in may be asked for. A page of another site can make a browser ask a name of
//! its own that leads to this machine (DNS rebinding); such a name is none of these.

use std::net::IpAddr;

/// The names by which a site may be asked for.
#[derive(Debug, Clone, Default)]
pub struct HostNames {
    /// Asked for from other machines too: by any address, and by names without a dot, as containers have.
    pub open: bool,
    /// Further names.
    pub further: Vec<String>,
}

impl HostNames {
    /// Whether a request for this name, with or without a port, is for the site.
    pub fn admit(&self, host: Option<&str>) -> bool {
        let Some(name) = host.map(without_port) else {
            return false;
        };
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        if name.is_empty() {
            return false;
        }
        if let Ok(address) = name.parse::<IpAddr>() {
            return self.open || address.to_canonical().is_loopback();
        }
        let is_this_machine = name == "localhost" || name.ends_with(".localhost");
        let is_further = || {
            self.further
                .iter()
                .any(|known| known.eq_ignore_ascii_case(&name))
        };
        is_this_machine || (self.open && !name.contains('.')) || is_further()
    }
}

fn without_port(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split_once(']').map_or("", |(address, _)| address);
    }
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_others_can_give_to_this_machine_is_not_admitted() {
        let own = HostNames::default();
        let open = HostNames {
            open: true,
            further: vec!["sandbox.test.example".to_owned()],
        };
        for (host, by_own, by_open) in [
            (Some("127.0.0.1:8701"), true, true),
            (Some("localhost"), true, true),
            (Some("LOCALHOST.:8701"), true, true),
            (Some("ui.localhost:1"), true, true),
            (Some("[::1]:8701"), true, true),
            (Some("192.0.2.7:8701"), false, true),
            (Some("[2001:db8::7]:8701"), false, true),
            (Some("sandbox:8701"), false, true),
            (Some("sandbox.test.example:8701"), false, true),
            (Some("evil.example:8701"), false, false),
            (Some("127.0.0.1.evil.example"), false, false),
            (Some("localhost.evil.example"), false, false),
            (Some(":8701"), false, false),
            (Some(""), false, false),
            (None, false, false),
        ] {
            assert_eq!(own.admit(host), by_own, "{host:?}");
            assert_eq!(open.admit(host), by_open, "{host:?}");
        }
    }
}
