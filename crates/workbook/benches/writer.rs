//! What a row costs the writer: connection records as in life, and columns of one kind.
//!
//! ```sh
//! cargo bench -p deskledger-workbook
//! ```

#![expect(clippy::unwrap_used, reason = "a measurement that fails has no result")]

#[path = "../examples/record/mod.rs"]
mod record;

use std::io;

use chrono::{DateTime, TimeDelta};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use deskledger_workbook::{Cell, Column, ColumnKind, WorkbookWriter};

/// Enough that the compressor works as in a large table.
const ROWS: usize = 20_000;

/// How many columns the tables of one kind have.
const COLUMNS: usize = 10;

/// Makes a cell by its number.
type CellOf<'a> = &'a dyn Fn(usize) -> Cell<'a>;

fn write<'a>(columns: &[Column], rows: impl Iterator<Item = impl AsRef<[Cell<'a>]>>) -> u64 {
    let mut writer = WorkbookWriter::builder(columns.to_vec())
        .build(io::sink())
        .unwrap();
    for row in rows {
        writer.append(row.as_ref()).unwrap();
    }
    writer.finish().unwrap().1.bytes
}

fn records(criterion: &mut Criterion) {
    let records = record::Record::some(ROWS as u64);
    let columns = record::columns();
    let mut group = criterion.benchmark_group("records");
    group.throughput(Throughput::Elements(ROWS as u64));
    group.bench_function("23 columns", |bencher| {
        bencher.iter(|| write(&columns, records.iter().map(record::Record::cells)));
    });
    group.finish();
}

fn kinds(criterion: &mut Criterion) {
    let texts: Vec<String> = (0..ROWS * COLUMNS)
        .map(|number| {
            format!(
                "{:016x}",
                (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
            )
        })
        .collect();
    let start = DateTime::UNIX_EPOCH.naive_utc() + TimeDelta::days(20_000);
    let number = |at: usize| i64::try_from(at).unwrap_or_default();
    let kinds: [(&str, ColumnKind, CellOf<'_>); 5] = [
        ("texts, all different", ColumnKind::Text, &|at| {
            Cell::Text(&texts[at])
        }),
        ("texts of few", ColumnKind::Text, &|at| {
            Cell::Text(&texts[at * 7 % 20])
        }),
        ("integers", ColumnKind::Integer, &|at| {
            Cell::Integer(number(at) * 37 % 1_000)
        }),
        ("date-times", ColumnKind::DateTime, &|at| {
            Cell::DateTime(start - TimeDelta::seconds(number(at) * 13))
        }),
        ("empty", ColumnKind::Text, &|_| Cell::Empty),
    ];
    let mut group = criterion.benchmark_group("cells");
    group.throughput(Throughput::Elements((ROWS * COLUMNS) as u64));
    for (name, kind, cell) in kinds {
        let columns = vec![Column::new("a header", kind); COLUMNS];
        let rows: Vec<[Cell<'_>; COLUMNS]> = (0..ROWS)
            .map(|row| std::array::from_fn(|column| cell(row * COLUMNS + column)))
            .collect();
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| write(&columns, rows.iter()));
        });
    }
    group.finish();
}

criterion_group!(benches, records, kinds);
criterion_main!(benches);
