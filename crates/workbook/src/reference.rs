//! Cells and ranges as sheets name them: `B7`, `A1:W100`.

/// The letters of a column by its number, from 0.
pub(crate) fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// The range from the first cell to the last row, from 1, of the last of so many columns.
pub(crate) fn range(columns: usize, last_row: u32) -> String {
    let letters = letters(columns.saturating_sub(1));
    if columns == 1 && last_row == 1 {
        return "A1".to_owned();
    }
    format!("A1:{letters}{last_row}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_one_to_three_letters() {
        for (column, expected) in [
            (0, "A"),
            (25, "Z"),
            (26, "AA"),
            (701, "ZZ"),
            (702, "AAA"),
            (16_383, "XFD"),
        ] {
            assert_eq!(letters(column), expected);
        }
    }

    #[test]
    fn a_range_of_one_cell_is_that_cell() {
        assert_eq!(range(1, 1), "A1");
        assert_eq!(range(1, 2), "A1:A2");
        assert_eq!(range(23, 1_048_576), "A1:W1048576");
    }
}
