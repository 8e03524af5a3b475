//! Bytes reach the sink while rows are written.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use deskledger_workbook::{Cell, Column, ColumnKind, WorkbookWriter};

struct Counted(Arc<AtomicUsize>);

impl Write for Counted {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(buffer.len(), Ordering::Relaxed);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_first_bytes_leave_before_the_first_row() {
    let taken = Arc::new(AtomicUsize::new(0));
    let columns = vec![Column::new("a", ColumnKind::Text)];
    let writer = WorkbookWriter::builder(columns)
        .build(Counted(Arc::clone(&taken)))
        .unwrap();
    assert!(taken.load(Ordering::Relaxed) > 1_000);
    drop(writer);
}

#[test]
fn every_two_mib_of_xml_make_bytes_leave() {
    let taken = Arc::new(AtomicUsize::new(0));
    let columns = vec![Column::new("a", ColumnKind::Text)];
    let mut writer = WorkbookWriter::builder(columns)
        .build(Counted(Arc::clone(&taken)))
        .unwrap();
    let mut before = taken.load(Ordering::Relaxed);
    for round in 0..10 {
        // 2,048 rows with 1 KiB of text each, which is more than may wait for the other thread, however busy the machine is;
        // the same text, so that as few bytes as possible come out.
        for _ in 0..2_048 {
            writer.append(&[Cell::Text(&"x".repeat(1_024))]).unwrap();
        }
        let now = taken.load(Ordering::Relaxed);
        assert!(now > before, "nothing left in round {round}");
        before = now;
    }
    let (_, summary) = writer.finish().unwrap();
    let taken = u64::try_from(taken.load(Ordering::Relaxed)).unwrap();
    assert_eq!(taken, summary.bytes);
}
