//! `Accept`: the version does not hang on blanks or on what else is acceptable, and each version's
//! own media type names it.
#![no_main]

use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use mesh::ApiVersion;

fuzz_target!(|text: &str| {
    let version = ApiVersion::from_accept(text);
    if !text.contains("vnd.mesh") {
        assert_eq!(version, Ok(ApiVersion::V1), "version 1 is the default");
    }
    assert_eq!(ApiVersion::from_accept(&format!(" {text}\t, */*")), version);
    assert_eq!(
        ApiVersion::from_accept(&format!("text/html; q=0.5 ,{text}")),
        version
    );
    if let Ok(version) = version {
        assert_eq!(ApiVersion::from_accept(version.media_type()), Ok(version));
    }
    if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
        let headers = HeaderMap::from_iter([(ACCEPT, value)]);
        assert_eq!(ApiVersion::from_headers(&headers), version);
    }
});
