//! Errors as PDS words them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An error as PDS words it: an OperationOutcome with one issue.
pub(super) struct Issue {
    status: StatusCode,
    severity: &'static str,
    issue: &'static str,
    code: &'static str,
    display: &'static str,
    diagnostics: Option<String>,
}

impl Issue {
    fn new(
        status: StatusCode,
        issue: &'static str,
        code: &'static str,
        display: &'static str,
    ) -> Self {
        Self {
            status,
            severity: "error",
            issue,
            code,
            display,
            diagnostics: None,
        }
    }

    fn because(self, diagnostics: impl Into<String>) -> Self {
        Self {
            diagnostics: Some(diagnostics.into()),
            ..self
        }
    }

    pub(super) fn missing_value(diagnostics: &str) -> Self {
        let display = "Required value is missing";
        Self::new(
            StatusCode::BAD_REQUEST,
            "required",
            "MISSING_VALUE",
            display,
        )
        .because(diagnostics)
    }

    pub(super) fn invalid_value(diagnostics: String) -> Self {
        let display = "Provided value is invalid";
        Self::new(StatusCode::BAD_REQUEST, "value", "INVALID_VALUE", display).because(diagnostics)
    }

    pub(super) fn access_denied(diagnostics: &str) -> Self {
        let display = "Access Denied - Unauthorised";
        Self::new(
            StatusCode::UNAUTHORIZED,
            "forbidden",
            "ACCESS_DENIED",
            display,
        )
        .because(diagnostics)
    }

    pub(super) fn invalid_resource_id() -> Self {
        let display = "Resource Id is invalid";
        Self::new(
            StatusCode::BAD_REQUEST,
            "value",
            "INVALID_RESOURCE_ID",
            display,
        )
    }

    pub(super) fn unsupported_service() -> Self {
        let display = "Unsupported Service";
        Self::new(
            StatusCode::BAD_REQUEST,
            "processing",
            "UNSUPPORTED_SERVICE",
            display,
        )
    }

    pub(super) fn invalid_search_data(diagnostics: &str) -> Self {
        let display = "Search data is invalid";
        Self::new(
            StatusCode::BAD_REQUEST,
            "value",
            "INVALID_SEARCH_DATA",
            display,
        )
        .because(diagnostics)
    }

    pub(super) fn additional_properties(diagnostics: String) -> Self {
        let display = "Additional properties should not be included";
        Self::new(
            StatusCode::BAD_REQUEST,
            "invariant",
            "ADDITIONAL_PROPERTIES",
            display,
        )
        .because(diagnostics)
    }

    pub(super) fn more_than_one_result() -> Self {
        let display = "Provided value is invalid";
        Self::new(StatusCode::FORBIDDEN, "token", "INVALID_VALUE", display).because(
            "Your app has insufficient permissions to perform this search. _max-results must be 1.",
        )
    }

    pub(super) fn not_found() -> Self {
        let display = "Resource not found";
        let issue = Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "RESOURCE_NOT_FOUND",
            display,
        );
        Self {
            severity: "information",
            ..issue
        }
    }

    pub(super) fn invalidated() -> Self {
        let display = "Resource that has been marked as invalid was requested - invalid resources cannot be retrieved";
        Self::new(
            StatusCode::NOT_FOUND,
            "processing",
            "INVALIDATED_RESOURCE",
            display,
        )
    }

    pub(super) fn too_many_matches() -> Self {
        let code = "TOO_MANY_MATCHES";
        let issue = Self::new(StatusCode::OK, "multiple-matches", code, "Too Many Matches");
        Self {
            severity: "information",
            ..issue
        }
    }

    pub(super) fn service_unavailable() -> Self {
        let (code, display) = (
            "SERVICE_UNAVAILABLE",
            "The service is temporarily unavailable",
        );
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", code, display)
    }

    pub(super) fn body(&self) -> Value {
        let mut issue = json!({
            "severity": self.severity,
            "code": self.issue,
            "details": { "coding": [{
                "system": "https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode",
                "version": "1",
                "code": self.code,
                "display": self.display,
            }] },
        });
        if let (Some(diagnostics), Some(issue)) = (&self.diagnostics, issue.as_object_mut()) {
            issue.insert("diagnostics".into(), diagnostics.as_str().into());
        }
        json!({ "resourceType": "OperationOutcome", "issue": [issue] })
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = (self.status, self.body().to_string()).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}
