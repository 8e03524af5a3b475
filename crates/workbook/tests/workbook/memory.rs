//! Memory stays flat, whatever the number of rows.
#![cfg(target_os = "linux")]

use std::{fs, io};

use chrono::{NaiveDateTime, TimeDelta};
use deskledger_workbook::{Cell, Column, ColumnKind, WorkbookWriter};

use crate::again;

#[test]
fn memory_does_not_grow_with_the_rows() {
    if again::is_alone() {
        compare_peaks();
    } else {
        again::run("memory::memory_does_not_grow_with_the_rows", ":");
    }
}

fn compare_peaks() {
    // Twice, so that the allocator has settled.
    write(20_000);
    write(20_000);
    let before = peak_kib();
    write(250_000);
    // Sixteen bytes kept for a row would be 3,600 KiB, its texts 44 MiB. The batches between two threads are more in one run
    // and fewer in another: five of some 350 KiB at the most, and what came of them.
    let grown = peak_kib() - before;
    assert!(grown < 2_200, "{grown} KiB more for 230,000 rows more");
}

fn write(rows: i64) {
    let columns = vec![
        Column::new("text", ColumnKind::Text),
        Column::new("=text", ColumnKind::Text),
        Column::new("time", ColumnKind::DateTime),
    ];
    let mut writer = WorkbookWriter::builder(columns).build(io::sink()).unwrap();
    for row in 0..rows {
        let text = format!("={row:0100}");
        let time = NaiveDateTime::default() + TimeDelta::seconds(row);
        let cells = [
            Cell::Text(&text[1..]),
            Cell::Text(&text),
            Cell::DateTime(time),
        ];
        writer.append(&cells).unwrap();
    }
    writer.finish().unwrap();
}

/// The most memory this process had so far.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
