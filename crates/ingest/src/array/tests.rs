use deskledger_domain::ProjectId;
use proptest::{prop_assert_eq, proptest};

use super::{InvalidArray, read_array as read};

const GOOD: &str = r#"{"transaction_id": "1", "connection_start_time": "2020-04-24T03:02Z"}"#;

/// How many records there are, or what is wrong.
fn array(text: &str) -> Result<usize, String> {
    let project = ProjectId::new("p1").unwrap();
    read(text.as_bytes(), &project, 4)
        .map(|records| records.len())
        .map_err(|mistake| mistake.to_string())
}

#[test]
fn an_array_is_read_whatever_stands_between_its_records() {
    for (text, records) in [
        ("[]".to_owned(), 0),
        (" [ ] ".to_owned(), 0),
        (format!("[{GOOD}]"), 1),
        // As a line of NDJSON and CSV may have it before them.
        (format!("\u{feff}[{GOOD}]"), 1),
        (format!("\n[\t{GOOD}\r\n,\n{GOOD} ]\n"), 2),
        (format!("[{}]", [GOOD; 4].join(",")), 4),
    ] {
        assert_eq!(array(&text), Ok(records), "{text}");
    }
}

#[test]
fn what_is_no_array_is_refused_with_its_position() {
    for (text, mistake) in [
        (String::new(), "at line 1, column 0"),
        ("{}".to_owned(), "at line 1, column 0"),
        (GOOD.to_owned(), "no JSON array"),
        ("null".to_owned(), "no JSON array"),
        ("[".to_owned(), "column 1, at records[0]"),
        (format!("[{GOOD}"), "at records[1]"),
        (format!("[{GOOD},"), "at records[1]"),
        (format!("[{GOOD},]"), "at records[1]"),
        (
            format!("[{GOOD}\n{GOOD}]"),
            "line 2, column 1, at records[1]",
        ),
        (format!("[{GOOD}, {{\"sid\": }}]"), "at records[1]"),
    ] {
        let found = array(&text).unwrap_err();
        assert!(found.contains(mistake), "{text}: {found}");
    }
    let after = array(&format!("[{GOOD}] x")).unwrap_err();
    assert!(
        after.ends_with(&format!("column {}", GOOD.len() + 4)),
        "{after}"
    );
}

#[test]
fn an_array_in_utf_16_is_refused_by_that_name() {
    let project = ProjectId::new("p1").unwrap();
    let text = format!("[{GOOD}]");
    for mark in ["", "\u{feff}"] {
        let units = format!("{mark}{text}");
        let body: Vec<_> = units.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&body, &project, 4), Err(InvalidArray::Utf16));
    }
}

#[test]
fn the_first_bad_record_is_named_and_the_others_are_counted() {
    for (bad, mistake) in [
        ("{}", "transaction_id"),
        ("17", "a record, which is a JSON object"),
        ("[]", "a record, which is a JSON object"),
        (
            r#"{"transaction_id": 7}"#,
            "transaction_id: expected a text, found 7",
        ),
        (
            r#"{"transactionId": "7"}"#,
            "unknown field \"transactionId\"",
        ),
        (
            r#"{"transaction_id": "7", "tenantId": "p2"}"#,
            "tenantId is \"p2\"",
        ),
        (
            r#"{"transaction_id": "7", "transaction_id": "7"}"#,
            "transaction_id: occurs twice",
        ),
        (r#"{"transaction_id": "\ud800"}"#, "not JSON"),
        (
            r#"{"transaction_id": "7", "connection_end_time": "soon"}"#,
            "connection_end_time is \"soon\"",
        ),
    ] {
        let found = array(&format!("[{GOOD}, {bad}, {GOOD}]")).unwrap_err();
        let position = "records[1] (the first is records[0]): ";
        assert!(found.starts_with(position), "{bad}: {found}");
        assert!(found.contains(mistake), "{bad}: {found}");
        let counts = "1 of 3 records is bad, and none was recorded";
        assert!(found.ends_with(counts), "{bad}: {found}");
        let found = array(&format!("[{bad}, {GOOD}, {bad}]")).unwrap_err();
        assert!(found.starts_with("records[0] "), "{found}");
        assert!(found.contains("; 2 of 3 records are bad, "), "{found}");
    }
}

#[test]
fn an_array_that_is_too_long_is_refused_whatever_else_is_wrong() {
    let too_many = "the array has more than 4 records: send several, or NDJSON";
    for element in [GOOD, "{}", "17"] {
        let text = format!("[{}]", [element; 5].join(","));
        assert_eq!(array(&text), Err(too_many.to_owned()));
    }
}

#[test]
fn the_log_says_what_is_wrong_and_no_value() {
    let project = ProjectId::new("p1").unwrap();
    let logged = |text: &str| {
        let mistake = read(text.as_bytes(), &project, 4).unwrap_err();
        assert!(matches!(mistake, InvalidArray::BadRecord { .. }));
        mistake.without_values()
    };
    assert_eq!(
        logged(r#"[{"transaction_id": "7", "connection_end_time": "secret"}]"#),
        "records[0]: connection_end_time; 1 of 1 records are bad"
    );
    assert_eq!(
        logged(r#"[{"secret": "secret"}]"#),
        "records[0]: no field; 1 of 1 records are bad"
    );
}

proptest! {
    #[test]
    fn no_text_panics(text in "[\\[\\]{}\",:a1 é]{0,60}") {
        let project = ProjectId::new("p1").unwrap();
        let _ = read(text.as_bytes(), &project, 4);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused(position in 0..GOOD.len()) {
        let project = ProjectId::new("p1").unwrap();
        let mut text = format!("[{GOOD}]").into_bytes();
        text[position + 1] = 0xff;
        prop_assert_eq!(read(&text, &project, 4).is_err(), true);
    }
}
