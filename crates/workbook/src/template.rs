//! The dress of the workbook: all that is no data row, as `rust_xlsxwriter` makes it.
//!
//! A workbook without rows is made in memory and taken apart: what stands in a sheet before and behind its rows, the
//! numbers of the styles, and the parts that every package has. What depends on the number of sheets and rows comes
//! from a second one, once they are known.

use rust_xlsxwriter::{DocProperties, Workbook, Worksheet, XlsxError};

use crate::{
    archive::Part,
    column::Column,
    error::{WorkbookError, WorkbookErrorKind},
    part::{Parts, unexpected},
    reference,
    style::{Formats, Styles},
};

/// The parts that do not depend on the sheets. `file` knows Excel 2007 by a first entry in `_rels/` and a third one in
/// `xl/`.
const FIRST_PARTS: [&str; 4] = [
    "_rels/.rels",
    "docProps/core.xml",
    "xl/styles.xml",
    "xl/theme/theme1.xml",
];

/// The parts that name every sheet.
const LAST_PARTS: [&str; 4] = [
    "docProps/app.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "[Content_Types].xml",
];

const FIRST_SHEET: &str = "xl/worksheets/sheet1.xml";
const SECOND_SHEET: &str = "xl/worksheets/sheet2.xml";

/// A sheet as the last parts tell of it.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) name: String,
    /// The last row, from 1; the header is row 1.
    pub(crate) last_row: u32,
}

/// The dress of a workbook.
pub(crate) struct Template {
    properties: DocProperties,
    columns: usize,
    styles: Styles,
    first_parts: Vec<Part>,
    /// What stands before the rows of the first sheet, which is the selected one, and of every other.
    first_head: String,
    other_head: String,
    /// What stands behind the rows, but for the range of the filter between the two.
    tail: (String, String),
}

impl Template {
    pub(crate) fn new(
        properties: DocProperties,
        columns: &[Column],
        right_to_left: bool,
    ) -> Result<Self, WorkbookError> {
        let mut package = dressed(&properties, columns, right_to_left)
            .map_err(unmade)
            .and_then(Parts::new)?;
        let first = package.text(FIRST_SHEET)?;
        let other = package.text(SECOND_SHEET)?;
        let (first_head, rows, tail) = split(&first).ok_or_else(|| unexpected(FIRST_SHEET))?;
        let (other_head, _, _) = split(&other).ok_or_else(|| unexpected(SECOND_SHEET))?;
        Ok(Self {
            properties,
            columns: columns.len(),
            styles: Styles::of_row(rows).ok_or_else(|| unexpected(FIRST_SHEET))?,
            first_parts: parts(&mut package, &FIRST_PARTS)?,
            first_head,
            other_head,
            tail,
        })
    }

    pub(crate) fn styles(&self) -> Styles {
        self.styles
    }

    /// The parts to begin the package with.
    pub(crate) fn first_parts(&self) -> &[Part] {
        &self.first_parts
    }

    /// What stands in a sheet before its rows, by the sheet's number from 1.
    pub(crate) fn head(&self, sheet: u32) -> &[u8] {
        let head = if sheet == 1 {
            &self.first_head
        } else {
            &self.other_head
        };
        head.as_bytes()
    }

    /// What stands in a sheet behind its rows.
    pub(crate) fn tail(&self, last_row: u32) -> String {
        let (before, after) = &self.tail;
        let range = reference::range(self.columns, last_row);
        format!("{before}{range}{after}")
    }

    /// The parts to end the package with.
    pub(crate) fn last_parts(&self, sheets: &[Sheet]) -> Result<Vec<Part>, WorkbookError> {
        let mut package = undressed(&self.properties, self.columns, sheets)
            .map_err(unmade)
            .and_then(Parts::new)?;
        parts(&mut package, &LAST_PARTS)
    }
}

