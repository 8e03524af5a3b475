//! Text stays text, is marked where due, and reads back equal.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use deskledger_workbook::{Column, ColumnKind, WorkbookWriter};
use proptest::prelude::*;

use crate::{
    reader::{self, decode},
    table,
};

/// Texts that begin like a formula, as contract.md lists them; then texts that do not.
const FORMULAS: [&str; 8] = [
    "=cmd|'/c calc'!A1",
    "+1",
    "-1",
    "@x",
    "\t=1",
    "\r=1",
    "=",
    "-",
];
const NO_FORMULAS: [&str; 8] = [
    "x",
    " =1",
    "1+1",
    "a@b",
    "\n=1",
    "'=1",
    "_x003D_1",
    "http://localhost/",
];

#[test]
fn text_that_looks_like_a_formula_is_a_marked_string() {
    let file = table::texts(&FORMULAS);
    let quoting = reader::quoting(&file);
    let cells = &reader::cells(&file, 1)[1..];
    assert_eq!(cells.len(), FORMULAS.len());
    for (cell, text) in cells.iter().zip(FORMULAS) {
        assert_eq!(cell.kind.as_deref(), Some("inlineStr"), "{text:?}");
        assert_eq!(decode(cell.content.as_deref().unwrap()), text);
        assert!(quoting[cell.style], "{text:?}");
    }
}

#[test]
fn other_text_is_not_marked() {
    let file = table::texts(&NO_FORMULAS);
    let quoting = reader::quoting(&file);
    let cells = &reader::cells(&file, 1)[1..];
    assert_eq!(cells.len(), NO_FORMULAS.len());
    for (cell, text) in cells.iter().zip(NO_FORMULAS) {
        assert_eq!(cell.kind.as_deref(), Some("inlineStr"), "{text:?}");
        assert!(!quoting[cell.style], "{text:?}");
    }
}

#[test]
fn headers_are_as_safe_as_cells() {
    let hostile = ["=1+1", "a\u{0}b", "_x000D_", "", "http://localhost/"];
    let columns = hostile
        .map(|header| Column::new(header, ColumnKind::Text))
        .to_vec();
    let writer = WorkbookWriter::builder(columns).build(Vec::new()).unwrap();
    let (file, _) = writer.finish().unwrap();
    let quoting = reader::quoting(&file);
    let cells = reader::cells(&file, 1);
    let contents: Vec<_> = cells.iter().map(|cell| cell.content.as_deref()).collect();
    assert_eq!(
        contents,
        [
            Some("=1+1"),
            Some("a_x0000_b"),
            Some("_x005F_x000D_"),
            None,
            Some("http://localhost/")
        ]
    );
    let quoted: Vec<_> = cells.iter().map(|cell| quoting[cell.style]).collect();
    assert_eq!(quoted, [true, false, false, false, false]);
}

#[test]
fn a_header_over_the_limit_is_cut() {
    let columns = vec![Column::new("h".repeat(40_000), ColumnKind::Text)];
    let writer = WorkbookWriter::builder(columns).build(Vec::new()).unwrap();
    let (file, _) = writer.finish().unwrap();
    let header = reader::cells(&file, 1).remove(0).content.unwrap();
    assert_eq!(header, format!("{}… [cut]", "h".repeat(32_760)));
}

#[test]
fn a_text_over_the_limit_is_cut_with_a_mark() {
    let texts = [
        "x".repeat(32_767),
        "x".repeat(32_768),
        "\u{1}".repeat(33_000),
        "😀".repeat(20_000),
    ];
    let cut = [
        "x".repeat(32_767),
        format!("{}… [cut]", "x".repeat(32_760)),
        format!("{}… [cut]", "\u{1}".repeat(32_760)),
        format!("{}… [cut]", "😀".repeat(16_380)),
    ];
    let mut workbook = Xlsx::new(Cursor::new(table::texts(&texts))).unwrap();
    let range = workbook.worksheet_range_at(0).unwrap().unwrap();
    let found: Vec<_> = range.rows().skip(1).map(|row| row[0].clone()).collect();
    assert_eq!(found, cut.map(Data::String));
}

/// Text from what makes trouble: parts of escapes, controls, markup, blanks, formulas, both planes.
fn hostile() -> impl Strategy<Value = String> {
    let parts = prop_oneof![
        8 => prop::sample::select(vec![
            "_", "x", "_x", "0041", "005F", "_x0041", "_x000D_", "_xD83D_", "_xffff", "_X0041_", "G", "\r", "\n", "\t",
            " ", "\u{0}", "\u{1}", "\u{1F}", "\u{7F}", "\u{85}", "\u{2028}", "\u{FFFE}", "\u{FFFF}", "\u{FFFD}",
            "\u{FEFF}", "\u{1FFFE}", "&", "<", ">", "\"", "'", "&amp;", "]]>", "<!--", "=", "+", "-", "@", "用", "😀",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(parts, 1..12).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_text_reads_back_equal_and_is_marked_where_due(texts in prop::collection::vec(hostile(), 1..40)) {
        let file = table::texts(&texts);
        let quoting = reader::quoting(&file);
        let cells = &reader::cells(&file, 1)[1..];
        prop_assert_eq!(cells.len(), texts.len());
        for (cell, text) in cells.iter().zip(&texts) {
            prop_assert_eq!(cell.kind.as_deref(), Some("inlineStr"));
            prop_assert_eq!(&decode(cell.content.as_deref().unwrap()), text);
            prop_assert_eq!(quoting[cell.style], text.starts_with(['=', '+', '-', '@', '\t', '\r']));
        }
    }

    #[test]
    fn any_text_reads_back_equal_with_calamine(texts in prop::collection::vec(hostile(), 1..40)) {
        let mut workbook = Xlsx::new(Cursor::new(table::texts(&texts))).unwrap();
        let range = workbook.worksheet_range_at(0).unwrap().unwrap();
        let found: Vec<_> = range.rows().skip(1).map(|row| row[0].clone()).collect();
        let expected: Vec<_> = texts.iter().map(|text| Data::String(text.clone())).collect();
        prop_assert_eq!(found, expected);
    }
}
