use chrono::{DateTime, Utc};
use deskledger_domain::testing::any_record;
use deskledger_domain::{ConnectionRecord, ProjectId, RecordFields, parse_time};
use proptest::prelude::*;

use super::*;

fn written(language: Language, time_zone: Tz, records: &[ConnectionRecord]) -> Vec<u8> {
    let mut csv = Csv::begin(language, time_zone, Vec::new()).unwrap();
    for record in records {
        csv.append(&record.as_ref()).unwrap();
    }
    let (file, bytes) = csv.finish().unwrap();
    assert_eq!(bytes, file.len() as u64);
    file
}

/// The last line of a file of one record in English.
fn line(time_zone: Tz, fields: RecordFields) -> String {
    let record = ConnectionRecord::new(ProjectId::new("p1").unwrap(), fields).unwrap();
    let file = String::from_utf8(written(Language::EnUs, time_zone, &[record])).unwrap();
    let (_, line) = file
        .strip_suffix("\r\n")
        .unwrap()
        .rsplit_once("\r\n")
        .unwrap();
    line.to_owned()
}

fn time(text: &str) -> DateTime<Utc> {
    parse_time(text).unwrap()
}

#[test]
fn a_record_is_a_line_of_plain_values_and_quoted_texts() {
    let fields = RecordFields {
        user_name: Some("Zoë \"Z\", Ünal".to_owned()),
        computer_name: Some(String::new()),
        connection_setup_time: Some(time("2020-04-24T03:02:47.25Z")),
        connection_end_time: Some(time("2020-04-25T06:05:48.25Z")),
        is_reconnect: Some(true),
        network_rtt: Some(-12),
        ..RecordFields::new("55f1", time("2020-04-24T03:02:45Z"))
    };
    let cells = Column::ALL.map(|column| match column {
        Column::UserName => "\"Zoë \"\"Z\"\", Ünal\"",
        Column::ComputerName => "\"\"",
        Column::ConnectionStartTime => "2020-04-24 11:02:45",
        Column::ConnectionSetupTime => "2020-04-24 11:02:47.250",
        Column::ConnectionEndTime => "2020-04-25 14:05:48.250",
        Column::Duration => "27:03:01",
        Column::IsReconnect => "\"Yes\"",
        Column::NetworkRtt => "-12",
        Column::TransactionId => "\"55f1\"",
        _ => "",
    });
    // The vendor's columns; what else follows from the record stands behind them.
    let last = Column::ALL
        .iter()
        .position(|column| *column == Column::EnterpriseProjectId);
    let expected = cells[..=last.unwrap()].join(",");
    let line = line(Tz::Asia__Shanghai, fields);
    assert!(line.starts_with(&expected), "{line}");
}

#[test]
fn a_text_that_begins_as_a_formula_does_is_guarded() {
    for (text, cell) in [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("\n=1", "'\n'=1"),
        ("＝1", "'＝1"),
        ("'=1", "''=1"),
        ("a=1", "a=1"),
        (" =1", " =1"),
        ("=\"x\"", "'=\"\"x\"\""),
        ("a;=1;b", "a;'=1;b"),
        ("a;'=1", "a;''=1"),
        ("a;;-1;1", "a;;'-1;1"),
        ("a;\"=1\"", "a;'\"\"=1\"\""),
        ("a;\t=1", "a;'\t'=1"),
        ("a\n=1\r@1", "a\n'=1\r'@1"),
        ("a,=1", "a,=1"),
    ] {
        let fields = RecordFields {
            user_name: Some(text.to_owned()),
            ..RecordFields::new("1", time("2020-04-24T03:02:45Z"))
        };
        let line = line(Tz::UTC, fields);
        assert!(line.starts_with(&format!("\"{cell}\",")), "{line}");
    }
}

