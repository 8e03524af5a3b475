//! The same rows make the same file.

use chrono::{DateTime, TimeDelta, Utc};
use deskledger_workbook::{Cell, Column, ColumnKind, WorkbookWriter};

fn file(created: DateTime<Utc>) -> Vec<u8> {
    let columns = vec![
        Column::new("text", ColumnKind::Text),
        Column::new("at", ColumnKind::DateTime),
        Column::new("for", ColumnKind::Duration),
        Column::new("=1", ColumnKind::boolean("+", "No")),
    ];
    let mut writer = WorkbookWriter::builder(columns)
        .created(created)
        .rows_per_sheet(3)
        .build(Vec::new())
        .unwrap();
    for number in 0..10 {
        let text = format!("row {number}");
        let at = created.naive_utc() + TimeDelta::hours(number);
        let cells = [
            Cell::Text(&text),
            Cell::DateTime(at),
            Cell::Duration(TimeDelta::minutes(number)),
            Cell::Boolean(number % 2 == 0),
        ];
        writer.append(&cells).unwrap();
    }
    writer.finish().unwrap().0
}

#[test]
fn the_same_rows_make_the_same_bytes() {
    let first = file(DateTime::UNIX_EPOCH);
    // ZIP counts time in steps of two seconds.
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    assert!(first == file(DateTime::UNIX_EPOCH), "the bytes differ");
}

#[test]
fn another_creation_time_makes_another_file() {
    assert!(file(DateTime::UNIX_EPOCH) != file(DateTime::UNIX_EPOCH + TimeDelta::seconds(1)));
}
