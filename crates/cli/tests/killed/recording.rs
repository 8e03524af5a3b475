//! What is left of recordings whose service or database was killed: what was acknowledged, once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use deskledger_domain::{Action, ExportQuery, Policy, Principal, ProjectId, format_time};
use deskledger_store::{Cancellation, Database, ReadOutcome, StoreSettings};
use ureq::Agent;

use crate::cluster::Cluster;
use crate::count::assert_counts_are_right;
use crate::database::TestDatabase;
use crate::process::{PROJECT, Process};

/// How many batches are acknowledged before a test ends.
const BATCHES: usize = 100;

/// How many events a batch has.
const EVENTS: usize = 60;

/// How many clients there are.
const CLIENTS: usize = 3;

/// What the clients know of each other and of the service.
#[derive(Default)]
struct Shared {
    address: Mutex<String>,
    /// The numbers of batches that were acknowledged.
    acknowledged: Mutex<BTreeSet<usize>>,
    next: AtomicUsize,
    failures: AtomicUsize,
    no_more_kills: AtomicBool,
}

impl Shared {
    fn is_done(&self) -> bool {
        self.no_more_kills.load(Ordering::SeqCst)
            && self.acknowledged.lock().unwrap().len() >= BATCHES
    }
}

/// The identifier of an event.
fn identifier(batch: usize, event: usize) -> String {
    format!("{batch}-{event}")
}

/// The two halves of what is known of each connection of a batch: in one request for even numbers, which is an array.
fn body(batch: usize) -> (&'static str, String) {
    let events = (0..EVENTS).flat_map(|event| {
        let id = identifier(batch, event);
        [
            format!(
                r#"{{"transaction_id": "{id}", "connection_start_time": "2020-04-24T03:02:47Z"}}"#
            ),
            format!(
                r#"{{"transaction_id": "{id}", "user_name": "{id}@local.com", "connection_end_time": "2020-04-24T04:00:00Z"}}"#
            ),
        ]
    });
    let events: Vec<_> = events.collect();
    if batch.is_multiple_of(2) {
        ("application/json", format!("[{}]", events.join(",")))
    } else {
        ("application/x-ndjson", events.join("\n"))
    }
}

/// Sends batches until all is done. One that fails is sent again where its number says so, and else given up.
fn send_batches(shared: &Shared) {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(10)))
        .proxy(None)
        .build()
        .into();
    while !shared.is_done() {
        let batch = shared.next.fetch_add(1, Ordering::SeqCst);
        let (content_type, body) = body(batch);
        loop {
            let address = shared.address.lock().unwrap().clone();
            let answer = agent
                .post(format!(
                    "http://{address}/v2/{PROJECT}/connections/desktops"
                ))
                .header("X-Auth-Token", "foo")
                .content_type(content_type)
                .send(&body);
            // An answer that is cut off acknowledges nothing.
            let acknowledged = answer.is_ok_and(|mut answer| {
                let text = answer.body_mut().read_to_string();
                answer.status() == 200 && text.is_ok_and(|text| text.contains("inserted"))
            });
            if acknowledged {
                shared.acknowledged.lock().unwrap().insert(batch);
                break;
            }
            shared.failures.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(20));
            if batch.is_multiple_of(3) {
                break;
            }
        }
    }
}

/// Lets clients send while `kill` is called at random moments, with how many there were before.
fn record_while(shared: &Shared, kills: usize, mut kill: impl FnMut(usize)) {
    let mut state = 7_u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state >> 33
    };
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| send_batches(shared));
        }
        for number in 0..kills {
            thread::sleep(Duration::from_millis(random() % 300));
            kill(number);
        }
        shared.no_more_kills.store(true, Ordering::SeqCst);
    });
}

/// All records: the identifier of each with its user and its end.
fn records(url: &str) -> BTreeMap<String, (Option<String>, Option<String>)> {
    let project = ProjectId::new(PROJECT).unwrap();
    let principal = Principal::new("ann", project.clone(), ["te_admin"]);
    let scope = Policy::default().authorize(&principal, Action::ExportConnections, &project);
    let request = ExportQuery::default().into_request(scope.unwrap()).unwrap();
    let mut records = BTreeMap::new();
    let store = Database::open(&StoreSettings::new(url)).unwrap().records();
    let outcome = store.read(&request.filter, &Cancellation::new(), &mut |record| {
        let user = record.user_name.map(str::to_owned);
        let end = record.connection_end_time.map(format_time);
        let known = records.insert(record.transaction_id.to_owned(), (user, end));
        assert!(known.is_none(), "{} is there twice", record.transaction_id);
        ControlFlow::Continue(())
    });
    assert_eq!(outcome.unwrap(), ReadOutcome::Complete);
    records
}

/// What was acknowledged is there, whole and once; of what was not, an array is there whole or not at all. The numbers of
/// records that are kept are right.
fn check(shared: &Shared, url: &str) {
    assert_counts_are_right(url);
    let records = records(url);
    let acknowledged = shared.acknowledged.lock().unwrap();
    for batch in 0..shared.next.load(Ordering::SeqCst) {
        let found: Vec<_> = (0..EVENTS)
            .filter_map(|event| {
                let id = identifier(batch, event);
                let (user, end) = records.get(&id)?;
                Some((id, user, end))
            })
            .collect();
        let is_array = batch.is_multiple_of(2);
        if acknowledged.contains(&batch) || (is_array && !found.is_empty()) {
            assert_eq!(found.len(), EVENTS, "batch {batch}");
            for (id, user, end) in found {
                assert_eq!(user.as_deref(), Some(&*format!("{id}@local.com")));
                assert_eq!(end.as_deref(), Some("2020-04-24T04:00:00Z"));
            }
        }
    }
    assert!(acknowledged.len() >= BATCHES);
    let failures = shared.failures.load(Ordering::SeqCst);
    assert!(failures > 0, "nobody noticed that anything was killed");
}

/// Kills the service and starts it again.
fn restart(process: &mut Process, url: &str, shared: &Shared) {
    process.kill();
    *process = Process::start(url);
    process
        .address()
        .clone_into(&mut shared.address.lock().unwrap());
}

mod sqlite {
    use super::*;

    #[test]
    fn what_a_killed_service_acknowledged_is_there_once() {
        let database = TestDatabase::sqlite();
        let mut process = Process::start(database.url());
        let shared = Shared::default();
        process
            .address()
            .clone_into(&mut shared.address.lock().unwrap());
        record_while(&shared, 8, |_| {
            restart(&mut process, database.url(), &shared);
        });
        check(&shared, database.url());
    }
}

mod postgres {
    use super::*;

    #[test]
    fn what_a_killed_service_or_database_acknowledged_is_there_once() {
        let mut cluster = Cluster::start();
        let url = cluster.url();
        let mut process = Process::start(&url);
        let shared = Shared::default();
        process
            .address()
            .clone_into(&mut shared.address.lock().unwrap());
        record_while(&shared, 8, |number| {
            if number.is_multiple_of(2) {
                cluster.kill_and_start();
            } else {
                restart(&mut process, &url, &shared);
            }
        });
        check(&shared, &url);
    }
}
