//! A borrowed record allocates no memory on either database: the allocator counts.
#![cfg(test)]

use std::alloc::System;
use std::ops::ControlFlow;

use chrono::{DateTime, TimeDelta};
use deskledger_domain::{
    Action, ConnectionEvent, ConnectionRecord, ExportFilter, Policy, Principal, ProjectId,
    RecordFields,
};
use deskledger_store::{Cancellation, Database, ReadOutcome, RecordStore, StoreSettings};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use self::database::TestDatabase;

#[path = "support/database.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod database;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const MANY: u32 = 10_000;

fn record(project: &ProjectId, number: u32) -> ConnectionRecord {
    let start = DateTime::UNIX_EPOCH + TimeDelta::seconds(number.into());
    let fields = RecordFields {
        user_name: Some(format!("user{number}@local.com")),
        connection_failure_reason: Some("中".repeat(255)),
        connection_end_time: Some(start),
        network_rtt: Some(7),
        ..RecordFields::new(format!("t{number}"), start)
    };
    ConnectionRecord::new(project.clone(), fields).unwrap()
}

/// How often memory is allocated while so many records are read.
fn allocations(store: &dyn RecordStore, filter: &ExportFilter, wanted: u32, keep: bool) -> usize {
    let mut got = 0;
    let region = Region::new(ALLOCATOR);
    let outcome = store.read(filter, &Cancellation::new(), &mut |record| {
        got += u32::from(record.user_name.is_some());
        if keep {
            drop(record.to_record());
        }
        if got < wanted {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    let change = region.change();
    assert_eq!(outcome.unwrap(), ReadOutcome::Stopped);
    assert_eq!(got, wanted);
    change.allocations + change.reallocations
}

/// One test, since the allocator counts for all threads.
#[test]
fn a_record_is_lent_without_allocating() {
    let project = ProjectId::new("p1").unwrap();
    let principal = Principal::new("ann", project.clone(), ["te_admin"]);
    let scope = Policy::default().authorize(&principal, Action::ExportConnections, &project);
    let filter = ExportFilter::new(scope.unwrap());
    let records: Vec<_> = (0..MANY + 1000)
        .map(|number| ConnectionEvent::from(record(&project, number)))
        .collect();
    for database in [TestDatabase::postgres(), TestDatabase::sqlite()] {
        let store = Database::open(&StoreSettings::new(database.url()))
            .unwrap()
            .records();
        store.migrate().unwrap();
        store.write(&records).unwrap();
        // The first read makes the connection.
        allocations(&*store, &filter, 10, false);
        let few = allocations(&*store, &filter, 10, false);
        let many = allocations(&*store, &filter, MANY, false);
        assert!(
            many < few + 100,
            "{}: {few} allocations for 10 records, {many} for {MANY}",
            store.kind()
        );
        // The allocator does count.
        assert!(allocations(&*store, &filter, MANY, true) > 4 * MANY as usize);
    }
}
