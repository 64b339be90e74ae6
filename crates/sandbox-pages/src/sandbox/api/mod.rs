//! The same as JSON, for automatic tests. Each route is a line of the table from which the router is made, and which the
//! tests compare with the description.

mod fault;
mod messages;
mod refusals;
mod shown;
mod waiting;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post, put};
use serde_json::{Value, json};

use super::recorder::{MESSAGES, REFUSALS};
use super::state::Sandbox;

/// The description of the interface: OpenAPI 3.1.
pub(crate) const DESCRIPTION: &str = include_str!("../../../assets/openapi.json");

/// A route: method, path, and what answers.
type Route = (&'static str, &'static str, fn() -> MethodRouter<Sandbox>);

/// Every route.
const ROUTES: [Route; 19] = [
    ("get", "/api/v1", || get(index)),
    ("get", "/api/v1/mailboxes", || get(mailboxes)),
    ("get", "/api/v1/messages", || get(messages::list)),
    ("post", "/api/v1/messages", || post(messages::send)),
    ("delete", "/api/v1/messages", || {
        delete(messages::delete_all)
    }),
    ("get", "/api/v1/messages/{id}", || get(messages::one)),
    ("delete", "/api/v1/messages/{id}", || {
        delete(messages::remove)
    }),
    ("get", "/api/v1/messages/{id}/content", || {
        get(messages::content)
    }),
    ("get", "/api/v1/messages/{id}/attachments/{number}", || {
        get(messages::attachment)
    }),
    ("post", "/api/v1/messages/{id}/reply", || {
        post(messages::reply)
    }),
    ("post", "/api/v1/messages/{id}/replay", || {
        post(messages::replay)
    }),
    ("get", "/api/v1/fault", || get(fault::one)),
    ("put", "/api/v1/fault", || put(fault::switch_on)),
    ("delete", "/api/v1/fault", || delete(fault::switch_off)),
    ("get", "/api/v1/refusals", || get(refusals::list)),
    ("delete", "/api/v1/refusals", || {
        delete(refusals::delete_all)
    }),
    ("get", "/api/v1/refusals/{number}", || get(refusals::one)),
    ("delete", "/api/v1/refusals/{number}", || {
        delete(refusals::remove)
    }),
    ("get", "/api/v1/refusals/{number}/body", || {
        get(refusals::body)
    }),
];

pub(crate) fn router() -> Router<Sandbox> {
    let description = Router::new().route("/api/openapi.json", get(describe));
    ROUTES
        .into_iter()
        .fold(description, |router, (_, path, route)| {
            router.route(path, route())
        })
}

async fn describe() -> Response {
    ([(CONTENT_TYPE, "application/json")], DESCRIPTION).into_response()
}

/// What a program begins with: the token and where things are.
async fn index(State(sandbox): State<Sandbox>) -> Json<Value> {
    let ids = mailbox_ids(&sandbox);
    Json(json!({
        "token": sandbox.site().token(),
        "token_header": pages::TOKEN_HEADER,
        "mesh_api": sandbox.connection().mesh_url,
        "mailboxes": ids,
        "kept": { "messages": MESSAGES, "refusals": REFUSALS },
        "description": "/api/openapi.json",
    }))
}

fn mailbox_ids(sandbox: &Sandbox) -> Vec<String> {
    let mailboxes = sandbox.exchange().mailboxes();
    mailboxes
        .iter()
        .map(|mailbox| mailbox.id.to_string())
        .collect()
}

async fn mailboxes(
    State(sandbox): State<Sandbox>,
) -> Result<Json<Value>, super::state::SandboxError> {
    let all = sandbox.exchange().mailbox_overview().await?;
    let mailboxes: Vec<Value> = all
        .iter()
        .map(|overview| {
            json!({
                "id": overview.mailbox.id,
                "name": overview.mailbox.name,
                "ods_code": overview.mailbox.ods,
                "waiting": overview.waiting,
                "last_request": overview.last_seen,
            })
        })
        .collect();
    Ok(Json(json!({ "mailboxes": mailboxes })))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_description_has_exactly_the_routes_there_are() {
        let description: Value = serde_json::from_str(DESCRIPTION).unwrap();
        let paths = description["paths"].as_object().unwrap();
        let mut described: Vec<(String, String)> = paths
            .iter()
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().unwrap().keys();
                let methods = methods.filter(|name| *name != "parameters");
                methods.map(|method| (method.clone(), path.clone()))
            })
            .collect();
        let mut there: Vec<(String, String)> = ROUTES
            .iter()
            .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
            .collect();
        described.sort();
        there.sort();
        assert_eq!(described, there);
    }

    #[test]
    fn each_parameter_of_a_path_is_described() {
        let description: Value = serde_json::from_str(DESCRIPTION).unwrap();
        for (method, path, _) in ROUTES {
            let operation = &description["paths"][path][method];
            let in_path: Vec<&str> = path
                .split('/')
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                .collect();
            let parameters = operation["parameters"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let described: Vec<&str> = parameters
                .iter()
                .filter(|parameter| parameter["in"] == "path")
                .filter_map(|parameter| parameter["name"].as_str())
                .collect();
            assert_eq!(described, in_path, "{method} {path}");
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert!(operation["responses"].is_object(), "{method} {path}");
        }
    }
}
