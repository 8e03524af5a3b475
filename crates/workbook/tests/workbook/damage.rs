//! What goes wrong: columns, limits, names, rows, sinks.

use std::{
    error::Error,
    io::{self, Cursor, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use calamine::{Reader, Xlsx};
use deskledger_workbook::{
    Cell, Column, ColumnKind, WorkbookBuilder, WorkbookErrorKind, WorkbookWriter,
};

fn columns() -> Vec<Column> {
    vec![
        Column::new("Username", ColumnKind::Text),
        Column::new("Latency", ColumnKind::Integer),
    ]
}

#[track_caller]
fn assert_refused(builder: WorkbookBuilder, kind: WorkbookErrorKind, message: &str) {
    let error = builder.build(Vec::new()).unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (kind, message));
}

#[test]
fn columns_that_a_sheet_cannot_have_are_refused() {
    let refused = |columns, message: &str| {
        assert_refused(
            WorkbookWriter::builder(columns),
            WorkbookErrorKind::InvalidColumns,
            message,
        );
    };
    refused(Vec::new(), "a workbook needs at least one column");
    refused(
        vec![Column::new("x", ColumnKind::Text); 16_385],
        "16385 columns are more than the 16384 of a sheet",
    );
    for (width, shown) in [
        (0.0, "0"),
        (-1.0, "-1"),
        (255.5, "255.5"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "inf"),
    ] {
        let mut columns = columns();
        columns[1] = columns[1].clone().width(width);
        refused(
            columns,
            &format!("column 2 \"Latency\": the width {shown} is not more than 0 and at most 255"),
        );
    }
}

#[test]
fn a_sheet_may_have_16384_columns_of_one_header() {
    let columns = vec![Column::new("x", ColumnKind::Text); 16_384];
    let mut writer = WorkbookWriter::builder(columns).build(Vec::new()).unwrap();
    writer.append(&vec![Cell::Text("y"); 16_384]).unwrap();
    let (file, _) = writer.finish().unwrap();
    let mut workbook = Xlsx::new(Cursor::new(file)).unwrap();
    assert_eq!(
        workbook.worksheet_range_at(0).unwrap().unwrap().get_size(),
        (2, 16_384)
    );
}

#[test]
fn rows_per_sheet_that_excel_cannot_have_are_refused() {
    for rows in [0, 1_048_576, u32::MAX] {
        assert_refused(
            WorkbookWriter::builder(columns()).rows_per_sheet(rows),
            WorkbookErrorKind::InvalidLimit,
            &format!("{rows} rows in a sheet are not in 1 to 1048575"),
        );
    }
    assert!(
        WorkbookWriter::builder(columns())
            .rows_per_sheet(1_048_575)
            .build(Vec::new())
            .is_ok()
    );
}

#[test]
fn a_sheet_name_that_excel_refuses_is_refused() {
    assert_refused(
        WorkbookWriter::builder(columns()).sheet_name("a/b"),
        WorkbookErrorKind::InvalidName,
        "the sheet name \"a/b\" has one of * ? : [ ] \\ /",
    );
}

#[test]
fn a_row_that_does_not_fit_is_refused_and_the_writer_goes_on() {
    let mut writer = WorkbookWriter::builder(columns())
        .rows_per_sheet(1)
        .build(Vec::new())
        .unwrap();
    writer
        .append(&[Cell::Text("first"), Cell::Integer(1)])
        .unwrap();
    for (cells, message) in [
        (
            &[Cell::Text("a"), Cell::Text("b")][..],
            "row 2, column 2 \"Latency\": the column holds integers, the cell text",
        ),
        (
            &[Cell::Text("a")],
            "row 2 has 1 cells for 2 columns: nothing for column 2 \"Latency\"",
        ),
        (
            &[Cell::Empty; 3],
            "row 2 has 3 cells for 2 columns: the last is column 2 \"Latency\"",
        ),
        (
            &[],
            "row 2 has 0 cells for 2 columns: nothing for column 1 \"Username\"",
        ),
    ] {
        let error = writer.append(cells).unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (WorkbookErrorKind::InvalidRow, message)
        );
    }
    writer
        .append(&[Cell::Text("second"), Cell::Integer(2)])
        .unwrap();
    let (file, summary) = writer.finish().unwrap();
    assert_eq!((summary.rows, summary.sheets), (2, 2));
    let mut workbook = Xlsx::new(Cursor::new(file)).unwrap();
    let users = workbook.worksheets().into_iter().map(|(_, range)| {
        assert_eq!(range.height(), 2);
        range.get_value((1, 0)).unwrap().to_string()
    });
    assert_eq!(users.collect::<Vec<_>>(), ["first", "second"]);
}

