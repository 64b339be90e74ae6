//! Which exchange an operator's command works on, whether or not a server runs on it.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use exchange::Operator;
use nhs::{SystemClock, SystemRandomness};

use crate::config::{self, Place};
use crate::error::Error;

/// Which exchange an operator command means.
#[derive(Args, Clone)]
#[group(required = true, multiple = false)]
pub struct Target {
    /// The server's configuration file
    #[arg(long, value_name = "server.toml", global = true)]
    config: Option<PathBuf>,
    /// The server's data directory
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
}

impl Target {
    /// Where the exchange keeps what it keeps.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be read or is wrong.
    pub fn place(&self) -> Result<Place, Error> {
        match (&self.config, &self.data) {
            (Some(config), _) => Ok(config::server(config)?.place()),
            (None, Some(data)) => Ok(Place::in_directory(data)),
            (None, None) => Err(Error::Usage(
                "give --config server.toml or --data DIR".to_owned(),
            )),
        }
    }

    /// The exchange's data directory.
    ///
    /// # Errors
    ///
    /// As [`Target::place`].
    pub fn data_directory(&self) -> Result<PathBuf, Error> {
        Ok(self.place()?.data)
    }

    /// Whether it is a practice's configuration, for commands on what every service with pages has.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be read.
    pub fn is_practice(&self) -> Result<bool, Error> {
        match &self.config {
            Some(config) => config::is_practice(config),
            None => Ok(false),
        }
    }

    /// Where a practice or an exchange keeps the users of its pages.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be read or is wrong.
    pub fn pages_directory(&self) -> Result<PathBuf, Error> {
        match &self.config {
            Some(config) if config::is_practice(config)? => {
                Ok(config::practice(config)?.practice.data_directory)
            }
            _ => self.data_directory(),
        }
    }

    /// The operator's side of the exchange.
    ///
    /// # Errors
    ///
    /// As [`Target::place`]; when the store or its key cannot be opened.
    pub fn operator(&self) -> Result<Operator, Error> {
        let place = self.place()?;
        Ok(Operator::open_with(
            &place.store,
            &place.data,
            &place.key_file,
            Arc::new(SystemRandomness),
            Arc::new(SystemClock),
        )?)
    }
}
