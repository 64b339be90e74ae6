//! How large a message may be before its receivers are likely to refuse it.

use super::{At, Finding, Findings, View};

/// Bytes that ITK3 advises every message to stay within: 5 MB.
const ADVISED: usize = 5 * 1024 * 1024;

/// The finding of a message that is larger than ITK3 advises: a warning, for its receiver may answer 20015.
pub fn size(bytes: usize) -> Vec<Finding> {
    let mut found = Findings::of(View::Receiver);
    if bytes > ADVISED {
        let at = At {
            path: "",
            element: None,
        };
        let what = "expected a message of 5 MB at most, which ITK3 advises: a receiver may answer 20015 to a \
                    larger one";
        found.warning("itk3-size", at, what);
    }
    found.into_list()
}
