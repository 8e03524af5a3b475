//! One table of the workbook: what its rows are like, and what its sheets are called.

use crate::{
    column::{Column, MAX_COLUMNS, MAX_WIDTH},
    error::{WorkbookError, WorkbookErrorKind},
    name::SheetName,
};

/// A table with columns that a sheet can hold.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    name: SheetName,
}

impl Table {
    pub(crate) fn new(name: &str, columns: Vec<Column>) -> Result<Self, WorkbookError> {
        check_columns(&columns)?;
        let name = SheetName::new(name)?;
        Ok(Self { columns, name })
    }

    /// From left to right.
    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// From which the names of its sheets follow.
    pub(crate) fn name(&self) -> &SheetName {
        &self.name
    }
}

fn check_columns(columns: &[Column]) -> Result<(), WorkbookError> {
    let invalid = |message: String| WorkbookError::new(WorkbookErrorKind::InvalidColumns, message);
    if columns.is_empty() {
        return Err(invalid("a workbook needs at least one column".to_owned()));
    }
    if columns.len() > MAX_COLUMNS {
        return Err(invalid(format!(
            "{} columns are more than the {MAX_COLUMNS} of a sheet",
            columns.len()
        )));
    }
    for (position, column) in (1..).zip(columns) {
        let width = column.effective_width();
        // Written so that NaN is refused too.
        if !(width > 0.0 && width <= MAX_WIDTH) {
            return Err(invalid(format!(
                "column {position} {:?}: the width {width} is not more than 0 and at most {MAX_WIDTH}",
                column.header()
            )));
        }
    }
    Ok(())
}
