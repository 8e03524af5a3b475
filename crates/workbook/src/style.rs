//! The looks of cells, and the numbers that `rust_xlsxwriter` gave them.

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use crate::column::ColumnKind;

const DATE_TIME: &str = "yyyy-mm-dd hh:mm:ss";
const DURATION: &str = "[h]:mm:ss";
const INTEGER: &str = "0";

/// The order in which a text is read, as the file numbers it.
const RIGHT_TO_LEFT: u8 = 2;

/// The fill behind the headers.
const HEADER_FILL: u32 = 0x00DD_E7F0;

/// The formats of the workbook.
pub(crate) struct Formats {
    header: Format,
    quoted_header: Format,
    quoted: Format,
    date_time: Format,
    duration: Format,
    integer: Format,
    decimal: Format,
}

/// The numbers of the formats in the part of the styles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Styles {
    pub(crate) header: u32,
    pub(crate) quoted_header: u32,
    pub(crate) quoted: u32,
    date_time: u32,
    duration: u32,
    integer: u32,
    decimal: u32,
}

impl Formats {
    pub(crate) fn new(right_to_left: bool) -> Self {
        let mut header = Format::new()
            .set_bold()
            .set_background_color(HEADER_FILL)
            .set_border_bottom(FormatBorder::Thin);
        if right_to_left {
            // Or LibreOffice begins a header that holds Latin letters too at its left. Values are of any language, and
            // each says by itself where it begins.
            header = header.set_reading_direction(RIGHT_TO_LEFT);
        }
        // Numbers stand at the right of their cell. The text of the column beside it begins at its left, and would touch them.
        let number = Format::new().set_align(FormatAlign::Right).set_indent(1);
        Self {
            quoted_header: header.clone().set_quote_prefix(),
            header,
            quoted: Format::new().set_quote_prefix(),
            date_time: number.clone().set_num_format(DATE_TIME),
            duration: number.clone().set_num_format(DURATION),
            integer: number.clone().set_num_format(INTEGER),
            decimal: number,
        }
    }

    pub(crate) fn of_column(&self, kind: &ColumnKind) -> Option<&Format> {
        match kind {
            ColumnKind::DateTime => Some(&self.date_time),
            ColumnKind::Duration => Some(&self.duration),
            ColumnKind::Integer => Some(&self.integer),
            ColumnKind::Decimal => Some(&self.decimal),
            ColumnKind::Text | ColumnKind::Boolean { .. } => None,
        }
    }

    /// Writes a row of one blank cell in each format, from which [`Styles::of_row`] knows their numbers.
    pub(crate) fn write_row(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let all = [
            &self.header,
            &self.quoted_header,
            &self.quoted,
            &self.date_time,
            &self.duration,
            &self.integer,
            &self.decimal,
        ];
        for (column, format) in (0..).zip(all) {
            sheet.write_blank(0, column, format)?;
        }
        Ok(())
    }
}

impl Styles {
    /// The numbers in the row that [`Formats::write_row`] wrote.
    pub(crate) fn of_row(row: &str) -> Option<Self> {
        let mut styles = row.split("<c ").skip(1).map(|cell| {
            let (_, style) = cell.split_once("s=\"")?;
            style.split_once('"')?.0.parse::<u32>().ok()
        });
        let mut next = || styles.next().flatten();
        Some(Self {
            header: next()?,
            quoted_header: next()?,
            quoted: next()?,
            date_time: next()?,
            duration: next()?,
            integer: next()?,
            decimal: next()?,
        })
    }

    /// The style of the cells in a column; 0 is the general one.
    pub(crate) fn of_column(&self, kind: &ColumnKind) -> u32 {
        match kind {
            ColumnKind::DateTime => self.date_time,
            ColumnKind::Duration => self.duration,
            ColumnKind::Integer => self.integer,
            ColumnKind::Decimal => self.decimal,
            ColumnKind::Text | ColumnKind::Boolean { .. } => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_cells() {
        let cells = [7, 1, 2, 3, 4, 5, 6].map(|style| format!(r#"<c r="A1" s="{style}"/>"#));
        let styles = Styles::of_row(&format!("<row r=\"1\">{}</row>", cells.concat())).unwrap();
        assert_eq!(
            (styles.header, styles.quoted_header, styles.quoted),
            (7, 1, 2)
        );
        assert_eq!(styles.of_column(&ColumnKind::DateTime), 3);
        assert_eq!(styles.of_column(&ColumnKind::Duration), 4);
        assert_eq!(styles.of_column(&ColumnKind::Integer), 5);
        assert_eq!(styles.of_column(&ColumnKind::Decimal), 6);
        assert_eq!(styles.of_column(&ColumnKind::Text), 0);
    }

    #[test]
    fn a_row_that_is_not_as_expected_has_none() {
        assert_eq!(Styles::of_row(r#"<c r="A1" s="1"/>"#), None);
        assert_eq!(Styles::of_row(&r#"<c r="A1" t="s"/>"#.repeat(7)), None);
    }
}
