use std::thread;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use deskledger_domain::{Clock, ExportFilter, parse_time};
use deskledger_store::PartitionsMade;
use deskledger_tests::{Database, PROJECT, Service, on_both_databases, scope};

use crate::record::bare;

on_both_databases! {
    the_service_deletes_what_is_too_old_and_makes_partitions_ahead
}

fn the_service_deletes_what_is_too_old_and_makes_partitions_ahead(database: &Database) {
    // Long after the schema was made, as if the service had not run meanwhile.
    let now = parse_time("2130-03-15T12:00Z").unwrap();
    let limit = now - TimeDelta::days(30);
    let kept = [limit, limit + TimeDelta::microseconds(1), now];
    let gone = [
        limit - TimeDelta::microseconds(1),
        parse_time("2026-01-01T00:00Z").unwrap(),
    ];
    let records =
        kept.iter().chain(&gone).enumerate().map(|(number, start)| {
            bare(&number.to_string(), &deskledger_domain::format_time(*start))
        });
    database.fill(PROJECT, records);
    let everything = ExportFilter::new(scope(PROJECT));
    let count = || database.store().count(&everything).unwrap();
    assert_eq!(count(), 5);

    let service = Service::start_by(database, Clock::fixed(now), |settings| {
        settings.retention.days = Some(30);
    });
    let begin = Instant::now();
    while count() != 3 && begin.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(count(), 3);
    assert_eq!(service.export("").status, 200);
    drop(service);
    // Nothing is left to be made.
    let made = database.store().retention().make_partitions(now).unwrap();
    assert_eq!(made, PartitionsMade::Made(Vec::new()));
}
