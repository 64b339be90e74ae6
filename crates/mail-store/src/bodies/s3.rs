//! Bodies in an S3 bucket.

use std::sync::Arc;
use std::time::Duration;

use object_store::RetryConfig;
use object_store::aws::AmazonS3Builder;
use secrecy::ExposeSecret;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use settings::Secret;

use super::noting::Noting;
use super::objects::{Bodies, Parts};
use crate::StoreError;
use crate::watch::{Part, Watch};

/// S3 takes no smaller parts than 5 MiB, but for the last of an object. A body holds two in memory:
/// one under way, one filling; they are taken at its beginning, so that no body waits for
/// memory with a part half full. Sixteen such bodies at once, four of a mailbox; of shorter ones as many
/// more. While memory is not short, three more parts of a body are under way: each waits for the
/// copies that the service makes of it, and they wait together.
const IN_S3: Parts = Parts {
    length: 5 * 1024 * 1024,
    at_once: 1,
    more_at_once: 3,
    reserved: 2 * 5 * 1024 * 1024,
    memory: 16 * 2 * 5 * 1024 * 1024,
    share: 4 * 2 * 5 * 1024 * 1024,
    writes: 16,
};

/// An S3 bucket. Credentials that are not given here are taken from the environment
/// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`) or from the machine's role.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3Options {
    /// The bucket; it must exist.
    pub bucket: String,
    /// `https://host[:port]`, for other services than Amazon's. With a user or a password in it, it is refused: the
    /// log names it.
    #[serde(default, deserialize_with = "endpoint")]
    pub endpoint: Option<String>,
    /// The region.
    #[serde(default = "region")]
    pub region: String,
    /// The access key's id.
    pub access_key_id: Option<String>,
    /// The secret access key; of a file the first line.
    pub secret_access_key: Option<Secret>,
}

fn region() -> String {
    "eu-west-2".to_owned()
}

fn endpoint<'de, D: Deserializer<'de>>(source: D) -> Result<Option<String>, D::Error> {
    let endpoint = String::deserialize(source)?;
    let (scheme, rest) = endpoint.split_once("://").unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if !matches!(scheme, "https" | "http") || host.is_empty() || host.contains('@') {
        return Err(D::Error::custom(
            "https://HOST[:PORT] was expected, without user or password, which belong into access_key_id and \
             secret_access_key",
        ));
    }
    Ok(Some(endpoint))
}

impl S3Options {
    /// Nothing is asked of the service yet.
    pub(crate) fn open(&self) -> Result<Bodies, StoreError> {
        // the S3 client takes the process's TLS provider; one that was installed before stays
        _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(&self.bucket)
            .with_region(&self.region)
            .with_retry(RetryConfig {
                max_retries: 3,
                retry_timeout: Duration::from_secs(15),
                ..RetryConfig::default()
            });
        if let Some(endpoint) = &self.endpoint {
            builder = builder
                .with_endpoint(endpoint)
                .with_allow_http(endpoint.starts_with("http://"));
        }
        if let Some(id) = &self.access_key_id {
            builder = builder.with_access_key_id(id);
        }
        if let Some(key) = &self.secret_access_key {
            builder = builder.with_secret_access_key(key.first_line()?.expose_secret());
        }
        let watch = Watch::over(Part::ObjectStore);
        let objects = builder.with_http_connector(Noting(watch.clone())).build()?;
        Ok(Bodies {
            watch: Some(watch),
            ..Bodies::over(Arc::new(objects), IN_S3)
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn options(endpoint: &str) -> Result<S3Options, serde_json::Error> {
        serde_json::from_value(serde_json::json!({ "bucket": "bodies", "endpoint": endpoint }))
    }

    #[test]
    fn an_endpoint_is_a_url_and_holds_no_credentials() {
        for taken in [
            "https://s3.example",
            "http://[::1]:3900/",
            "https://s3.example:443/a@b",
        ] {
            let endpoint = options(taken).unwrap().endpoint;
            assert_eq!(endpoint.as_deref(), Some(taken));
        }
        for refused in [
            "https://id:hidden@s3.example",
            "https://id@s3",
            "s3.example",
            "https://",
            "ftp://s3",
        ] {
            let error = options(refused).unwrap_err().to_string();
            assert!(
                error.contains("access_key_id") && !error.contains("hidden"),
                "{error}"
            );
        }
    }
}