/// Takes so many bytes, then fails once, then would take bytes again.
struct Failing<'a> {
    taken: &'a mut Vec<u8>,
    limit: usize,
    failed: bool,
}

impl Write for Failing<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if !self.failed && self.taken.len() + buffer.len() > self.limit {
            self.failed = true;
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the client left"));
        }
        self.taken.extend(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_into(sink: impl Write + Send) -> Result<u64, deskledger_workbook::WorkbookError> {
    let mut writer = WorkbookWriter::builder(columns()).build(sink)?;
    for number in 0..100 {
        writer.append(&[Cell::Text("some user"), Cell::Integer(number)])?;
    }
    Ok(writer.finish()?.1.bytes)
}

#[test]
fn a_sink_that_fails_anywhere_is_an_error_and_leaves_no_workbook() {
    let size = usize::try_from(write_into(io::sink()).unwrap()).unwrap();
    for limit in (0..size).step_by(97).chain([size - 1]) {
        let mut taken = Vec::new();
        let error = write_into(Failing {
            taken: &mut taken,
            limit,
            failed: false,
        })
        .unwrap_err();
        assert_eq!(error.kind(), WorkbookErrorKind::Sink, "after {limit} bytes");
        assert_eq!(error.to_string(), "the workbook cannot be written");
        let cause = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
        assert_eq!(
            (cause.kind(), cause.to_string().as_str()),
            (io::ErrorKind::BrokenPipe, "the client left")
        );
        assert!(taken.len() <= limit, "the sink got bytes after its error");
        assert!(
            Xlsx::new(Cursor::new(taken)).is_err(),
            "{limit} bytes open as a workbook"
        );
    }
}

#[test]
fn a_sink_that_cannot_flush_is_an_error() {
    struct Unflushed;
    impl Write for Unflushed {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            Ok(buffer.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::Error::other("no flush"))
        }
    }
    let error = write_into(Unflushed).unwrap_err();
    assert_eq!(error.kind(), WorkbookErrorKind::Sink);
    assert_eq!(error.source().unwrap().to_string(), "no flush");
}

#[test]
fn a_sink_that_takes_a_byte_at_a_time_gets_the_same_file() {
    struct Narrow(Vec<u8>);
    impl Write for Narrow {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            self.0.extend(buffer.first());
            Ok(buffer.len().min(1))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (mut narrow, mut wide) = (Narrow(Vec::new()), Vec::new());
    write_into(&mut narrow).unwrap();
    write_into(&mut wide).unwrap();
    assert!(narrow.0 == wide, "the bytes differ");
}

#[test]
fn a_sink_that_lies_about_what_it_took_is_an_error_not_a_panic() {
    struct Liar;
    impl Write for Liar {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            Ok(buffer.len() + 1)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    assert_eq!(
        write_into(Liar).unwrap_err().kind(),
        WorkbookErrorKind::Sink
    );
}

#[test]
fn a_sink_that_panics_breaks_the_writer_and_gets_no_further_byte() {
    /// Panics once it has taken so many bytes.
    #[derive(Debug)]
    struct Panicking(Arc<AtomicUsize>, usize);
    impl Write for Panicking {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            let taken = self.0.fetch_add(buffer.len(), Ordering::Relaxed);
            assert!(taken < self.1, "the sink panics on purpose");
            Ok(buffer.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            panic!("the sink panics on purpose")
        }
    }
    let taken = Arc::new(AtomicUsize::new(0));
    let sink = Panicking(Arc::clone(&taken), 20_000);
    let mut writer = WorkbookWriter::builder(columns()).build(sink).unwrap();
    let mut number = 1_u64;
    let panic = catch_unwind(AssertUnwindSafe(|| {
        loop {
            // Never the same, so that it does not compress away.
            number = number.wrapping_mul(6_364_136_223_846_793_005) + 1;
            let text = number.to_string();
            writer
                .append(&[Cell::Text(&text), Cell::Integer(1)])
                .unwrap();
        }
    }));
    assert!(panic.is_err());
    let before = taken.load(Ordering::Relaxed);
    let error = writer.append(&[Cell::Empty; 2]).unwrap_err();
    assert_eq!(error.kind(), WorkbookErrorKind::Unusable);
    assert_eq!(
        writer.finish().unwrap_err().kind(),
        WorkbookErrorKind::Unusable
    );
    assert_eq!(taken.load(Ordering::Relaxed), before);
}

#[test]
fn a_writer_can_move_to_another_thread() {
    let mut writer = WorkbookWriter::builder(columns())
        .build(Vec::new())
        .unwrap();
    let rows = std::thread::spawn(move || {
        writer.append(&[Cell::Empty; 2]).unwrap();
        writer.finish().unwrap().1.rows
    });
    assert_eq!(rows.join().unwrap(), 1);
}
