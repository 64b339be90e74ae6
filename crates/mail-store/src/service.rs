//! What the answers of the services that a store stands on mean: whether asking again may help, and what does.

use std::borrow::Cow;

use object_store::Error;

use crate::unanswered::Unanswered;

/// Before the number in the client's words; it offers the status of an answer in no other way.
const STATUS: &str = "status code: ";
const ELSEWHERE: &str = "redirect without LOCATION";

/// Whether the same may succeed later without anybody doing something.
pub(crate) fn is_worth_retrying(error: &Error) -> bool {
    match error {
        Error::Generic { store: "S3", .. } => {
            let words = error.to_string();
            let asks_for_another = matches!(status(&words), Some(400..=499));
            let lasts = Unanswered::under(error).is_some_and(|unanswered| unanswered.lasts());
            !words.contains(ELSEWHERE) && (!asks_for_another || is_later(&words)) && !lasts
        }
        // two who write the same at once
        Error::AlreadyExists { .. } => true,
        _ => false,
    }
}

fn is_later(words: &str) -> bool {
    matches!(status(words), Some(408 | 409 | 425 | 429))
}

fn status(words: &str) -> Option<u16> {
    let (_, rest) = words.split_once(STATUS)?;
    rest.get(..3)?.parse().ok()
}

/// Why there was no answer, and what the operator does about it; empty where waiting is all there is to do.
pub(crate) fn cure(error: &Error) -> Cow<'static, str> {
    if let Some(unanswered) = Unanswered::under(error) {
        return format!("; {unanswered}").into();
    }
    let asked_for = match error {
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => Some(403),
        Error::NotFound { .. } => Some(404),
        error => status(&error.to_string()),
    };
    match asked_for {
        Some(status @ (401 | 403 | 404)) => cure_of_status(status).into(),
        _ if is_worth_retrying(error) => "".into(),
        _ => OF_OTHERS.into(),
    }
}

const OF_OTHERS: &str = "; look at endpoint, region and bucket of [store.s3]";

/// What the operator does about an answer with this status.
pub(crate) fn cure_of_status(status: u16) -> &'static str {
    match status {
        401 | 403 => {
            "; look at access_key_id and secret_access_key of [store.s3] and at this machine's clock: they must be allowed to \
             list the bucket, and to read, write and delete in it"
        }
        404 => "; the bucket that [store.s3] names must be there",
        408 | 409 | 425 | 429 | 500.. => "",
        _ => OF_OTHERS,
    }
}

/// What the operator does about a SQLSTATE for which waiting does not help.
pub(crate) fn cure_of_sql(code: &str) -> &'static str {
    match (code.get(..2), code) {
        (Some("28"), _) => {
            "look at user and password of [store.postgresql], and whether pg_hba.conf lets this machine in"
        }
        (_, "3D000") => "the database that url of [store.postgresql] names must be there",
        (_, "42501") => {
            "the user of [store.postgresql] must own the tables, or be allowed to make them"
        }
        (Some("XX" | "58"), _) => "look into PostgreSQL's log: what is on its disk may be damaged",
        _ => "look into PostgreSQL's log; tables of an exchange are changed by the exchange only",
    }
}
