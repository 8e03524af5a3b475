//! Whether a row fits the columns.

use crate::{
    cell::Cell,
    column::Column,
    error::{WorkbookError, WorkbookErrorKind},
};

/// A header longer than this is shortened in an error message.
const SHOWN_HEADER: usize = 60;

/// Checks that a row has a cell of the right kind for every column; `number` is the row's, from 1, in the message.
pub(crate) fn check(
    cells: &[Cell<'_>],
    columns: &[Column],
    number: u64,
) -> Result<(), WorkbookError> {
    if cells.len() != columns.len() {
        return Err(invalid(&wrong_count(cells.len(), columns, number)));
    }
    for (position, (cell, column)) in (1..).zip(cells.iter().zip(columns)) {
        if !column.kind().accepts(cell) {
            return Err(invalid(&format!(
                "row {number}, {}: the column holds {}, the cell {}",
                shown(position, column),
                column.kind().name(),
                cell.kind_name(),
            )));
        }
    }
    Ok(())
}

fn wrong_count(cells: usize, columns: &[Column], number: u64) -> String {
    let counts = format!(
        "row {number} has {cells} cells for {} columns",
        columns.len()
    );
    match columns.get(cells) {
        Some(column) => format!("{counts}: nothing for {}", shown(cells + 1, column)),
        None => match columns.last() {
            Some(column) => format!("{counts}: the last is {}", shown(columns.len(), column)),
            None => counts,
        },
    }
}

fn shown(position: usize, column: &Column) -> String {
    let header = column.header();
    match header.char_indices().nth(SHOWN_HEADER) {
        Some((end, _)) => format!("column {position} {:?}", format!("{}…", &header[..end])),
        None => format!("column {position} {header:?}"),
    }
}

fn invalid(message: &str) -> WorkbookError {
    WorkbookError::new(WorkbookErrorKind::InvalidRow, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::ColumnKind;

    fn columns() -> [Column; 2] {
        [
            Column::new("Username", ColumnKind::Text),
            Column::new("Duration", ColumnKind::Duration),
        ]
    }

    #[track_caller]
    fn assert_message(cells: &[Cell<'_>], expected: &str) {
        let error = check(cells, &columns(), 7).unwrap_err();
        assert_eq!(error.kind(), WorkbookErrorKind::InvalidRow);
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_cell_of_another_kind_is_named_with_its_row_and_column() {
        assert_message(
            &[Cell::Text("jy01"), Cell::Integer(1)],
            r#"row 7, column 2 "Duration": the column holds durations, the cell an integer"#,
        );
    }

    #[test]
    fn a_row_too_short_names_the_first_column_without_a_cell() {
        assert_message(
            &[Cell::Empty],
            r#"row 7 has 1 cells for 2 columns: nothing for column 2 "Duration""#,
        );
    }

    #[test]
    fn a_row_too_long_names_the_last_column() {
        assert_message(
            &[Cell::Empty; 3],
            r#"row 7 has 3 cells for 2 columns: the last is column 2 "Duration""#,
        );
    }

    #[test]
    fn an_empty_cell_fits_every_column() {
        assert!(check(&[Cell::Empty; 2], &columns(), 1).is_ok());
    }

    #[test]
    fn a_cell_fits_the_columns_of_its_kind_only() {
        let time = chrono::NaiveDateTime::default();
        let kinds = [
            (ColumnKind::Text, Cell::Text("x")),
            (ColumnKind::Integer, Cell::Integer(1)),
            (ColumnKind::Decimal, Cell::Decimal(0.5)),
            (ColumnKind::DateTime, Cell::DateTime(time)),
            (
                ColumnKind::Duration,
                Cell::Duration(chrono::TimeDelta::zero()),
            ),
            (ColumnKind::boolean("Yes", "No"), Cell::Boolean(true)),
        ];
        for (at, (kind, _)) in kinds.iter().enumerate() {
            for (of, (_, cell)) in kinds.iter().enumerate() {
                assert_eq!(kind.accepts(cell), at == of, "{kind:?} {cell:?}");
            }
        }
    }

    #[test]
    fn a_long_or_hostile_header_is_shortened_and_quoted() {
        let column = Column::new(format!("a\n{}", "用".repeat(1_000)), ColumnKind::Text);
        let shown = shown(1, &column);
        assert_eq!(shown, format!("column 1 \"a\\n{}…\"", "用".repeat(58)));
    }
}
