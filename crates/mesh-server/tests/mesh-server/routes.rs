//! Everything around the messages: handshake, lookup, health, unknown paths, operations, the
//! description.

use exchange::Settings;
use mesh_server::Options;
use std::collections::{BTreeMap, BTreeSet};

use crate::kit::{self, Api, V1, header, json};
use reqwest::Method;

fn description() -> serde_json::Value {
    serde_json::from_str(include_str!("../../openapi.json")).unwrap()
}

#[tokio::test]
async fn a_handshake_wants_to_know_the_client() {
    let api = Api::sandbox().await;
    for method in [Method::GET, Method::POST] {
        let named = |version| {
            api.versioned(version, method.clone(), "X26ABC1", "")
                .header("mex-clientversion", "test==1")
                .header("mex-osname", "Linux")
                .header("mex-osversion", "6")
        };
        let answer = named(V1).send().await.unwrap();
        assert_eq!(
            json(answer).await,
            serde_json::json!({ "mailboxId": "X26ABC1" })
        );
        let answer = named(kit::V2).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), header(&answer, "content-type")),
            (200, "")
        );
        assert_eq!(answer.text().await.unwrap(), "");
        let answer = api
            .request(method.clone(), "X26ABC1", "")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 400);
        assert_eq!(json(answer).await["detail"].as_array().unwrap().len(), 3);
    }
    let answer = api
        .request(Method::HEAD, "X26ABC1", "")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 405);
    let answer = api.versioned(
        "application/vnd.mesh+json",
        Method::GET,
        "X26ABC1",
        "/inbox",
    );
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(
        json(answer).await["errorDescription"],
        "Accept header api format incorrect"
    );
    api.stop().await;
}

#[tokio::test]
async fn mailboxes_are_found_by_organisation_and_workflow() {
    let api = Api::sandbox().await;
    let get = |path: &str, version: &'static str| {
        let url = format!("{}/messageexchange/{path}", api.url);
        api.http.get(url).header("accept", version).send()
    };
    let v2 = json(
        get("endpointlookup/X26/TEST_WORKFLOW", kit::V2)
            .await
            .unwrap(),
    )
    .await;
    let found = serde_json::json!({
        "results": [{ "mailbox_id": "X26ABC2", "mailbox_name": "TESTMB2" }]
    });
    assert_eq!(v2, found);
    let v1 = json(get("endpointlookup/X26/TEST_WORKFLOW", V1).await.unwrap()).await;
    assert!(v1["query_id"].is_string());
    assert_eq!(
        v1["results"],
        serde_json::json!([
            { "address": "X26ABC2", "description": "TESTMB2", "endpoint_type": "MESH" }
        ])
    );
    for blank in [
        "endpointlookup/X26/%20",
        "endpointlookup/%20/TEST_WORKFLOW",
        "workflowsearch/%20%20",
    ] {
        assert_eq!(get(blank, kit::V2).await.unwrap().status(), 400, "{blank}");
    }
    let none = json(get("endpointlookup/X27/TEST_WORKFLOW", V1).await.unwrap()).await;
    assert_eq!(none["results"], serde_json::json!([]));
    assert_eq!(
        json(get("workflowsearch/TEST_WORKFLOW", V1).await.unwrap()).await,
        found
    );
    api.stop().await;
}

#[tokio::test]
async fn unknown_paths_methods_and_trailing_slashes_are_answered_as_the_peers_do() {
    let api = Api::strict().await;
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let send =
        |method: Method, path: &str| client.request(method, format!("{}{path}", api.url)).send();
    let answer = send(Method::GET, "/nowhere").await.unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(
        json(answer).await,
        serde_json::json!({ "detail": "Not Found" })
    );
    let answer = send(
        Method::GET,
        "/messageexchange/X26ABC1/inbox/?max_results=10",
    )
    .await
    .unwrap();
    assert_eq!(answer.status(), 307);
    assert_eq!(
        header(&answer, "location"),
        "/messageexchange/X26ABC1/inbox?max_results=10"
    );
    assert_eq!(
        send(Method::GET, "//example.org/").await.unwrap().status(),
        404
    );
    let answer = send(Method::DELETE, "/messageexchange/endpointlookup/X26/W")
        .await
        .unwrap();
    assert_eq!(
        (answer.status().as_u16(), header(&answer, "allow")),
        (405, "GET,HEAD")
    );
    for path in ["/admin/reset", "/messageexchange/admin/reset"] {
        let answer = send(Method::DELETE, path).await.unwrap();
        assert_ne!(
            answer.status(),
            200,
            "admin routes are for the sandbox only"
        );
    }
    let answer = send(Method::GET, "/messageexchange/admin/mailbox/X26ABC1")
        .await
        .unwrap();
    assert_eq!(answer.status(), 404);
    api.stop().await;
}

