//! The proxy to go through.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::Secret;
use crate::ClientError;
use crate::api::ProxySettings;

/// An HTTP proxy between client and server.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProxyConfig {
    /// `http://host:port`
    pub url: Option<String>,
    /// A `proxy.ini`, as beside the Java client, read when `url` is not given: lines `host=`,
    /// `port=`, `user=` and `password=`. Without such a file there is no proxy.
    pub file: Option<PathBuf>,
    /// The user, for basic authentication.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// Hosts, domains and addresses (`10.0.0.0/8`) to reach without the proxy.
    pub except: Vec<String>,
}

impl ProxyConfig {
    /// What the connection needs; `None` when there is no proxy after all.
    pub(super) fn settings(&self) -> Result<Option<ProxySettings>, ClientError> {
        let mut ini = Ini::default();
        if self.url.is_none()
            && let Some(file) = self.file.as_ref().filter(|file| file.is_file())
        {
            let bytes = super::read_secret(file, "proxy.ini")?;
            ini = Ini::read(&String::from_utf8_lossy(&bytes))?;
        }
        let Some(url) = self.url.clone().or_else(|| ini.url()) else {
            return Ok(None);
        };
        let password = match &self.password {
            Some(password) => Some(password.resolve()?),
            None => ini.password,
        };
        let user = self.user.clone().or(ini.user);
        Ok(Some(ProxySettings {
            url,
            credentials: user.map(|user| (user, password.unwrap_or_else(|| "".into()))),
            except: self.except.clone(),
        }))
    }
}

/// What a `proxy.ini` says. The Java client's own names of the keys are not published: prefixes
/// such as `https.` and `proxy` are dropped, case and unknown keys ignored.
#[derive(Default)]
struct Ini {
    host: Option<String>,
    port: Option<u16>,
    user: Option<String>,
    password: Option<SecretString>,
}

impl Ini {
    fn read(text: &str) -> Result<Self, ClientError> {
        let wrong = |what| ClientError::Configuration(format!("proxy.ini: {what}"));
        let mut ini = Self::default();
        for line in text.lines().map(str::trim) {
            let Some((key, value)) = line.split_once('=') else {
                continue;
            };
            if line.starts_with(['#', ';']) || value.trim().is_empty() {
                continue;
            }
            let value = value.trim();
            let key = key.trim().to_ascii_lowercase();
            let key = key.rsplit('.').next().unwrap_or_default();
            match key.trim_start_matches("proxy").trim_matches(['_', '-']) {
                "host" | "server" => ini.host = Some(value.to_owned()),
                "port" => {
                    ini.port = Some(value.parse().map_err(|_| wrong("port is not a number"))?);
                }
                "user" | "username" => ini.user = Some(value.to_owned()),
                "password" => ini.password = Some(value.into()),
                _ => {}
            }
        }
        if ini.port.is_some() && ini.host.is_none() {
            return Err(wrong("a port without a host"));
        }
        ini.password = ini.password.filter(|it| !it.expose_secret().is_empty());
        Ok(ini)
    }

    fn url(&self) -> Option<String> {
        let host = self.host.as_ref()?;
        let host = host.trim_start_matches("http://").trim_end_matches('/');
        Some(format!("http://{host}:{}", self.port.unwrap_or(8080)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_ini_is_read_whatever_its_keys_are_called() {
        for text in [
            "host=proxy.test\nport=3128\nuser=u\npassword=p=1\n",
            "; a remark\n[proxy]\nhttps.proxyHost = proxy.test\nhttps.proxyPort = 3128\n\
             proxyUser=u\nproxyPassword=p=1\nother=1",
        ] {
            let ini = Ini::read(text).unwrap();
            assert_eq!(ini.url().unwrap(), "http://proxy.test:3128");
            assert_eq!(ini.user.unwrap(), "u");
            assert_eq!(ini.password.unwrap().expose_secret(), "p=1");
        }
        assert!(Ini::read("# nothing").unwrap().url().is_none());
        assert!(Ini::read("port=80").is_err() && Ini::read("host=a\nport=x").is_err());
    }
}
