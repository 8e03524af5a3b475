//! The package: its parts, in their order.

use std::process::Command;

use chrono::{TimeZone, Utc};
use deskledger_workbook::{Cell, Column, ColumnKind, WorkbookWriter};

use crate::{
    reader::{self, Element},
    table,
};

fn find(file: &[u8], part: &str, name: &str) -> Vec<Element> {
    reader::elements(file, part)
        .into_iter()
        .filter(|element| element.name == name)
        .collect()
}

fn sheet(file: &[u8], number: usize, name: &str) -> Vec<Element> {
    find(file, &format!("xl/worksheets/sheet{number}.xml"), name)
}

#[test]
fn the_package_begins_with_the_types_of_its_parts() {
    // Who sniffs types looks there; magic(5) also asks for a second entry in `_rels/` and a third one in `xl/`.
    let file = table::sheets(3, 1);
    let names = reader::names(&file);
    assert_eq!(names[..2], ["[Content_Types].xml", "_rels/.rels"]);
    assert!(names[2].starts_with("xl/"), "{names:?}");
    let types = reader::elements(&file, &names[0]);
    let type_of = |name: &str| {
        let of_part = |element: &&Element| {
            element.attribute("PartName") == Some(&format!("/{name}"))
                || element
                    .attribute("Extension")
                    .is_some_and(|extension| name.ends_with(&format!(".{extension}")))
        };
        // What is said of a part goes before what is said of its extension.
        let mut found: Vec<_> = types.iter().filter(of_part).collect();
        found.sort_by_key(|element| element.name == "Default");
        found[0].attributes["ContentType"].clone()
    };
    for (name, expected) in [
        ("xl/workbook.xml", "spreadsheetml.sheet.main+xml"),
        ("xl/worksheets/sheet1.xml", "spreadsheetml.worksheet+xml"),
        ("xl/worksheets/sheet3.xml", "spreadsheetml.worksheet+xml"),
        ("xl/styles.xml", "spreadsheetml.styles+xml"),
        ("xl/theme/theme1.xml", "theme+xml"),
        ("docProps/core.xml", "core-properties+xml"),
        ("docProps/app.xml", "extended-properties+xml"),
        ("_rels/.rels", "relationships+xml"),
        ("xl/_rels/workbook.xml.rels", "relationships+xml"),
    ] {
        assert!(names.iter().any(|part| part == name), "{name}");
        assert!(
            type_of(name).ends_with(expected),
            "{name}: {}",
            type_of(name)
        );
    }
}

#[test]
fn excel_has_nothing_to_calculate_and_so_nothing_to_save() {
    let file = table::sheets(5, 2);
    assert!(find(&file, "xl/workbook.xml", "calcPr").is_empty());
}

#[test]
fn the_dimension_is_there_where_a_sheet_is_written_before_its_first_byte_leaves() {
    let file = table::sheets(5, 2);
    let dimensions = (1..=3).map(|number| sheet(&file, number, "dimension").remove(0));
    let dimensions: Vec<_> = dimensions
        .map(|dimension| dimension.attributes["ref"].clone())
        .collect();
    assert_eq!(dimensions, ["A1:B3", "A1:B3", "A1:B2"]);
    let none = table::sheets(0, 2);
    assert_eq!(
        sheet(&none, 1, "dimension")[0].attribute("ref"),
        Some("A1:B1")
    );
    // More than a batch: its beginning has left when the end is known.
    let large = table::sheets(20_000, 1_000_000);
    assert!(sheet(&large, 1, "dimension").is_empty());
}

#[test]
fn file_and_unzip_know_the_workbook() {
    for (rows, rows_per_sheet) in [(0, 1), (5, 2), (20_000, 100_000)] {
        let path =
            std::env::temp_dir().join(format!("deskledger-{}-{rows}.xlsx", std::process::id()));
        std::fs::write(&path, table::sheets(rows, rows_per_sheet)).unwrap();
        let run = |program: &str, option: &str| {
            let output = Command::new(program).arg(option).arg(&path).output().ok()?;
            assert!(output.status.success(), "{program}: {output:?}");
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        // A machine without the programs has the other tests.
        let kind = run("file", "--brief");
        let test = run("unzip", "-tqq");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(
            kind.as_deref()
                .unwrap_or("Microsoft Excel 2007+")
                .trim_end(),
            "Microsoft Excel 2007+"
        );
        assert_eq!(test.unwrap_or_default(), "");
    }
}

#[test]
fn every_part_is_well_formed() {
    let file = table::sheets(5, 2);
    let names = reader::names(&file);
    assert_eq!(
        names
            .iter()
            .filter(|name| name.starts_with("xl/worksheets/"))
            .count(),
        3
    );
    for name in names {
        assert!(!reader::elements(&file, &name).is_empty(), "{name}");
    }
}

#[test]
fn no_part_asks_for_zip64() {
    let file = table::sheets(3, 2);
    let headers = file
        .windows(4)
        .enumerate()
        .filter(|(_, bytes)| bytes == b"PK\x03\x04");
    let mut count = 0;
    for (start, _) in headers {
        let version = u16::from_le_bytes([file[start + 4], file[start + 5]]);
        assert!(version < 45, "version {version} is needed");
        count += 1;
    }
    assert_eq!(count, reader::names(&file).len());
}

#[test]
fn the_properties_are_those_given() {
    let created = Utc.with_ymd_and_hms(2026, 3, 1, 8, 30, 0).unwrap();
    let writer = WorkbookWriter::builder(vec![Column::new("a", ColumnKind::Text)])
        .created(created)
        .title("Records <1> \u{1}")
        .author("deskledger & co")
        .language("pt-BR")
        .build(Vec::new())
        .unwrap();
    let (file, _) = writer.finish().unwrap();
    let text = |name: &str| find(&file, "docProps/core.xml", name).remove(0).text;
    assert_eq!(text("dcterms:created"), "2026-03-01T08:30:00Z");
    assert_eq!(text("dcterms:modified"), "2026-03-01T08:30:00Z");
    assert_eq!(text("dc:title"), "Records <1> \u{FFFD}");
    assert_eq!(text("dc:creator"), "deskledger & co");
    assert_eq!(text("dc:language"), "pt-BR");
}

#[test]
fn the_default_creation_time_is_the_beginning_of_zip() {
    let file = table::sheets(0, 1);
    assert_eq!(
        find(&file, "docProps/core.xml", "dcterms:created")[0].text,
        "1980-01-01T00:00:00Z"
    );
}

#[test]
fn a_header_in_another_script_costs_its_own_bytes_alone() {
    let size = |headers: [&str; 3]| {
        let columns = headers.map(|header| Column::new(header.repeat(30), ColumnKind::Text));
        let mut writer = WorkbookWriter::builder(columns.to_vec())
            .build(Vec::new())
            .unwrap();
        for row in 0..400_u64 {
            let text = |salt: u64| {
                format!(
                    "user-{:x}",
                    (row + salt).wrapping_mul(0x9E37_79B9_7F4A_7C15)
                )
            };
            let texts = [text(1), text(1_000), text(2_000)];
            let cells = [&texts[0], &texts[1], &texts[2]].map(|text| Cell::Text(text));
            writer.append(&cells).unwrap();
        }
        writer.finish().unwrap().0.len()
    };
    let latin = size(["Username", "Computer", "Terminal"]);
    let arabic = size(["اسم المستخدم", "اسم الحاسوب", "نوع الطرفية"]);
    assert!(arabic < latin * 11 / 10, "{arabic} bytes, in Latin {latin}");
}
