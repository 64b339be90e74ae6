//! The page of the JSON interface, made of its description.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use maud::{Markup, html};
use pages::work::WorkTable;
use serde_json::Value;

use crate::sandbox::api::DESCRIPTION;
use crate::sandbox::state::Sandbox;

use super::frame::SandboxPage;

pub(super) async fn page(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Markup {
    let description: Value = serde_json::from_str(DESCRIPTION).unwrap_or_default();
    let text = |value: &Value, name: &str| {
        let text = value.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let columns = ["Request", "What it does", "Parameters"];
    let mut table = WorkTable::new("The JSON interface", &columns);
    let paths = description.get("paths").and_then(Value::as_object);
    for (path, methods) in paths.into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let parameters = operation.get("parameters").and_then(Value::as_array);
            let names: Vec<String> = parameters
                .into_iter()
                .flatten()
                .map(|parameter| text(parameter, "name"))
                .filter(|name| !name.is_empty())
                .collect();
            table.row(vec![
                html! { code { (method.to_uppercase()) " " (path) } },
                html! { (text(operation, "summary")) },
                html! { (names.join(", ")) },
            ]);
        }
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let index = format!("curl -s http://{}/api/v1", host.unwrap_or("localhost"));
    let wait = format!("{index}/messages?mailbox=X26ABC1\\&wait=10");
    SandboxPage {
        title: "API",
        section: "/api",
        count: 0,
        is_live: false,
        content: html! {
            h1.gap-low { "The same as JSON" }
            div.stack {
                p.small { "For automatic tests. The whole description: "
                    a href="/api/openapi.json" { "OpenAPI 3.1" } "." }
                p.small { "Requests that change something carry the header " code { (pages::TOKEN_HEADER) }
                    ", made at each start. " code { "GET /api/v1" } " gives it:" }
                div.copy { code tabindex="0" { (index) } }
                p.small { "Waiting for a message instead of sleeping:" }
                div.copy { code tabindex="0" { (wait) } }
                div.sheet { (table.show()) }
            }
        },
    }
    .draw(&sandbox)
}
