use deskledger_domain::testing::any_record;
use deskledger_domain::{ConnectionRecord, ProjectId, RecordFields, parse_time};
use proptest::prelude::*;
use serde_json::Value;

use super::{BorrowedRecordLine, RecordLine};

fn project() -> ProjectId {
    ProjectId::new("p1").unwrap()
}

proptest! {
    #[test]
    fn a_record_that_is_sent_out_comes_back_equal(record in any_record()) {
        let json = serde_json::to_vec(&RecordLine::from_record(&record)).unwrap();
        prop_assert!(!json.contains(&b'\n'), "a record is one line");
        let back = RecordLine::from_json(&json).unwrap().into_record(&project());
        prop_assert_eq!(back, Ok(record));
    }

    #[test]
    fn a_borrowed_record_is_written_as_any_other(record in any_record()) {
        let borrowed = BorrowedRecordLine::from(&record.as_ref());
        let kept = RecordLine::from_record(&record);
        prop_assert_eq!(serde_json::to_string(&borrowed).unwrap(), serde_json::to_string(&kept).unwrap());
    }

    #[test]
    fn any_bytes_are_read_or_refused_without_panic(bytes in any::<Vec<u8>>()) {
        let _ = RecordLine::from_json(&bytes);
    }
}

#[test]
fn a_record_is_written_with_every_field_but_the_tenant() {
    let start = parse_time("2020-04-24T03:02:45Z").unwrap();
    let record = ConnectionRecord::new(project(), RecordFields::new("55f1", start)).unwrap();
    let Value::Object(json) = serde_json::to_value(RecordLine::from_record(&record)).unwrap()
    else {
        panic!("a record is an object");
    };
    let mut expected = RecordLine::FIELDS[1..].to_vec();
    expected.sort_unstable();
    let mut names: Vec<&str> = json.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, expected);
    assert_eq!(json["connection_start_time"], "2020-04-24T03:02:45Z");
    assert_eq!(json["connection_end_time"], Value::Null);
}

