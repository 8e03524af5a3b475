use std::io::{Cursor, Write};

use super::*;
use crate::record::RecordLine;

const HEADER: &str = "transaction_id,connection_start_time,network_rtt,is_reconnect,user_name\n";

/// What stands in the second line, and what is said of it.
#[test]
fn a_bad_line_of_ndjson_is_named_by_number_and_field() {
    let start = r#""transaction_id": "1", "connection_start_time": "2020-04-24T03:02Z""#;
    let unknown = format!(
        r#"unknown field "usr_name": the fields are {}"#,
        RecordLine::FIELDS.join(", ")
    );
    let table: Vec<(Vec<u8>, &str)> = vec![
        (
            format!(r#"{{{start}, "network_rtt": "12"}}"#).into(),
            r#"network_rtt: expected a whole number from -2147483648 to 2147483647, found the text "12""#,
        ),
        (format!(r#"{{{start}, "usr_name": "x"}}"#).into(), &unknown),
        (
            r#"{"connection_start_time": "2020-04-24T03:02Z"}"#.into(),
            "transaction_id is missing: every record must have one",
        ),
        (
            r#"{"transaction_id": "1", "connection_start_time": "yesterday"}"#.into(),
            r#"connection_start_time is "yesterday", not a time such as 2016-08-20T21:11Z, or 2016-08-20T21:11:05+08:00 with seconds and an offset"#,
        ),
        (
            format!(r#"{{{start}, "sid": "{}"}}"#, "s".repeat(256)).into(),
            "sid has 256 characters: at most 255 are allowed",
        ),
        (
            format!(r#"{{{start}, "sid": "\u0000"}}"#).into(),
            "sid holds the character U+0000, which is not allowed",
        ),
        (
            format!(r#"{{{start}, "tenantId": "p2"}}"#).into(),
            r#"tenantId is "p2", which is another project: leave it out, or send "p1", the project asked for"#,
        ),
        (
            format!(r"{{{start}").into(),
            "not JSON: EOF while parsing an object at column 68",
        ),
        (
            b"{\"sid\": \"\xd5\xc5\"}".to_vec(),
            "not UTF-8: the byte at column 10 begins no character",
        ),
        (
            vec![b' '; MAX_LINE_BYTES + 1],
            "longer than 1048576 bytes, which is far more than a record takes",
        ),
    ];
    for (bad, message) in table {
        let first = line(1).into_bytes();
        let input = [&first[..], &bad, line(3).as_bytes()].join(&b'\n');
        let outcome = ndjson(&input);
        let expected = format!("line 2: {message}; nothing was imported");
        assert_eq!(outcome.error(), expected);
        assert!(outcome.batches.is_empty(), "{message}");

        let outcome = import(ImportFormat::Ndjson, &input[..], true);
        assert_eq!(outcome.identities(), ["1", "3"], "{message}");
        assert!(outcome.aside == [&bad[..], b"\n"].concat(), "{message}");
        assert_eq!(outcome.reports, [format!("line 2: {message}")]);
        let summary = outcome.summary();
        assert_eq!((summary.bad_lines, summary.lines), (1, 3));
        assert_eq!(summary.bytes, input.len() as u64);
    }
}

/// What stands in the second line, after the header, and what is said of it.
#[test]
fn a_bad_line_of_csv_is_named_by_number_and_field() {
    let table: Vec<(Vec<u8>, &str)> = vec![
        (
            "2,2020-04-24T03:02Z,12ms,,".into(),
            r#"network_rtt is "12ms", not a whole number of milliseconds such as 35"#,
        ),
        (
            "2,2020-04-24T03:02Z,3000000000,,".into(),
            r#"network_rtt is "3000000000", not a whole number of milliseconds such as 35"#,
        ),
        (
            "2,2020-04-24T03:02Z,,yes,".into(),
            r#"is_reconnect is "yes", neither true nor false"#,
        ),
        (
            "2,24.04.2020,,,".into(),
            r#"connection_start_time is "24.04.2020", not a time such as 2016-08-20T21:11Z, or 2016-08-20T21:11:05+08:00 with seconds and an offset"#,
        ),
        (
            "2,,,,".into(),
            "connection_start_time is missing: every record must have one",
        ),
        (
            ",2020-04-24T03:02Z,,,".into(),
            "transaction_id is missing: every record must have one",
        ),
        (
            "2,2020-04-24T03:02Z,,".into(),
            "4 cells, where the header has 5",
        ),
        (
            "2,2020-04-24T03:02Z,,,\"a\nb\",x".into(),
            "6 cells, where the header has 5",
        ),
        (
            ("2".to_owned() + &",".repeat(99)).into(),
            "100 cells, where the header has 5",
        ),
        (
            format!("2,2020-04-24T03:02Z,,,{}", "x".repeat(9000)).into(),
            "user_name has 9000 characters: at most 255 are allowed",
        ),
        (
            "2,2020-04-24T03:02Z,,,a\0".into(),
            "user_name holds the character U+0000, which is not allowed",
        ),
        (
            b"2,2020-04-24T03:02Z,,,\xd5\xc5".to_vec(),
            "not UTF-8: the byte at column 23 begins no character",
        ),
        (
            format!("2,2020-04-24T03:02Z,,,{}", "x".repeat(MAX_LINE_BYTES)).into(),
            "longer than 1048576 bytes, which is far more than a record takes",
        ),
        (
            format!(
                "2,2020-04-24T03:02Z,,,\"{}\"",
                "\"\"\n,".repeat(MAX_LINE_BYTES)
            )
            .into(),
            "longer than 1048576 bytes, which is far more than a record takes",
        ),
    ];
    for (bad, message) in table {
        let good = "3,2020-04-24T03:02Z,,,\n";
        let input = [HEADER.as_bytes(), &bad, b"\n", good.as_bytes()].concat();
        let outcome = csv(&input);
        let expected = format!("line 2: {message}; nothing was imported");
        assert_eq!(outcome.error(), expected);
        assert!(outcome.batches.is_empty(), "{message}");

        let outcome = import(ImportFormat::Csv, &input[..], true);
        assert_eq!(outcome.identities(), ["3"], "{message}");
        let aside = [HEADER.as_bytes(), &bad, b"\n"].concat();
        assert!(outcome.aside == aside, "{message}");
        assert_eq!(outcome.reports, [format!("line 2: {message}")]);
        let summary = outcome.summary();
        let lines = input.split(|byte| *byte == b'\n').count() as u64 - 1;
        assert_eq!((summary.bad_lines, summary.lines), (1, lines));
        assert_eq!(summary.bytes, input.len() as u64);
    }
}

/// A header that is bad leaves nothing to go on with, whatever is to be done about bad lines.
#[test]
fn a_bad_header_of_a_csv_stops_the_import() {
    let fields = RecordLine::FIELDS.join(", ");
    let unknown = |name: &str| {
        format!(
            "line 1: unknown column {name}: the columns, separated by commas, may be {fields}; nothing was imported"
        )
    };
    let table = [
        (
            "",
            "line 1: no header: the first line of a CSV names its columns, separated by commas; nothing was imported"
                .to_owned(),
        ),
        ("transaction_id,connection_start_time,User\n", unknown(r#""User""#)),
        (
            "transaction_id;connection_start_time\n",
            unknown(r#""transaction_id;connection_start_time""#),
        ),
        (
            "transaction_id,sid,connection_start_time,sid\n",
            "line 1: the column sid occurs twice; nothing was imported".to_owned(),
        ),
        (
            "\ntransaction_id\n",
            "line 2: the column connection_start_time is missing: every record must have one; nothing was imported"
                .to_owned(),
        ),
        (
            "\"transaction_id\n",
            "line 1: a quoted cell begins here and the input ends before its closing quote; nothing was imported"
                .to_owned(),
        ),
    ];
    for (input, message) in table {
        for skip_bad in [false, true] {
            let outcome = import(ImportFormat::Csv, input.as_bytes(), skip_bad);
            assert_eq!(outcome.error(), message);
            assert!(outcome.aside.is_empty());
        }
    }
}

#[test]
fn a_quote_that_is_never_closed_is_a_bad_line_and_all_after_it_is_set_aside() {
    let open = "2,2020-04-24T03:02Z,,,\"a\n3,2020-04-24T03:02Z,,,\n";
    let input = format!("{HEADER}1,2020-04-24T03:02Z,,,\n{open}");
    let outcome = import(ImportFormat::Csv, input.as_bytes(), true);
    assert_eq!(outcome.identities(), ["1"]);
    assert_eq!(
        String::from_utf8_lossy(&outcome.aside),
        HEADER.to_owned() + open
    );
    assert_eq!(
        outcome.reports,
        ["line 3: a quoted cell begins here and the input ends before its closing quote"]
    );
}

#[test]
fn a_bad_line_stops_the_import_and_nothing_of_its_batch_is_written() {
    let good = |ids: std::ops::Range<u32>| -> String { ids.map(|id| line(id) + "\n").collect() };
    let outcome = ndjson(good(0..3) + "\n" + &good(3..8) + "{}\n" + &good(8..12));
    assert_eq!(outcome.identities(), ["0", "1", "2", "3", "4", "5"]);
    assert_eq!(
        outcome.error(),
        "line 10: transaction_id is missing: every record must have one; before it, 6 records of lines 1 to 7 were \
         imported, and importing them again is safe"
    );
    let error = outcome.result.unwrap_err();
    // The text says all there is; a chain of causes would say it twice.
    assert!(std::error::Error::source(&error).is_none());
    let imported = error.imported;
    assert_eq!((imported.records, imported.lines), (6, 7));
    assert_eq!((imported.inserted, imported.updated), (4, 2));
}

#[test]
fn a_line_may_have_a_mebibyte_and_no_byte_more() {
    let of_length = |length: usize| {
        let record = line(1);
        record.clone() + &" ".repeat(length - record.len() - 1) + "\n"
    };
    let exact = of_length(MAX_LINE_BYTES);
    assert_eq!(ndjson(&exact).summary().records, 1);
    assert!(ndjson(of_length(MAX_LINE_BYTES + 1)).result.is_err());

    let two = of_length(MAX_LINE_BYTES + 1) + &line(2);
    let outcome = import(ImportFormat::Ndjson, two.as_bytes(), true);
    assert_eq!(outcome.identities(), ["2"]);
    assert_eq!(outcome.summary().lines, 2);
}

/// Refuses to take more bytes at once than a line may have. A line that was kept whole would have more.
struct Narrow(u64);

impl Write for Narrow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        assert!(bytes.len() <= MAX_LINE_BYTES + 1);
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_line_without_end_is_set_aside_chunk_by_chunk() {
    const GIANT: u64 = 8 << 20;
    for (format, header) in [(ImportFormat::Ndjson, ""), (ImportFormat::Csv, HEADER)] {
        for filling in [b'x', b'"', b','] {
            let input = Cursor::new(header).chain(io::repeat(filling).take(GIANT));
            let (mut sink, mut bad) = (Narrow(0), 0);
            let mut report = |_: &BadLine| bad += 1;
            let summary = Importer::new(format, &project())
                .bad_lines(BadLines::SetAside {
                    sink: &mut sink,
                    report: &mut report,
                })
                .run(io::BufReader::new(input), |_| {
                    Ok::<_, io::Error>(Written::default())
                })
                .unwrap();
            assert_eq!((summary.bad_lines, bad), (1, 1));
            assert_eq!(sink.0, GIANT + header.len() as u64);
        }
    }
}

#[test]
fn what_was_set_aside_can_be_mended_and_imported() {
    let input = format!(
        "{HEADER}1,2020-04-24T03:02Z,,,\n2,2020-04-24T03:02Z,7 ms,,\"a\nb\"\n3,2020-04-24T03:02Z,,,\n\
         4,2020-04-24T03:02Z,,perhaps,"
    );
    let outcome = import(ImportFormat::Csv, input.as_bytes(), true);
    assert_eq!(outcome.identities(), ["1", "3"]);
    let summary = outcome.summary();
    assert_eq!(
        (summary.records, summary.bad_lines, summary.lines),
        (2, 2, 6)
    );

    let corrected = String::from_utf8(outcome.aside)
        .unwrap()
        .replace(" ms", "")
        .replace("perhaps", "true");
    let outcome = csv(corrected);
    assert_eq!(outcome.identities(), ["2", "4"]);
    let records = outcome.batches.concat();
    assert_eq!(records[0].fields().user_name.as_deref(), Some("a\nb"));
    assert_eq!(records[0].fields().network_rtt, Some(7));
}

#[test]
fn nothing_is_set_aside_where_nothing_is_bad() {
    let input = format!("{HEADER}1,2020-04-24T03:02Z,,,\n");
    let outcome = import(ImportFormat::Csv, input.as_bytes(), true);
    assert!(outcome.aside.is_empty());
}

/// Breaks, as a disk or a pipe does.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the pipe broke"))
    }
}

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is full"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::Error::other("the disk is full"))
    }
}

#[test]
fn an_input_that_breaks_leaves_the_batch_unwritten() {
    let input: String = (0..4).map(|id| line(id) + "\n").collect();
    let outcome = import(
        ImportFormat::Ndjson,
        Cursor::new(input).chain(Broken),
        false,
    );
    assert_eq!(outcome.identities(), ["0", "1", "2"]);
    assert_eq!(
        outcome.error(),
        "the input could not be read after line 4; before it, 3 records of lines 1 to 3 were imported, and importing \
         them again is safe"
    );
}

#[test]
fn a_bad_line_that_cannot_be_set_aside_stops_the_import() {
    let result = Importer::new(ImportFormat::Ndjson, &project())
        .bad_lines(BadLines::SetAside {
            sink: &mut Broken,
            report: &mut |_| {},
        })
        .run(&b"\nno\n"[..], |_| Ok::<_, io::Error>(Written::default()));
    assert_eq!(
        result.unwrap_err().to_string(),
        "the bad line 2 could not be written aside; nothing was imported"
    );
}
