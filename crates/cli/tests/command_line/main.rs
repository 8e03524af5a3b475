//! The `deskledger` program, called as a person calls it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod audit;
mod config;
mod encrypted;
mod exit_code;
mod export;
mod import;
#[cfg(unix)]
mod interrupt;
mod key;
mod list;
mod manual;
mod output;
mod readme;
mod remote;
mod remote_token;
mod report;
mod sandbox;
mod service;
mod session;
mod setting;
mod task;
mod token;

use std::fs;
use std::io::{BufRead as _, BufReader, Cursor, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use calamine::{Data, Reader as _, Xlsx};

use crate::sandbox::{Sandbox, said};

fn rows(file: &Path) -> Vec<Vec<Data>> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(fs::read(file).unwrap())).unwrap();
    let (_, range) = workbook.worksheets().remove(0);
    range.rows().map(<[Data]>::to_vec).collect()
}

const LINES: &str = r#"{"transaction_id":"a","connection_start_time":"2020-04-24T03:02:47Z","user_name":"jy01@local.com"}
{"transaction_id":"b","connection_start_time":"2020-04-24T03:02:48Z","user_name":"jy02@local.com"}
"#;

#[test]
fn the_openapi_document_is_that_of_the_docs_folder() {
    let written = Sandbox::new().run(&["openapi"]).stdout;
    let kept = include_str!("../../../../docs/openapi.json");
    assert_eq!(String::from_utf8(written).unwrap(), kept);
}

#[test]
fn what_is_generated_is_imported_and_exported() {
    let sandbox = Sandbox::new();
    let generated = sandbox
        .run(&["generate", "--records", "500", "--seed", "3"])
        .stdout;
    assert_eq!(String::from_utf8_lossy(&generated).lines().count(), 500);
    fs::write(sandbox.path("records.ndjson"), &generated).unwrap();

    let said = sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    assert!(
        said.contains("imported 500 records (500 new, 0 updated)"),
        "{said}"
    );
    let said = sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    assert!(
        said.contains("imported 500 records (0 new, 500 updated)"),
        "{said}"
    );

    let said = sandbox.ok(&["export", "--project", "p1", "--output", "all.xlsx"]);
    assert!(said.contains("wrote 500 records"), "{said}");
    assert_eq!(rows(&sandbox.path("all.xlsx")).len(), 501);
    sandbox.ok(&["export", "--project", "p2", "--output", "none.xlsx"]);
    assert_eq!(rows(&sandbox.path("none.xlsx")).len(), 1);
    assert_eq!(sandbox.files(), ["all.xlsx", "none.xlsx", "records.ndjson"]);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let sandbox = Sandbox::new();
    let generate = |seed: &str| {
        sandbox
            .run(&["generate", "--records", "50", "--seed", seed])
            .stdout
    };
    assert_eq!(generate("1"), generate("1"));
    let until = |time: &str| {
        let arguments = ["generate", "--records", "50", "--until", time];
        let output = sandbox.run(&arguments);
        assert!(output.status.success(), "{time}: {}", said(&output));
        output.stdout
    };
    assert_eq!(until("2026-01-01"), generate("1"));
    assert_ne!(until("-7d"), generate("1"));
    assert_ne!(generate("1"), generate("2"));
}

