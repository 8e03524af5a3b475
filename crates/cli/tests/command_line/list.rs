//! `deskledger list`, from the database and from a running service.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::sandbox::{Sandbox, said};
use crate::service::Service;

fn printed(output: &std::process::Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn filled(records: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let generated = sandbox.run(&["generate", "--records", records, "--seed", "3"]);
    std::fs::write(sandbox.path("records.ndjson"), generated.stdout).unwrap();
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    sandbox
}

#[test]
fn a_list_of_the_database_is_that_of_the_service() {
    let sandbox = filled("1200");
    let service = Service::start(&sandbox);
    for arguments in [
        &[][..],
        &["--json"],
        &["--limit", "3", "--time-zone", "Asia/Shanghai"],
        &["--state", "failed", "--limit", "1000"],
        &["--state", "open", "--json"],
        &[
            "--start-time",
            "-3650d",
            "--end-time",
            "yesterday",
            "--json",
        ],
        &["--user-name", "nobody"],
        &["--all"],
        &["--no-count", "--limit", "2"],
        &["--no-count", "--json"],
        &["--all", "--no-count", "--user-name-prefix", "a"],
        &["--all", "--json", "--state", "ended"],
    ] {
        let arguments = [&["list", "--project", "p1"][..], arguments].concat();
        let of_database = sandbox.run(&arguments);
        let of_service = service.run(&sandbox, &arguments);
        assert_eq!(printed(&of_service), printed(&of_database), "{arguments:?}");
        assert_eq!(said(&of_service), said(&of_database), "{arguments:?}");
    }
}

#[test]
fn all_follows_the_markers_to_the_last_record() {
    let sandbox = filled("2300");
    let list = ["list", "--project", "p1", "--all"];
    let lines = printed(&sandbox.run(&[&list[..], &["--json"]].concat()));
    let export = [
        "export",
        "--project",
        "p1",
        "--output",
        "-",
        "--format",
        "jsonl",
    ];
    let exported = printed(&sandbox.run(&export));
    assert_eq!(lines.lines().count(), 2300);
    assert_eq!(lines, exported);
    let output = sandbox.run(&list);
    assert_eq!(printed(&output).lines().count(), 2301);
    assert_eq!(said(&output), "2300 of 2300 records that match\n");
}

#[test]
fn a_list_says_how_many_there_are_and_how_to_go_on() {
    let sandbox = filled("5");
    let list = |arguments: &[&str]| {
        sandbox.run(&[&["list", "--project", "p1", "--limit", "2"][..], arguments].concat())
    };
    let first = list(&[]);
    let heads = "STARTED (UTC)";
    assert!(printed(&first).starts_with(heads));
    let said_first = said(&first);
    let marker = said_first
        .strip_prefix("2 of 5 records that match; the next: --marker ")
        .and_then(|rest| rest.split(',').next());
    let second = list(&["--marker", marker.unwrap()]);
    assert!(said(&second).starts_with("2 records; the next: --marker "));
    let rows = |output| -> Vec<String> {
        let printed = printed(output);
        printed.lines().skip(1).map(str::to_owned).collect()
    };
    assert_eq!(rows(&second).len(), 2);
    assert!(rows(&first).iter().all(|row| !rows(&second).contains(row)));
    let uncounted = list(&["--no-count"]);
    assert_eq!(printed(&uncounted), printed(&first));
    assert!(said(&uncounted).starts_with("2 records; the next: --marker "));
    let json: Value = serde_json::from_str(&printed(&list(&["--json"]))).unwrap();
    assert_eq!(json["total_count"], 5);
    assert_eq!(json["next_marker"], marker.unwrap());
}

/// What a record says of itself is never obeyed by a terminal.
pub(crate) fn assert_tame(text: &str) {
    let is_tame = |character: char| {
        character == '\n'
            || !(character.is_control() || "\u{202e}\u{2066}\u{200b}".contains(character))
    };
    assert!(text.chars().all(is_tame), "{text:?}");
}

#[test]
fn a_hostile_name_moves_no_cursor() {
    let sandbox = Sandbox::new();
    let name =
        "\\u001b[2J\\u001b]0;owned\\u0007\\r\\n\\tfake\\u009b31m\\u202e\\u2066\\u200b\\u007f";
    sandbox.write(
        "records.ndjson",
        &format!(
            r#"{{"transaction_id":"{name}","connection_start_time":"2020-04-24T03:02:47Z","user_name":"{name}","computer_name":"{name}","connection_failure_reason":"{name}"}}"#
        ),
    );
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    let service = Service::start(&sandbox);
    let expected: String = serde_json::from_str(&format!("\"{name}\"")).unwrap();
    for arguments in [&[][..], &["--json"], &["--all", "--json"]] {
        let arguments = [&["list", "--project", "p1"][..], arguments].concat();
        for output in [sandbox.run(&arguments), service.run(&sandbox, &arguments)] {
            let printed = printed(&output);
            assert_tame(&printed);
            assert_tame(&said(&output));
            if arguments.contains(&"--json") {
                let json: Value = serde_json::from_str(&printed).unwrap();
                let record = json["records"].get(0).unwrap_or(&json);
                assert_eq!(record["user_name"], expected);
            } else {
                assert_eq!(printed.lines().count(), 2, "{printed}");
                assert!(printed.contains("\\u{1b}[2J"), "{printed}");
            }
        }
    }
    // It may also stand in what is asked for, and come back in the audit and in an error.
    let output = service.run(
        &sandbox,
        &["list", "--project", "p1", "--domain", &expected],
    );
    assert_tame(&said(&output));
    let filter = [
        "export",
        "--project",
        "p1",
        "--output",
        "a.csv",
        "--user-name",
    ];
    let output = service.run(&sandbox, &[&filter[..], &[&expected]].concat());
    assert!(output.status.success(), "{}", said(&output));
    for arguments in [
        &["audits", "list", "--project", "p1"][..],
        &["audits", "list", "--project", "p1", "--json"],
    ] {
        for output in [sandbox.run(arguments), service.run(&sandbox, arguments)] {
            let printed = printed(&output);
            assert!(printed.contains("owned"), "{printed}");
            assert_tame(&printed);
        }
    }
}

#[test]
fn a_list_fits_its_terminal() {
    let sandbox = filled("20");
    let is_there = |program: &str| {
        let mut which = Command::new("which");
        let found = which.arg(program).stdout(Stdio::null()).status();
        found.is_ok_and(|status| status.success())
    };
    if !is_there("script") || !is_there("stty") {
        return;
    }
    let program = env!("CARGO_BIN_EXE_deskledger");
    for width in [60_usize, 100] {
        let command = format!("stty cols {width}; {program} list --project p1 2>/dev/null");
        let output = sandbox
            .shell(&format!("script -qec '{command}' /dev/null"))
            .env("DESKLEDGER__DATABASE__URL", "sqlite://records.sqlite3")
            .output()
            .unwrap();
        let printed = printed(&output);
        let lines: Vec<_> = printed.lines().collect();
        assert_eq!(lines.len(), 21, "{printed}");
        // Some of the names are of wide characters, of which a line has fewer.
        assert!(
            lines.iter().all(|line| line.chars().count() <= width),
            "{printed}"
        );
        assert!(printed.contains('…'), "{printed}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_a_list_quietly() {
    let sandbox = filled("3000");
    let program = env!("CARGO_BIN_EXE_deskledger");
    let output = sandbox
        .shell(&format!(
            "{program} list --project p1 --all --json | head -n 1"
        ))
        .env("DESKLEDGER__DATABASE__URL", "sqlite://records.sqlite3")
        .output()
        .unwrap();
    assert_eq!(printed(&output).lines().count(), 1);
    assert_eq!(said(&output), "");
}
