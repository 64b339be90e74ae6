//! Where the demo listens, and by which names it is reached.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use clap::Args;

use crate::error::Error;

/// The usual port of the pages, and that of the MESH API.
const PAGES: u16 = 8780;
const MESH: u16 = 8700;
/// Ports tried when the usual one is taken.
const TRIED: u16 = 100;

/// Where the demo listens.
#[derive(Args)]
pub struct Listening {
    /// The address that pages and MESH API listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1", value_parser = address)]
    pub listen: IpAddr,
    /// The port of the web pages [default: 8780, or the next free one]
    #[arg(long)]
    pub port: Option<u16>,
    /// The port of the MESH API [default: 8700, or the next free one]
    #[arg(long)]
    pub mesh_port: Option<u16>,
    /// Let other machines in: needed for a --listen that they reach. The pages are plain HTTP behind a password
    #[arg(long)]
    pub open: bool,
    /// A name or address that other machines know this one by, for the certificate and the files in DIR/connect
    #[arg(long, value_name = "HOST", value_parser = host)]
    pub name: Vec<String>,
}

fn address(text: &str) -> Result<IpAddr, &'static str> {
    if text == "localhost" {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    text.parse().map_err(|_| {
        "expected an address of this machine without a port, such as 127.0.0.1, or 0.0.0.0 for all of them; the ports \
         are --port and --mesh-port"
    })
}

fn host(text: &str) -> Result<String, &'static str> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
    if text.is_empty() || text.len() > 253 || !text.chars().all(allowed) {
        return Err("expected a host name or an IP address, without port or https://");
    }
    Ok(text.to_owned())
}

impl Listening {
    /// Refuses what would let other machines in unasked.
    ///
    /// # Errors
    ///
    /// When `--listen` is an address that others reach, and `--open` is not given.
    pub fn check(&self) -> Result<(), Error> {
        if settings::is_loopback(self.listen) {
            return Ok(());
        }
        if !self.open {
            return Err(Error::Arguments(format!(
                "--listen {}: other machines would reach the demo, its pages over plain HTTP, where the password can be \
                 read on the way; nothing was started. Give --open if that is meant, and --name HOST for each name by \
                 which others reach this machine",
                self.listen
            )));
        }
        tracing::warn!(
            listen = %self.listen,
            "other machines reach the demo: its pages ask for a password over plain HTTP, its MESH API for a client certificate"
        );
        Ok(())
    }

    /// Binds the pages' port.
    ///
    /// # Errors
    ///
    /// The last failure, when no port can be had.
    pub async fn bind_pages<T, E>(
        &self,
        bind: impl AsyncFn(SocketAddr) -> Result<T, E>,
    ) -> Result<T, E> {
        self.bind(self.port, PAGES, bind).await
    }

    /// Binds the MESH API's port.
    ///
    /// # Errors
    ///
    /// As [`Self::bind_pages`].
    pub async fn bind_mesh<T, E>(
        &self,
        bind: impl AsyncFn(SocketAddr) -> Result<T, E>,
    ) -> Result<T, E> {
        self.bind(self.mesh_port, MESH, bind).await
    }

    /// The port asked for, else the usual one or the next that is free.
    async fn bind<T, E>(
        &self,
        asked: Option<u16>,
        usual: u16,
        bind: impl AsyncFn(SocketAddr) -> Result<T, E>,
    ) -> Result<T, E> {
        let at = |port| SocketAddr::new(self.listen, port);
        let mut port = asked.unwrap_or(usual);
        let last = if asked.is_some() { port } else { usual + TRIED };
        loop {
            match bind(at(port)).await {
                Err(_) if port < last => port += 1,
                bound => return bound,
            }
        }
    }

    /// The name that clients use: the first that was given, else this machine's own.
    pub fn host(&self) -> String {
        match self.name.first() {
            Some(name) => bracketed(name),
            None if self.is_by_localhost() => "localhost".to_owned(),
            None => bracketed(&self.listen.to_string()),
        }
    }

    /// The name by which the demo's own clients, on this machine, reach it.
    pub fn own_host(&self) -> String {
        if self.is_by_localhost() {
            "localhost".to_owned()
        } else {
            bracketed(&self.listen.to_string())
        }
    }

    /// Where browsers find the pages that listen on this port.
    pub fn pages_url(&self, port: u16) -> String {
        let host = match self.name.first() {
            Some(name) => bracketed(name),
            None if self.listen.is_unspecified() => "localhost".to_owned(),
            None => bracketed(&self.listen.to_string()),
        };
        format!("http://{host}:{port}")
    }

    /// The names and addresses in the certificate of the MESH API.
    pub fn names(&self) -> Vec<String> {
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        if !self.listen.is_unspecified() {
            names.push(self.listen.to_string());
        }
        names.extend(self.name.iter().cloned());
        let mut known = std::collections::HashSet::new();
        names.retain(|name| known.insert(name.clone()));
        names
    }

    /// Whether `localhost` leads to where the demo listens.
    fn is_by_localhost(&self) -> bool {
        self.listen.is_unspecified() || self.listen == IpAddr::from(Ipv4Addr::LOCALHOST)
    }
}

/// An IPv6 address as URLs have it.
fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}
