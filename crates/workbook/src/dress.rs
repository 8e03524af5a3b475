//! How the sheets look: styles, header, widths, what is frozen.

use rust_xlsxwriter::{Format, FormatBorder, Worksheet, XlsxError};

use crate::{
    column::{Column, ColumnKind},
    text::SafeText,
    value::Value,
};

const DATE_TIME: &str = "yyyy-mm-dd hh:mm:ss";
const DURATION: &str = "[h]:mm:ss";
const INTEGER: &str = "0";

/// The fill behind the headers.
const HEADER_FILL: u32 = 0x00DD_E7F0;

/// The styles of the workbook.
pub(crate) struct Dress {
    header: Format,
    quoted_header: Format,
    quoted: Format,
    date_time: Format,
    duration: Format,
    integer: Format,
}

impl Dress {
    pub(crate) fn new() -> Self {
        let header = Format::new()
            .set_bold()
            .set_background_color(HEADER_FILL)
            .set_border_bottom(FormatBorder::Thin);
        Self {
            quoted_header: header.clone().set_quote_prefix(),
            header,
            quoted: Format::new().set_quote_prefix(),
            date_time: Format::new().set_num_format(DATE_TIME),
            duration: Format::new().set_num_format(DURATION),
            integer: Format::new().set_num_format(INTEGER),
        }
    }

    /// Dresses an empty sheet: widths, formats of the columns, header, what is frozen.
    pub(crate) fn dress(&self, sheet: &mut Worksheet, columns: &[Column]) -> Result<(), XlsxError> {
        sheet.set_freeze_panes(1, 0)?;
        for (number, column) in (0..).zip(columns) {
            sheet.set_column_width(number, column.effective_width())?;
            if let Some(format) = self.column_format(column.kind()) {
                sheet.set_column_format(number, format)?;
            }
        }
        for (number, column) in (0..).zip(columns) {
            self.write_header(sheet, number, column.header())?;
        }
        Ok(())
    }

    /// Writes one cell of a data row. A number takes the format of its column.
    pub(crate) fn write_value(
        &self,
        sheet: &mut Worksheet,
        (row, column): (u32, u16),
        value: &Value<'_>,
    ) -> Result<(), XlsxError> {
        match value {
            Value::Blank => {}
            Value::Number(number) => {
                sheet.write_number(row, column, *number)?;
            }
            Value::Text(text) if text.looks_like_formula() => {
                sheet.write_string_with_format(row, column, text.as_str(), &self.quoted)?;
            }
            Value::Text(text) => {
                sheet.write_string(row, column, text.as_str())?;
            }
        }
        Ok(())
    }

    fn write_header(
        &self,
        sheet: &mut Worksheet,
        column: u16,
        header: &str,
    ) -> Result<(), XlsxError> {
        match SafeText::new(header) {
            None => sheet.write_blank(0, column, &self.header)?,
            Some(text) if text.looks_like_formula() => {
                sheet.write_string_with_format(0, column, text.as_str(), &self.quoted_header)?
            }
            Some(text) => sheet.write_string_with_format(0, column, text.as_str(), &self.header)?,
        };
        Ok(())
    }

    fn column_format(&self, kind: &ColumnKind) -> Option<&Format> {
        match kind {
            ColumnKind::DateTime => Some(&self.date_time),
            ColumnKind::Duration => Some(&self.duration),
            ColumnKind::Integer => Some(&self.integer),
            ColumnKind::Text | ColumnKind::Decimal | ColumnKind::Boolean { .. } => None,
        }
    }
}
