//! Which exchange or practice an operator's command works on, whether or not a service runs on it.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use exchange::Operator;
use nhs::{SystemClock, SystemRandomness};
use settings::Secret;

use crate::config::{self, Place};
use crate::data_directory::{self, Holds};
use crate::error::Error;

/// Which exchange an operator command means: one of the two, before or after the command's verb.
#[derive(Args, Clone)]
pub struct Target {
    /// The server's configuration file, in place of --data; for `user` and `audit follow` a practice's as well
    #[arg(
        long,
        value_name = "server.toml",
        global = true,
        help_heading = "Which exchange"
    )]
    config: Option<PathBuf>,
    /// The data directory of an exchange that was started or set up before, in place of --config
    #[arg(
        long,
        value_name = "DIR",
        global = true,
        help_heading = "Which exchange"
    )]
    data: Option<PathBuf>,
}

/// Whose pages and users are meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Practice,
    Exchange,
}

/// What was given.
enum Given<'a> {
    Config(&'a PathBuf),
    Data(&'a PathBuf),
}

impl Target {
    /// Whether one was named at all.
    pub fn is_given(&self) -> bool {
        self.config.is_some() || self.data.is_some()
    }

    fn given(&self) -> Result<Given<'_>, Error> {
        match (&self.config, &self.data) {
            (Some(config), None) => Ok(Given::Config(config)),
            (None, Some(data)) => Ok(Given::Data(data)),
            (None, None) => Err(Error::Arguments(
                "which exchange is meant? Give --config server.toml or --data DIR, before or after the verb"
                    .to_owned(),
            )),
            (Some(_), Some(_)) => Err(Error::Arguments(
                "--config and --data both say which exchange is meant; give one of them".to_owned(),
            )),
        }
    }

    /// Where the exchange keeps what it keeps.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be read or is wrong, or `--data` names no exchange's directory.
    pub fn place(&self) -> Result<Place, Error> {
        match self.given()? {
            Given::Config(config) => Ok(config::server(config)?.place()),
            Given::Data(data) => {
                data_directory::of_exchange(data)?;
                Ok(Place::in_directory(data))
            }
        }
    }

    /// The environment's shared key, which only a configuration names.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be read or is wrong, or a directory was named.
    pub fn shared_key(&self) -> Result<Secret, Error> {
        match &self.config {
            Some(config) => Ok(config::server(config)?.shared_key),
            None => Err(Error::Usage(
                "the shared key is named in server.toml: give --config".to_owned(),
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

    /// Whether it is a practice's, for commands on what every service with pages has.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be read.
    pub fn is_practice(&self) -> Result<bool, Error> {
        Ok(match self.given()? {
            Given::Config(config) => config::is_practice(config)?,
            Given::Data(data) => data_directory::look(data)? == Some(Holds::Practice),
        })
    }

    /// Whose users are meant, a practice's or an exchange's, and where they are kept.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be read or is wrong, or `--data` names the directory of neither.
    pub fn pages(&self) -> Result<(Service, PathBuf), Error> {
        match self.given()? {
            Given::Config(config) if config::is_practice(config)? => {
                let practice = config::practice(config)?.practice;
                Ok((Service::Practice, practice.data_directory))
            }
            Given::Config(config) => Ok((Service::Exchange, config::server(config)?.data)),
            Given::Data(data) => {
                let service = match data_directory::of_service(data)? {
                    Holds::Exchange => Service::Exchange,
                    Holds::Practice => Service::Practice,
                };
                Ok((service, data.clone()))
            }
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