#[tokio::test]
async fn every_route_of_the_description_is_there_and_no_other_method() {
    let api = Api::strict().await;
    let description = description();
    for (template, operations) in description["paths"].as_object().unwrap() {
        let path = template
            .replace("{mailbox_id}", "X26ABC1")
            .replace("{message_id}", "AB12")
            .replace("{chunk_number}", "2")
            .replace("{local_id}", "L")
            .replace("{ods_code}", "X26")
            .replace("{workflow_id}", "TEST_WORKFLOW");
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"] {
            let operation = &operations[method.to_ascii_lowercase()];
            let open = operation["security"].is_array();
            let request = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = api
                .http
                .request(request, format!("{}{path}", api.url))
                .send()
                .await;
            let status = answer.unwrap().status().as_u16();
            match (operation.is_object(), open) {
                (true, true) => assert_eq!(status, 200, "{method} {template}"),
                (true, false) => assert_eq!(status, 403, "{method} {template}"),
                // A HEAD of an open route is a GET without its body.
                (false, _) if method == "HEAD" && status == 200 => {}
                (false, _) => assert!([403, 405].contains(&status), "{method} {template} {status}"),
            }
        }
    }
    let url = format!("{}/messageexchange/openapi.json", api.url);
    assert_eq!(
        json(api.http.get(url).send().await.unwrap()).await,
        description
    );
    api.stop().await;
}

/// The official description has an operation, a parameter or a status only if ours has it.
#[test]
fn the_official_description_is_covered_route_by_route() {
    let Some(official) = test_kit::shared("spec/mesh-api.yaml") else {
        return;
    };
    let official = std::fs::read_to_string(official).unwrap();
    let mut operations: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let mut place = (String::new(), String::new());
    for line in official.lines().skip_while(|line| *line != "paths:") {
        let indent = line.len() - line.trim_start().len();
        let word = line
            .trim()
            .trim_end_matches(':')
            .trim_matches('\'')
            .to_owned();
        match indent {
            2 if line.trim_start().starts_with('/') => place = (word, String::new()),
            4 if ["get", "head", "post", "put"].contains(&word.as_str()) => {
                place.1 = word;
                operations.entry(place.clone()).or_default();
            }
            8 if word.starts_with("name: ") || word.parse::<u16>().is_ok() => {
                let word = word.trim_start_matches("name: ").to_owned();
                operations.get_mut(&place).unwrap().insert(word);
            }
            _ => {}
        }
    }
    assert_eq!(operations.len(), 13, "{:?}", operations.keys());
    let ours = description();
    for ((path, method), words) in operations {
        let operation = &ours["paths"][&path][&method];
        assert!(operation.is_object(), "{method} {path}");
        let parameters = operation["parameters"].as_array().unwrap();
        let mut known: BTreeSet<&str> = parameters
            .iter()
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        known.extend(
            operation["responses"]
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str),
        );
        for word in words {
            assert!(
                known.contains(word.as_str()),
                "{method} {path} lacks {word}"
            );
        }
    }
}

#[test]
fn the_health_routes_and_the_operations_listener_answer() {
    let test = "routes::the_health_routes_and_the_operations_listener_answer";
    kit::alone(test, health_and_metrics());
}

