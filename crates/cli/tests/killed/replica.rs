//! A replica that is read: as long as it is near enough, and while it is killed, frozen, behind, in conflict or promoted.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cluster::Cluster;
use crate::process::{PROJECT, Process};

const PATIENCE: Duration = Duration::from_secs(60);

/// Records connections with these numbers. Returns whether that was acknowledged.
fn record(address: &str, numbers: impl IntoIterator<Item = u32>) -> bool {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(20)))
        .proxy(None)
        .build()
        .into();
    let lines = numbers.into_iter().map(|number| {
        format!(
            r#"{{"transaction_id": "{number}", "connection_start_time": "2020-04-24T03:02:47Z"}}"#
        )
    });
    let body = format!("[{}]", lines.collect::<Vec<_>>().join(","));
    let answer = agent
        .post(format!(
            "http://{address}/v2/{PROJECT}/connections/desktops"
        ))
        .header("X-Auth-Token", "foo")
        .content_type("application/json")
        .send(&body);
    answer.is_ok_and(|answer| answer.status() == 200)
}

/// How many records a list says that there are.
fn counted(process: &Process) -> u64 {
    let path =
        format!("/v2/{PROJECT}/connections/desktops?limit=1&user_name=&start_time=2020-01-01");
    let (status, body) = process.get(&path);
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    let body: Value = serde_json::from_slice(&body).unwrap();
    body["total_count"].as_u64().unwrap()
}

/// The value of a metric.
fn metric(process: &Process, name: &str) -> Option<f64> {
    let (_, body) = process.get("/metrics");
    let text = String::from_utf8(body).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

#[track_caller]
fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "it is never so: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn is_read(process: &Process) -> bool {
    metric(process, "deskledger_replica_is_read") == Some(1.0)
}

/// A service that reads from a replica which may be two seconds behind.
fn service(primary: &str, replica: &str) -> Process {
    let process = Process::start_with(
        primary,
        &[
            ("DESKLEDGER__DATABASE__READ_URL", replica),
            ("DESKLEDGER__DATABASE__MAX_REPLICA_LAG_SECONDS", "2"),
            ("DESKLEDGER__DATABASE__SILENCE_SECONDS", "2"),
        ],
    );
    counted(&process);
    process
}

/// Ends what others do when it is dropped, by a panic too.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

mod postgres {
    use super::*;

    #[test]
    fn a_replica_is_read_unless_it_is_behind_frozen_or_killed() {
        let primary = Cluster::start();
        let mut replica = primary.replica(&[]);
        let process = service(&primary.url(), &replica.url());
        assert!(record(process.address(), 0..100));
        wait_until("the replica is read", || {
            is_read(&process) && counted(&process) == 100
        });
        let idle = r#"deskledger_pool_connections{pool="replica_queries",state="idle"}"#;
        assert!(metric(&process, idle).unwrap() >= 1.0);

        // Behind.
        replica.sql("SELECT pg_wal_replay_pause()");
        assert!(record(process.address(), 100..110));
        assert_eq!(counted(&process), 100, "it is near enough for a moment");
        wait_until("the primary is read", || !is_read(&process));
        assert_eq!(counted(&process), 110);
        assert!(metric(&process, "deskledger_replica_lag_seconds").unwrap() > 2.0);
        replica.sql("SELECT pg_wal_replay_resume()");
        wait_until("the replica is read again", || is_read(&process));
        assert_eq!(counted(&process), 110);

        // Frozen: what was asked of it in that moment waits for some seconds, and nobody else.
        replica.signal("STOP");
        assert_eq!(counted(&process), 110);
        wait_until("the primary is read", || !is_read(&process));
        assert!(record(process.address(), 110..120));
        assert_eq!(counted(&process), 120);
        replica.signal("CONT");
        wait_until("the replica is read again", || is_read(&process));

        // Killed.
        replica.kill();
        assert_eq!(counted(&process), 120);
        assert!(metric(&process, "deskledger_replica_failures_total").unwrap() >= 1.0);
        wait_until("the primary is read", || !is_read(&process));
        assert_eq!(process.get("/health/ready").0, 200);
        replica.start_again();
        wait_until("the replica is read again", || is_read(&process));
        assert_eq!(counted(&process), 120);
        process.wait_for("reads go to the replica", 3);
    }