/// A workbook of two dressed sheets.
fn dressed(
    properties: &DocProperties,
    columns: &[Column],
    right_to_left: bool,
) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(properties);
    let formats = Formats::new(right_to_left);
    for _ in 0..2 {
        let sheet = workbook.add_worksheet();
        sheet.set_freeze_panes(1, 0)?;
        sheet.set_right_to_left(right_to_left);
        for (number, column) in (0..).zip(columns) {
            sheet.set_column_width(number, column.effective_width())?;
            if let Some(format) = formats.of_column(column.kind()) {
                sheet.set_column_format(number, format)?;
            }
        }
        formats.write_row(sheet)?;
        set_filter(sheet, columns.len(), 1)?;
    }
    workbook.save_to_buffer()
}

/// A workbook of these sheets, with nothing in them.
fn undressed(
    properties: &DocProperties,
    columns: usize,
    sheets: &[Sheet],
) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(properties);
    for sheet in sheets {
        let worksheet = workbook.add_worksheet();
        worksheet.set_name(&sheet.name)?;
        set_filter(worksheet, columns, sheet.last_row)?;
    }
    workbook.save_to_buffer()
}

/// Filters all columns from the header to the last row, counted from 1.
fn set_filter(sheet: &mut Worksheet, columns: usize, last_row: u32) -> Result<(), XlsxError> {
    let last_column =
        u16::try_from(columns.saturating_sub(1)).map_err(|_| XlsxError::RowColumnLimitError)?;
    sheet.autofilter(0, 0, last_row.saturating_sub(1), last_column)?;
    Ok(())
}

fn parts(package: &mut Parts, names: &[&str]) -> Result<Vec<Part>, WorkbookError> {
    names.iter().map(|name| package.part(name)).collect()
}

/// What stands before the rows, the rows, and what stands behind them, on both sides of the filter's range.
///
/// The `dimension` goes: it would have to be right before the rows are known, readers that believe it (openpyxl's
/// read-only mode) would miss rows, and without it all of them look for themselves.
fn split(sheet: &str) -> Option<(String, &str, (String, String))> {
    let rows_start = sheet.find("<sheetData>")? + "<sheetData>".len();
    let (head, rest) = sheet.split_at(rows_start);
    let (rows, tail) = rest.split_at(rest.find("</sheetData>")?);
    let (before, dimension) = head.split_once("<dimension ")?;
    let (_, after) = dimension.split_once("/>")?;
    let range_start = tail.find("<autoFilter ref=\"")? + "<autoFilter ref=\"".len();
    let (before_range, range) = tail.split_at(range_start);
    let range_end = range.find('"')?;
    Some((
        format!("{before}{after}"),
        rows,
        (before_range.to_owned(), range[range_end..].to_owned()),
    ))
}

fn unmade(error: XlsxError) -> WorkbookError {
    WorkbookError::new(
        WorkbookErrorKind::Internal,
        "the template could not be made",
    )
    .caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::ColumnKind;

    fn template(columns: &[Column]) -> Template {
        Template::new(DocProperties::new(), columns, false).unwrap()
    }

    #[test]
    fn the_first_sheet_alone_is_selected() {
        let template = template(&[Column::new("a", ColumnKind::Text)]);
        let is_selected = |sheet| {
            let head = String::from_utf8(template.head(sheet).to_vec()).unwrap();
            assert!(head.ends_with("<sheetData>") && !head.contains("dimension"));
            head.contains("tabSelected")
        };
        assert_eq!([1, 2, 3].map(is_selected), [true, false, false]);
    }

    #[test]
    fn the_tail_filters_all_rows() {
        let columns = vec![Column::new("a", ColumnKind::Text); 30];
        let tail = template(&columns).tail(17);
        assert!(tail.starts_with(r#"</sheetData><autoFilter ref="A1:AD17"/>"#));
        assert!(tail.ends_with("</worksheet>"));
    }

    #[test]
    fn a_sheet_that_is_not_as_expected_is_no_template() {
        for sheet in ["", "<sheetData/>", "<sheetData></sheetData>"] {
            assert_eq!(split(sheet), None);
        }
    }
}
