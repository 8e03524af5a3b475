//! What an export costs without HTTP: from a SQLite file to the bytes of a workbook.
//!
//! ```sh
//! cargo bench -p deskledger-api
//! ```

#![expect(clippy::unwrap_used, reason = "a measurement that fails has no result")]

use std::io;
use std::ops::ControlFlow;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use deskledger_api::write_export;
use deskledger_domain::{
    Action, ConnectionEvent, ConnectionRecord, ExportQuery, ExportRequest, Policy, Principal,
    ProjectId,
};
use deskledger_generator::{DEFAULT_UNTIL, Generator, GeneratorSettings};
use deskledger_store::{Cancellation, Database, ReadOutcome, StoreSettings};

const RECORDS: u64 = 20_000;

fn request() -> ExportRequest {
    let project = ProjectId::new("p1").unwrap();
    let principal = Principal::new("bench", project.clone(), ["te_admin"]);
    let scope = Policy::default()
        .authorize(&principal, Action::ExportConnections, &project)
        .unwrap();
    ExportQuery::default().into_request(scope).unwrap()
}

fn export(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!(
        "sqlite://{}",
        folder.path().join("records.sqlite3").display()
    );
    let store = Database::open(&StoreSettings::new(&url)).unwrap().records();
    store.migrate().unwrap();
    let records: Vec<_> = Generator::new(GeneratorSettings::new(RECORDS, 1))
        .map(|fields| ConnectionRecord::new(ProjectId::new("p1").unwrap(), fields).unwrap())
        .map(ConnectionEvent::from)
        .collect();
    store.write(&records).unwrap();

    let mut group = criterion.benchmark_group("records of a SQLite file");
    group.throughput(Throughput::Elements(RECORDS));
    let request = request();
    group.bench_function("read", |bencher| {
        bencher.iter(|| {
            let outcome = store.read(&request.filter, &Cancellation::new(), &mut |_| {
                ControlFlow::Continue(())
            });
            assert_eq!(outcome.unwrap(), ReadOutcome::Complete);
        });
    });
    group.bench_function("export", |bencher| {
        bencher.iter_batched(
            Cancellation::new,
            |cancellation| {
                write_export(
                    store.as_ref(),
                    &request,
                    DEFAULT_UNTIL,
                    &cancellation,
                    io::sink(),
                    &mut |_| (),
                )
                .unwrap()
                .1
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, export);
criterion_main!(benches);