#[test]
fn a_negative_duration_is_a_guarded_text() {
    let of_times = |setup, end| {
        let fields = RecordFields {
            connection_setup_time: Some(time(setup)),
            connection_end_time: Some(time(end)),
            ..RecordFields::new("1", time("2020-04-24T03:02:45Z"))
        };
        let line = line(Tz::UTC, fields);
        line.split(',').nth(9).unwrap().to_owned()
    };
    let negative = of_times("2020-04-24T03:02:48.5Z", "2020-04-24T03:02:45Z");
    assert_eq!(negative, "\"'-0:00:03.500\"");
    let nothing = of_times("2020-04-24T03:02:45.0001Z", "2020-04-24T03:02:45Z");
    assert_eq!(nothing, "0:00:00");
}

#[test]
fn the_header_is_that_of_the_workbook_in_every_language() {
    for language in Language::ALL {
        let file = written(language, Tz::Europe__Paris, &[]);
        let text = std::str::from_utf8(&file).unwrap();
        let header = Column::ALL.map(|column| column.header(language, Tz::Europe__Paris));
        assert_eq!(text, format!("\u{feff}\"{}\"\r\n", header.join("\",\"")));
    }
}

/// The text that was recorded, by the rule of docs/API.md.
fn unguarded(cell: &str) -> String {
    let mut may_be_guarded = true;
    let mut text = String::new();
    for character in cell.chars() {
        let is_guard = may_be_guarded && character == GUARD;
        may_be_guarded = !is_guard && is_separator(character);
        if !is_guard {
            text.push(character);
        }
    }
    text
}

/// Records whose user name is a text that is made to be misread.
fn hostile_records() -> impl Strategy<Value = Vec<ConnectionRecord>> {
    const TEXT: &str = "[a=+@'\";,\t\r\n-]{0,12}";
    let record = (TEXT, TEXT).prop_map(|(user, computer)| {
        let fields = RecordFields {
            user_name: Some(user),
            computer_name: Some(computer),
            network_rtt: Some(-12),
            ..RecordFields::new("1", time("2020-04-24T03:02:45Z"))
        };
        ConnectionRecord::new(ProjectId::new("p1").unwrap(), fields).unwrap()
    });
    prop::collection::vec(record, 1..5)
}

proptest! {
    #[test]
    fn no_separator_of_a_spreadsheet_opens_a_formula(records in hostile_records()) {
        let file = written(Language::EnUs, Tz::UTC, &records);
        for separator in [b',', b';', b'\t'] {
            let mut reader = csv::ReaderBuilder::new()
                .delimiter(separator)
                .flexible(true)
                .from_reader(&file["\u{feff}".len()..]);
            for cell in reader.records().map(Result::unwrap).flat_map(|row| {
                row.iter().map(str::to_owned).collect::<Vec<_>>()
            }) {
                let is_number = cell == "-12" && separator == b',';
                prop_assert!(
                    is_number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']),
                    "{:?} by {:?}", cell, char::from(separator)
                );
            }
        }
        let mut reader = csv::Reader::from_reader(&file["\u{feff}".len()..]);
        for (row, record) in reader.records().map(Result::unwrap).zip(&records) {
            for (position, column) in [Column::UserName, Column::ComputerName].into_iter().enumerate() {
                let Value::Text(text) = column.value(&record.as_ref()) else { panic!("no text") };
                prop_assert_eq!(unguarded(&row[position]), text);
            }
        }
    }

    #[test]
    fn every_text_is_read_back_and_no_cell_begins_as_a_formula_does(
        records in prop::collection::vec(any_record(), 1..5),
    ) {
        let file = written(Language::EnUs, Tz::UTC, &records);
        let mut reader = csv::Reader::from_reader(&file["\u{feff}".len()..]);
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        prop_assert_eq!(rows.len(), records.len());
        for (row, record) in rows.iter().zip(&records) {
            for (cell, column) in row.iter().zip(Column::ALL) {
                let value = column.value(&record.as_ref());
                if let Value::Integer(number) = value {
                    prop_assert_eq!(cell, number.to_string());
                    continue;
                }
                prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{}", cell);
                match value {
                    Value::Text(text) => prop_assert_eq!(unguarded(cell), text),
                    Value::Missing => prop_assert_eq!(cell, ""),
                    _ => prop_assert!(!cell.is_empty()),
                }
            }
        }
    }
}