async fn health_and_metrics() {
    let api = Api::sandbox().await;
    let operations = api.serve_operations().await;
    let (metrics, health) = (
        format!("{operations}/metrics"),
        format!("{operations}/health"),
    );

    for path in [
        "/health",
        "/messageexchange/_ping",
        "/messageexchange/deepping",
    ] {
        let answer = api
            .http
            .get(format!("{}{path}", api.url))
            .send()
            .await
            .unwrap();
        assert_eq!(header(&answer, "x-request-id").len(), 27);
        let body = json(answer).await;
        assert_eq!(
            (&body["status"], &body["outcome"]),
            (&"running".into(), &"Yes".into())
        );
    }
    let id = api.send("X26ABC1", "X26ABC2", "x").await;
    api.get("X26ABC2", &format!("/inbox/{id}")).await;
    let inbox = format!("{}/messageexchange/X26ABC1/inbox", api.url);
    for _ in 0..2 {
        assert_eq!(reqwest::get(&inbox).await.unwrap().status(), 403);
    }
    let text = reqwest::get(metrics).await.unwrap().text().await.unwrap();
    let route = "/messageexchange/{mailbox_id}/inbox/{message_id}";
    let line =
        format!(r#"restante_http_requests_total{{method="GET",route="{route}",status="200"}} 1"#);
    assert!(text.contains(&line), "{text}");
    // How long the oldest message has waited is told by mailbox; calls are told by route alone.
    let of_calls = |line: &&str| line.starts_with("restante_http_");
    assert!(!text.contains(&id));
    assert!(
        !text
            .lines()
            .filter(of_calls)
            .any(|line| line.contains("X26ABC2"))
    );
    let refused = r#"restante_refused_calls_total{reason="no-token"} 2"#;
    assert!(text.contains(refused), "{text}");

    assert_eq!(reqwest::get(&health).await.unwrap().status(), 200);
    let records = rusqlite::Connection::open(api.store().join("records.sqlite3")).unwrap();
    records.execute("DROP TABLE message", []).unwrap();
    // Of the message whose write halts the store nobody knows whether it is kept; what comes later is not.
    for status in [504, 503] {
        let halted = api.sending("X26ABC1", "X26ABC2").body("x");
        assert_eq!(halted.send().await.unwrap().status(), status);
    }
    let unwell = reqwest::get(&health).await.unwrap();
    assert_eq!(unwell.status(), 503);
    let why = unwell.text().await.unwrap();
    assert!(
        why.contains("restart the server") && why.lines().count() == 1,
        "{why}"
    );
    api.stop().await;
}

/// With a reserve that no disk has.
#[test]
fn the_operations_listener_warns_of_a_disk_below_its_reserve() {
    let test = "routes::the_operations_listener_warns_of_a_disk_below_its_reserve";
    kit::alone(test, async {
        let settings = Settings {
            reserve_bytes: Some(1 << 60),
            ..Settings::sandbox()
        };
        let api = Api::start(settings, Options::default()).await;
        let url = api.serve_operations().await;
        let refused = api.sending("X26ABC1", "X26ABC2").body("x").send();
        let refused = refused.await.unwrap();
        assert_eq!(refused.status(), 503);
        assert_eq!(header(&refused, "retry-after"), "60");
        let health = reqwest::get(format!("{url}/health")).await.unwrap();
        assert_eq!(health.status(), 200, "the rest of the work goes on");
        let told = health.text().await.unwrap();
        assert!(told.contains("new messages are refused"), "{told}");
        let metrics = reqwest::get(format!("{url}/metrics")).await.unwrap();
        let metrics = metrics.text().await.unwrap();
        for line in [
            "restante_disk_free_bytes ",
            "restante_disk_reserve_bytes 1152921504606847000",
            r#"restante_sends_refused_total{limit="room"} 1"#,
        ] {
            assert!(metrics.contains(line), "{metrics}");
        }
        api.stop().await;
    });
}

#[tokio::test]
async fn reports_come_from_the_central_system_mailbox_and_messages_have_a_local_id() {
    let api = Api::sandbox().await;
    let report = serde_json::json!({
        "mailbox_id": "X26ABC2", "code": "14", "description": "d", "workflow_id": "W",
        "file_name": "ignored.dat",
    });
    let url = format!("{}/messageexchange/admin/report", api.url);
    let answer = api.http.post(url).body(report.to_string()).send().await;
    let id = json(answer.unwrap()).await["message_id"].clone();
    let id = id.as_str().unwrap();
    let url = format!("{}/messageexchange/admin/message/{id}", api.url);
    let details = json(api.http.get(url).send().await.unwrap()).await;
    assert_eq!(details["sender"], "");
    assert_eq!(details["sender_name"], "Central System Mailbox");
    assert_eq!(details["filename"], format!("{id}.dat"));

    api.send("X26ABC1", "X26ABC2", "x").await;
    let listed = json(api.get("X26ABC2", "/inbox/rich").await).await;
    let [message, report] = [&listed["messages"][0], &listed["messages"][1]];
    assert_eq!(message["local_id"], "");
    assert_eq!(message["sender_name"], "TESTMB1");
    assert_eq!(report["sender"], "");
    assert_eq!(report["sender_name"], "Central System Mailbox");
    api.stop().await;
}

#[tokio::test]
async fn a_mailbox_is_emptied_in_the_sandbox_also_when_it_is_empty() {
    let api = Api::sandbox().await;
    let url = format!("{}/messageexchange/admin/reset/X26ABC2", api.url);
    for messages in [0, 1, 0] {
        for _ in 0..messages {
            api.send("X26ABC1", "X26ABC2", "x").await;
        }
        let answer = api.http.delete(&url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let inbox = json(api.get("X26ABC2", "/inbox").await).await;
        assert_eq!(inbox["messages"], serde_json::json!([]));
    }
    api.stop().await;
}
