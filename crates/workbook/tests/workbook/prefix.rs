//! A file that was cut off never opens.

use std::io::Cursor;

use calamine::{Reader, Xlsx};

use crate::table;

#[test]
fn no_prefix_of_a_workbook_opens() {
    for file in [
        table::sheets(0, 1),
        table::sheets(7, 3),
        table::sheets(3_000, 2_000),
    ] {
        assert!(Xlsx::new(Cursor::new(&file)).is_ok());
        let lengths = (0..file.len()).step_by(file.len() / 400 + 1);
        for length in lengths.chain(file.len() - 200..file.len()) {
            assert!(
                Xlsx::new(Cursor::new(&file[..length])).is_err(),
                "{length} of {} bytes open",
                file.len()
            );
        }
    }
}
