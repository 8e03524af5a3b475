use std::error::Error;

use deskledger_domain::testing::any_record;
use deskledger_generator::{Generator, GeneratorSettings, write_ndjson};
use proptest::prelude::*;

use super::*;
use crate::record::{RecordLine, is_utf16};

/// The cells of a record, every one in quotes, in the order of [`RecordLine::FIELDS`].
fn csv_row(record: &ConnectionRecord) -> String {
    let json = serde_json::to_value(RecordLine::from_record(record)).unwrap();
    let cells: Vec<String> = RecordLine::FIELDS
        .iter()
        .map(|field| match json.get(field) {
            None | Some(serde_json::Value::Null) => String::new(),
            Some(serde_json::Value::String(text)) => format!(r#""{}""#, text.replace('"', r#""""#)),
            Some(other) => other.to_string(),
        })
        .collect();
    cells.join(",")
}

/// An empty cell is a missing value, so that an empty text is one as well.
fn without_empty_texts(record: &ConnectionRecord) -> ConnectionRecord {
    let mut json = serde_json::to_value(RecordLine::from_record(record)).unwrap();
    for value in json.as_object_mut().unwrap().values_mut() {
        if value == "" {
            *value = serde_json::Value::Null;
        }
    }
    let line: RecordLine = serde_json::from_value(json).unwrap();
    line.into_record(&project()).unwrap()
}

proptest! {
    #[test]
    fn records_come_out_of_ndjson_as_they_went_in(records in prop::collection::vec(any_record(), 0..8)) {
        let mut input = Vec::new();
        for record in &records {
            serde_json::to_writer(&mut input, &RecordLine::from_record(record)).unwrap();
            input.push(b'\n');
        }
        prop_assert_eq!(ndjson(input).batches.concat(), records);
    }

    #[test]
    fn records_come_out_of_csv_as_they_went_in(records in prop::collection::vec(any_record(), 0..8), crlf: bool) {
        let end = if crlf { "\r\n" } else { "\n" };
        let mut input = RecordLine::FIELDS.join(",") + end;
        for record in &records {
            input += &(csv_row(record) + end);
        }
        let expected: Vec<_> = records.iter().map(without_empty_texts).collect();
        let outcome = csv(&input);
        prop_assert_eq!(outcome.batches.concat(), expected);
        prop_assert_eq!(outcome.summary().lines, input.matches('\n').count() as u64);
    }

    #[test]
    fn any_bytes_are_imported_or_refused_and_all_that_is_bad_is_set_aside(
        input in r#"[a,\n\r" {}\x00]{0,60}"#, as_csv: bool,
    ) {
        if as_csv {
            let header = "transaction_id,connection_start_time\n";
            let outcome = import(ImportFormat::Csv, (header.to_owned() + &input).as_bytes(), true);
            let summary = outcome.summary();
            prop_assert_eq!(summary.bytes, (header.len() + input.len()) as u64);
            prop_assert_eq!(summary.bad_lines, outcome.reports.len() as u64);
        } else {
            let outcome = import(ImportFormat::Ndjson, input.as_bytes(), true);
            let not_blank: String = input
                .split_inclusive('\n')
                .filter(|line| !line.trim_ascii().is_empty())
                .collect();
            // What looks like UTF-16 by its first line has no blank lines: all of it is bad.
            let first = input.split_inclusive('\n').next().unwrap_or_default();
            let bad = if is_utf16(first.as_bytes()) { input } else { not_blank };
            prop_assert_eq!(String::from_utf8(outcome.aside).unwrap(), bad);
        }
    }
}

#[test]
fn what_was_generated_is_imported_whole() {
    let records: Vec<_> = Generator::new(GeneratorSettings::new(1000, 1)).collect();
    let mut input = Vec::new();
    write_ndjson(records.clone(), &mut input).unwrap();
    let outcome = ndjson(&input);
    let imported: Vec<_> = outcome
        .batches
        .concat()
        .into_iter()
        .map(|record| record.into_parts().1)
        .collect();
    assert_eq!(imported, records);
    let expected = ImportSummary {
        records: 1000,
        inserted: 1000 - 334,
        updated: 334,
        bad_lines: 0,
        lines: 1000,
        bytes: input.len() as u64,
    };
    assert_eq!(outcome.summary(), expected);
}

#[test]
fn batches_are_full_but_the_last() {
    let input: String = (0..7).map(|id| line(id) + "\n").collect();
    let sizes: Vec<usize> = ndjson(input).batches.iter().map(Vec::len).collect();
    assert_eq!(sizes, [3, 3, 1]);
}

#[test]
fn a_batch_of_long_lines_ends_before_it_has_all_its_records() {
    let input: String = (0..40)
        .map(|id| line(id) + &" ".repeat(MAX_LINE_BYTES - 200) + "\n")
        .collect();
    let mut sizes = Vec::new();
    Importer::new(ImportFormat::Ndjson, &project())
        .run(input.as_bytes(), |records| {
            sizes.push(records.len());
            Ok::<_, io::Error>(Written::default())
        })
        .unwrap();
    assert_eq!(sizes, [17, 17, 6]);
}

#[test]
fn blank_lines_and_a_byte_order_mark_and_windows_line_ends_are_no_mistake() {
    let input = format!(
        "\u{feff}\r\n{}\r\n\n \t\n{}\r\n\r\n{}",
        line(1),
        line(2),
        line(3)
    );
    let outcome = ndjson(&input);
    assert_eq!(outcome.identities(), ["1", "2", "3"]);
    let summary = outcome.summary();
    assert_eq!((summary.lines, summary.bytes), (7, input.len() as u64));

    let input = "\u{feff}\r\ntransaction_id,connection_start_time\r\n1,2020-04-24T03:02Z\r\n\r\n  \n2,2020-04-24T03:02Z";
    let outcome = csv(input);
    assert_eq!(outcome.identities(), ["1", "2"]);
    assert_eq!(outcome.summary().bytes, input.len() as u64);
}

#[test]
fn rows_of_nothing_but_commas_are_no_mistake() {
    let input = ",,\r\ntransaction_id,connection_start_time,network_rtt\r\n,,\r\n1,2020-04-24T03:02Z,12.0\r\n\"\", ,\r\n,,,,,\n2,2020-04-24T03:02Z,\r\n,,";
    let outcome = csv(input);
    assert_eq!(outcome.identities(), ["1", "2"]);
    assert_eq!(outcome.summary().bytes, input.len() as u64);
    let records = outcome.batches.concat();
    // Programs that know no whole number where one is missing write 12.0.
    assert_eq!(records[0].fields().network_rtt, Some(12));
}

#[test]
fn blank_columns_behind_the_others_are_no_mistake() {
    let outcome = csv("transaction_id,connection_start_time,,\n1,2020-04-24T03:02Z,,\n");
    assert_eq!(outcome.identities(), ["1"]);
}

#[test]
fn the_cells_of_a_csv_are_read_by_their_column() {
    let outcome = csv(
        "is_reconnect,user_name,connection_start_time,network_rtt,transaction_id,terminal_type,tenantId\n\
         TRUE,\"Zhang \"\"Z\"\", Wei\",2020-04-24T03:02Z,-7,1,\"Windows\r\n10 \",p1\n\
         False,,2020-04-24T03:02Z,,2,,\n",
    );
    let records = outcome.batches.concat();
    let first = records[0].fields();
    assert_eq!(first.is_reconnect, Some(true));
    assert_eq!(first.user_name.as_deref(), Some(r#"Zhang "Z", Wei"#));
    assert_eq!(first.network_rtt, Some(-7));
    assert_eq!(first.terminal_type.as_deref(), Some("Windows\r\n10 "));
    let second = records[1].fields();
    assert_eq!(second.is_reconnect, Some(false));
    assert_eq!((&second.user_name, second.network_rtt), (&None, None));
}

#[test]
fn nothing_in_a_file_is_no_mistake() {
    assert_eq!(ndjson("").summary(), ImportSummary::default());
    let header = csv("transaction_id,connection_start_time\n").summary();
    assert_eq!((header.records, header.lines), (0, 1));
}

#[test]
fn progress_is_reported_after_each_batch_and_each_thousand_lines() {
    let input = "\n".repeat(2500) + &(line(1) + "\n").repeat(3) + &line(2);
    let mut reported = Vec::new();
    let mut progress = |summary: &ImportSummary| reported.push((summary.lines, summary.records));
    let summary = Importer::new(ImportFormat::Ndjson, &project())
        .batch_records(NonZeroUsize::new(3).unwrap())
        .progress(&mut progress)
        .run(input.as_bytes(), |_| Ok::<_, io::Error>(Written::default()))
        .unwrap();
    assert_eq!(reported, [(1000, 0), (2000, 0), (2503, 3), (2504, 4)]);
    assert_eq!((summary.lines, summary.records), (2504, 4));
}

#[test]
fn what_the_store_says_is_passed_on() {
    let input: String = (1..=5).map(|id| line(id) + "\n").collect();
    let mut calls = 0;
    let error = Importer::new(ImportFormat::Ndjson, &project())
        .batch_records(NonZeroUsize::new(2).unwrap())
        .run(input.as_bytes(), |records| {
            calls += 1;
            if calls == 2 {
                return Err(io::Error::other("the disk is full"));
            }
            Ok(Written {
                inserted: records.len() as u64,
                updated: 0,
            })
        })
        .unwrap_err();
    assert_eq!(calls, 2);
    assert_eq!(
        error.to_string(),
        "the records of lines 3 to 4 could not be written; before it, 2 records of lines 1 to 2 were imported, and \
         importing them again is safe"
    );
    let cause = error.source().unwrap();
    assert_eq!(cause.to_string(), "the disk is full");
}

#[test]
fn parts_of_records_are_taken_where_they_are_asked_for() {
    let part = r#"{"transaction_id": "1", "desktop_ip": "10.0.0.7"}"#;
    let import = |importer: Importer<'_>| {
        let mut starts = Vec::new();
        let summary = importer.run(part.as_bytes(), |events| {
            starts.extend(
                events
                    .iter()
                    .map(|event| event.fields().connection_start_time),
            );
            Ok::<_, io::Error>(Written::default())
        });
        summary.map(|_| starts).map_err(|error| error.to_string())
    };
    let project = project();
    let importer = || Importer::new(ImportFormat::Ndjson, &project);
    assert_eq!(import(importer().parts()), Ok(vec![None]));
    let refused = import(importer()).unwrap_err();
    assert!(
        refused.starts_with("line 1: connection_start_time is missing"),
        "{refused}"
    );
}