    #[test]
    fn a_replica_that_is_not_there_is_named_once_and_nobody_waits_for_it() {
        let primary = Cluster::start();
        let process = service(&primary.url(), "postgres://ann:s3cret@127.0.0.1:1/postgres");
        assert!(record(process.address(), 0..10));
        assert_eq!(counted(&process), 10);
        let [line] = &process.wait_for("reads go to the primary", 1)[..] else {
            panic!("it is said again and again");
        };
        assert!(
            line.contains("127.0.0.1") && line.contains("refused"),
            "{line}"
        );
        assert_eq!(process.logged("s3cret"), 0);
        assert!(!is_read(&process));
    }

    #[test]
    fn a_conflict_with_the_primary_breaks_no_export_before_its_first_byte_and_leaves_none_that_looks_whole()
     {
        let primary = Cluster::start();
        let replica =
            primary.replica(&["max_standby_streaming_delay=0", "hot_standby_feedback=off"]);
        let process = service(&primary.url(), &replica.url());
        assert!(record(process.address(), 0..500));
        wait_until("the replica is read", || {
            is_read(&process) && counted(&process) == 500
        });
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let _end = StopOnDrop(&stop);
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    // Rows that the replica may still read are gone.
                    primary.sql("UPDATE connection_records SET sid = 'a'");
                    primary.sql("VACUUM connection_records");
                }
            });
            let begin = Instant::now();
            let mut exports = 0;
            while exports < 30
                || (metric(&process, "deskledger_replica_failures_total") == Some(0.0)
                    && begin.elapsed() < PATIENCE)
            {
                let (status, body) = process.get(&format!(
                    "/v2/{PROJECT}/connections/desktops/export?format=csv"
                ));
                assert_eq!(
                    status,
                    200,
                    "{}",
                    process.lines("WARN").join("\n") + &process.lines("ERROR").join("\n")
                );
                let lines = String::from_utf8(body).unwrap().lines().count();
                assert_eq!(lines, 501);
                exports += 1;
            }
        });
        assert!(metric(&process, "deskledger_replica_failures_total").unwrap() > 0.0);
    }

    #[test]
    fn what_was_acknowledged_outlives_a_primary_whose_replica_is_promoted() {
        let mut primary = Cluster::start();
        let replica = primary.replica(&[]);
        // What is acknowledged is on both.
        primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
        primary.sql("SELECT pg_reload_conf()");
        let hosts = format!("127.0.0.1:{},127.0.0.1:{}", primary.port(), replica.port());
        let url = |attributes| {
            format!("postgres://postgres@{hosts}/postgres?target_session_attrs={attributes}")
        };
        let process = service(&url("read-write"), &url("prefer-standby"));
        let acknowledged = Mutex::new(BTreeSet::new());
        let is_promoted = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut number = 0;
                let mut afterwards = 0;
                let begin = Instant::now();
                while afterwards < 20 && begin.elapsed() < PATIENCE {
                    if record(process.address(), [number]) {
                        acknowledged.lock().unwrap().insert(number);
                        afterwards += u32::from(is_promoted.load(Ordering::SeqCst));
                    }
                    number += 1;
                }
            });
            wait_until("some are acknowledged", || {
                acknowledged.lock().unwrap().len() > 20
            });
            primary.kill();
            replica.sql("SELECT pg_promote()");
            is_promoted.store(true, Ordering::SeqCst);
        });
        wait_until("all are read", || {
            let (status, body) = process.get(&format!(
                "/v2/{PROJECT}/connections/desktops/export?format=jsonl"
            ));
            let body = String::from_utf8(body).unwrap();
            let there: BTreeSet<u32> = body
                .lines()
                .filter_map(|line| {
                    serde_json::from_str::<Value>(line).ok()?["transaction_id"]
                        .as_str()?
                        .parse()
                        .ok()
                })
                .collect();
            status == 200 && there.is_superset(&acknowledged.lock().unwrap())
        });
        assert_eq!(process.get("/health/ready").0, 200);
    }
}