#[test]
fn a_reader_that_has_seen_enough_ends_generate_quietly() {
    let sandbox = Sandbox::new();
    let mut child = sandbox
        .command(&["generate", "--records", "1000000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(said(&output), "");
}

#[test]
fn import_reads_standard_input_and_csv() {
    let sandbox = Sandbox::new();
    let mut child: Child = sandbox
        .command(&["import", "-", "--project", "p1", "--format", "csv"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let csv = "transaction_id,connection_start_time,is_reconnect\na,2020-04-24T03:02:47Z,true\n";
    child
        .stdin
        .take()
        .unwrap()
        .write_all(csv.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        said(&output).contains("imported 1 records (1 new, 0 updated)"),
        "{}",
        said(&output)
    );

    sandbox.write("more.csv", &csv.replace("\na,", "\nb,"));
    sandbox.ok(&["import", "more.csv", "--project", "p1"]);
    sandbox.ok(&["export", "--project", "p1", "--output", "all.xlsx"]);
    assert_eq!(rows(&sandbox.path("all.xlsx")).len(), 3);
}

#[test]
fn migrate_says_what_it_did() {
    let sandbox = Sandbox::new();
    let migrate = || String::from_utf8(sandbox.run(&["migrate"]).stdout).unwrap();
    assert!(migrate().starts_with("migrated "));
    assert_eq!(migrate(), "the schema is up to date\n");
}

#[test]
fn every_mistake_names_its_culprit() {
    let sandbox = Sandbox::new();
    sandbox.write("wrong.toml", "[limits]\nexportz = 1\n");
    for (arguments, culprit) in [
        (&["migrate", "--config", "nowhere.toml"][..], "nowhere.toml"),
        (&["migrate", "--config", "wrong.toml"], "exportz"),
        (
            &["import", "nowhere.ndjson", "--project", "p1"],
            "nowhere.ndjson",
        ),
        (
            &["import", "nowhere.ndjson", "--project", ""],
            "project_id is empty",
        ),
        (
            &[
                "export",
                "--project",
                "p1",
                "--output",
                "x",
                "--end-time",
                "2020-01-01T00:00Z",
            ],
            "start_time",
        ),
        (
            &[
                "export",
                "--project",
                "p1",
                "--output",
                "x",
                "--language",
                "nl_NL",
            ],
            "en_US, zh_CN",
        ),
        (
            &[
                "export",
                "--project",
                "p1",
                "--output",
                "a",
                "--format",
                "pdf",
            ],
            "xlsx, csv, jsonl",
        ),
        (&["generate", "--records", "many"], "many"),
        (&["generate", "--records", "1", "--until", "soon"], "soon"),
        (&["demo", "--listen", "0.0.0.0:0"], "0.0.0.0"),
        (&["fly"], "fly"),
    ] {
        let said = sandbox.fails(arguments);
        assert!(said.contains(culprit), "{arguments:?}: {said}");
    }
}

#[test]
fn help_says_what_each_command_is_for() {
    let sandbox = Sandbox::new();
    let help = |arguments: &[&str]| String::from_utf8(sandbox.run(arguments).stdout).unwrap();
    let commands = [
        "serve", "demo", "migrate", "generate", "import", "export", "key",
    ];
    let overview = help(&["--help"]);
    for code in [
        "0  done",
        "1  failed",
        "2  ",
        "3  ",
        "4  ",
        "128 and the number of a signal",
    ] {
        assert!(
            overview.contains(&format!("\n  {code}")),
            "{code}: {overview}"
        );
    }
    for command in commands {
        assert!(overview.contains(command), "{overview}");
        assert!(
            help(&[command, "--help"]).contains("Usage: deskledger"),
            "{command}"
        );
    }
}

#[test]
fn the_demonstration_serves_a_workbook_to_the_line_it_prints() {
    let sandbox = Sandbox::new();
    let mut child = sandbox
        .command(&["demo", "--listen", "127.0.0.1:0", "--records", "300"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let curls: Vec<String> = lines
        .map(Result::unwrap)
        .filter(|line| line.trim().starts_with("curl "))
        .take(2)
        .collect();
    for (line, name) in curls
        .iter()
        .zip(["connections.xlsx", "connections-zh.xlsx"])
    {
        let output = Command::new("sh")
            .args(["-c", line])
            .current_dir(sandbox.folder())
            .output();
        assert!(output.unwrap().status.success(), "{line}");
        assert_eq!(rows(&sandbox.path(name)).len(), 301);
    }
    assert_eq!(curls.len(), 2);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn records_that_are_too_old_go_when_it_is_said() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", LINES);
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    let says = |arguments: &[&str]| {
        let output = sandbox.run(arguments);
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(
        says(&["retention"]),
        "all records are kept: retention.days is not set\n"
    );
    let dry = ["retention", "--days", "30", "--dry-run"];
    for _ in 0..2 {
        let would = says(&dry);
        let month = "2020-04: 2 records, from 2020-04-24T03:02:47Z to 2020-04-24T03:02:48Z\n";
        assert!(would.contains(month), "{would}");
        let total = "2 records would go, and 0 connections without a start\n";
        assert!(would.ends_with(total), "{would}");
    }
    sandbox.write("retention.toml", "[retention]\ndays = 30\n");
    let done = says(&["--config", "retention.toml", "retention"]);
    assert!(
        done.ends_with("deleted 2 records, and 0 connections without a start\n"),
        "{done}"
    );
    assert!(says(&dry).contains("\n0 records would go"));
    // What the setting refuses, the option refuses.
    for days in ["0", "36601", "4294967295", "4294967296"] {
        let refused = sandbox.fails(&["retention", "--days", days]);
        assert!(refused.contains("--days"), "{refused}");
        sandbox.write("wrong.toml", &format!("[retention]\ndays = {days}\n"));
        let refused = sandbox.fails(&["--config", "wrong.toml", "retention"]);
        assert!(refused.contains("retention.days"), "{refused}");
    }
    for days in ["1", "36600"] {
        sandbox.ok(&["retention", "--dry-run", "--days", days]);
    }
}
