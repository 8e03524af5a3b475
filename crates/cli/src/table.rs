//! Tables for people: columns that fit the terminal, or as wide as they need elsewhere.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::failure::Failure;
use crate::lines::Lines;
use crate::text::visible;

/// What stands between two columns.
const GAP: &str = "  ";

/// The fewest cells of a column that is cut.
const LEAST: usize = 6;

/// What stands at the end of a text that was cut.
const CUT: char = '…';

/// A table, printed part by part. The widths are those of the first part.
pub(crate) struct Table<const COLUMNS: usize> {
    headers: [String; COLUMNS],
    /// How many cells a line of the terminal has. `None`: nothing is cut.
    width: Option<usize>,
    widths: Option<[usize; COLUMNS]>,
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    /// A table for standard output.
    pub(crate) fn new(headers: [impl Into<String>; COLUMNS]) -> Self {
        Self {
            headers: headers.map(Into::into),
            width: terminal_width(),
            widths: None,
        }
    }

    /// Prints rows, the first time below the headers. What a terminal would obey is escaped.
    ///
    /// # Errors
    /// When standard output takes no more.
    pub(crate) fn print(
        &mut self,
        rows: &[[String; COLUMNS]],
        lines: &mut Lines,
    ) -> Result<(), Failure> {
        let rows: Vec<[String; COLUMNS]> = rows
            .iter()
            .map(|row| row.each_ref().map(|cell| visible(cell).into_owned()))
            .collect();
        let widths = if let Some(widths) = self.widths {
            widths
        } else {
            let widths = self.fitted(&rows);
            self.widths = Some(widths);
            lines.print(self.line(&self.headers, &widths))?;
            widths
        };
        for row in &rows {
            lines.print(self.line(row, &widths))?;
        }
        Ok(())
    }

    /// The widths with which the rows fit the terminal: the widest columns give way first.
    fn fitted(&self, rows: &[[String; COLUMNS]]) -> [usize; COLUMNS] {
        let most = |column: usize| {
            let cells = rows.iter().map(|row| row[column].width());
            cells.max().unwrap_or_default()
        };
        let mut widths =
            std::array::from_fn(|column| most(column).max(self.headers[column].width()));
        let Some(width) = self.width else {
            return widths;
        };
        let room = width.saturating_sub(GAP.len() * COLUMNS.saturating_sub(1));
        while widths.iter().sum::<usize>() > room {
            match widths.iter_mut().max() {
                Some(widest) if *widest > LEAST => *widest -= 1,
                _ => break,
            }
        }
        widths
    }

    fn line(&self, cells: &[String; COLUMNS], widths: &[usize; COLUMNS]) -> String {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            if !line.is_empty() {
                line.push_str(GAP);
            }
            let cell = if self.width.is_some() {
                cut(cell, *width)
            } else {
                cell.clone()
            };
            line.push_str(&cell);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width())));
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// As much of a text as fits, with a mark where something is missing.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = CUT.width().unwrap_or(1);
    let mut part = String::new();
    for character in text.chars() {
        used += character.width().unwrap_or_default();
        if used > width {
            break;
        }
        part.push(character);
    }
    part.push(CUT);
    part
}

/// How many cells a line of the terminal has; `None` where standard output is no terminal.
#[cfg(unix)]
fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|width| *width > 0)
}

#[cfg(not(unix))]
fn terminal_width() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(width: Option<usize>) -> Table<3> {
        Table {
            headers: ["A", "NAME", "C"].map(str::to_owned),
            width,
            widths: None,
        }
    }

    fn rows() -> Vec<[String; 3]> {
        vec![
            ["1", "a rather long name of somebody", "x"].map(str::to_owned),
            ["22", "周丽周丽周丽周丽周丽周丽周丽周丽", "yy"].map(str::to_owned),
        ]
    }

    #[test]
    fn the_widest_column_gives_way_to_a_terminal_and_every_line_fits() {
        let (table, rows) = (table(Some(24)), rows());
        let widths = table.fitted(&rows);
        assert_eq!(widths, [2, 16, 2]);
        let lines: Vec<_> = rows.iter().map(|row| table.line(row, &widths)).collect();
        assert_eq!(
            lines,
            ["1   a rather long n…  x", "22  周丽周丽周丽周…   yy"]
        );
        assert!(lines.iter().all(|line| line.width() <= 24));
        // A terminal that is too narrow for anything is no endless loop.
        assert_eq!(self::table(Some(1)).fitted(&rows), [2, 6, 2]);
    }

    #[test]
    fn nothing_is_cut_without_a_terminal() {
        let (table, rows) = (table(None), rows());
        let widths = table.fitted(&rows);
        assert_eq!(
            table.line(&rows[0], &widths),
            "1   a rather long name of somebody    x"
        );
        let empty = ["1", "", ""].map(str::to_owned);
        assert_eq!(table.line(&empty, &widths), "1");
    }
}
