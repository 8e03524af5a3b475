//! The numbers of records after imports that were killed again and again: `deskledger check` finds them right.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;

use crate::database::TestDatabase;
use crate::process::PROJECT;

/// How many imports are killed.
const KILLS: u64 = 20;

/// How many lines a file has: several batches.
const LINES: u64 = 30_000;

/// `deskledger check`, which finds nothing wrong. Its sums.
pub(crate) fn assert_counts_are_right(url: &str) -> String {
    let output = deskledger(url, &["check", "--json"]).output().unwrap();
    let (found, said) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{found}{said}");
    found.lines().last().unwrap().to_owned()
}

pub(crate) fn texts(output: &Output) -> (String, String) {
    [&output.stdout, &output.stderr]
        .map(|text| String::from_utf8(text.clone()).unwrap())
        .into()
}

pub(crate) fn deskledger(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskledger"));
    command
        .args(arguments)
        .env("DESKLEDGER__DATABASE__URL", url)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Lines of few connections, whose starts are on other days in each round.
fn write_lines(file: &Path, round: u64) {
    let mut lines = String::new();
    for number in 0..LINES {
        let mixed = (number * 7919 + round * 104_729).wrapping_mul(6_364_136_223_846_793_005) >> 33;
        let id = mixed % 20_000;
        let (month, day) = (mixed / 7 % 12 + 1, mixed / 84 % 28 + 1);
        writeln!(
            lines,
            r#"{{"transaction_id":"{id}","connection_start_time":"2026-{month:02}-{day:02}T{:02}:00:00Z"}}"#,
            round % 24
        )
        .unwrap();
    }
    fs::write(file, lines).unwrap();
}

/// Kills imports in their midst. `disturb` is called before each kill.
fn kill_imports(url: &str, mut disturb: impl FnMut(u64)) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.ndjson");
    let path = file.to_str().unwrap();
    assert!(deskledger(url, &["migrate"]).status().unwrap().success());
    let mut killed = 0;
    for round in 0..KILLS {
        write_lines(&file, round);
        let mut import = deskledger(url, &["import", path, "--project", PROJECT])
            .spawn()
            .unwrap();
        sleep(Duration::from_millis(100 + round * 397 % 1300));
        disturb(round);
        let _ = import.kill();
        if import.wait().unwrap().code().is_none() {
            killed += 1;
        }
        assert_counts_are_right(url);
    }
    assert!(
        killed >= KILLS / 2,
        "only {killed} were killed in their midst"
    );
    let import = deskledger(url, &["import", path, "--project", PROJECT]).output();
    assert!(import.unwrap().status.success());
    let sums = assert_counts_are_right(url);
    assert!(sums.contains(r#""differences":0"#), "{sums}");
    assert!(!sums.contains(r#""records":0"#), "{sums}");
}

mod sqlite {
    use super::*;

    #[test]
    fn imports_that_are_killed_leave_the_counts_right() {
        let database = TestDatabase::sqlite();
        kill_imports(database.url(), |_| ());
    }

    #[test]
    fn a_number_that_is_wrong_is_named_and_repaired() {
        let database = TestDatabase::sqlite();
        super::a_number_that_is_wrong_is_named_and_repaired(&database);
    }
}

mod postgres {
    use super::*;

    #[test]
    fn imports_that_are_killed_or_terminated_leave_the_counts_right() {
        let database = TestDatabase::postgres();
        let mut server = diesel::PgConnection::establish(database.url()).unwrap();
        kill_imports(database.url(), |round| {
            if round.is_multiple_of(3) {
                server
                    .batch_execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                        WHERE datname = current_database() AND pid <> pg_backend_pid()",
                    )
                    .unwrap();
            }
        });
    }

    #[test]
    fn a_number_that_is_wrong_is_named_and_repaired() {
        let database = TestDatabase::postgres();
        super::a_number_that_is_wrong_is_named_and_repaired(&database);
        // What no repair can know is found.
        database.execute(
            "INSERT INTO connection_records (project_id, transaction_id, connection_start_time)
             SELECT project_id, transaction_id, now() FROM connection_records WHERE transaction_id = 'b'",
        );
        let output = deskledger(database.url(), &["check", "--repair"])
            .output()
            .unwrap();
        let (found, _) = texts(&output);
        assert_eq!(output.status.code(), Some(5), "{found}");
        assert!(
            found.contains("p1: 1 records are of a connection that has another record"),
            "{found}"
        );
    }
}

fn a_number_that_is_wrong_is_named_and_repaired(database: &TestDatabase) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.ndjson");
    fs::write(
        &file,
        "{\"transaction_id\":\"a\",\"connection_start_time\":\"2020-04-24T03:02:47Z\"}\n\
        {\"transaction_id\":\"b\",\"connection_start_time\":\"2020-04-25T03:02:47Z\"}\n",
    )
    .unwrap();
    let url = database.url();
    let run = |arguments: &[&str]| {
        let output = deskledger(url, arguments).output().unwrap();
        let (found, said) = texts(&output);
        (output.status.code(), found, said)
    };
    assert_eq!(run(&["migrate"]).0, Some(0));
    for project in ["p1", "p2"] {
        let import = ["import", file.to_str().unwrap(), "--project", project];
        assert_eq!(run(&import).0, Some(0));
    }
    let right =
        "checked 2 projects with 4 records on 4 days: 0 numbers differ; every number is right\n";
    assert_eq!(run(&["check"]), (Some(0), right.to_owned(), String::new()));

    database.execute(
        "UPDATE record_counts SET records = records + 5 WHERE project_id = 'p2' AND day = 18376",
    );
    let wrong = "p2: 2020-04-24: the number is 6, and there are 1 records\n";
    let (code, found, _) = run(&["check"]);
    assert_eq!(code, Some(5), "{found}");
    assert!(found.starts_with(wrong), "{found}");
    assert!(
        found.ends_with("1 numbers differ; --repair corrects the numbers\n"),
        "{found}"
    );
    let (code, found, _) = run(&["check", "--json"]);
    assert_eq!(code, Some(5));
    let lines: Vec<serde_json::Value> = found
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        lines[0],
        serde_json::json!({"project": "p2", "day": "2020-04-24", "kept": 6, "records": 1})
    );
    assert_eq!(lines[1]["differences"], 1);
    // The other project is not concerned.
    assert_eq!(run(&["check", "--project", "p1"]).0, Some(0));
    let (code, found, _) = run(&["check", "--project", "p2", "--repair"]);
    assert_eq!(code, Some(0));
    assert!(
        found.starts_with(wrong) && found.ends_with("they were corrected\n"),
        "{found}"
    );
    assert_eq!(run(&["check"]), (Some(0), right.to_owned(), String::new()));
    assert_eq!(run(&["check", "--project", ""]).0, Some(2));
}
