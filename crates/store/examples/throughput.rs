//! How fast records go in and come out: `throughput URL RECORDS [BATCH [ROUNDS [row-by-row]]]`.
//!
//! So many records are written to an empty database (0: those that are there stay), and then all are read so many times.
#![expect(
    clippy::print_stdout,
    reason = "a program that measures prints what it measured"
)]

use std::error::Error;
use std::ops::ControlFlow;
use std::time::Instant;

use chrono::{DateTime, TimeDelta};
use deskledger_domain::{
    Action, ConnectionEvent, ConnectionRecord, ExportFilter, InvalidRecord, Policy, Principal,
    ProjectId, RecordFields,
};
use deskledger_store::{Cancellation, Database, StoreSettings};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(records)) = (arguments.next(), arguments.next()) else {
        return Err("usage: throughput URL RECORDS [BATCH [ROUNDS [row-by-row]]]".into());
    };
    let records: u32 = records.parse()?;
    let size: u32 = arguments.next().as_deref().unwrap_or("10000").parse()?;
    let rounds: u32 = arguments.next().as_deref().unwrap_or("5").parse()?;
    let mut settings = StoreSettings::new(url);
    settings.copy = arguments.next().as_deref() != Some("row-by-row");
    let store = Database::open(&settings)?.records();
    store.migrate()?;

    let project = ProjectId::new("8dc9c40a06574a598941b254d4b63b43")?;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut seconds = 0.0;
    for first in (0..records).step_by(size.try_into()?) {
        let batch = (first..records.min(first + size))
            .map(|number| record(&project, number, &mut rng).map(ConnectionEvent::from))
            .collect::<Result<Vec<_>, _>>()?;
        let begin = Instant::now();
        store.write(&batch)?;
        seconds += begin.elapsed().as_secs_f64();
    }
    if records > 0 {
        report("written", records, seconds);
    }

    let principal = Principal::new("ann", project.clone(), ["te_admin"]);
    let scope = Policy::default().authorize(&principal, Action::ExportConnections, &project)?;
    let filter = ExportFilter::new(scope);
    for round in 0..rounds {
        let (mut read, mut first) = (0, 0.0);
        let begin = Instant::now();
        let outcome = store.read(&filter, &Cancellation::new(), &mut |record| {
            if read == 0 {
                first = begin.elapsed().as_secs_f64();
            }
            read += 1;
            std::hint::black_box(record);
            ControlFlow::Continue(())
        })?;
        report("read", read, begin.elapsed().as_secs_f64());
        println!(
            "  round {round}: {outcome:?}, the first after {:.1} ms",
            first * 1e3
        );
    }
    let begin = Instant::now();
    let count = store.count(&filter)?;
    println!("counted {count} in {:.3} s", begin.elapsed().as_secs_f64());
    Ok(())
}

fn report(what: &str, records: u32, seconds: f64) {
    println!(
        "{what}: {records} in {seconds:.2} s, {:.0} a second",
        f64::from(records) / seconds
    );
}

fn record(
    project: &ProjectId,
    number: u32,
    rng: &mut ChaCha8Rng,
) -> Result<ConnectionRecord, InvalidRecord> {
    let start = DateTime::UNIX_EPOCH + TimeDelta::seconds(1_767_225_600 + i64::from(number) * 7);
    let user: u32 = rng.random_range(0..5000);
    let text = |text: &str| Some(text.to_owned());
    let fields = RecordFields {
        sid: Some(format!(
            "S-1-5-21-{}-{}-1001",
            rng.random::<u32>(),
            rng.random::<u32>()
        )),
        computer_name: Some(format!("JY{user:05}")),
        user_name: Some(format!("jy{user:05}@local.com")),
        terminal_mac: text("00-ac-9c-c7-9a-df"),
        terminal_name: Some(format!("DESKTOP-{:07X}", user * 7919)),
        terminal_ip: Some(format!("10.1.{}.{}", user / 250, user % 250)),
        client_version: text("1.8.00005"),
        terminal_type: text("Windows 10 "),
        agent_version: text("1.8.00005.10546"),
        desktop_ip: Some(format!("192.168.{}.{}", user / 250, user % 250)),
        connection_setup_time: Some(start + TimeDelta::seconds(2)),
        connection_end_time: Some(start + TimeDelta::seconds(1800)),
        is_reconnect: Some(number.is_multiple_of(7)),
        network_rtt: Some(rng.random_range(1..200)),
        e2e_rtt: Some(rng.random_range(10..400)),
        source_ip: text("100.125.0.1"),
        public_ip: text("122.9.1.1"),
        enterprise_project_id: text("0"),
        desktop_id: Some(format!("{:016x}{:016x}", rng.random::<u64>(), user)),
        ..RecordFields::new(
            format!("{:016x}{:016x}", rng.random::<u64>(), rng.random::<u64>()),
            start,
        )
    };
    ConnectionRecord::new(project.clone(), fields)
}
