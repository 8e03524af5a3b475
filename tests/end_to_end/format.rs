//! An export is the same in every form: its records, their order, and how it is asked for.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use deskledger_api::RecordLine;
use deskledger_domain::{Column, ColumnKind, Language, ProjectId, RecordFields, Value};
use deskledger_tests::{Cell, Database, PROJECT, Service, TOKEN, on_both_databases, sheets};
use rand::SeedableRng as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;

use crate::filter::{encode, random_pairs};
use crate::record::{bare, realistic};

on_both_databases! {
    two_hundred_random_filters_find_the_same_rows_in_every_form
    an_export_without_rows_is_whole_in_every_form
    an_answer_says_what_it_is
    text_that_looks_like_a_formula_is_guarded_in_csv_and_nowhere_else
}

const RECORDS: u64 = 250;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The rows of CSV as the cells of the workbook would be, its guards taken away, and its header.
fn csv_rows(file: &[u8]) -> (Vec<String>, Vec<Vec<Cell>>) {
    let text = file.strip_prefix(BYTE_ORDER_MARK).unwrap();
    let mut reader = csv::Reader::from_reader(text);
    let header = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let cells = row.iter().zip(Column::ALL);
        cells.map(|(cell, column)| csv_cell(cell, column)).collect()
    });
    let rows = rows.collect();
    (header, rows)
}

fn csv_cell(cell: &str, column: Column) -> Cell {
    if cell.is_empty() {
        return Cell::Empty;
    }
    if let Some(guarded) = cell.strip_prefix('\'') {
        return Cell::Text(guarded.to_owned());
    }
    match column.kind() {
        ColumnKind::Text | ColumnKind::Boolean => Cell::Text(cell.to_owned()),
        ColumnKind::Integer => Cell::Number(cell.parse().unwrap()),
        ColumnKind::Time => {
            Cell::Time(NaiveDateTime::parse_from_str(cell, "%Y-%m-%d %H:%M:%S%.f").unwrap())
        }
        ColumnKind::Duration => {
            let (seconds, milliseconds) = cell.split_once('.').unwrap_or((cell, "0"));
            let seconds = seconds
                .split(':')
                .fold(0, |sum, part| sum * 60 + part.parse::<i64>().unwrap());
            let milliseconds: i64 = milliseconds.parse().unwrap();
            Cell::Duration(TimeDelta::milliseconds(seconds * 1000 + milliseconds))
        }
    }
}

/// The rows of JSON Lines as the cells of the workbook would be.
fn json_rows(file: &[u8], language: Language, time_zone: Tz) -> Vec<Vec<Cell>> {
    let project = ProjectId::new(PROJECT).unwrap();
    let text = std::str::from_utf8(file).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    let rows = text.lines().map(|line| {
        let record = RecordLine::from_json(line.as_bytes()).unwrap();
        let record = record.into_record(&project).unwrap();
        let cell = |column: Column| match column.value(&record.as_ref()) {
            Value::Missing | Value::Text("") => Cell::Empty,
            Value::Text(text) => Cell::Text(text.to_owned()),
            Value::Time(time) => Cell::Time(local(time, time_zone)),
            Value::Duration(length) => {
                assert!(length >= TimeDelta::zero(), "the generator makes none");
                Cell::Duration(TimeDelta::milliseconds(length.num_milliseconds()))
            }
            Value::Boolean(true) => Cell::Text(language.yes().to_owned()),
            Value::Boolean(false) => Cell::Text(language.no().to_owned()),
            #[expect(
                clippy::cast_precision_loss,
                reason = "the numbers of a record are small"
            )]
            Value::Integer(number) => Cell::Number(number as f64),
        };
        Column::ALL.map(cell).to_vec()
    });
    rows.collect()
}

/// The time in a zone, in the whole milliseconds that a workbook holds.
fn local(time: DateTime<Utc>, time_zone: Tz) -> NaiveDateTime {
    let whole = DateTime::from_timestamp_millis(time.timestamp_millis()).unwrap();
    whole.with_timezone(&time_zone).naive_local()
}

