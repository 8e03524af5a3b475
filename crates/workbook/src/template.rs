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
    property::Properties,
    reference,
    style::{Formats, Styles},
};

/// What every part is. It comes first, as most programs write it: who sniffs types reads the beginning of a file.
const CONTENT_TYPES: &str = "[Content_Types].xml";

const RELATIONSHIPS: &str = "_rels/.rels";
const PROPERTIES: &str = "docProps/core.xml";

/// Of the other parts that do not depend on the sheets, `file` expects one in `xl/` as the third of the package.
const LOOKS: [&str; 2] = ["xl/styles.xml", "xl/theme/theme1.xml"];

/// The parts that name every sheet.
const APPLICATION: &str = "docProps/app.xml";
const WORKBOOK: &str = "xl/workbook.xml";
const WORKBOOK_RELATIONSHIPS: &str = "xl/_rels/workbook.xml.rels";

/// A sheet as the last parts describe it.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) name: String,
    pub(crate) columns: usize,
    /// The last row, from 1; the header is row 1.
    pub(crate) last_row: u32,
}

/// The dress of a workbook.
pub(crate) struct Template {
    properties: DocProperties,
    styles: Styles,
    first_parts: Vec<Part>,
    /// What stands before the rows of the first sheet, which is the selected one.
    first_head: Head,
    /// In the order of the tables.
    dresses: Vec<Dress>,
}

/// What stands in a sheet before its rows, on both sides of the dimension.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    before: String,
    after: String,
}

/// The dress of a table's sheets.
struct Dress {
    columns: usize,
    /// Except of the first sheet.
    head: Head,
    /// What stands behind the rows, but for the range of the filter between the two.
    tail: (String, String),
}

impl Template {
    /// The dress of these tables. Each table is given by its columns.
    pub(crate) fn new(
        properties: &Properties,
        tables: &[&[Column]],
        right_to_left: bool,
    ) -> Result<Self, WorkbookError> {
        let language = properties.language.as_str();
        let properties = properties.to_document()?;
        let mut package = dressed(&properties, tables, right_to_left)
            .map_err(unmade)
            .and_then(Parts::new)?;
        let first = package.text(&sheet_part(1))?;
        let (first_head, rows, _) = split(&first).ok_or_else(|| unexpected(&sheet_part(1)))?;
        let dress = |(table, number): (&&[Column], u32)| {
            let name = sheet_part(number);
            let sheet = package.text(&name)?;
            let (head, _, tail) = split(&sheet).ok_or_else(|| unexpected(&name))?;
            Ok(Dress {
                columns: table.len(),
                head,
                tail,
            })
        };
        Ok(Self {
            styles: Styles::of_row(rows).ok_or_else(|| unexpected(&sheet_part(1)))?,
            dresses: tables
                .iter()
                .zip(2..)
                .map(dress)
                .collect::<Result<_, _>>()?,
            first_parts: first_parts(&mut package, language)?,
            properties,
            first_head,
        })
    }

    pub(crate) fn styles(&self) -> Styles {
        self.styles
    }

    /// The parts to begin the package with.
    pub(crate) fn first_parts(&self) -> &[Part] {
        &self.first_parts
    }

    /// What stands in a sheet before its rows, by the sheet's number from 1 and that of its table from 0.
    ///
    /// The head has a `dimension` if the last row is known, and otherwise no `dimension`: readers that trust a wrong one
    /// (openpyxl's read-only mode) would miss rows, and without it all of them search for the last row.
    pub(crate) fn head(&self, sheet: u32, table: usize, last_row: Option<u32>) -> String {
        let Some(dress) = self.dresses.get(table) else {
            return String::new();
        };
        let Head { before, after } = if sheet == 1 {
            &self.first_head
        } else {
            &dress.head
        };
        match last_row {
            None => format!("{before}{after}"),
            Some(last_row) => {
                let range = reference::range(dress.columns, last_row);
                format!("{before}<dimension ref=\"{range}\"/>{after}")
            }
        }
    }

