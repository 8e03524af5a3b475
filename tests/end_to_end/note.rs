//! Values that Excel cannot hold: every column of the sheet of records keeps its one type, the last sheet lists the values,
//! and the other forms of the export have them where they belong.

use std::iter;

use deskledger_domain::{Column, ColumnKind, Language, NoteWord, RecordFields, SummaryWord};
use deskledger_tests::{Cell, Database, PROJECT, Service, on_both_databases, part, sheets};

use crate::reader::json_rows;
use crate::record::{bare, time};

on_both_databases! {
    what_excel_cannot_hold_is_an_empty_cell_and_a_note_in_every_language
    a_workbook_without_such_a_value_has_no_notes
}

/// A clock that went back, one that was never set, and times at both ends of what Excel knows.
fn records() -> Vec<RecordFields> {
    let between = |id: &str, start: &str, setup: &str, end: &str| RecordFields {
        connection_setup_time: Some(time(setup)),
        connection_end_time: Some(time(end)),
        ..bare(id, start)
    };
    vec![
        between(
            "1",
            "9999-12-31T20:00:00Z",
            "9999-12-31T20:00:00Z",
            "9999-12-31T20:00:00Z",
        ),
        between(
            "2",
            "2020-04-13T02:00:00Z",
            "2020-04-13T02:00:03Z",
            "2020-04-13T02:00:00Z",
        ),
        between(
            "3",
            "2020-04-12T02:00:00Z",
            "2020-04-12T02:00:03Z",
            "2020-04-12T03:00:03Z",
        ),
        between(
            "4",
            "1601-01-01T00:00:00Z",
            "1900-02-28T00:00:00Z",
            "1900-03-01T00:00:00Z",
        ),
    ]
}

fn what_excel_cannot_hold_is_an_empty_cell_and_a_note_in_every_language(database: &Database) {
    database.fill(PROJECT, records());
    let service = Service::start(database);
    for language in Language::ALL {
        let query = format!("language={language}&summary=true&time_zone=Asia/Tokyo");
        let file = service.export(&query).body;
        let sheets = sheets(&file);
        let text = |word: NoteWord| word.text(language);
        let names: Vec<_> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
        let summary = SummaryWord::Summary.text(language);
        assert_eq!(
            names,
            [language.sheet_name(), summary, text(NoteWord::Notes)]
        );
        for (number, column) in Column::ALL.iter().enumerate() {
            let cells = sheets[0].rows.iter().map(|row| &row[number]);
            let is_right = |cell: &Cell| match column.kind() {
                ColumnKind::Time => matches!(cell, Cell::Empty | Cell::Time(_)),
                ColumnKind::Duration => matches!(cell, Cell::Empty | Cell::Duration(_)),
                ColumnKind::Integer => matches!(cell, Cell::Empty | Cell::Number(_)),
                ColumnKind::Text | ColumnKind::Boolean => {
                    matches!(cell, Cell::Empty | Cell::Text(_))
                }
            };
            assert!(cells.into_iter().all(is_right), "{column:?}");
        }
        let zone = chrono_tz::Asia::Tokyo;
        let note = |row: u32, column: Column, value: &str| {
            vec![
                Cell::Text(language.sheet_name().to_owned()),
                Cell::Number(row.into()),
                Cell::Text(column.header(language, zone).into_owned()),
                Cell::Text(value.to_owned()),
            ]
        };
        let words = [
            NoteWord::Sheet,
            NoteWord::Row,
            NoteWord::Column,
            NoteWord::Value,
        ];
        assert_eq!(sheets[2].header, words.map(text));
        let beyond = "+10000-01-01T05:00:00";
        assert_eq!(
            sheets[2].rows,
            [
                note(2, Column::ConnectionStartTime, beyond),
                note(2, Column::ConnectionSetupTime, beyond),
                note(2, Column::ConnectionEndTime, beyond),
                note(3, Column::Duration, "-0:00:03"),
                // What the clocks of Tokyo showed before 1888.
                note(5, Column::ConnectionStartTime, "1601-01-01T09:18:59"),
                note(5, Column::ConnectionSetupTime, "1900-02-28T09:00:00"),
            ],
            "{language}"
        );
        let core = part(&file, "docProps/core.xml");
        let tag = language.tag().replace('_', "-");
        assert!(
            core.contains(&format!("<dc:language>{tag}</dc:language>")),
            "{core}"
        );
        let title = format!("<dc:title>{}</dc:title>", language.sheet_name());
        assert!(core.contains(&title), "{core}");
    }

    let csv = service.export("format=csv").body;
    let csv = std::str::from_utf8(&csv).unwrap();
    assert!(csv.contains(",\"'-0:00:03\","), "{csv}");
    assert!(csv.contains(",1601-01-01 00:00:00,"), "{csv}");
    let json = json_rows(&service.export("format=jsonl").body);
    assert_eq!(json[3]["connection_start_time"], "1601-01-01T00:00:00Z");
    assert_eq!(json[1]["connection_end_time"], "2020-04-13T02:00:00Z");
}

fn a_workbook_without_such_a_value_has_no_notes(database: &Database) {
    database.fill(PROJECT, iter::once(records().swap_remove(2)));
    let service = Service::start(database);
    let names = |query: &str| {
        let sheets = sheets(&service.export(query).body);
        sheets
            .into_iter()
            .map(|sheet| sheet.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["Connection Records"]);
    assert_eq!(names("summary=true"), ["Connection Records", "Summary"]);
}