fn two_hundred_random_filters_find_the_same_rows_in_every_form(database: &Database) {
    let records = database.fill(PROJECT, realistic(RECORDS));
    database.fill("another", realistic(RECORDS));
    let service = Service::start(database);
    let mut random = ChaCha8Rng::seed_from_u64(200);
    let mut found = 0;
    for _ in 0..200 {
        let mut pairs = random_pairs(&mut random, &records);
        let language = *Language::ALL.choose(&mut random).unwrap();
        let time_zone = *[Tz::UTC, Tz::Asia__Kathmandu, Tz::America__New_York]
            .choose(&mut random)
            .unwrap();
        pairs.push(("language", language.to_string()));
        pairs.push(("time_zone", time_zone.to_string()));
        let query = encode(&pairs);
        let of_format = |format: &str| {
            let answer = service.export(&format!("{query}&format={format}"));
            assert_eq!(answer.status, 200, "{pairs:?}");
            answer.body
        };
        let sheet = sheets(&of_format("xlsx")).remove(0);
        let (header, csv) = csv_rows(&of_format("csv"));
        let json = json_rows(&of_format("jsonl"), language, time_zone);
        assert_eq!(header, sheet.header);
        assert_eq!(csv, sheet.rows, "{pairs:?}");
        assert_eq!(json, sheet.rows, "{pairs:?}");
        found += csv.len();
    }
    assert!(found > 200, "the filters found next to nothing");
}

fn an_export_without_rows_is_whole_in_every_form(database: &Database) {
    let service = Service::start(database);
    let csv = service.export("format=csv");
    assert_eq!(csv.status, 200);
    let text = std::str::from_utf8(&csv.body).unwrap();
    assert_eq!(text.matches('\n').count(), 1);
    assert!(text.ends_with("\r\n"));
    assert_eq!(csv_rows(&csv.body).0.len(), Column::ALL.len());
    let json = service.export("format=jsonl");
    assert_eq!((json.status, json.body.len()), (200, 0));
    assert_eq!(json.header("content-length"), Some("0"));
}

fn an_answer_says_what_it_is(database: &Database) {
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let service = Service::start(database);
    let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let (csv, json) = ("text/csv; charset=utf-8", "application/x-ndjson");
    for (query, accept, content_type, extension) in [
        ("format=xlsx", "*/*", xlsx, "xlsx"),
        ("format=csv", "*/*", csv, "csv"),
        ("format=jsonl", "*/*", json, "jsonl"),
        ("", "text/csv", csv, "csv"),
        ("", "application/x-ndjson", json, "jsonl"),
        // The query wins, and an empty value is an absent one.
        ("format=xlsx", "text/csv", xlsx, "xlsx"),
        ("format=", "text/csv", csv, "csv"),
        // The vendor's clients are never refused.
        ("", "application/json", xlsx, "xlsx"),
    ] {
        let headers = [("X-Auth-Token", TOKEN), ("Accept", accept)];
        let answer = service.get(&Service::export_path(query), &headers);
        assert_eq!(answer.status, 200, "{query} {accept}");
        assert_eq!(answer.header("content-type"), Some(content_type));
        assert_eq!(answer.header("vary"), Some("accept"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let length = answer.body.len().to_string();
        assert_eq!(answer.header("content-length"), Some(length.as_str()));
        let disposition = answer.header("content-disposition").unwrap();
        let name = format!("filename=\"desktop-connections-20200501T080000Z.{extension}\"");
        assert!(disposition.contains(&name), "{disposition}");
        assert!(
            disposition.ends_with(&format!("Z.{extension}")),
            "{disposition}"
        );
    }
}

fn text_that_looks_like_a_formula_is_guarded_in_csv_and_nowhere_else(database: &Database) {
    let texts = [
        "=cmd|'/c calc'!A1",
        "+1+1",
        "-2",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\nx",
        "＝1",
        "'=1",
        "\",=1,\"",
        "plain",
    ];
    let records = texts.iter().enumerate().map(|(number, text)| RecordFields {
        user_name: Some((*text).to_owned()),
        ..bare(&format!("{number:02}"), "2020-04-13T02:00Z")
    });
    database.fill(PROJECT, records);
    let service = Service::start(database);

    let file = service.export("format=csv").body;
    let mut reader = csv::Reader::from_reader(&file[BYTE_ORDER_MARK.len()..]);
    let mut names: Vec<_> = reader
        .records()
        .map(|row| row.unwrap()[0].to_owned())
        .collect();
    names.reverse();
    let expected = texts.map(|text| {
        let is_safe = text.starts_with(['"', 'p']);
        format!("{}{text}", if is_safe { "" } else { "'" })
    });
    assert_eq!(names, expected);

    let file = service.export("format=jsonl").body;
    let lines = std::str::from_utf8(&file).unwrap().lines().rev();
    let names = lines.map(|line| {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(record.as_object().unwrap().len(), 22);
        assert!(record.get("tenantId").is_none());
        record["user_name"].as_str().unwrap().to_owned()
    });
    assert_eq!(names.collect::<Vec<_>>(), texts);
}