    /// What stands in a sheet behind its rows, by the number of its table from 0.
    pub(crate) fn tail(&self, table: usize, last_row: u32) -> String {
        let Some(dress) = self.dresses.get(table) else {
            return String::new();
        };
        let (before, after) = &dress.tail;
        let range = reference::range(dress.columns, last_row);
        format!("{before}{range}{after}")
    }

    /// The parts to end the package with.
    pub(crate) fn last_parts(&self, sheets: &[Sheet]) -> Result<Vec<Part>, WorkbookError> {
        let mut package = undressed(&self.properties, sheets)
            .map_err(unmade)
            .and_then(Parts::new)?;
        Ok(vec![
            package.part(APPLICATION)?,
            package.changed(WORKBOOK, without_calculation)?,
            package.part(WORKBOOK_RELATIONSHIPS)?,
        ])
    }
}

/// A workbook of dressed sheets: the first one, and one for each table.
fn dressed(
    properties: &DocProperties,
    tables: &[&[Column]],
    right_to_left: bool,
) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(properties);
    let formats = Formats::new(right_to_left);
    for &columns in tables.iter().take(1).chain(tables) {
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
        // All columns on one page beside each other, as many pages below each other as it takes.
        sheet.set_landscape().set_print_fit_to_pages(1, 0);
    }
    workbook.save_to_buffer()
}

