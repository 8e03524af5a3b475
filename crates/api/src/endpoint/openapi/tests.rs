use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::error::ErrorCode;

fn json() -> Value {
    serde_json::to_value(document()).unwrap()
}

/// Calls `see` with every value in `json`, itself included.
fn walk<'a>(json: &'a Value, see: &mut impl FnMut(&'a Value)) {
    see(json);
    match json {
        Value::Array(values) => values.iter().for_each(|value| walk(value, see)),
        Value::Object(fields) => fields.values().for_each(|value| walk(value, see)),
        _ => {}
    }
}

#[test]
fn the_documents_folder_holds_this_document() {
    let kept = include_str!("../../../../../docs/openapi.json");
    let now = openapi_json().unwrap();
    assert!(
        kept == now,
        "docs/openapi.json is not what the code says: `cargo run -- openapi > docs/openapi.json`, and look at what changed"
    );
}

#[test]
fn it_is_openapi_3_1() {
    assert_eq!(json()["openapi"], "3.1.0");
}

#[test]
fn every_reference_leads_somewhere() {
    let json = json();
    let mut references = BTreeSet::new();
    walk(&json, &mut |value| {
        references.extend(value.get("$ref").and_then(Value::as_str));
    });
    assert!(references.contains("#/components/schemas/Error"));
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(json.pointer(pointer).is_some(), "{reference}");
    }
}

/// The refusals of all operations, each with its status.
fn refusals(json: &Value) -> Vec<(&str, &Value)> {
    let mut refusals = Vec::new();
    walk(&json["paths"], &mut |value| {
        let responses = value.get("responses").and_then(Value::as_object);
        for (status, response) in responses.into_iter().flatten() {
            if let Some(reference) = response["$ref"].as_str() {
                let pointer = reference.strip_prefix('#').unwrap();
                refusals.push((status.as_str(), json.pointer(pointer).unwrap()));
            }
        }
    });
    refusals
}

fn examples(response: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let listed = response.pointer("/content/application~1json/examples");
    listed.and_then(Value::as_object).into_iter().flatten()
}

#[test]
fn every_code_is_among_the_refusals_of_some_operation() {
    let json = json();
    let refusals = refusals(&json);
    let codes = refusals.iter().flat_map(|(_, refusal)| examples(refusal));
    let codes: BTreeSet<_> = codes.map(|(code, _)| code.as_str()).collect();
    let table = ErrorCode::ALL.iter().map(|code| code.code()).collect();
    assert_eq!(codes, table);
}

#[test]
fn every_refusal_has_a_name_and_the_one_schema_of_errors() {
    let json = json();
    let mut refusals = 0;
    walk(&json["paths"], &mut |value| {
        let responses = value.get("responses").and_then(Value::as_object);
        for (status, response) in responses.into_iter().flatten() {
            let is_refusal = status.as_str() >= "400";
            assert_eq!(response.get("$ref").is_some(), is_refusal, "{response}");
            refusals += usize::from(is_refusal);
        }
    });
    assert!(refusals > 50, "{refusals}");
    let named = json["components"]["responses"].as_object().unwrap();
    assert!(named.len() < 60, "{}", named.len());
    for (name, response) in named {
        let schema = &response["content"]["application/json"]["schema"];
        assert_eq!(schema["$ref"], "#/components/schemas/Error", "{name}");
    }
}

#[test]
fn an_example_stands_where_its_schema_is() {
    let json = json();
    walk(&json, &mut |value| {
        let examples = value.get("examples").and_then(Value::as_array);
        for example in examples.into_iter().flatten() {
            let is_array = value["type"] == "array";
            assert_eq!(example.is_array(), is_array, "{value}");
        }
    });
}

#[test]
fn an_example_of_an_error_has_the_status_of_its_code() {
    let json = json();
    let mut seen = 0;
    for (status, refusal) in refusals(&json) {
        for (name, example) in examples(refusal) {
            let code = ErrorCode::ALL
                .iter()
                .find(|code| code.code() == name)
                .unwrap();
            assert_eq!(code.status().to_string(), status);
            assert_eq!(example["value"]["error_code"], code.code());
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}
