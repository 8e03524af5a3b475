//! `deskledger export`.

use std::fs;
use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};

use super::{LINES, Place, rows, said};

#[test]
fn export_takes_the_filters_of_the_endpoint() {
    let place = Place::new();
    place.write("records.ndjson", LINES);
    place.ok(&["import", "records.ndjson", "--project", "p1"]);
    place.ok(&[
        "export",
        "--project",
        "p1",
        "--output",
        "one.xlsx",
        "--start-time",
        "2020-04-24T03:02:47Z",
        "--end-time",
        "2020-04-24T11:02:48+08:00",
        "--user-name",
        "JY01@local.com",
        "--language",
        "zh_CN",
        "--time-zone",
        "Asia/Shanghai",
    ]);
    let rows = rows(&place.path("one.xlsx"));
    assert_eq!(rows.len(), 2);
    assert_eq!(
        rows[0][6],
        Data::String("开始连接时间 (Asia/Shanghai)".to_owned())
    );
    assert_eq!(rows[1][21], Data::String("a".to_owned()));
}

#[test]
fn the_name_of_the_file_says_its_format_unless_another_is_named() {
    let place = Place::new();
    place.write("records.ndjson", LINES);
    place.ok(&["import", "records.ndjson", "--project", "p1"]);
    let export = |project: &str, arguments: &[&str]| {
        let arguments = [&["export", "--project", project, "--output"], arguments].concat();
        place.ok(&arguments);
        fs::read(place.path(arguments[4])).unwrap()
    };
    let json = export("p1", &["all.jsonl"]);
    assert_eq!(std::str::from_utf8(&json).unwrap().lines().count(), 2);
    assert_eq!(export("p1", &["all.txt", "--format", "jsonl"]), json);
    let csv = export("p1", &["ALL.CSV"]);
    assert!(csv.starts_with("\u{feff}\"Username\",".as_bytes()));
    assert_eq!(export("p1", &["all.xlsx", "--format", "csv"]), csv);
    export("p1", &["all"]);
    assert_eq!(rows(&place.path("all")).len(), 3);

    // JSON Lines go back in as they came out.
    place.ok(&["import", "all.jsonl", "--project", "p2"]);
    assert_eq!(export("p2", &["again.jsonl"]), json);
}

#[test]
fn a_summary_is_a_sheet_behind_the_records_of_a_workbook_alone() {
    let place = Place::new();
    place.write("records.ndjson", LINES);
    place.ok(&["import", "records.ndjson", "--project", "p1"]);
    let export = ["export", "--project", "p1", "--summary", "--output"];
    let said = place.ok(&[&export[..], &["all.xlsx"]].concat());
    assert!(said.contains("wrote 2 records"), "{said}");
    let mut workbook: Xlsx<_> =
        Xlsx::new(Cursor::new(fs::read(place.path("all.xlsx")).unwrap())).unwrap();
    let sheets = workbook.worksheets();
    assert_eq!(sheets[0].1.height(), 3);
    let (name, summary) = &sheets[1];
    assert_eq!((name.as_str(), sheets.len()), ("Summary", 2));
    let text = |text: &str| Data::String(text.to_owned());
    let mut rows = summary.rows();
    let total = rows.find(|row| row[0] == text("Records in all")).unwrap();
    assert_eq!(total[2], Data::Float(2.0));
    assert!(rows.any(|row| row[1] == text("jy01@local.com")));

    for other in [&["all.csv"][..], &["all.xlsx", "--format", "jsonl"]] {
        let said = place.fails(&[&export[..], other].concat());
        assert!(said.contains("summary is true and format is "), "{said}");
    }
}

#[test]
fn an_export_that_fails_leaves_what_was_there_and_nothing_else() {
    let place = Place::new();
    place.write("old.xlsx", "what was there");
    let mut command = place.command(&["export", "--project", "p1", "--output", "old.xlsx"]);
    let output = command
        .env(
            "DESKLEDGER__DATABASE__URL",
            "postgres://u:hunter2@127.0.0.1:1/d",
        )
        .output();
    let output = output.unwrap();
    assert!(!output.status.success());
    assert!(!said(&output).contains("hunter2"), "{}", said(&output));
    assert_eq!(
        fs::read_to_string(place.path("old.xlsx")).unwrap(),
        "what was there"
    );
    assert_eq!(place.files(), ["old.xlsx"]);

    let said = place.fails(&["export", "--project", "p1", "--output", "missing/new.xlsx"]);
    assert!(said.contains("missing/new.xlsx"), "{said}");
}