/// A workbook of these sheets, with nothing in them.
fn undressed(properties: &DocProperties, sheets: &[Sheet]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(properties);
    for sheet in sheets {
        let worksheet = workbook.add_worksheet();
        worksheet.set_name(&sheet.name)?;
        set_filter(worksheet, sheet.columns, sheet.last_row)?;
        // The header on every page, a name in the part of the workbook.
        worksheet.set_repeat_rows(0, 0)?;
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

/// The part of a sheet, by its number from 1.
pub(crate) fn sheet_part(number: u32) -> String {
    format!("xl/worksheets/sheet{number}.xml")
}

/// The parts to begin the package with, in their order.
fn first_parts(package: &mut Parts, language: &str) -> Result<Vec<Part>, WorkbookError> {
    let mut parts = vec![
        package.changed(CONTENT_TYPES, with_any_sheets)?,
        package.part(RELATIONSHIPS)?,
    ];
    for name in LOOKS {
        parts.push(package.part(name)?);
    }
    parts.push(if language.is_empty() {
        package.part(PROPERTIES)?
    } else {
        package.changed(PROPERTIES, |part| with_language(part, language))?
    });
    Ok(parts)
}

/// The types of all parts, however many sheets there will be: what has no type of its own is a sheet.
fn with_any_sheets(types: &str) -> Option<String> {
    const ANY: &str = r#"<Default Extension="xml" ContentType="application/xml"/>"#;
    const SHEET: &str = r#"<Override PartName="/xl/worksheets/"#;
    if !types.contains(ANY) {
        return None;
    }
    let (before, sheets) = types.split_once(SHEET)?;
    let (last, after) = sheets
        .rsplit_once(SHEET)
        .map_or(sheets, |(_, last)| last)
        .split_once("/>")?;
    let (_, kind) = last.split_once("ContentType=\"")?;
    let kind = kind.split('"').next()?;
    let any = format!(r#"<Default Extension="xml" ContentType="{kind}"/>"#);
    Some(format!("{before}{after}").replace(ANY, &any))
}

/// The properties with the language of the document, whose tag needs no escape.
fn with_language(properties: &str, language: &str) -> Option<String> {
    let (before, end) = properties.rsplit_once("</cp:coreProperties>")?;
    Some(format!(
        "{before}<dc:language>{language}</dc:language></cp:coreProperties>{end}"
    ))
}

/// The part of the workbook without the wish to calculate all when it is opened, for which Excel asks to save when it is
/// closed: there is no formula.
fn without_calculation(workbook: &str) -> Option<String> {
    let (before, calculation) = workbook.split_once("<calcPr ")?;
    let (_, after) = calculation.split_once("/>")?;
    Some(format!("{before}{after}"))
}

/// What stands before the rows, on both sides of the dimension; the rows; and what stands behind them, on both sides of the
/// filter's range.
fn split(sheet: &str) -> Option<(Head, &str, (String, String))> {
    let rows_start = sheet.find("<sheetData>")? + "<sheetData>".len();
    let (head, rest) = sheet.split_at(rows_start);
    let (rows, tail) = rest.split_at(rest.find("</sheetData>")?);
    let (before, dimension) = head.split_once("<dimension ")?;
    let (_, after) = dimension.split_once("/>")?;
    let range_start = tail.find("<autoFilter ref=\"")? + "<autoFilter ref=\"".len();
    let (before_range, range) = tail.split_at(range_start);
    let range_end = range.find('"')?;
    let head = Head {
        before: before.to_owned(),
        after: after.to_owned(),
    };
    Some((
        head,
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

    fn template(tables: &[&[Column]]) -> Template {
        Template::new(&Properties::default(), tables, false).unwrap()
    }

    #[test]
    fn the_first_sheet_alone_is_selected() {
        let columns = [Column::new("a", ColumnKind::Text)];
        let template = template(&[&columns, &columns]);
        let is_selected = |(sheet, table)| {
            let head = template.head(sheet, table, None);
            assert!(head.ends_with("<sheetData>") && !head.contains("dimension"));
            head.contains("tabSelected")
        };
        let sheets = [(1, 0), (2, 0), (3, 1), (2, 1)];
        assert_eq!(sheets.map(is_selected), [true, false, false, false]);
    }

    #[test]
    fn the_head_has_the_dimension_where_the_last_row_is_known() {
        let columns = vec![Column::new("a", ColumnKind::Text); 23];
        let head = template(&[&columns]).head(2, 0, Some(17));
        assert!(head.contains("</sheetPr><dimension ref=\"A1:W17\"/><sheetViews>"));
    }

    #[test]
    fn what_names_no_sheet_serves_any_number_of_them() {
        let types = |sheets: &[&str]| {
            let sheets = sheets.iter().map(|name| {
                format!(r#"<Override PartName="/xl/worksheets/{name}" ContentType="sheet"/>"#)
            });
            let sheets = sheets.collect::<String>();
            let any = r#"<Default Extension="xml" ContentType="application/xml"/>"#;
            with_any_sheets(&format!("{any}<a/>{sheets}<b/>"))
        };
        let expected = r#"<Default Extension="xml" ContentType="sheet"/><a/><b/>"#;
        assert_eq!(types(&["sheet1.xml"]).as_deref(), Some(expected));
        let three = types(&["sheet1.xml", "sheet2.xml", "sheet3.xml"]);
        assert_eq!(three.as_deref(), Some(expected));
        assert_eq!(types(&[]), None);
        assert_eq!(with_any_sheets("<Types/>"), None);
    }

    #[test]
    fn the_tail_filters_all_rows() {
        let columns = vec![Column::new("a", ColumnKind::Text); 30];
        let template = template(&[&columns, &columns[..3]]);
        for (table, range) in ["A1:AD17", "A1:C17"].into_iter().enumerate() {
            let tail = template.tail(table, 17);
            assert!(tail.starts_with(&format!("</sheetData><autoFilter ref=\"{range}\"/>")));
            assert!(tail.ends_with("</worksheet>"));
        }
    }

    #[test]
    fn a_sheet_that_is_not_as_expected_is_no_template() {
        for sheet in ["", "<sheetData/>", "<sheetData></sheetData>"] {
            assert_eq!(split(sheet), None);
        }
    }
}
