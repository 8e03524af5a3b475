use std::io::{Cursor, Read as _};

use deskledger_api::fuzzing;
use deskledger_domain::ProjectId;
use deskledger_workbook::{Cell, Column, ColumnKind, WorkbookWriter};
use zip::{CompressionMethod, ZipArchive};

const SHEET: &str = "xl/worksheets/sheet1.xml";

/// What a server sends is decoded or refused, the same however it arrives.
pub(super) fn copy(bytes: &[u8]) {
    let project = ProjectId::new("p1").unwrap();
    let decode = |chunk| fuzzing::decode_copy(&project, bytes, chunk);
    let whole = decode(1 << 16);
    for chunk in [1, 5, 64] {
        assert_eq!(decode(chunk), whole, "in chunks of {chunk}");
    }
}

/// Any rows are compressed so that two decoders read the same, and every text comes back.
pub(super) fn deflate(bytes: &[u8]) {
    let rows = rows(bytes);
    let sheet = sheet(&rows);
    assert_eq!(texts(&sheet), rows.concat());
}

/// Any text comes back from a cell, and nothing in it is markup.
pub(super) fn text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    // Longer ones are cut, by design.
    if !text.is_empty() && text.encode_utf16().count() <= 32_767 {
        let sheet = sheet(&[vec![Some(text.clone()), None]]);
        assert_eq!(texts(&sheet), [Some(text), None]);
    }
}

/// Rows of two cells. A zero byte ends a cell, and one after it repeats the rows so far, which is where compression begins.
fn rows(bytes: &[u8]) -> Vec<Vec<Option<String>>> {
    let mut rows: Vec<Vec<Option<String>>> = Vec::new();
    for part in bytes.split(|byte| *byte == 0) {
        if part.is_empty() && !rows.is_empty() && rows.len() < 2_000 {
            rows.extend_from_within(..);
            continue;
        }
        let text = String::from_utf8_lossy(part).into_owned();
        let (first, second) = text.split_once('\u{1}').unwrap_or((&text, ""));
        let cell = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        rows.push(vec![cell(first), cell(second)]);
    }
    rows
}

/// The sheet of a workbook of these rows, by two decoders.
fn sheet(rows: &[Vec<Option<String>>]) -> String {
    let columns = ["a", "b"].map(|header| Column::new(header, ColumnKind::Text));
    let mut writer = WorkbookWriter::builder(columns.into())
        .compression_thread(false)
        .build(Vec::new())
        .unwrap();
    for row in rows {
        let cells: Vec<_> = row
            .iter()
            .map(|cell| cell.as_deref().map_or(Cell::Empty, Cell::Text))
            .collect();
        writer.append(&cells).unwrap();
    }
    let (file, _) = writer.finish().unwrap();
    let mut archive = ZipArchive::new(Cursor::new(file)).unwrap();
    let mut raw = Vec::new();
    let index = archive.index_for_name(SHEET).unwrap();
    let mut entry = archive.by_index_raw(index).unwrap();
    assert_eq!(entry.compression(), CompressionMethod::Deflated);
    entry.read_to_end(&mut raw).unwrap();
    drop(entry);
    let mut sheet = String::new();
    // It checks the CRC too.
    let mut entry = archive.by_name(SHEET).unwrap();
    entry.read_to_string(&mut sheet).unwrap();
    let other = zune_inflate::DeflateDecoder::new(&raw)
        .decode_deflate()
        .unwrap();
    assert!(other == sheet.as_bytes(), "two decoders read other bytes");
    sheet
}

/// The texts of the cells of all rows but the header, two in each.
fn texts(sheet: &str) -> Vec<Option<String>> {
    let document = roxmltree::Document::parse(sheet).unwrap();
    let rows = document
        .descendants()
        .filter(|node| node.has_tag_name("row"));
    rows.skip(1)
        .flat_map(|row| {
            ["A", "B"].map(|column| {
                let mut cells = row.children();
                let cell = cells
                    .find(|cell| cell.attribute("r").is_some_and(|r| r.starts_with(column)))?;
                let text = cell.descendants().find(|node| node.has_tag_name("t"))?;
                Some(unescaped(text.text().unwrap_or_default()))
            })
        })
        .collect()
}

/// A text as Excel reads it: `_xHHHH_` is one UTF-16 unit, here of those that XML cannot hold, and `_x005F_` an underscore.
fn unescaped(text: &str) -> String {
    let mut rest = text;
    let mut result = String::new();
    while let Some(start) = rest.find("_x") {
        let (before, escape) = rest.split_at(start);
        result.push_str(before);
        if let Some(character) = escaped_character(escape) {
            result.push(character);
            rest = &escape[7..];
        } else {
            result.push_str("_x");
            rest = &escape[2..];
        }
    }
    result + rest
}

/// The character that a text which begins with `_x` begins with, where that is an escape.
fn escaped_character(text: &str) -> Option<char> {
    let code = text.get(2..7)?.strip_suffix('_')?;
    char::from_u32(u16::from_str_radix(code, 16).ok()?.into())
}