#[test]
fn every_field_is_accepted_and_has_a_slot_of_its_own() {
    for field in RecordLine::FIELDS {
        let null = format!(r#"{{"{field}": null}}"#);
        assert_eq!(
            RecordLine::from_json(null.as_bytes()),
            Ok(RecordLine::default())
        );

        let (value, filled) = match RecordLine::default().slot(field).unwrap() {
            super::FieldSlot::Text(_) => (r#""x""#, "x"),
            super::FieldSlot::Integer(_) => ("7", "7"),
            super::FieldSlot::Boolean(_) => ("true", "true"),
        };
        let mut by_slot = RecordLine::default();
        match by_slot.slot(field).unwrap() {
            super::FieldSlot::Text(slot) => *slot = Some(filled.into()),
            super::FieldSlot::Integer(slot) => *slot = Some(super::WholeNumber(7)),
            super::FieldSlot::Boolean(slot) => *slot = Some(true),
        }
        let json = format!(r#"{{"{field}": {value}}}"#);
        assert_eq!(
            RecordLine::from_json(json.as_bytes()),
            Ok(by_slot),
            "{field}"
        );
    }
    assert!(RecordLine::default().slot("tenant_id").is_none());
}

#[test]
fn a_record_of_another_project_is_refused() {
    let of_tenant = |tenant: &str| {
        let json = format!(
            r#"{{"tenantId": "{tenant}", "transaction_id": "1", "connection_start_time": "2020-04-24T03:02Z"}}"#
        );
        RecordLine::from_json(json.as_bytes())
            .unwrap()
            .into_record(&project())
    };
    assert!(of_tenant("p1").is_ok());
    let refused = of_tenant("p2").unwrap_err();
    assert_eq!(refused.field(), Some("tenantId"));
    assert_eq!(
        refused.to_string(),
        r#"tenantId is "p2", which is another project: leave it out, or send "p1", the project asked for"#
    );
}

/// What is sent, what is said, and which field is named.
#[test]
fn a_bad_line_is_refused_by_field_and_with_what_would_be_right() {
    const START: &str = r#""transaction_id": "1", "connection_start_time": "2020-04-24T03:02Z""#;
    let unknown = format!(
        r#"unknown field "usr_name": the fields are {}"#,
        RecordLine::FIELDS.join(", ")
    );
    let long = "x".repeat(256);
    let table: &[(String, &str, Option<&str>)] = &[
        (
            format!(r#"{{{START}, "network_rtt": "12"}}"#),
            r#"network_rtt: expected a whole number from -2147483648 to 2147483647, found the text "12""#,
            Some("network_rtt"),
        ),
        (
            format!(r#"{{{START}, "e2e_rtt": 3000000000}}"#),
            "e2e_rtt: expected a whole number from -2147483648 to 2147483647, found 3000000000",
            Some("e2e_rtt"),
        ),
        (
            format!(r#"{{{START}, "e2e_rtt": 12.5}}"#),
            "e2e_rtt: expected a whole number from -2147483648 to 2147483647, found 12.5",
            Some("e2e_rtt"),
        ),
        (
            format!(r#"{{{START}, "e2e_rtt": [12]}}"#),
            "e2e_rtt: expected a whole number from -2147483648 to 2147483647, found an array",
            Some("e2e_rtt"),
        ),
        (
            format!(
                r#"{{{START}, "sid": "a, expected b", "user_name": {{"a": "x, expected y"}}}}"#
            ),
            "user_name: expected a text, found an object",
            Some("user_name"),
        ),
        (
            format!(r#"{{{START}, "is_reconnect": "yes"}}"#),
            r#"is_reconnect: expected true or false, found the text "yes""#,
            Some("is_reconnect"),
        ),
        (
            format!(r#"{{{START}, "user_name": 7}}"#),
            "user_name: expected a text, found 7",
            Some("user_name"),
        ),
        (
            format!(r#"{{{START}, "sid": "a", "sid": "b"}}"#),
            "sid: occurs twice",
            Some("sid"),
        ),
        (format!(r#"{{{START}, "usr_name": "x"}}"#), &unknown, None),
        (
            r#"{"connection_start_time": "2020-04-24T03:02Z"}"#.into(),
            "transaction_id is missing: every record must have one",
            Some("transaction_id"),
        ),
        (
            r#"{"transaction_id": "1", "connection_start_time": null}"#.into(),
            "connection_start_time is missing: every record must have one",
            Some("connection_start_time"),
        ),
        (
            r#"{"transaction_id": "1", "connection_start_time": "yesterday"}"#.into(),
            r#"connection_start_time is "yesterday", not a time such as 2016-08-20T21:11Z, or 2016-08-20T21:11:05+08:00 with seconds and an offset"#,
            Some("connection_start_time"),
        ),
        (
            format!(r#"{{{START}, "user_name": "{long}"}}"#),
            "user_name has 256 characters: at most 255 are allowed",
            Some("user_name"),
        ),
        (
            format!(r#"{{{START}, "user_name": "a\u0000"}}"#),
            "user_name holds the character U+0000, which is not allowed",
            Some("user_name"),
        ),
        (
            "[1]".into(),
            "expected a record, which is a JSON object, found an array",
            None,
        ),
        (
            format!(r"{{{START}"),
            "not JSON: EOF while parsing an object at column 68",
            None,
        ),
        ("hello".into(), "not JSON: expected value at column 1", None),
    ];
    for (json, message, field) in table {
        let refused = RecordLine::from_json(json.as_bytes())
            .and_then(|line| line.into_record(&project()))
            .unwrap_err();
        assert_eq!(&refused.to_string(), message, "{json}");
        assert_eq!(refused.field(), *field, "{json}");
    }
    let refused = RecordLine::from_json(b"{\"sid\": \"a\xff\"}").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "not UTF-8: the byte at column 11 begins no character"
    );
}

#[test]
fn what_was_sent_is_quoted_short_and_harmless() {
    let evil = "\u{1b}[2J".to_owned() + &"中".repeat(100_000);
    for json in [
        serde_json::json!({ &evil: 1 }),
        serde_json::json!({ "network_rtt": &evil }),
        serde_json::json!({ "transaction_id": "1", "connection_start_time": &evil }),
        serde_json::json!({ "tenantId": &evil }),
    ] {
        let refused = RecordLine::from_json(json.to_string().as_bytes())
            .and_then(|line| line.into_record(&project()))
            .unwrap_err();
        let message = refused.to_string();
        assert!(message.chars().count() < 1000, "{message}");
        assert!(!message.contains(char::is_control), "{message}");
    }
}
