//! `restante server --sandbox --strict` over a directory of its own.

use std::net::SocketAddr;

use super::process::{Service, restante};

/// A sandbox that goes with this value.
pub struct Sandbox {
    service: Service,
    _data: tempfile::TempDir,
}

impl Sandbox {
    pub fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut command = restante();
        command
            .args(["server", "--sandbox", "--strict", "--listen", "127.0.0.1:0"])
            .arg("--data")
            .arg(data.path())
            .env("RESTANTE_LOG", "error");
        Self {
            service: Service::start(&mut command),
            _data: data,
        }
    }

    pub fn url(&self) -> &str {
        &self.service.url
    }

    pub fn address(&self) -> SocketAddr {
        self.service.address().parse().unwrap()
    }
}
