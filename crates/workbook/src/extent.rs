//! How many bytes of XML a sheet may come to, at most.
//!
//! A part of a ZIP file over 4 GiB needs ZIP64, which some readers refuse: it is asked for only where a sheet may grow
//! that far. `rust_xlsxwriter` has to be told before it writes the first byte, so the size is reckoned as rows come.

use crate::{column::Column, text::SafeText, value::Value};

/// What is sure to fit without ZIP64.
const PLAIN_LIMIT: u64 = u32::MAX as u64;

/// The parts of a sheet that do not depend on its rows.
const SHEET: u64 = 2_048;
/// `<row r="1048576"></row>`.
const ROW: u64 = 24;
/// `<col min="16384" max="16384" width="255.7109375" style="99" customWidth="1"/>`.
const COLUMN: u64 = 80;
/// `<c r="XFD1048576" s="99"><v></v></c>` or `<c … t="inlineStr"><is><t xml:space="preserve"></t></is></c>`.
const NUMBER: u64 = 40;
const TEXT: u64 = 60;
const TEXT_WITH_BLANKS: u64 = 82;

/// An upper bound of the size of one sheet, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SheetExtent(u64);

impl SheetExtent {
    pub(crate) fn new(columns: &[Column]) -> Self {
        let columns = columns.iter().fold(0, |sum: u64, column| {
            let header = SafeText::new(column.header()).map_or(NUMBER, |text| text_size(&text));
            sum.saturating_add(COLUMN + header)
        });
        Self(columns.saturating_add(SHEET + ROW))
    }

    pub(crate) fn add_row(&mut self) {
        self.add(ROW);
    }

    pub(crate) fn add_value(&mut self, value: &Value<'_>) {
        match value {
            Value::Blank => {}
            Value::Number(number) => self.add(NUMBER + number_size(*number)),
            Value::Text(text) => self.add(text_size(text)),
        }
    }

    pub(crate) fn needs_zip64(self) -> bool {
        self.0 > PLAIN_LIMIT
    }

    fn add(&mut self, bytes: u64) {
        self.0 = self.0.saturating_add(bytes);
    }
}

fn number_size(number: f64) -> u64 {
    // Digits without an exponent: 17 that count and up to 308 zeros.
    if number == 0.0 || (1e-7..1e17).contains(&number.abs()) {
        28
    } else {
        330
    }
}

fn text_size(text: &SafeText<'_>) -> u64 {
    const BLANKS: [char; 3] = [' ', '\t', '\n'];
    let text = text.as_str();
    let markup = if text.starts_with(BLANKS) || text.ends_with(BLANKS) {
        TEXT_WITH_BLANKS
    } else {
        TEXT
    };
    // What may be escaped becomes at most 7 bytes for its first; U+FFFE and U+FFFF begin with 0xEF.
    let escapes = text
        .bytes()
        .filter(|byte| matches!(byte, 0..=0x1F | b'&' | b'<' | b'>' | b'_' | 0xEF))
        .count();
    let bytes = text.len().saturating_add(escapes.saturating_mul(6));
    u64::try_from(bytes)
        .unwrap_or(u64::MAX)
        .saturating_add(markup)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::{cell::Cell, column::ColumnKind, writer::WorkbookWriter};

    /// The reckoned and the true size of the first sheet with these rows.
    fn sizes(rows: &[(String, Option<f64>)]) -> (u64, u64) {
        let columns = vec![
            Column::new("=text", ColumnKind::Text).width(255.0),
            Column::new("", ColumnKind::Decimal),
        ];
        let mut extent = SheetExtent::new(&columns);
        let mut writer = WorkbookWriter::builder(columns.clone())
            .build(Vec::new())
            .unwrap();
        for (text, number) in rows {
            let cells = [Cell::Text(text), number.map_or(Cell::Empty, Cell::Decimal)];
            extent.add_row();
            for (cell, column) in cells.iter().zip(&columns) {
                extent.add_value(&Value::of(*cell, column));
            }
            writer.append(&cells).unwrap();
        }
        let (file, _) = writer.finish().unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
        let sheet = archive.by_name("xl/worksheets/sheet1.xml").unwrap();
        (extent.0, sheet.size())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn no_sheet_is_larger_than_reckoned(
            rows in prop_oneof![
                // Little but the markup of one cell, so that a constant too small shows.
                prop::collection::vec(("[a-z]", Just(None)), 200..400),
                prop::collection::vec(("", (0.1..1e9).prop_map(Some)), 200..400),
                prop::collection::vec(("[\\x00-\\x1F]{9}", Just(None)), 200..400),
                prop::collection::vec(
                    ("([_x0-9A-F&<>\u{FFFE} ]|.){0,99}", any::<Option<f64>>()),
                    200..400,
                ),
            ],
        ) {
            let (reckoned, size) = sizes(&rows);
            // What does not depend on the rows has room to spare; the rows must do with their own.
            prop_assert!(size <= reckoned - SHEET + 1_024, "{} of {}", size, reckoned);
        }
    }

    fn text(text: &str) -> u64 {
        let mut extent = SheetExtent(0);
        extent.add_value(&Value::Text(SafeText::new(text).unwrap()));
        extent.0
    }

    #[test]
    fn a_text_counts_with_what_escapes_add() {
        assert_eq!(text("plain"), 65);
        assert_eq!(text("\u{1}"), 67);
        assert_eq!(text("\u{FFFF}"), 60 + 9);
        assert_eq!(text(" x"), 84);
        assert!(text("_x005F_") >= 60 + "_x005F_x005F_".len() as u64);
    }

    #[test]
    fn a_number_counts_with_all_its_zeros() {
        for number in [
            1e-307,
            -1e307,
            0.1 + 0.2,
            1e16,
            45_351.123_456_789,
            -1.234_567_890_123_456_7e-7,
        ] {
            let mut extent = SheetExtent(0);
            extent.add_value(&Value::Number(number));
            assert!(
                extent.0 >= NUMBER + number.to_string().len() as u64,
                "{number}"
            );
        }
    }

    #[test]
    fn a_sheet_needs_zip64_only_when_it_may_pass_4_gib() {
        let mut extent = SheetExtent(PLAIN_LIMIT - ROW);
        extent.add_row();
        assert!(!extent.needs_zip64());
        extent.add_row();
        assert!(extent.needs_zip64());
    }

    #[test]
    fn a_million_rows_of_23_short_texts_need_no_zip64() {
        let mut row = SheetExtent(0);
        row.add_row();
        for _ in 0..23 {
            let text = SafeText::new("a text of some 36 characters, a UUID").unwrap();
            row.add_value(&Value::Text(text));
        }
        let mut sheet = SheetExtent::new(&[]);
        sheet.add(row.0 * 1_048_575);
        assert!(!sheet.needs_zip64());
    }
}
