use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::ErrorCode;

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
    let kept = include_str!("../../../../docs/openapi.json");
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
        let place = reference.strip_prefix('#').unwrap();
        assert!(json.pointer(place).is_some(), "{reference}");
    }
}

#[test]
fn every_code_is_among_the_refusals_of_some_operation() {
    let json = json();
    let mut codes = BTreeSet::new();
    walk(&json["paths"], &mut |value| {
        let listed = value.pointer("/properties/error_code/enum");
        let listed = listed.and_then(Value::as_array).into_iter().flatten();
        codes.extend(listed.filter_map(Value::as_str));
    });
    let table = ErrorCode::ALL.iter().map(|code| code.code()).collect();
    assert_eq!(codes, table);
}

#[test]
fn an_example_of_an_error_has_the_status_of_its_code() {
    let json = json();
    let mut examples = 0;
    walk(&json["paths"], &mut |value| {
        let Some(responses) = value.get("responses").and_then(Value::as_object) else {
            return;
        };
        for (status, response) in responses {
            let listed = response.pointer("/content/application~1json/examples");
            for (name, example) in listed.and_then(Value::as_object).into_iter().flatten() {
                let code = ErrorCode::ALL
                    .iter()
                    .find(|code| code.code() == name)
                    .unwrap();
                assert_eq!(code.status().as_str(), status);
                assert_eq!(example["value"]["error_code"], code.code());
                examples += 1;
            }
        }
    });
    assert!(examples > 20, "{examples}");
}
