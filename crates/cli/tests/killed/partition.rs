//! Partitions of months that are past, by the real program: made by an import, and by a command that is killed.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::count::{assert_counts_are_right, deskledger, texts};
use crate::database::TestDatabase;
use crate::process::PROJECT;

/// How often the command is killed.
const KILLS: u64 = 6;

fn run(url: &str, arguments: &[&str], code: i32) -> (String, String) {
    let output = deskledger(url, arguments).output().unwrap();
    let (printed, said) = texts(&output);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments:?}: {printed}{said}"
    );
    (printed, said)
}

/// So many lines, of the months of two years.
fn write_lines(file: &Path, prefix: &str, lines: u64) {
    let mut text = String::new();
    for number in 0..lines {
        let (year, month, day) = (2023 + number % 2, number / 2 % 12 + 1, number / 24 % 28 + 1);
        writeln!(
            text,
            r#"{{"transaction_id":"{prefix}{number}","connection_start_time":"{year}-{month:02}-{day:02}T00:00:00Z"}}"#
        )
        .unwrap();
    }
    fs::write(file, text).unwrap();
}

fn partitions(url: &str) -> Vec<(String, u64)> {
    let (printed, _) = run(url, &["partitions", "--json"], 0);
    let listed: Value = serde_json::from_str(&printed).unwrap();
    let one = |partition: &Value| {
        let name = partition["name"].as_str().unwrap().to_owned();
        (name, partition["records"].as_u64().unwrap())
    };
    listed["partitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(one)
        .collect()
}

#[test]
fn an_import_makes_the_months_that_it_fills() {
    let database = TestDatabase::postgres();
    let url = database.url();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.ndjson");
    write_lines(&file, "a", 30_000);
    let mut text = fs::read_to_string(&file).unwrap();
    text.push_str(
        "{\"transaction_id\":\"absurd\",\"connection_start_time\":\"1970-01-01T00:00:00Z\"}\n",
    );
    fs::write(&file, text).unwrap();
    let import = ["import", file.to_str().unwrap(), "--project", PROJECT];
    let (_, said) = run(url, &import, 0);
    assert!(said.starts_with("imported 30001 records"), "{said}");
    let listed = partitions(url);
    assert_eq!(listed[0], ("connection_records_earlier".to_owned(), 1));
    assert_eq!(listed[1], ("connection_records_2023_01".to_owned(), 1250));
    assert_eq!(listed[24], ("connection_records_2024_12".to_owned(), 1250));
    // What lies between the history and this month is one partition.
    assert_eq!(listed[25], ("connection_records_2025_01".to_owned(), 0));
    assert!(listed.len() <= 31, "{listed:?}");
    assert_counts_are_right(url);
    let (printed, _) = run(url, &["partitions"], 0);
    let lines: Vec<_> = printed.lines().collect();
    assert!(lines[0].starts_with("partition "), "{printed}");
    assert!(
        lines[2].starts_with("connection_records_2023_01  2023-01  2023-02  1250 "),
        "{printed}"
    );
}

#[test]
fn a_division_that_is_killed_changes_nothing_and_is_done_by_the_next() {
    let database = TestDatabase::postgres();
    let url = database.url();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.ndjson");
    let import = ["import", file.to_str().unwrap(), "--project", PROJECT];
    run(url, &["migrate"], 0);
    // The open end was filled, as by an older version.
    write_lines(&file, "a", 60_000);
    run(url, &import, 0);
    database.execute(
        "CREATE TABLE joined (LIKE connection_records INCLUDING INDEXES);
         INSERT INTO joined SELECT * FROM connection_records;
         DO $$
         DECLARE old text;
         BEGIN
             FOR old IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'connection_records'::regclass LOOP
                 EXECUTE 'DROP TABLE ' || old;
             END LOOP;
         END $$;
         CREATE TABLE connection_records_later PARTITION OF connection_records FOR VALUES FROM ('2026-11-01Z') TO (MAXVALUE);
         ALTER TABLE joined RENAME TO connection_records_earlier;
         ALTER TABLE connection_records ATTACH PARTITION connection_records_earlier FOR VALUES FROM (MINVALUE) TO ('2026-11-01Z')",
    );
    // The import of an older month says what to do, and goes on.
    write_lines(&file, "b", 100);
    let (_, said) = run(url, &import, 0);
    assert!(
        said.contains(
            "connection_records_earlier holds records, which `deskledger partitions --from` divides"
        ),
        "{said}"
    );
    let mut killed = 0;
    for round in 0..KILLS {
        let mut division = deskledger(url, &["partitions", "--from", "2023-01"])
            .spawn()
            .unwrap();
        sleep(Duration::from_millis(150 + round * 250));
        let _ = division.kill();
        if division.wait().unwrap().code().is_none() {
            killed += 1;
            let listed = partitions(url);
            assert_eq!(listed[0], ("connection_records_earlier".to_owned(), 60_100));
        }
        assert_counts_are_right(url);
    }
    assert!(killed > 0);
    run(url, &["partitions", "--from", "2023-01"], 0);
    let listed = partitions(url);
    assert_eq!(listed[0].1, 0, "{listed:?}");
    assert_eq!(listed[1], ("connection_records_2023_01".to_owned(), 2505));
    let (printed, _) = run(url, &["partitions", "--from", "2023-01"], 0);
    assert_eq!(printed, "every month has its partition\n");
    assert_counts_are_right(url);
    let left = deskledger(url, &["partitions", "--from", "1999-12"])
        .output()
        .unwrap();
    assert_eq!(left.status.code(), Some(2));
}
