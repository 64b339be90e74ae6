//! `docs/reference/api.md` is the server's own description, `openapi.json`, as a page. The test fails when the page is out
//! of date; it writes the page when asked:
//!
//! ```text
//! RESTANTE_WRITE=1 cargo test -p mesh-server the_page_of_the_api
//! ```

use std::fmt::Write;

use serde_json::{Map, Value};

/// Told once, above the routes that have them.
const COMMON: [&str; 4] = ["mailbox_id", "message_id", "authorization", "accept"];

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
        .replace('|', "\\|")
}

fn described(parameter: &Value) -> &str {
    parameter["description"].as_str().unwrap_or_default()
}

/// The name of a schema that is referred to, as a link to it on this page; else its type.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(items) = schema.get("items") {
        return format!("list of {}", kind(items));
    }
    if let Some(any) = schema.get("anyOf").and_then(Value::as_array) {
        let kinds: Vec<String> = any.iter().map(kind).collect();
        return kinds.join(" or ");
    }
    schema["type"].as_str().unwrap_or("any").to_owned()
}

/// The limits and default of a parameter.
fn limits(schema: &Value) -> String {
    let names = [
        ("default", "default"),
        ("minimum", "at least"),
        ("maximum", "at most"),
        ("minLength", "characters at least"),
        ("maxLength", "characters at most"),
    ];
    let told = |(key, words): &(&str, &str)| {
        let value = schema.get(*key).filter(|value| **value != "")?;
        Some(format!("{words} {}", text(value)))
    };
    let told: Vec<String> = names.iter().filter_map(told).collect();
    told.join(", ")
}

fn operation(page: &mut String, path: &str, method: &str, operation: &Value) {
    writeln!(page, "### {} {path}\n", method.to_uppercase()).unwrap();
    let open = if operation["security"].is_array() {
        " No token is needed."
    } else {
        ""
    };
    writeln!(page, "{}.{open}\n", text(&operation["summary"])).unwrap();
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let own: Vec<&Value> = parameters
        .filter(|it| !COMMON.contains(&it["name"].as_str().unwrap()))
        .collect();
    if !own.is_empty() {
        page.push_str("| field | in | needed | meaning | type |\n|---|---|---|---|---|\n");
    }
    for it in &own {
        let needed = if it["required"] == true { "yes" } else { "" };
        let limits = limits(&it["schema"]);
        let comma = if limits.is_empty() { "" } else { ", " };
        writeln!(
            page,
            "| `{}` | {} | {needed} | {} | {}{comma}{limits} |",
            text(&it["name"]),
            text(&it["in"]),
            described(it).replace('|', "\\|"),
            kind(&it["schema"]),
        )
        .unwrap();
    }
    page.push_str(if own.is_empty() { "" } else { "\n" });
    answers(page, operation["responses"].as_object().unwrap());
}

fn answers(page: &mut String, answers: &Map<String, Value>) {
    page.push_str("| answer | means | body |\n|---|---|---|\n");
    for (status, answer) in answers {
        let mut bodies: Vec<String> = answer["content"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(_, body)| kind(&body["schema"]))
            .collect();
        bodies.dedup();
        let bodies = bodies.join(", ").replace("string", "bytes");
        writeln!(
            page,
            "| {status} | {} | {bodies} |",
            text(&answer["description"])
        )
        .unwrap();
    }
    page.push('\n');
}

fn schema(page: &mut String, name: &str, schema: &Value) {
    let Some(properties) = schema["properties"].as_object() else {
        writeln!(page, "### {name}\n\n{}\n", kind(schema)).unwrap();
        return;
    };
    let needed = |field: &str| {
        let required = schema["required"].as_array();
        required.is_some_and(|names| names.iter().any(|name| name == field))
    };
    writeln!(
        page,
        "### {name}\n\n| field | type | always there |\n|---|---|---|"
    )
    .unwrap();
    for (field, value) in properties {
        let always = if needed(field) { "yes" } else { "" };
        writeln!(page, "| `{field}` | {} | {always} |", kind(value)).unwrap();
    }
    page.push('\n');
}

fn page() -> String {
    let api: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    let mut page = format!(
        "# The MESH API\n\n{}\n\nThe server has this description itself, in OpenAPI {}, at `/messageexchange/openapi.json`; \
         this page is made from it, and a test compares it with the routes. What is known of the national service is in [its \
         sheet](docs/spec/mesh-api.md), each code in [every code](docs/reference/codes.md).\n\n## Fields of every route of a mailbox\n\n| \
         field | in | meaning |\n|---|---|---|\n",
        text(&api["info"]["description"]),
        text(&api["openapi"]),
    );
    let paths = api["paths"].as_object().unwrap();
    let first = &paths["/messageexchange/{mailbox_id}"]["get"]["parameters"];
    for name in COMMON {
        let of_first = first.as_array().unwrap().iter();
        let of_all = paths
            .values()
            .flat_map(|path| path.as_object().unwrap().values());
        let of_all = of_all.flat_map(|it| it["parameters"].as_array().into_iter().flatten());
        let mut known = of_first.chain(of_all).filter(|it| it["name"] == name);
        let found = known.next().unwrap();
        let said = known.all(|it| it["in"] != found["in"] || described(it) == described(found));
        assert!(said, "{name} is described in two ways");
        writeln!(
            page,
            "| `{name}` | {} | {} |",
            text(&found["in"]),
            described(found)
        )
        .unwrap();
    }
    page.push_str("\n## Routes\n\n");
    for (path, operations) in paths {
        for (method, one) in operations.as_object().unwrap() {
            operation(&mut page, path, method, one);
        }
    }
    page.push_str("## Bodies\n\n");
    for (name, one) in api["components"]["schemas"].as_object().unwrap() {
        schema(&mut page, name, one);
    }
    // links are written from the top of the repository
    let page = page
        .replace("](docs/reference/", "](")
        .replace("](docs/", "](../");
    format!("{}\n", page.trim_end())
}

#[test]
fn the_page_of_the_api_is_up_to_date() {
    let command = "cargo test -p mesh-server the_page_of_the_api";
    test_kit::committed_page("docs/reference/api.md", &page(), command);
}
